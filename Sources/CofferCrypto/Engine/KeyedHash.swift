import CCryptoBoringSSL

/// The two hash states that an HMAC key leaves (RFC 2104, section 4), made once; on the heap and wiped when they go.
/// Each message works on copies on the stack, wiped before the call returns. Read-only after `init`.
@safe final class KeyedHash: @unchecked Sendable {
    /// Inner and outer state; the member that the function needs is the one in use.
    @safe private enum States {
        case narrow(UnsafeMutablePointer<SHA256_CTX>)
        case wide(UnsafeMutablePointer<SHA512_CTX>)
    }
    private let function: HashFunction
    private let states: States

    init(_ function: HashFunction, key: RawSpan) {
        self.function = function
        switch function {
        case .sha224, .sha256:
            let pair = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 2)
            unsafe pair.initialize(repeating: SHA256_CTX(), count: 2)
            unsafe states = .narrow(pair)
        case .sha384, .sha512:
            let pair = UnsafeMutablePointer<SHA512_CTX>.allocate(capacity: 2)
            unsafe pair.initialize(repeating: SHA512_CTX(), count: 2)
            unsafe states = .wide(pair)
        }
        // A key longer than a block is hashed first; the rest of the block is zeros.
        let block = SecretBytes(count: function.blockByteCount) { output in
            if key.byteCount <= function.blockByteCount { return output.append(copying: key) }
            unsafe output.appendAlways(count: function.byteCount) { target in
                unsafe hashBytes(function, key.buffer, into: target)
            }
        }
        absorb(block, pad: 0x36, into: 0)
        absorb(block, pad: 0x5c, into: 1)
    }

    private func absorb(_ block: borrowing SecretBytes, pad: UInt8, into index: Int) {
        let padded = block.withBytes { block in
            SecretBytes(count: block.byteCount) { output in
                for i in block.byteOffsets {
                    let byte = unsafe block.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                    output.append(byte ^ pad)
                }
            }
        }
        padded.withBytes { padded in
            unsafe padded.withUnsafeBytes { padded in
                switch states {
                case .narrow(let pair):
                    if function == .sha224 {
                        unsafe CCryptoBoringSSL_SHA224_Init(pair + index)
                    } else {
                        unsafe CCryptoBoringSSL_SHA256_Init(pair + index)
                    }
                    unsafe CCryptoBoringSSL_SHA256_Update(pair + index, padded.baseAddress, padded.count)
                case .wide(let pair):
                    if function == .sha384 {
                        unsafe CCryptoBoringSSL_SHA384_Init(pair + index)
                    } else {
                        unsafe CCryptoBoringSSL_SHA512_Init(pair + index)
                    }
                    unsafe CCryptoBoringSSL_SHA512_Update(pair + index, padded.baseAddress, padded.count)
                }
            }
        }
    }

    deinit {
        switch states {
        case .narrow(let pair):
            unsafe wipe(pair, 2 * MemoryLayout<SHA256_CTX>.stride)
            unsafe pair.deallocate()
        case .wide(let pair):
            unsafe wipe(pair, 2 * MemoryLayout<SHA512_CTX>.stride)
            unsafe pair.deallocate()
        }
    }

    /// Writes the MAC of `message` and what follows it; `target` has room for a digest.
    @unsafe func authenticate(
        _ message: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer = unsafe .init(start: nil, count: 0),
        into target: UnsafeMutableRawPointer
    ) {
        let digest = unsafe target.assumingMemoryBound(to: UInt8.self)
        switch states {
        case .narrow(let pair):
            var state = unsafe pair[0]
            unsafe CCryptoBoringSSL_SHA256_Update(&state, message.baseAddress, message.count)
            unsafe CCryptoBoringSSL_SHA256_Update(&state, rest.baseAddress, rest.count)
            unsafe CCryptoBoringSSL_SHA256_Final(digest, &state)
            unsafe state = pair[1]
            unsafe CCryptoBoringSSL_SHA256_Update(&state, digest, function.byteCount)
            unsafe CCryptoBoringSSL_SHA256_Final(digest, &state)
            unsafe wipe(&state, MemoryLayout<SHA256_CTX>.size)
        case .wide(let pair):
            var state = unsafe pair[0]
            unsafe CCryptoBoringSSL_SHA512_Update(&state, message.baseAddress, message.count)
            unsafe CCryptoBoringSSL_SHA512_Update(&state, rest.baseAddress, rest.count)
            unsafe CCryptoBoringSSL_SHA512_Final(digest, &state)
            unsafe state = pair[1]
            unsafe CCryptoBoringSSL_SHA512_Update(&state, digest, function.byteCount)
            unsafe CCryptoBoringSSL_SHA512_Final(digest, &state)
            unsafe wipe(&state, MemoryLayout<SHA512_CTX>.size)
        }
    }
}
