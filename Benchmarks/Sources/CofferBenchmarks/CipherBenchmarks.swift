import CofferCrypto

/// What the ciphers give on 16-byte values laid out as a batch of 2048 rows: the ceiling of the protections above them.
@safe struct CipherBenchmarks {
    private let rows = 2048
    private let width = 16
    private let values: [UInt8]
    private let target: UnsafeMutableRawBufferPointer

    init() {
        values = Randomness.system.bytes(rows * 64)
        unsafe target = .allocate(byteCount: rows * 96, alignment: 64)
    }

    func run() throws -> [Measurement] {
        try [
            sealWithPointers(.aes256GCM), sealWithSpans(.aes256GCM), open(.aes256GCM),
            sealWithPointers(.chaCha20Poly1305),
            sealDeterministically(width: 8), sealDeterministically(width: 16), sealDeterministically(width: 40),
            authenticate(), copy(), encodeCells(),
        ]
    }

    /// nonce ‖ ciphertext ‖ tag for every value, the nonces drawn at once.
    private func sealWithPointers(_ algorithm: AEAD.Algorithm) throws -> Measurement {
        let aead = try AEAD(algorithm, key: Randomness.system.secret(count: 32))
        return measure(.randomized, "\(algorithm) on pointers", count: rows) {
            let nonces = Randomness.system.bytes(rows * 12)
            unsafe nonces.withUnsafeBytes { nonces in
                unsafe eachValue(width) { i, value in
                    let cell = unsafe target.baseAddress! + i * 44
                    let nonce = unsafe nonces.baseAddress! + i * 12
                    unsafe cell.copyMemory(from: nonce, byteCount: 12)
                    precondition(
                        unsafe aead.seal(
                            value, nonce: nonce, additionalData: .init(start: nil, count: 0), into: cell + 12))
                }
            }
        }
    }

    private func sealWithSpans(_ algorithm: AEAD.Algorithm) throws -> Measurement {
        let aead = try AEAD(algorithm, key: Randomness.system.secret(count: 32))
        return try measure(.randomized, "\(algorithm) on spans", count: rows) {
            let nonces = Randomness.system.bytes(rows * 12)
            var output = unsafe OutputRawSpan(buffer: target, initializedCount: 0)
            let (nonceBytes, valueBytes) = unsafe (nonces.span.bytes, values.span.bytes)
            for i in 0..<rows {
                let nonce = nonceBytes.extracting(i * 12..<(i + 1) * 12)
                output.append(copying: nonce)
                try aead.seal(
                    valueBytes.extracting(i * width..<(i + 1) * width), nonce: nonce, additionalData: RawSpan(),
                    into: &output)
            }
            _ = unsafe output.finalize(for: target)
        }
    }

    private func open(_ algorithm: AEAD.Algorithm) throws -> Measurement {
        let aead = try AEAD(algorithm, key: Randomness.system.secret(count: 32))
        let nonce = Randomness.system.bytes(12)
        let empty = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        return unsafe nonce.withUnsafeBytes { nonce in
            unsafe eachValue(width) { i, value in
                let cell = unsafe target.baseAddress! + i * 32
                precondition(unsafe aead.seal(value, nonce: nonce.baseAddress!, additionalData: empty, into: cell))
            }
            return measure(.other, "\(algorithm) opened", count: rows) {
                for i in 0..<rows {
                    let cell = unsafe UnsafeRawBufferPointer(start: target.baseAddress! + i * 32, count: 32)
                    let plain = unsafe target.baseAddress! + rows * 32 + i * 16
                    precondition(unsafe aead.open(cell, nonce: nonce.baseAddress!, additionalData: empty, into: plain))
                }
            }
        }
    }

    private func sealDeterministically(width: Int) throws -> Measurement {
        let siv = try AESSIV(key: Randomness.system.secret(count: 64))
        return measure(.deterministic, "aesSIV, \(width) bytes", count: rows) {
            unsafe eachValue(width) { i, value in unsafe siv.seal(value, into: target.baseAddress! + i * 64) }
        }
    }

    private func authenticate() -> Measurement {
        let hmac = HMAC(.sha256, key: Randomness.system.secret(count: 32))
        return measure(.hash, "hmacSHA256", count: rows) {
            unsafe eachValue(width) { i, value in unsafe hmac.authenticate(value, into: target.baseAddress! + i * 32) }
        }
    }

    /// What a mask can't be faster than.
    private func copy() -> Measurement {
        measure(.mask, "copy value by value", count: rows) {
            unsafe eachValue(width) { i, value in
                unsafe (target.baseAddress! + i * width).copyMemory(from: value.baseAddress!, byteCount: value.count)
            }
        }
    }

    private func encodeCells() -> Measurement {
        measure(.other, "base64url of 53-byte cells", count: rows) {
            unsafe eachValue(53) { i, value in unsafe Base64URL.encode(value, into: target.baseAddress! + i * 72) }
        }
    }

    @inline(__always)
    @unsafe private func eachValue(_ width: Int, _ body: (Int, UnsafeRawBufferPointer) -> Void) {
        unsafe values.withUnsafeBytes { values in
            for i in 0..<rows {
                unsafe body(i, UnsafeRawBufferPointer(start: values.baseAddress! + i * width, count: width))
            }
        }
    }
}
