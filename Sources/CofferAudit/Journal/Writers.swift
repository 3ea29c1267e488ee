/// The processes that write a log: each holds the lock of a file that is named after it for as long as it lives.
enum Writers {
    static func path(_ folder: String, _ writer: Int) -> String {
        "\(folder)/writers/\(String(UInt(bitPattern: writer), radix: 16))"
    }

    /// Takes the place of `writer`, who is no more; nil where it is at work still, or somebody else is at this.
    static func claim(_ folder: String, _ writer: Int) -> FileLock? {
        try? Files.makeFolders("\(folder)/writers")
        guard let lock = try? FileLock(path(folder, writer)), lock.tryToTake() else { return nil }
        return lock
    }
}
