import Coffer
import CofferPipeline
import Synchronization

/// An object as a command reads it: from front to back, or from anywhere.
final class ObjectInput: NamedSource, SeekableMessageSource {
    private let object: SeekableObject
    private let done = Atomic(0)
    private let cancellation: Cancellation
    let name: String

    init(_ address: ObjectAddress, _ cancellation: Cancellation) throws {
        name = address.description
        self.cancellation = cancellation
        object = try SeekableObject(address.name, in: ObjectStores.store(address.bucket, cancellation))
    }

    var length: Int? { object.byteCount }
    var byteCount: Int { object.byteCount }
    var bytesRead: Int { done.load(ordering: .relaxed) }
    var seekable: (any SeekableMessageSource)? { self }

    func seek(to offset: Int) { object.seek(to: offset) }

    func expect(_ range: Range<Int>) { object.expect(range) }

    func read(into output: inout OutputRawSpan) throws {
        if cancellation.isCancelled { throw MessageError(.interrupted, "interrupted; nothing was changed") }
        let before = output.byteCount
        try object.read(into: &output)
        done.add(output.byteCount - before, ordering: .relaxed)
    }
}
