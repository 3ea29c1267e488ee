import Coffer
import FoundationEssentials
import Glibc

extension SecretReference {
    /// The secret itself: the variable, or the first line of the file (taken from `folder` where its path is relative).
    /// An error names the reference, never the secret.
    func resolve(relativeTo folder: String = "") throws -> String {
        switch self {
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
                throw CommandError("the environment has no \(name)", hint: "set \(name) to the secret")
            }
            return value
        case .file(let path):
            return try Self.firstLine(of: path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)")
        }
    }

    /// How much of a file is looked at.
    private static let limit = 1 << 16

    private static func firstLine(of path: String) throws -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandError("\(path) can't be read", hint: "put the secret on its first line")
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandError("\(path) is not a file", hint: "put the secret on the first line of a file")
        }
        try SecretFile.check(status, path, limit: limit)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: limit)
        while bytes.count <= limit {
            let count = unsafe Glibc.read(file, &buffer, limit)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self),
            let line = text.split(whereSeparator: \.isNewline).first
        else {
            throw CommandError("\(path) has no first line that can be read", hint: "put the secret on its first line")
        }
        return String(line)
    }
}
