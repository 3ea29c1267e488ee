import FoundationEssentials

/// Files that are read and written whole.
enum SmallFile {
    /// The bytes of the file at `path`, of which there may be no more than `limit`.
    static func read(_ path: String, limit: Int, what: String) throws -> [UInt8] {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        guard let size, size <= limit, let data = FileManager.default.contents(atPath: path), data.count <= limit else {
            throw CommandError("there is no \(what) of at most \(limit) bytes at \(path) that this user can read")
        }
        return [UInt8](data)
    }

    /// Writes a file that is not there yet.
    static func create(_ path: String, _ bytes: [UInt8]) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            throw CommandError(
                "\(path) can't be written", hint: "its folder must be there, and the file not; name another one")
        }
    }
}
