/// The processes that write a log: each holds the lock of a file that is named after it for as long as it lives.
enum Writers {
    static func path(_ folder: String, _ writer: Int) -> String {
        "\(folder)/writers/\(String(UInt(bitPattern: writer), radix: 16))"
    }

    /// Whether `writer` is at work still.
    static func isAlive(_ folder: String, _ writer: Int) -> Bool {
        let path = path(folder, writer)
        guard Files.exists(path), let lock = try? FileLock(path) else { return false }
        guard lock.tryToTake() else { return true }
        Files.remove(path)
        return false
    }
}
