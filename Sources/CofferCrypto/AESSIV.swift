/// Deterministic authenticated encryption: AES-SIV (RFC 5297), expanded once and used from any thread.
///
/// The same message under the same key and additional data always gives the same bytes, so equal values can be joined
/// and counted; that much, and the length, is what it gives away. There is no nonce to misuse. Exactly one component of
/// additional data is authenticated, empty or not. A key has 32, 48 or 64 bytes, half of them for each purpose; Coffer
/// uses 64 (AES-256). A sealed message is 16 bytes longer than its plaintext.
public final class AESSIV: Sendable {
    /// Bytes by which a sealed message is longer than its plaintext.
    public static let tagByteCount = 16

    private let mac: CMAC
    private let cipher: AESKey
    /// The MAC of a block of zeros, doubled: what S2V starts from.
    private let start: Block
    private let emptyState: State

    /// Expands `key`: 64 bytes for AES-256, 48 or 32 for AES-192 or AES-128.
    public init(key: borrowing SecretBytes) throws(CryptoError) {
        guard [32, 48, 64].contains(key.count) else {
            throw CryptoError(.invalidKey, "a key for AES-SIV has 64 bytes (or 48, or 32), not \(key.count)")
        }
        let half = key.count / 2
        mac = key.withBytes { CMAC($0.extracting(first: half)) }
        cipher = key.withBytes { AESKey($0.extracting(last: half)) }
        start = mac.authenticate(Block()).doubled
        emptyState = unsafe State(start ^ mac.authenticate(nil, 0), mac.wholeSubkey)
    }

    /// Appends synthetic IV ‖ ciphertext, 16 bytes more than `plaintext`.
    public func seal(
        _ plaintext: RawSpan, additionalData: RawSpan, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        let failure = CryptoError(.invalidArgument, "the message can't be sealed")
        unsafe try output.append(count: plaintext.byteCount + Self.tagByteCount, orThrow: failure) { target in
            unsafe seal(plaintext.buffer, state(for: additionalData), into: target)
            return true
        }
    }

    /// Appends the plaintext of synthetic IV ‖ ciphertext; appends nothing when they are not authentic.
    public func open(
        _ sealed: RawSpan, additionalData: RawSpan, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        guard sealed.byteCount >= Self.tagByteCount else { throw .notAuthentic }
        unsafe try output.append(count: sealed.byteCount - Self.tagByteCount, orThrow: .notAuthentic) { target in
            unsafe open(sealed.buffer, state(for: additionalData), into: target)
        }
    }
}

extension AESSIV {
    /// ``seal(_:additionalData:into:)`` for hot loops, with empty additional data: `target` has room for 16 bytes more
    /// than `plaintext`.
    @unsafe package func seal(_ plaintext: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        unsafe seal(plaintext, emptyState, into: target)
    }

    /// ``open(_:additionalData:into:)`` for hot loops, with empty additional data: `target` has room for 16 bytes less
    /// than `sealed`. False, with `target` zeroed, when the message is not authentic.
    @unsafe package func open(_ sealed: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Bool {
        guard sealed.count >= Self.tagByteCount else { return false }
        return unsafe open(sealed, emptyState, into: target)
    }
}

extension AESSIV {
    /// S2V (RFC 5297, 2.4) up to the plaintext, as the three values that the plaintext may meet.
    private struct State {
        /// For a plaintext of more than 16 bytes, and of exactly 16: the MAC's subkey is in it already.
        let end, whole: Block
        /// For a shorter one: doubled, with the subkey.
        let short: Block

        init(_ state: Block, _ subkey: Block) {
            end = state
            whole = state ^ subkey
            short = state.doubled ^ subkey
        }
    }

    private func state(for additionalData: RawSpan) -> State {
        if additionalData.byteCount == 0 { return emptyState }
        return unsafe State(start ^ mac.authenticate(additionalData.start, additionalData.byteCount), mac.wholeSubkey)
    }

    @inline(__always)
    @unsafe private func syntheticIV(_ start: UnsafeRawPointer?, _ count: Int, _ state: State) -> Block {
        if count == 16 { return unsafe mac.encryptWhole(Block(loading: start!) ^ state.whole) }
        if count < 16 { return unsafe mac.encryptWhole(Block(padding: start, count: count) ^ state.short) }
        return unsafe mac.authenticate(start, count, xorEnd: state.end)
    }

    @inline(__always)
    @unsafe private func applyCounterMode(
        _ source: UnsafeRawPointer?, _ target: UnsafeMutableRawPointer, _ count: Int, from iv: Block
    ) {
        // The top bits of the last two words stay clear (RFC 5297, 2.5).
        let counter = Block(first: iv.first, second: iv.second & UInt64(bigEndian: 0x7fff_ffff_7fff_ffff))
        if count == 16 {
            unsafe (Block(loading: source!) ^ cipher.encrypt(counter)).store(to: target)
        } else if count > 0 {
            unsafe cipher.applyCounterMode(source!, target, count: count, from: counter)
        }
    }

    @inline(__always)
    @unsafe private func seal(_ plaintext: UnsafeRawBufferPointer, _ state: State, into target: UnsafeMutableRawPointer)
    {
        let iv = unsafe syntheticIV(plaintext.baseAddress, plaintext.count, state)
        unsafe iv.store(to: target)
        unsafe applyCounterMode(plaintext.baseAddress, target + Self.tagByteCount, plaintext.count, from: iv)
    }

    @inline(__always)
    @unsafe private func open(
        _ sealed: UnsafeRawBufferPointer, _ state: State, into target: UnsafeMutableRawPointer
    ) -> Bool {
        let count = sealed.count - Self.tagByteCount
        var claimed = unsafe Block(loading: sealed.baseAddress!)
        unsafe applyCounterMode(sealed.baseAddress! + Self.tagByteCount, target, count, from: claimed)
        var found = unsafe syntheticIV(target, count, state)
        guard unsafe bytesAreEqual(&claimed, &found, Self.tagByteCount) else {
            unsafe wipe(target, count)
            return false
        }
        return true
    }
}
