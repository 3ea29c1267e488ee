import CofferCrypto

/// Seals and opens the frames of one message.
final class FrameCipher: Sendable {
    static let lastMark = UInt32.max
    /// By how much a frame is longer than its plaintext: number, nonce, tag.
    static let overhead = 32
    /// By how much the last one is: mark, number, nonce, length, tag.
    static let lastOverhead = 40

    let frameLength: Int
    /// Bytes of a frame that is not the last.
    var sealedLength: Int { frameLength + Self.overhead }
    private let aead: AEAD
    private let frameData: [UInt8]
    private let lastData: [UInt8]

    init(_ aead: AEAD, messageID: [UInt8], frameLength: Int) {
        self.aead = aead
        self.frameLength = frameLength
        frameData = Self.additionalData(messageID, "Frame")
        lastData = Self.additionalData(messageID, "Final Frame")
    }

    /// What a part of the body is bound to. Its number and length are filled in for each.
    static func additionalData(_ messageID: [UInt8], _ kind: String, number: UInt32 = 0, count: Int = 0) -> [UInt8] {
        messageID + Array("AWSKMSEncryptionClient \(kind)".utf8) + number.bigEndianBytes + UInt64(count).bigEndianBytes
    }

    /// Seals what is in `batch.input`, as frames and, where `batch.lastCount` says so, the last one.
    func seal(_ batch: FrameBatch) throws {
        let output = batch.output
        output.count = 0
        var data = frameData
        var from = 0
        var number = UInt32(batch.firstNumber)
        for _ in 0..<batch.frames {
            unsafe seal(
                batch.input[from..<from + frameLength], number, &data, header: [], into: output)
            from += frameLength
            number &+= 1
        }
        if let count = batch.lastCount {
            data = lastData
            let header = Self.lastMark.bigEndianBytes
            unsafe seal(batch.input[from..<from + count], number, &data, header: header, isLast: true, into: output)
        }
    }

    @unsafe private func seal(
        _ plaintext: UnsafeRawBufferPointer, _ number: UInt32, _ data: inout [UInt8], header: [UInt8],
        isLast: Bool = false, into output: ByteBuffer
    ) {
        let count = plaintext.count
        let overhead = isLast ? Self.lastOverhead : Self.overhead
        precondition(output.capacity - output.count >= count + overhead, "the batch has room for its frames")
        var target = unsafe output.start + output.count
        func put(_ value: UInt32) {
            unsafe target.storeBytes(of: value.bigEndian, as: UInt32.self)
            unsafe target += 4
        }
        if isLast { put(Self.lastMark) }
        put(number)
        let nonce = unsafe target
        put(0)
        put(0)
        put(number)
        if isLast { put(UInt32(count)) }
        Self.fill(&data, number, count)
        let isSealed = unsafe data.withUnsafeBytes {
            unsafe aead.seal(plaintext, nonce: nonce, additionalData: $0, into: target)
        }
        precondition(isSealed, "a frame is short enough for the cipher")
        output.count += count + overhead
    }

    /// Opens the frames in `batch.input`. One that is not authentic opens none.
    func open(_ batch: FrameBatch) throws {
        let output = batch.output
        output.count = 0
        var data = frameData
        var from = 0
        var number = UInt32(batch.firstNumber)
        for _ in 0..<batch.frames {
            let sealed = unsafe batch.input[from..<from + sealedLength]
            try unsafe open(sealed, nonceAt: 4, number, frameLength, &data, into: output)
            from += sealedLength
            number &+= 1
        }
        if let count = batch.lastCount {
            data = lastData
            let sealed = unsafe batch.input[from..<from + count + Self.lastOverhead]
            try unsafe open(sealed, nonceAt: 8, number, count, &data, into: output)
        }
    }

    @unsafe private func open(
        _ frame: UnsafeRawBufferPointer, nonceAt: Int, _ number: UInt32, _ count: Int, _ data: inout [UInt8],
        into output: ByteBuffer
    ) throws {
        precondition(output.capacity - output.count >= count, "the batch has room for its plaintext")
        Self.fill(&data, number, count)
        let sealed = unsafe UnsafeRawBufferPointer(rebasing: frame[(frame.count - count - 16)...])
        let isOpen = unsafe data.withUnsafeBytes {
            unsafe aead.open(
                sealed, nonce: frame.baseAddress! + nonceAt, additionalData: $0, into: output.start + output.count)
        }
        guard isOpen else { throw MessageError.notAuthentic }
        output.count += count
    }

    private static func fill(_ data: inout [UInt8], _ number: UInt32, _ count: Int) {
        let start = data.count - 12
        unsafe data.withUnsafeMutableBytes { data in
            unsafe data.storeBytes(of: number.bigEndian, toByteOffset: start, as: UInt32.self)
            unsafe data.storeBytes(of: UInt64(count).bigEndian, toByteOffset: start + 4, as: UInt64.self)
        }
    }
}

/// Some frames that follow one another, worked on together.
final class FrameBatch {
    /// Bytes of plaintext that are worked on at once: they stay in the cache of one core.
    static let byteCount = 256 << 10
    /// Longer frames are opened part by part instead.
    static let longestFrame = 8 << 20

    let input: ByteBuffer
    let output: ByteBuffer
    /// The number of the first frame, counted from 1.
    var firstNumber = 1
    /// How many frames there are, without the last one of the message.
    var frames = 0
    /// Bytes of plaintext in the message's last frame, where it is here.
    var lastCount: Int?

    /// How many frames of this length are one batch.
    static func frames(of frameLength: Int) -> Int { min(4096, max(1, byteCount / frameLength)) }

    /// Cores that may work on frames of this length within the memory that is promised.
    static func workers(for frameLength: Int) -> Int { frameLength > 1 << 20 ? 1 : OrderedWork.workers }

    init(sealing frameLength: Int) {
        let frames = Self.frames(of: frameLength)
        input = ByteBuffer(capacity: frames * frameLength)
        output = ByteBuffer(capacity: frames * (frameLength + FrameCipher.overhead) + FrameCipher.lastOverhead)
    }

    init(opening frameLength: Int) {
        let frames = Self.frames(of: frameLength)
        input = ByteBuffer(capacity: frames * (frameLength + FrameCipher.overhead) + FrameCipher.lastOverhead)
        output = ByteBuffer(capacity: frames * frameLength)
    }
}
