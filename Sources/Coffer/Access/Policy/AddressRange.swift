/// A range of IP addresses as policies write it: `203.0.113.0/24`, `2001:db8::/32`, or one address.
///
/// An IPv4 address is the same in its IPv6 form (`::ffff:203.0.113.7`), which is what a socket for both families reports.
struct AddressRange: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let prefix: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Address(parts[0]) else { return nil }
        let width = address.isV4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = Address.decimal(parts[1].utf8), given <= width else { return nil }
            length = given
        }
        prefix = length + 128 - width
        (high, low) = Self.masked(address, prefix)
    }

    /// Whether the address `text` is in the range; false where it is no address.
    func contains(_ text: String) -> Bool {
        guard let address = Address(Substring(text)) else { return false }
        return Self.masked(address, prefix) == (high, low)
    }

    private static func masked(_ address: Address, _ prefix: Int) -> (UInt64, UInt64) {
        // Shifts by as much as the width give 0 in Swift.
        (
            address.high & ~(UInt64.max >> UInt64(min(prefix, 64))),
            prefix <= 64 ? 0 : address.low & ~(UInt64.max >> UInt64(prefix - 64))
        )
    }

    /// An address as 128 bits.
    private struct Address {
        let high: UInt64
        let low: UInt64
        /// Whether it is written as one of IPv4.
        let isV4: Bool

        init?(_ text: Substring) {
            guard text.utf8.count <= 45 else { return nil }
            guard text.utf8.contains(UInt8(ascii: ":")) else {
                guard let number = Self.v4(text) else { return nil }
                (high, low, isV4) = (0, 0xffff_0000_0000 | UInt64(number), true)
                return
            }
            guard let groups = Self.v6(text) else { return nil }
            high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
            low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
            isV4 = false
        }

        /// At most three digits, without zeros in front, which some read as octal.
        static func decimal(_ text: Substring.UTF8View) -> Int? {
            guard (1...3).contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            guard text.count == 1 || text.first != 0x30 else { return nil }
            return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        private static func v4(_ text: Substring) -> UInt32? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4 else { return nil }
            var number: UInt32 = 0
            for part in parts {
                guard let byte = decimal(part.utf8), byte < 256 else { return nil }
                number = number << 8 | UInt32(byte)
            }
            return number
        }

        /// Eight groups (RFC 4291, section 2.2).
        private static func v6(_ text: Substring) -> [UInt16]? {
            let bytes = Array(text.utf8)
            var head: [UInt16] = []
            var tail: [UInt16]?
            var at = 0
            if bytes.starts(with: "::".utf8) {
                (tail, at) = ([], 2)
            }
            while at < bytes.count {
                let end = bytes[at...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
                let part = Substring(decoding: bytes[at..<end], as: UTF8.self)
                var groups: [UInt16]
                if end == bytes.count, part.utf8.contains(UInt8(ascii: ".")) {
                    guard let number = v4(part) else { return nil }
                    groups = [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
                } else {
                    guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"),
                        let group = UInt16(part, radix: 16)
                    else { return nil }
                    groups = [group]
                }
                if tail == nil { head += groups } else { tail! += groups }
                guard end < bytes.count else { break }
                at = end + 1
                // One colon ends a group; nothing, or a second colon once, may follow.
                guard at < bytes.count else { return nil }
                if bytes[at] == UInt8(ascii: ":") {
                    guard tail == nil else { return nil }
                    (tail, at) = ([], at + 1)
                }
            }
            guard let tail else { return head.count == 8 ? head : nil }
            guard head.count + tail.count < 8 else { return nil }
            return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        }
    }
}
