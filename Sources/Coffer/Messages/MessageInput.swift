import CofferCrypto

/// Reads the small parts of a message, and gives the rest to whoever reads it in bulk.
final class MessageInput: MessageSource, @unchecked Sendable {
    private let source: any MessageSource
    private var buffer: [UInt8] = []
    private var position = 0
    /// All that ``take(_:)`` has given since ``startRecording()``.
    private(set) var recorded: [UInt8] = []
    private var isRecording = false
    /// How many bytes have been read.
    private(set) var offset = 0

    init(_ source: any MessageSource) { self.source = source }

    func startRecording() {
        recorded = []
        isRecording = true
    }

    func stopRecording() { isRecording = false }

    /// The next `count` bytes; nil where the message ends before.
    func take(_ count: Int) throws -> [UInt8]? {
        guard try fill(count) else { return nil }
        let bytes = Array(buffer[position..<position + count])
        position += count
        offset += count
        if isRecording { recorded += bytes }
        return bytes
    }

    /// The next bytes, which stay where they are; fewer than `count` where there are no more.
    func peek(_ count: Int) throws -> [UInt8] {
        _ = try fill(count)
        return Array(buffer[position..<min(buffer.count, position + count)])
    }

    /// Whether nothing is left.
    func isAtEnd() throws -> Bool { try !fill(1) }

    /// Puts back what was read too far.
    func giveBack(_ bytes: UnsafeRawBufferPointer) {
        unsafe buffer = [UInt8](bytes) + buffer[position...]
        offset -= bytes.count
        position = 0
    }

    func read(into output: inout OutputRawSpan) throws {
        let here = buffer.count - position
        guard here > 0 else {
            let before = output.byteCount
            try source.read(into: &output)
            offset += output.byteCount - before
            return
        }
        let count = min(here, output.freeCapacity)
        unsafe buffer.withUnsafeBytes { buffer in
            unsafe output.append(copying: UnsafeRawBufferPointer(rebasing: buffer[position..<position + count]).bytes)
        }
        position += count
        offset += count
    }

    private func fill(_ count: Int) throws -> Bool {
        while buffer.count - position < count {
            if position > 0 {
                buffer.removeFirst(position)
                position = 0
            }
            // Not more than a block at a time: a length in a hostile header costs nothing before its bytes are there.
            let more = try Self.block(of: source)
            guard !more.isEmpty else { return false }
            buffer += more
        }
        return true
    }

    private static func block(of source: any MessageSource) throws -> [UInt8] {
        try [UInt8](byteCapacity: 4096) { (output: inout OutputRawSpan) throws in try source.read(into: &output) }
    }
}
