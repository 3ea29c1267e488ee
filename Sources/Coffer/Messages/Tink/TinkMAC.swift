import CofferCrypto

/// One key of Tink for message authentication.
enum TinkMAC {
    case hmac(HMAC, tagByteCount: Int)
    case cmac(AESCMAC, tagByteCount: Int)

    func tag(_ message: RawSpan) -> [UInt8] {
        switch self {
        case .hmac(let hmac, let count): Array(hmac.tag(message).exposed().prefix(count))
        case .cmac(let cmac, let count): Array(cmac.tag(message).exposed().prefix(count))
        }
    }
}

extension TinkKeyset {
    /// The MAC of `data` under the primary key, with its prefix.
    public func tag(of data: [UInt8]) throws(MessageError) -> [UInt8] {
        guard case .mac(let mac) = primary.primitive else { throw misuse("makes no MACs") }
        return primary.info.prefixBytes + primary.tag(of: data, mac)
    }

    /// Whether `tag` is the MAC of `data` under a key of the keyset, found in constant time for each.
    public func verify(_ tag: [UInt8], for data: [UInt8]) throws(MessageError) -> Bool {
        guard case .mac = primary.primitive else { throw misuse("makes no MACs") }
        return candidates(for: tag).contains { key in
            guard case .mac(let mac) = key.primitive else { return false }
            let (claimed, found) = (tag[key.info.prefixBytes.count...], key.tag(of: data, mac))
            return unsafe constantTimeEqual(Array(claimed).span.bytes, found.span.bytes)
        }
    }
}

extension TinkKeyset.Key {
    /// The MAC of `data`, over one zero byte more where the key is of Tink's first days.
    fileprivate func tag(of data: [UInt8], _ mac: TinkMAC) -> [UInt8] {
        unsafe mac.tag((info.prefix == .legacy ? data + [0] : data).span.bytes)
    }
}
