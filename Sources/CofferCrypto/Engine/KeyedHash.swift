import CCryptoBoringSSL

/// The two hash states that an HMAC key leaves (RFC 2104, section 4), made once; on the heap and wiped when they go.
/// Each message works on copies on the stack, wiped before the call returns. Read-only after `init`.
@safe final class KeyedHash: @unchecked Sendable {
    /// Inner and outer state; the member that the function needs is the one in use.
    @safe private enum States {
        case oldest(UnsafeMutablePointer<SHA_CTX>)
        case narrow(UnsafeMutablePointer<SHA256_CTX>)
        case wide(UnsafeMutablePointer<SHA512_CTX>)
    }
    private let function: HashFunction
    private let states: States

    init(_ function: HashFunction, key: RawSpan) {
        self.function = function
        // A key longer than a block is hashed first; the rest of the block is zeros.
        let block = SecretBytes(count: function.blockByteCount) { output in
            if key.byteCount <= function.blockByteCount { return output.append(copying: key) }
            unsafe output.appendAlways(count: function.byteCount) { target in
                unsafe hashBytes(function, key.buffer, into: target)
            }
        }
        switch function {
        case .sha1: unsafe states = .oldest(Self.states(function, block))
        case .sha224, .sha256: unsafe states = .narrow(Self.states(function, block))
        case .sha384, .sha512: unsafe states = .wide(Self.states(function, block))
        }
    }

    private static func states<State: HashState>(
        _ function: HashFunction, _ block: borrowing SecretBytes
    ) -> UnsafeMutablePointer<State> {
        let pair = UnsafeMutablePointer<State>.allocate(capacity: 2)
        unsafe pair.initialize(repeating: State(), count: 2)
        for (i, pad) in [UInt8(0x36), 0x5c].enumerated() {
            unsafe pair[i].start(function)
            let padded = block.withBytes { block in
                SecretBytes(count: block.byteCount) { output in
                    for i in block.byteOffsets {
                        output.append(unsafe block.unsafeLoad(fromByteOffset: i, as: UInt8.self) ^ pad)
                    }
                }
            }
            padded.withBytes { unsafe pair[i].update($0.buffer) }
        }
        return unsafe pair
    }

    deinit {
        switch states {
        case .oldest(let pair): unsafe Self.free(pair)
        case .narrow(let pair): unsafe Self.free(pair)
        case .wide(let pair): unsafe Self.free(pair)
        }
    }

    @unsafe private static func free<State: HashState>(_ pair: UnsafeMutablePointer<State>) {
        unsafe wipe(pair, 2 * MemoryLayout<State>.stride)
        unsafe pair.deallocate()
    }

    /// Writes the MAC of `start`, `message` and `end`, one behind the other; `target` has room for a digest.
    @inline(__always)
    @unsafe func authenticate(
        _ message: UnsafeRawBufferPointer, after start: UnsafeRawBufferPointer? = nil,
        before end: UnsafeRawBufferPointer? = nil, into target: UnsafeMutableRawPointer
    ) {
        let digest = unsafe target.assumingMemoryBound(to: UInt8.self)
        switch states {
        case .oldest(let pair): unsafe authenticate(start, message, end, pair, into: digest)
        case .narrow(let pair): unsafe authenticate(start, message, end, pair, into: digest)
        case .wide(let pair): unsafe authenticate(start, message, end, pair, into: digest)
        }
    }

    @inline(__always)
    @unsafe private func authenticate<State: HashState>(
        _ start: UnsafeRawBufferPointer?, _ message: UnsafeRawBufferPointer, _ end: UnsafeRawBufferPointer?,
        _ pair: UnsafeMutablePointer<State>, into digest: UnsafeMutablePointer<UInt8>
    ) {
        var state = unsafe pair[0]
        if let start = unsafe start { unsafe state.update(start) }
        unsafe state.update(message)
        if let end = unsafe end { unsafe state.update(end) }
        unsafe state.finish(into: digest)
        unsafe state = pair[1]
        unsafe state.update(UnsafeRawBufferPointer(start: digest, count: function.byteCount))
        unsafe state.finish(into: digest)
        unsafe withUnsafeMutableBytes(of: &state) { unsafe wipe($0.baseAddress!, $0.count) }
    }
}

/// A hash that is under way.
private protocol HashState {
    init()
    mutating func start(_ function: HashFunction)
    @unsafe mutating func update(_ bytes: UnsafeRawBufferPointer)
    @unsafe mutating func finish(into target: UnsafeMutablePointer<UInt8>)
}

extension SHA_CTX: HashState {
    mutating func start(_ function: HashFunction) { unsafe CCryptoBoringSSL_SHA1_Init(&self) }

    @inline(__always)
    @unsafe mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe CCryptoBoringSSL_SHA1_Update(&self, bytes.baseAddress, bytes.count)
    }

    @inline(__always)
    @unsafe mutating func finish(into target: UnsafeMutablePointer<UInt8>) {
        unsafe CCryptoBoringSSL_SHA1_Final(target, &self)
    }
}

extension SHA256_CTX: HashState {
    mutating func start(_ function: HashFunction) {
        if function == .sha224 {
            unsafe CCryptoBoringSSL_SHA224_Init(&self)
        } else {
            unsafe CCryptoBoringSSL_SHA256_Init(&self)
        }
    }

    @inline(__always)
    @unsafe mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe CCryptoBoringSSL_SHA256_Update(&self, bytes.baseAddress, bytes.count)
    }

    @inline(__always)
    @unsafe mutating func finish(into target: UnsafeMutablePointer<UInt8>) {
        unsafe CCryptoBoringSSL_SHA256_Final(target, &self)
    }
}

extension SHA512_CTX: HashState {
    mutating func start(_ function: HashFunction) {
        if function == .sha384 {
            unsafe CCryptoBoringSSL_SHA384_Init(&self)
        } else {
            unsafe CCryptoBoringSSL_SHA512_Init(&self)
        }
    }

    @inline(__always)
    @unsafe mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe CCryptoBoringSSL_SHA512_Update(&self, bytes.baseAddress, bytes.count)
    }

    @inline(__always)
    @unsafe mutating func finish(into target: UnsafeMutablePointer<UInt8>) {
        unsafe CCryptoBoringSSL_SHA512_Final(target, &self)
    }
}
