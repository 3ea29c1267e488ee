import Coffer

/// A source whose first bytes are looked at before it is known what they are.
final class LookAhead: MessageSource, @unchecked Sendable {
    private let source: any NamedSource
    private var first: [UInt8] = []
    private var position = 0

    init(_ source: any NamedSource) { self.source = source }

    /// The first 4096 bytes, or all there are.
    func start() async throws -> [UInt8] {
        while first.count < 4096 {
            let more = try [UInt8](capacity: 4096 - first.count) { (output: inout OutputSpan<UInt8>) in
                try unsafe output.withUnsafeMutableBufferPointer { buffer, used in
                    let raw = UnsafeMutableRawBufferPointer(buffer)
                    var span = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
                    try source.read(into: &span)
                    used = unsafe span.finalize(for: raw)
                }
            }
            guard !more.isEmpty else { break }
            first += more
        }
        return first
    }

    /// The source from its first byte: seekable, where the file is.
    func fromStart() throws -> any MessageSource {
        guard let file = source.seekable else { return self }
        try file.seek(to: 0)
        return file
    }

    func read(into output: inout OutputRawSpan) throws {
        guard position < first.count else { return try source.read(into: &output) }
        while position < first.count, output.freeCapacity > 0 {
            output.append(first[position])
            position += 1
        }
    }
}
