public import Coffer
import CofferCrypto
import Synchronization

/// Objects in memory.
public final class MemoryStore: ObjectStore {
    private struct State {
        var objects: [String: (info: ObjectInfo, bytes: [UInt8])] = [:]
        var changes = 0
        var fetched: [Range<Int>] = []
    }
    private let state = Mutex(State())

    /// `memory`.
    public let location = "memory"

    /// No objects.
    public init() {}

    /// The ranges that were fetched, in order.
    public var fetched: [Range<Int>] { state.withLock { $0.fetched } }

    /// What is known of an object.
    public func head(_ name: String) throws -> ObjectInfo { try find(name).info }

    private func find(_ name: String) throws -> (info: ObjectInfo, bytes: [UInt8]) {
        guard let found = state.withLock({ $0.objects[name] }) else {
            throw ObjectError(.notFound, "there is no memory/\(name)")
        }
        return found
    }

    /// Its bytes.
    public func get(_ name: String, range: Range<Int>?, etag: String?) throws -> ObjectContent {
        let (info, bytes) = try find(name)
        guard etag == nil || etag == info.etag else { throw ObjectError(.conditionFailed, "\(name) has changed") }
        let part = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        guard range == nil || !part.isEmpty else { throw ObjectError(.invalidArgument, "the range is beyond the end") }
        state.withLock { $0.fetched.append(part) }
        return ObjectContent(info: info, source: MemorySource(Array(bytes[part])))
    }

    /// Begins an object.
    public func put(_ name: String, if condition: ObjectCondition) throws -> any ObjectSink {
        guard !name.isEmpty, !name.utf8.contains(0) else { throw ObjectError(.invalidName, "that is no name") }
        return Sink(self, name, condition)
    }

    private final class Sink: ObjectSink {
        private let store: MemoryStore
        private let name: String
        private let condition: ObjectCondition
        private let written = MemorySink()
        let mark: String? = Base64URL.encode(Randomness.system.bytes(12))

        init(_ store: MemoryStore, _ name: String, _ condition: ObjectCondition) {
            (self.store, self.name, self.condition) = (store, name, condition)
            written.begin(.asWritten)
        }

        func write(_ bytes: RawSpan) { written.write(bytes) }

        func commit() throws -> ObjectInfo {
            try store.state.withLock { state in
                let there = state.objects[name]?.info.etag
                switch condition {
                case .always: break
                case .ifAbsent where there == nil: break
                case .ifMatches(let etag) where there == etag: break
                default: throw ObjectError(.conditionFailed, "\(name) is not as it was")
                }
                state.changes += 1
                let bytes = written.released
                let info = ObjectInfo(
                    name: name, byteCount: bytes.count, etag: "\(state.changes)", modified: state.changes, mark: mark)
                state.objects[name] = (info, bytes)
                return info
            }
        }
    }

    /// A page of names.
    public func list(prefix: String, after token: String?, limit: Int) throws -> ObjectPage {
        let names = state.withLock { $0.objects.keys.map { Array($0.utf8) } }
            .filter { $0.starts(with: Array(prefix.utf8)) }
            .filter { name in token.map { Array($0.utf8).lexicographicallyPrecedes(name) } ?? true }
            .sorted { $0.lexicographicallyPrecedes($1) }
        let page = try names.prefix(limit).map { try head(String(decoding: $0, as: UTF8.self)) }
        return ObjectPage(objects: page, next: names.count > limit ? page.last?.name : nil)
    }

    /// Removes an object.
    public func delete(_ name: String) { _ = state.withLock { $0.objects.removeValue(forKey: name) } }
}
