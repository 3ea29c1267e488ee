import CofferCrypto

/// Characters of an ASCII alphabet; separators stay.
struct ASCIIShape: FormatShape {
    private static let other: UInt8 = 0xff
    private static let separator: UInt8 = 0xfe

    private let ff1: FF1
    /// For each byte its numeral, or what else it is.
    private let classes: Buffer
    /// For each numeral its character.
    private let characters: Buffer

    init(_ alphabet: [Unicode.Scalar], ff1: FF1) {
        self.ff1 = ff1
        classes = Buffer(byteCount: 256)
        characters = Buffer(byteCount: 128)
        for byte in UInt8.min...UInt8.max {
            let kind = byte.isSeparator ? Self.separator : Self.other
            unsafe classes.start.storeBytes(of: kind, toByteOffset: Int(byte), as: UInt8.self)
        }
        for (numeral, character) in alphabet.enumerated() {
            let byte = UInt8(ascii: character)
            unsafe classes.start.storeBytes(of: UInt8(numeral), toByteOffset: Int(byte), as: UInt8.self)
            unsafe characters.start.storeBytes(of: byte, toByteOffset: numeral, as: UInt8.self)
        }
    }

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        guard let source = text.baseAddress, text.count > 0 else { return 0 }
        let count = text.count
        let classes = unsafe classes.start.assumingMemoryBound(to: UInt8.self)
        let characters = unsafe characters.start.assumingMemoryBound(to: UInt8.self)
        let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
        let output = unsafe target.assumingMemoryBound(to: UInt8.self)
        return unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count) { numerals in
            let numerals = numerals.baseAddress!
            var used = 0
            for i in 0..<count {
                let kind = unsafe classes[Int(bytes[i])]
                if kind == Self.separator { continue }
                if kind == Self.other { return nil }
                unsafe numerals[used] = UInt16(kind)
                used += 1
            }
            guard ff1.takes(used) else { return nil }
            unsafe ff1.permute(numerals, count: used, decrypts: decrypts)
            used = 0
            for i in 0..<count {
                let byte = unsafe bytes[i]
                if unsafe classes[Int(byte)] == Self.separator {
                    unsafe output[i] = byte
                } else {
                    unsafe output[i] = characters[Int(numerals[used])]
                    used += 1
                }
            }
            return count
        }
    }
}

/// Characters of any alphabet, as Unicode scalars; ASCII separators stay.
struct UnicodeShape: FormatShape {
    private let ff1: FF1
    private let alphabet: [Unicode.Scalar]
    private let numerals: [Unicode.Scalar: UInt16]

    init(_ alphabet: [Unicode.Scalar], ff1: FF1) {
        self.ff1 = ff1
        self.alphabet = alphabet
        numerals = Dictionary(
            alphabet.enumerated().map { ($0.element, UInt16($0.offset)) }, uniquingKeysWith: { first, _ in first })
    }

    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int? {
        if text.count == 0 { return 0 }
        guard let string = unsafe String(validating: text, as: UTF8.self) else { return nil }
        let scalars = Array(string.unicodeScalars)
        var values: [UInt16] = []
        for scalar in scalars {
            if let numeral = numerals[scalar] {
                values.append(numeral)
            } else if !scalar.isASCII || !UInt8(ascii: scalar).isSeparator {
                return nil
            }
        }
        guard ff1.takes(values.count) else { return nil }
        unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe ff1.permute(values.baseAddress!, count: values.count, decrypts: decrypts)
        }
        var (used, count) = (0, 0)
        for scalar in scalars {
            var scalar = scalar
            if numerals[scalar] != nil {
                scalar = alphabet[Int(values[used])]
                used += 1
            }
            for byte in UTF8.encode(scalar)! {
                unsafe target.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
                count += 1
            }
        }
        return count
    }
}
