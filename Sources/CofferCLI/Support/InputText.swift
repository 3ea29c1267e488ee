import Glibc

/// Texts that a command is given in a file or on standard input.
enum InputText {
    /// The content of the file at `path`; of standard input where that is `-` or nothing. `what` says what it should be.
    static func read(_ path: String?, limit: Int, what: String) throws -> String {
        var file = STDIN_FILENO
        if let path, path != "-" {
            file = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw CommandError("\(path) can't be read", hint: "name a file with \(what)") }
        }
        defer { if file != STDIN_FILENO { close(file) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 1 << 20))
        while bytes.count <= limit {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else {
            throw CommandError("that is too much for \(what): at most \(limit >> 10) KiB are taken")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError("\(what) is UTF-8 text") }
        return text
    }

    /// The lines of a file or of standard input, without those that are empty.
    static func lines(_ path: String, what: String) throws -> [String] {
        try read(path, limit: 256 << 20, what: what).split(whereSeparator: \.isNewline).map(String.init)
    }
}
