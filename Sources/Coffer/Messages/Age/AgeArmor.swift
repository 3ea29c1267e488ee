import CofferCrypto

/// Age files as text: base64 in lines of 64 characters between two lines (RFC 7468, strict).
enum AgeArmor {
    private static let first = Array("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
    private static let last = Array("-----END AGE ENCRYPTED FILE-----".utf8)
    private static let columns = 64
    /// How much white space may stand before and behind.
    private static let margin = 1 << 10

    static let malformed = MessageError(.malformed, "the armor around the age file is not whole")

    static func mayBegin(with start: [UInt8]) -> Bool { start.drop(while: isSpace).starts(with: first) }

    /// What is inside the armor, where there is one.
    static func input(_ input: MessageInput) throws -> (MessageInput, isArmored: Bool) {
        guard mayBegin(with: try input.peek(margin + first.count)) else { return (input, false) }
        return (MessageInput(try Source(input)), true)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0d, 0x0a].contains(byte) }

    /// Gives the bytes that the lines stand for.
    private final class Source: MessageSource, @unchecked Sendable {
        private let input: MessageInput
        private var decoded: [UInt8] = []
        private var position = 0
        private var hasEnded = false
        private var hasShortLine = false

        init(_ input: MessageInput) throws {
            self.input = input
            while let byte = try input.peek(1).first, isSpace(byte) { _ = try input.take(1) }
            guard try line() == first else { throw malformed }
        }

        /// The next line without its end.
        private func line() throws -> [UInt8] {
            let start = try input.peek(columns + 2)
            guard let end = start.firstIndex(of: 10) else {
                // The end of the last line may be missing.
                guard start.count < columns + 2 else { throw malformed }
                return try input.take(start.count) ?? []
            }
            var line = Array(try input.take(end + 1)!.dropLast())
            if line.last == 13 { line.removeLast() }
            return line
        }

        private func next() throws {
            let line = try line()
            guard line != last else {
                hasEnded = true
                return try checkEnd()
            }
            guard !line.isEmpty, line.count <= columns, !hasShortLine,
                let bytes = try? Base64.decode(String(decoding: line, as: UTF8.self))
            else { throw malformed }
            hasShortLine = line.count < columns || bytes.count < columns / 4 * 3
            decoded = bytes
            position = 0
        }

        private func checkEnd() throws {
            for _ in 0..<margin {
                guard let byte = try input.peek(1).first else { return }
                guard isSpace(byte) else { break }
                _ = try input.take(1)
            }
            throw malformed
        }

        func read(into output: inout OutputRawSpan) throws {
            while output.freeCapacity > 0 {
                if position == decoded.count {
                    if hasEnded { return }
                    try next()
                    continue
                }
                let count = min(decoded.count - position, output.freeCapacity)
                unsafe decoded.withUnsafeBytes { bytes in
                    unsafe output.append(
                        copying: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]).bytes)
                }
                position += count
            }
        }
    }

    /// Writes lines of what it is given.
    final class Sink: MessageSink, @unchecked Sendable {
        private let sink: any MessageSink
        private var rest: [UInt8] = []

        init(_ sink: any MessageSink) { self.sink = sink }

        func begin(_ release: Release) throws {
            try sink.begin(release)
            try sink.write(first + [10])
        }

        func write(_ bytes: RawSpan) throws {
            rest += [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) }
            try writeLines(rest.count / 48 * 48)
        }

        private func writeLines(_ count: Int) throws {
            let text = Array(Base64.encode(Array(rest[..<count])).utf8)
            var lines: [UInt8] = []
            lines.reserveCapacity(text.count + text.count / columns + 1)
            for start in stride(from: 0, to: text.count, by: columns) {
                lines += text[start..<min(start + columns, text.count)]
                lines.append(10)
            }
            rest.removeFirst(count)
            try sink.write(lines)
        }

        func finish() throws {
            try writeLines(rest.count)
            try sink.write(last + [10])
            try sink.finish()
        }
    }
}
