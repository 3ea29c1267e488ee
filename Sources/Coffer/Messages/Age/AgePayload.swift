import CofferCrypto

/// The payload of an age file: chunks of 64 KiB, each sealed with its number and whether it is the last.
final class AgePayload: Sendable {
    static let nonceByteCount = 16
    static let chunkLength = 64 << 10
    private static let sealedLength = chunkLength + AEAD.tagByteCount
    /// Chunks that are worked on at once: they stay in the cache of one core.
    private static let chunks = 4

    private let aead: AEAD

    init(fileKey: borrowing SecretBytes, nonce: [UInt8]) throws(CryptoError) {
        let info = Array("payload".utf8)
        aead = try AEAD(
            .chaCha20Poly1305,
            key: unsafe try KeyDerivation.hkdf(
                .sha256, key: fileKey, salt: nonce.span.bytes, info: info.span.bytes, count: AEAD.keyByteCount))
    }

    /// Chunks and bytes of plaintext in a payload, its nonce included; nil where none has this length.
    static func layout(ofByteCount count: Int) -> (chunks: Int, plaintext: Int)? {
        let sealed = count - nonceByteCount
        guard sealed >= AEAD.tagByteCount else { return nil }
        let chunks = (sealed + sealedLength - 1) / sealedLength
        let last = sealed - (chunks - 1) * sealedLength
        guard last > AEAD.tagByteCount || chunks == 1, last >= AEAD.tagByteCount else { return nil }
        return (chunks, sealed - chunks * AEAD.tagByteCount)
    }

    /// Some chunks that follow one another.
    private final class Batch {
        let input: ByteBuffer
        let output: ByteBuffer
        var firstNumber: UInt64 = 0
        var isLast = false

        init(from length: Int, to other: Int) {
            input = ByteBuffer(capacity: length * AgePayload.chunks)
            output = ByteBuffer(capacity: other * AgePayload.chunks)
        }
    }

    func seal(_ plaintext: any MessageSource, into message: any MessageSink) throws {
        try unsafe run(MessageInput(plaintext), from: Self.chunkLength, to: Self.sealedLength, into: message) {
            unsafe self.aead.seal($0, nonce: $1, additionalData: UnsafeRawBufferPointer(start: nil, count: 0), into: $2)
        }
    }

    /// Opens all that is left of `input`.
    func open(_ input: MessageInput, into plaintext: any MessageSink) throws {
        try unsafe run(input, from: Self.sealedLength, to: Self.chunkLength, into: plaintext) {
            unsafe self.aead.open($0, nonce: $1, additionalData: UnsafeRawBufferPointer(start: nil, count: 0), into: $2)
        }
    }

    /// `work` does one chunk, all but the last of `length` bytes, which come to `other`.
    private func run(
        _ input: MessageInput, from length: Int, to other: Int, into sink: any MessageSink,
        _ work: @escaping (UnsafeRawBufferPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Bool
    ) throws {
        var next: UInt64 = 0
        var hasEnded = false
        try OrderedWork.run {
            Batch(from: length, to: other)
        } read: { batch in
            guard !hasEnded else { return false }
            batch.input.count = 0
            try batch.input.fill(from: input, upTo: batch.input.capacity)
            hasEnded = try batch.input.count < batch.input.capacity || input.isAtEnd()
            (batch.firstNumber, batch.isLast) = (next, hasEnded)
            next += UInt64(Self.chunks)
            return true
        } work: { batch in
            try unsafe Self.work(on: batch, from: length, by: other - length, work)
        } write: { batch in
            try sink.write(batch.output)
        }
    }

    private static func work(
        on batch: Batch, from length: Int, by difference: Int,
        _ work: (UnsafeRawBufferPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Bool
    ) throws {
        let (input, output) = (batch.input, batch.output)
        output.count = 0
        var nonce = [UInt8](repeating: 0, count: AEAD.nonceByteCount)
        var (from, number) = (0, batch.firstNumber)
        repeat {
            let count = min(length, input.count - from)
            let isLast = batch.isLast && from + count == input.count
            // A last chunk is empty only where there is no other.
            let isShort = count + min(difference, 0) <= 0 && number > 0
            guard count + difference >= 0, !isShort else { throw MessageError.notAuthentic }
            unsafe nonce.withUnsafeMutableBytes { nonce in
                unsafe nonce.storeBytes(of: number.bigEndian, toByteOffset: 3, as: UInt64.self)
            }
            nonce[11] = isLast ? 1 : 0
            let isDone = unsafe nonce.withUnsafeBytes { nonce in
                unsafe work(input[from..<from + count], nonce.baseAddress!, output.start + output.count)
            }
            guard isDone else { throw MessageError.notAuthentic }
            output.count += count + difference
            from += count
            number += 1
        } while from < input.count
    }
}
