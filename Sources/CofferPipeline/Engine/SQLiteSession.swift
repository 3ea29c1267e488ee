/// A connection to a SQLite file.
enum SQLiteSession {
    /// Opens a file, which must be there unless `creates`.
    static func open(
        _ path: String, _ driver: ADBCDriver, isReadOnly: Bool, creates: Bool = false
    ) throws -> ADBCConnection {
        if isReadOnly { recover(path, driver) }
        let mode = isReadOnly ? "ro" : creates ? "rwc" : "rw"
        do {
            let connection = try ADBCConnection(driver, options: [("uri", "\(uri(path))?mode=\(mode)")])
            try connection.execute("PRAGMA busy_timeout = 10000")
            return connection
        } catch {
            throw PipelineError.about(path, .connection, error)
        }
    }

    /// Takes back what a killed process has left half-written, which a reader that may not write can't.
    private static func recover(_ path: String, _ driver: ADBCDriver) {
        guard FileSystem.status(path + "-journal") != nil else { return }
        let connection = try? ADBCConnection(driver, options: [("uri", "\(uri(path))?mode=rw")])
        _ = try? connection?.rows("SELECT name FROM sqlite_schema LIMIT 1")
    }

    /// A path as SQLite's `file:` URI writes it.
    static func uri(_ path: String) -> String {
        var text = path.hasPrefix("/") ? "file://" : "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                text += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
            }
        }
        return text
    }
}
