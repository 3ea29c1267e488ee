import CArrow
import Synchronization

/// A stream that another library produces over the C stream interface.
@safe final class ImportedStream: BatchStream, @unchecked Sendable {
    let schema: Schema
    private var stream: ArrowArrayStream
    /// What keeps the producer alive (a statement, a connection).
    private let owner: AnyObject?
    private let failure: @Sendable (String) -> any Error

    /// Takes over `stream`. `failure` sorts the producer's own text, which may quote values.
    init(
        taking stream: inout ArrowArrayStream, owner: AnyObject?, failure: @escaping @Sendable (String) -> any Error
    ) throws {
        unsafe self.stream = unsafe stream
        unsafe stream.release = nil
        self.owner = owner
        self.failure = failure
        var raw = unsafe ArrowSchema()
        guard let describe = unsafe self.stream.get_schema, unsafe describe(&self.stream, &raw) == 0 else {
            let text = unsafe Self.lastError(&self.stream)
            if let release = unsafe self.stream.release { unsafe release(&self.stream) }
            throw failure(text)
        }
        defer { if let release = unsafe raw.release { unsafe release(&raw) } }
        do {
            schema = try unsafe Schema(importing: raw)
        } catch {
            if let release = unsafe self.stream.release { unsafe release(&self.stream) }
            throw error
        }
    }

    func next() throws -> RecordBatch? {
        var array = unsafe ArrowArray()
        guard let get = unsafe stream.get_next, unsafe get(&stream, &array) == 0 else {
            throw failure(unsafe Self.lastError(&stream))
        }
        guard unsafe array.release != nil else { return nil }
        return try unsafe ImportedArray(taking: &array).batch(of: schema)
    }

    private static func lastError(_ stream: inout ArrowArrayStream) -> String {
        guard let get = unsafe stream.get_last_error, let text = unsafe get(&stream) else { return "" }
        return unsafe String(cString: text)
    }

    deinit {
        if let release = unsafe stream.release { unsafe release(&stream) }
    }
}
