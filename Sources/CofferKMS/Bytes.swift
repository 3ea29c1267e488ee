import Coffer
import CofferCrypto

// CofferCrypto takes spans. What this module feeds it are short arrays that are no secret, so here they are in one place.

extension Digest {
    static func sha256(_ message: [UInt8]) -> [UInt8] { unsafe sha256(message.span.bytes) }
}

extension HMAC {
    /// The MAC of `message` where it is no secret.
    func bytes(of message: [UInt8]) -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in unsafe authenticate(message.span.bytes, into: &output) }
    }

    func verify(_ tag: [UInt8], for message: [UInt8]) -> Bool {
        unsafe verify(tag.span.bytes, for: message.span.bytes)
    }
}

extension KeyDerivation {
    /// HKDF-SHA-256.
    static func hkdf(_ key: borrowing SecretBytes, salt: [UInt8], info: String, count: Int) -> SecretBytes {
        do {
            return try hkdf(key, salt: salt, info: Array(info.utf8), count: count)
        } catch {
            preconditionFailure("HKDF-SHA-256 gives up to 8160 bytes")
        }
    }

    private static func hkdf(
        _ key: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(CryptoError) -> SecretBytes {
        unsafe try hkdf(.sha256, key: key, salt: salt.span.bytes, info: info.span.bytes, count: count)
    }
}

extension AEAD {
    /// AES-256-GCM under `key`, which has 32 bytes.
    convenience init(_ key: borrowing SecretBytes) {
        do { try self.init(.aes256GCM, key: key) } catch { preconditionFailure("a key of AES-256 has 32 bytes") }
    }

    /// `prefix` ‖ ciphertext ‖ tag.
    func seal(
        _ plaintext: borrowing SecretBytes, nonce: [UInt8], additionalData: [UInt8], after prefix: [UInt8] = []
    ) -> [UInt8] {
        do {
            return try [UInt8](byteCapacity: prefix.count + plaintext.count + Self.tagByteCount) {
                (output) throws(CryptoError) in
                output.append(copying: prefix)
                try plaintext.withBytes { (bytes) throws(CryptoError) in
                    unsafe try seal(
                        bytes, nonce: nonce.span.bytes, additionalData: additionalData.span.bytes, into: &output)
                }
            }
        } catch {
            preconditionFailure("keys are short enough to be sealed")
        }
    }

    /// `prefix` ‖ ciphertext ‖ tag.
    func seal(_ plaintext: [UInt8], nonce: [UInt8], additionalData: [UInt8], after prefix: [UInt8]) -> [UInt8] {
        seal(
            unsafe SecretBytes(copying: plaintext.span.bytes), nonce: nonce, additionalData: additionalData,
            after: prefix)
    }

    /// The plaintext of ciphertext ‖ tag; nil when they are not authentic.
    func open(_ sealed: ArraySlice<UInt8>, nonce: ArraySlice<UInt8>, additionalData: [UInt8]) -> SecretBytes? {
        let (sealed, nonce) = (Array(sealed), Array(nonce))
        guard sealed.count >= Self.tagByteCount else { return nil }
        do {
            return try SecretBytes(count: sealed.count - Self.tagByteCount) { (output) throws(CryptoError) in
                unsafe try open(
                    sealed.span.bytes, nonce: nonce.span.bytes, additionalData: additionalData.span.bytes,
                    into: &output)
            }
        } catch {
            return nil
        }
    }
}

extension OutputRawSpan {
    mutating func append(copying bytes: [UInt8]) { unsafe append(copying: bytes.span.bytes) }
}

extension [UInt8] {
    /// A copy of `bytes`, which are no secret.
    init(copying bytes: RawSpan) {
        self.init(byteCapacity: bytes.byteCount) { output in output.append(copying: bytes) }
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    func isEqual(inConstantTime other: [UInt8]) -> Bool { unsafe constantTimeEqual(span.bytes, other.span.bytes) }
}

extension RawSpan {
    /// The byte at `offset`.
    func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "an offset lies within its span")
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
