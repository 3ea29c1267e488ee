import CArrow
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Hands a ``BatchStream`` to another library over the C stream interface.
///
/// What fails on our side is kept in ``failure``, since the receivers pass on a text at best.
final class ExportedStream: Sendable {
    private let stream: any BatchStream
    private let caught = Mutex<(any Error)?>(nil)

    init(_ stream: any BatchStream) { self.stream = stream }

    /// What our side failed with, if it did.
    var failure: (any Error)? { caught.withLock { $0 } }

    /// Writes the stream's C form. Receivers copy it before they release it, so it owns nothing: the caller keeps
    /// this object until the receiver is done.
    func export(to raw: UnsafeMutablePointer<ArrowArrayStream>) {
        unsafe raw.initialize(
            to: ArrowArrayStream(
                get_schema: { raw, out in
                    guard let out = unsafe out, let me = unsafe ExportedStream.from(raw) else { return EINVAL }
                    unsafe me.stream.schema.export(to: out)
                    return 0
                },
                get_next: { raw, out in
                    guard let out = unsafe out, let me = unsafe ExportedStream.from(raw) else { return EINVAL }
                    return unsafe me.next(into: out)
                },
                get_last_error: { _ in unsafe ExportedStream.message },
                release: { raw in unsafe raw?.pointee.release = nil },
                private_data: Unmanaged.passUnretained(self).toOpaque()))
    }

    private nonisolated(unsafe) static let message: UnsafePointer<CChar>? = unsafe UnsafePointer(
        strdup("the stream failed"))

    private static func from(_ raw: UnsafeMutablePointer<ArrowArrayStream>?) -> ExportedStream? {
        guard let owner = unsafe raw?.pointee.private_data else { return nil }
        return unsafe Unmanaged<ExportedStream>.fromOpaque(owner).takeUnretainedValue()
    }

    private func next(into out: UnsafeMutablePointer<ArrowArray>) -> Int32 {
        do {
            if let batch = try stream.next() {
                unsafe batch.export(to: out)
            } else {
                unsafe out.initialize(to: ArrowArray())
            }
            return 0
        } catch {
            caught.withLock { if $0 == nil { $0 = error } }
            return EIO
        }
    }
}
