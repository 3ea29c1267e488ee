import Coffer
import CofferPipeline
import FoundationEssentials
import Glibc

/// Where a command reads a message or plaintext from.
struct MessagePlace {
    /// A path; `-` for standard input or output; `s3://…` for an object.
    let path: String

    var isStandard: Bool { path == "-" }
    var isObject: Bool { ObjectAddress.isOne(path) }

    /// The folder it is in, with the slash.
    var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

    func source(_ cancellation: Cancellation) throws -> any NamedSource {
        if isObject { return try ObjectInput(ObjectAddress(path), cancellation) }
        let isCancelled: @Sendable () -> Bool = { cancellation.isCancelled }
        if isStandard {
            guard isatty(STDIN_FILENO) == 0 else {
                throw CommandError("standard input is a terminal", hint: "name a file, or send something in with |")
            }
            return try MessageFileSource(standardInput: isCancelled)
        }
        return try MessageFileSource(path, isCancelled: isCancelled)
    }

    /// Where to write. Only a regular file, or a name that is free, is replaced.
    func sink(isPrivate: Bool, _ cancellation: Cancellation) throws -> any MessageSink {
        if isObject {
            let address = try ObjectAddress(path)
            return try ObjectStores.store(address.bucket, cancellation).put(address.name, if: .always)
        }
        let folder = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        if isStandard {
            guard isPrivate || !Terminal.showsOutput else {
                throw CommandError("a message is no text for a terminal", hint: "-o FILE writes it to a file")
            }
            return MessagePipeSink(standardOutputHolding: folder)
        }
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: return try MessageFileSink(Self.resolved(path), isPrivate: isPrivate)
            case S_IFDIR: throw CommandError("\(path) is a folder", hint: "name a file in it")
            default: return try MessagePipeSink(path, holding: folder)
            }
        }
        return try MessageFileSink(path, isPrivate: isPrivate)
    }

    /// Where to write what takes the place of the message that `source` reads here, if that is still the one.
    func replacement(of source: any NamedSource) throws -> any MessageSink {
        switch source {
        case let object as ObjectInput: return try object.replacement()
        case let file as MessageFileSource: return try MessageFileSink(replacing: file, at: Self.resolved(path))
        default: throw CommandError("\(source.name) can't be replaced")
        }
    }

    /// The file that links lead to: the link stays.
    static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    static let ending = ".encrypted"

    /// Where the message of this input goes if nothing is said.
    var sealed: MessagePlace { MessagePlace(path: isStandard ? "-" : path + Self.ending) }

    /// Where the plaintext of this message goes if nothing is said.
    func opened() throws -> MessagePlace {
        if isStandard { return self }
        guard path.hasSuffix(Self.ending), path.count > Self.ending.count else {
            throw CommandError(
                "where the plaintext of \(path) goes is not clear from its name", hint: "add -o FILE, or -o -")
        }
        return MessagePlace(path: String(path.dropLast(Self.ending.count)))
    }
}

extension MessageSink {
    /// Does `body` with this sink; where that fails, nothing is left of it before the failure is told.
    func abandonedOnFailure(_ body: (any MessageSink) async throws -> Void) async throws {
        do {
            try await body(self)
        } catch {
            try? await Blocking.run { self.abandon() }
            throw error
        }
    }
}

extension FolderWalk {
    /// The objects whose names begin like that of `address`, by the order of their names.
    static func objects(_ address: ObjectAddress, _ cancellation: Cancellation) throws -> [File] {
        let store = try ObjectStores.store(address.bucket, cancellation)
        return try store.all(prefix: address.name).compactMap { object in
            let name = String(object.name.dropFirst(address.name.count))
            // What consoles make for an empty folder.
            guard !object.name.hasSuffix("/") else { return nil }
            return File(
                path: ObjectAddress(bucket: address.bucket, name: object.name).description, name: name,
                byteCount: object.byteCount)
        }
    }
}

/// The files of a folder, one by one, links left out.
struct FolderWalk {
    struct File {
        let path: String
        /// The path inside the folder.
        let name: String
        let byteCount: Int
    }

    /// Files in order of their names. Those that are being written by others are left out; what a killed process left of
    /// one is removed.
    static func files(in folder: String) throws -> [File] {
        var found: [File] = []
        func walk(_ folder: String, _ prefix: String) throws {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: folder)
            } catch {
                throw CommandError("the folder \(folder) can't be read")
            }
            for name in names.sorted() {
                let path = folder + "/" + name
                guard !Leftovers.isHidden(name) else {
                    Leftovers.remove(path)
                    continue
                }
                var status = stat()
                guard unsafe lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: try walk(path, prefix + name + "/")
                case S_IFREG: found.append(File(path: path, name: prefix + name, byteCount: Int(status.st_size)))
                default: Terminal.say("\(path) is left out: it is no regular file")
                }
            }
        }
        try walk(folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder, "")
        return found
    }

    /// One file by its name, whether it is there or not.
    static func file(_ path: String) -> File {
        var status = stat()
        return File(path: path, name: path, byteCount: unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0)
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the folders that lead to `path`.
    static func makeFolders(for path: String) throws {
        if ObjectAddress.isOne(path) { return }
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        do {
            try FileManager.default.createDirectory(atPath: String(path[..<slash]), withIntermediateDirectories: true)
        } catch {
            throw CommandError("the folder \(path[..<slash]) can't be made")
        }
    }
}
