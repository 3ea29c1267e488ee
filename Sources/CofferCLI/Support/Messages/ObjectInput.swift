import Coffer
import CofferPipeline
import Synchronization

/// An object as a command reads it: from front to back, or from anywhere.
final class ObjectInput: NamedSource, SeekableMessageSource {
    private let store: any ObjectStore
    private let object: SeekableObject
    private let done = Atomic(0)
    private let cancellation: Cancellation
    let name: String

    init(_ address: ObjectAddress, _ cancellation: Cancellation) throws {
        name = address.description
        self.cancellation = cancellation
        store = try ObjectStores.store(address.bucket, cancellation)
        object = try SeekableObject(address.name, in: store)
    }

    var length: Int? { object.byteCount }
    var byteCount: Int { object.byteCount }
    var bytesRead: Int { done.load(ordering: .relaxed) }
    var seekable: (any SeekableMessageSource)? { self }

    /// Where to write what takes its place, unless another object has taken it meanwhile.
    func replacement() throws -> any MessageSink {
        try store.put(object.info.name, if: .ifMatches(etag: object.info.etag))
    }

    func seek(to offset: Int) { object.seek(to: offset) }

    func expect(_ range: Range<Int>) { object.expect(range) }

    func read(into output: inout OutputRawSpan) throws {
        if cancellation.isCancelled { throw MessageError(.interrupted, "interrupted; nothing was changed") }
        let before = output.byteCount
        try object.read(into: &output)
        done.add(output.byteCount - before, ordering: .relaxed)
    }
}
