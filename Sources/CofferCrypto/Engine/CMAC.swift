/// AES-CMAC (RFC 4493) with its subkeys made once.
final class CMAC: Sendable {
    private let key: AESKey
    /// Goes into a last block that is whole (K1) or padded (K2).
    let wholeSubkey, paddedSubkey: Block

    /// `key` has 16, 24 or 32 bytes.
    init(_ key: RawSpan) {
        self.key = AESKey(key)
        wholeSubkey = self.key.encrypt(Block()).doubled
        paddedSubkey = wholeSubkey.doubled
    }

    /// The MAC of one whole block.
    @inline(__always)
    func authenticate(_ block: Block) -> Block {
        key.encrypt(block ^ wholeSubkey)
    }

    /// The MAC of one whole block that holds the subkey already.
    @inline(__always)
    func encryptWhole(_ block: Block) -> Block {
        key.encrypt(block)
    }

    /// The MAC of `count` bytes, the last 16 of them combined with `end` first where it is given (RFC 5297, 2.4: xorend;
    /// then there are at least 16).
    @unsafe func authenticate(_ start: UnsafeRawPointer?, _ count: Int, xorEnd end: Block? = nil) -> Block {
        var state = Block()
        var offset = 0
        let tail = end == nil ? 16 : 31
        // Whole blocks that neither end the message nor reach into its last 16 bytes.
        while count - offset > tail {
            unsafe state = key.encrypt(state ^ Block(loading: start! + offset))
            offset += 16
        }
        var rest = (Block(), Block())
        return unsafe withUnsafeMutableBytes(of: &rest) { rest in
            let count = count - offset
            if count > 0 { unsafe rest.copyMemory(from: UnsafeRawBufferPointer(start: start! + offset, count: count)) }
            if let end {
                let target = unsafe rest.baseAddress! + (count - 16)
                unsafe (Block(loading: target) ^ end).store(to: target)
            }
            if count == 16 { return unsafe authenticate(state ^ Block(loading: rest.baseAddress!)) }
            if count < 16 {
                return unsafe key.encrypt(state ^ Block(padding: rest.baseAddress!, count: count) ^ paddedSubkey)
            }
            unsafe state = key.encrypt(state ^ Block(loading: rest.baseAddress!))
            let last = unsafe rest.baseAddress! + 16
            if count == 32 { return unsafe authenticate(state ^ Block(loading: last)) }
            return unsafe key.encrypt(state ^ Block(padding: last, count: count - 16) ^ paddedSubkey)
        }
    }
}
