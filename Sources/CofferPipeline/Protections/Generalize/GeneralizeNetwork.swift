/// An IP address, version 4 or 6, to the network it is in: `203.0.113.0/24`, `2001:db8::/48`.
struct GeneralizeNetwork: Protection {
    let output: Field
    let v4, v6: Int
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let scratch = Buffer(unwritten: 64)
        return try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 16) {
            value, _, builder in
            guard let address = unsafe IPAddress(value) else { return false }
            var text = unsafe TextCursor(scratch.start)
            address.network(address.isV4 ? v4 : v6).write(&text)
            text.append("/")
            text.append(address.isV4 ? v4 : v6)
            unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: text.count))
            return true
        }
    }
}

/// An IP address as a number.
struct IPAddress: Hashable, Sendable {
    let isV4: Bool
    let bits: UInt128

    init(isV4: Bool, bits: UInt128) { (self.isV4, self.bits) = (isV4, bits) }

    /// Reads four numbers in decimal, without zeros before them, or RFC 4291, 2.2.
    init?(_ text: UnsafeRawBufferPointer) {
        if let number = unsafe Self.v4(text) {
            self.init(isV4: true, bits: UInt128(number))
        } else {
            guard let number = unsafe Self.v6(text) else { return nil }
            self.init(isV4: false, bits: number)
        }
    }

    /// The address with all but the first `count` bits zero.
    func network(_ count: Int) -> IPAddress {
        let width = isV4 ? 32 : 128
        let mask = count == 0 ? 0 : UInt128.max << UInt128(width - count)
        return IPAddress(isV4: isV4, bits: bits & mask)
    }

    private static func v4(_ text: UnsafeRawBufferPointer) -> UInt32? {
        guard text.count <= 15 else { return nil }
        var (address, part, digits, dots): (UInt32, UInt32, Int, Int) = (0, 0, 0, 0)
        for i in text.indices {
            let byte = unsafe text[i]
            if byte.isDigit {
                guard digits == 0 || part != 0 else { return nil }
                part = part * 10 + UInt32(byte & 15)
                digits += 1
                guard part < 256 else { return nil }
            } else {
                guard byte == UInt8(ascii: "."), digits > 0 else { return nil }
                (address, part, digits, dots) = (address << 8 | part, 0, 0, dots + 1)
            }
        }
        return dots == 3 && digits > 0 ? address << 8 | part : nil
    }

    private static func v6(_ text: UnsafeRawBufferPointer) -> UInt128? {
        guard (2...45).contains(text.count) else { return nil }
        var groups: [8 of UInt16] = InlineArray(repeating: 0)
        var (used, gap, at): (Int, Int?, Int) = (0, nil, 0)
        if unsafe text[0] == UInt8(ascii: ":") {
            guard unsafe text[1] == UInt8(ascii: ":") else { return nil }
            (gap, at) = (0, 2)
        }
        while at < text.count {
            guard used < 8 else { return nil }
            let start = at
            var group: UInt32 = 0
            while at < text.count, let digit = unsafe hexDigit(text[at]) {
                guard at - start < 4 else { return nil }
                group = group << 4 | digit
                at += 1
            }
            if at < text.count, unsafe text[at] == UInt8(ascii: ".") {
                guard used <= 6, let tail = unsafe v4(UnsafeRawBufferPointer(rebasing: text[start...])) else {
                    return nil
                }
                (groups[used], groups[used + 1]) = (UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail))
                (used, at) = (used + 2, text.count)
                break
            }
            guard at > start else { return nil }
            groups[used] = UInt16(group)
            used += 1
            if at == text.count { break }
            guard unsafe text[at] == UInt8(ascii: ":"), at + 1 < text.count else { return nil }
            at += 1
            if unsafe text[at] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                (gap, at) = (used, at + 1)
            }
        }
        guard gap == nil ? used == 8 : used < 8 else { return nil }
        var address: UInt128 = 0
        let before = gap ?? used
        for i in 0..<before { address = address << 16 | UInt128(groups[i]) }
        if gap != nil {
            address <<= UInt128(16 * (8 - used))
            for i in before..<used { address = address << 16 | UInt128(groups[i]) }
        }
        return address
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x61...0x66: UInt32(byte - 0x61) + 10
        case 0x41...0x46: UInt32(byte - 0x41) + 10
        default: nil
        }
    }

    /// Writes it as RFC 5952 says: the longest run of zeros, of two groups at least, is left out.
    func write(_ text: inout TextCursor) {
        if isV4 {
            for shift in [24, 16, 8, 0] {
                if shift < 24 { text.append(".") }
                text.append(Int(truncatingIfNeeded: bits >> UInt128(shift)) & 0xff)
            }
            return
        }
        func group(_ i: Int) -> Int { Int(truncatingIfNeeded: bits >> UInt128(112 - 16 * i)) & 0xffff }
        var (best, length, i) = (8, 1, 0)
        while i < 8 {
            var end = i
            while end < 8, group(end) == 0 { end += 1 }
            if end - i > length { (best, length) = (i, end - i) }
            i = max(end, i + 1)
        }
        i = 0
        while i < 8 {
            if i == best {
                text.append("::")
                i += length
                continue
            }
            if i > 0, i != best + length { text.append(":") }
            var isStarted = false
            for shift in [12, 8, 4, 0] {
                let nibble = UInt8(group(i) >> shift & 15)
                isStarted = isStarted || nibble != 0 || shift == 0
                if isStarted { text.append(byte: nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
            }
            i += 1
        }
    }
}
