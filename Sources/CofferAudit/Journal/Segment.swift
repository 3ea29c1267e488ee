import Glibc

/// One file of the journal, held open.
final class Segment: Sendable {
    let path: String
    let file: Int32

    init(opening path: String, isNew: Bool = false) throws(FileFailure) {
        let flags = isNew ? O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC : O_RDWR | O_CLOEXEC
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0 else { throw FileFailure(number: errno, path: path) }
        (self.path, self.file) = (path, file)
    }

    deinit { close(file) }

    /// Its length, and whether it has a name still.
    func status() throws(FileFailure) -> (count: Int, isNamed: Bool) {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw FileFailure(number: errno, path: path) }
        return (Int(status.st_size), status.st_nlink > 0)
    }

    func cut(at offset: Int) throws(FileFailure) {
        guard ftruncate(file, off_t(offset)) == 0, fdatasync(file) == 0 else {
            throw FileFailure(number: errno, path: path)
        }
    }

    func sync() throws(FileFailure) {
        guard fdatasync(file) == 0 else { throw FileFailure(number: errno, path: path) }
    }

    /// The folder of the journal in that of the log.
    static func folder(_ log: String) -> String { "\(log)/journal" }

    /// The path of the segment that begins with event `first`.
    static func path(_ log: String, _ first: Int) -> String {
        let digits = String(first)
        return "\(folder(log))/\(String(repeating: "0", count: 20 - digits.count))\(digits)"
    }

    /// The segments of a journal by their first event.
    static func all(_ log: String) -> [(first: Int, path: String)] {
        Files.names(in: folder(log)).compactMap { name in
            guard name.utf8.count == 20, let first = Int(name) else { return nil }
            return (first, "\(folder(log))/\(name)")
        }
    }
}
