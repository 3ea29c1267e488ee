package import Coffer

/// Opens buckets; given by whoever puts a command together.
package typealias ObjectStoreOpener = @Sendable (_ bucket: String) throws -> any ObjectStore

/// An object that a pipeline reads: the one that was there when it was looked for, or an error.
struct FoundObject: Sendable {
    let store: any ObjectStore
    let address: ObjectAddress
    let info: ObjectInfo

    /// The objects that paths and patterns name, each once.
    static func all(_ texts: [String], _ open: ObjectStoreOpener) throws -> [FoundObject] {
        var stores: [String: any ObjectStore] = [:]
        var found: [FoundObject] = []
        var seen: Set<String> = []
        for text in texts {
            let address = try ObjectAddress(text)
            let store = try stores[address.bucket] ?? open(address.bucket)
            stores[address.bucket] = store
            let pattern = ObjectPattern(address.name)
            var infos: [ObjectInfo] = []
            if !pattern.isPattern {
                infos = [try store.head(address.name)]
            } else {
                infos = try store.all(prefix: pattern.prefix, limit: 100_000).filter { pattern.matches($0.name) }
            }
            guard !infos.isEmpty else { throw PipelineError(.source, "no object matches \(text)") }
            for info in infos where seen.insert("\(address.bucket)/\(info.name)").inserted {
                let address = ObjectAddress(bucket: address.bucket, name: info.name)
                found.append(FoundObject(store: store, address: address, info: info))
            }
        }
        return found
    }

    var loaded: LoadedFile {
        LoadedFile(name: address.description, size: info.byteCount, modified: info.modified)
    }

    /// Its bytes; an error where it is another object by now.
    func source() throws -> any MessageSource { try store.get(info.name, range: nil, etag: info.etag).source }

    /// Gives all bytes to `body`, in order, until that says false.
    func forEach(_ body: (RawSpan) throws -> Bool) throws {
        let source = try source()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
            try source.read(into: &output)
            let count = unsafe output.finalize(for: buffer)
            guard count > 0 else { return }
            guard try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes) else { return }
        }
    }

    /// All of it in memory.
    func held() throws -> MemoryFile {
        guard let file = MemoryFile("coffer-object") else { throw Self.noRoom(address.description) }
        try forEach { bytes in
            guard file.append(bytes) else { throw Self.noRoom(address.description) }
            return true
        }
        return file
    }

    static func noRoom(_ name: String) -> PipelineError {
        PipelineError(.tooLarge, "\(name) does not fit into memory, where it is held", hint: "split it")
    }
}

extension PipelineError {
    /// What an error of a store means to a pipeline.
    init(_ error: ObjectError, _ side: Code) {
        let code: Code =
            switch error.code {
            case .conditionFailed: side == .source ? .sourceChanged : side
            case .tooLarge: .tooLarge
            case .notAllowed, .unavailable: .connection
            default: side
            }
        self.init(code, error.message, hint: error.hint)
    }
}
