import CofferCrypto
import Testing

/// Bytes from hexadecimal digits; spaces are for the reader.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A secret with the bytes of a test vector.
func secret(_ bytes: [UInt8]) -> SecretBytes {
    unsafe SecretBytes(copying: bytes.span.bytes)
}

extension SecretBytes {
    /// A copy in the open, for comparing with a vector.
    borrowing func exposed() -> [UInt8] {
        withBytes { bytes in [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) } }
    }
}

extension [UInt8] {
    /// The bytes with one bit changed.
    func flipping(bit: Int) -> [UInt8] {
        var bytes = self
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}

extension AEAD {
    func seal(_ plaintext: [UInt8], nonce: [UInt8], additionalData: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: plaintext.count + 16) { output throws(CryptoError) in
            unsafe try seal(
                plaintext.span.bytes, nonce: nonce.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
    }

    func open(_ sealed: [UInt8], nonce: [UInt8], additionalData: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: sealed.count) { output throws(CryptoError) in
            unsafe try open(
                sealed.span.bytes, nonce: nonce.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
    }
}

extension AESSIV {
    func seal(_ plaintext: [UInt8], additionalData: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: plaintext.count + 16) { output throws(CryptoError) in
            unsafe try seal(plaintext.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
    }

    func open(_ sealed: [UInt8], additionalData: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: sealed.count) { output throws(CryptoError) in
            unsafe try open(sealed.span.bytes, additionalData: additionalData.span.bytes, into: &output)
        }
    }
}
