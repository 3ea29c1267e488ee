extension JSON {
    /// Parses a whole text, which may come from anywhere: UTF-8, no deeper than `maximumDepth`, no name twice in an
    /// object, no half surrogates, nothing behind the value. Bound its length before; memory is a small multiple of it.
    public init(parsing text: [UInt8], maximumDepth: Int = 32) throws(JSONError) {
        var parser = JSONParser(text: text, maximumDepth: maximumDepth)
        self = try parser.whole()
    }

    /// Parses a whole text.
    public init(parsing text: String, maximumDepth: Int = 32) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

/// A recursive descent over the bytes of a text.
private struct JSONParser {
    let text: [UInt8]
    let maximumDepth: Int
    var at = 0

    mutating func whole() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard at == text.count else { throw error("something follows the value") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: at) }

    private var next: UInt8? { at < text.count ? text[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
    }

    /// Takes `byte` if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= maximumDepth else { throw error("nested too deeply") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for byte in "\(word)".utf8 {
            guard take(byte) else { throw error("a value was expected") }
        }
        return value
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a name was expected") }
            let name = try string()
            guard names.insert(name).inserted else { throw error("a name is there twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon was expected") }
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("a comma or a closing brace was expected") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> JSON {
        at += 1
        var elements: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("a comma or a closing bracket was expected") }
        return .array(elements)
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func number() throws(JSONError) -> String {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let isZero = next == 0x30
        let count = digits()
        guard count > 0, !isZero || count == 1 else { throw error("a value was expected") }
        if take(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw error("a digit was expected") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw error("a digit was expected") }
        }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        // Most texts have no escapes and end here.
        if next == UInt8(ascii: "\"") {
            let bytes = text[start..<at]
            at += 1
            return try utf8(bytes)
        }
        var bytes = Array(text[start..<at])
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw error("a control character stands in a text") }
            at += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &bytes) } else { bytes.append(byte) }
        }
        guard take(UInt8(ascii: "\"")) else { throw error("a text does not end") }
        return try utf8(bytes[...])
    }

    private func utf8(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("a text is not UTF-8") }
        return text
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw error("a text does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += Array(String(try scalar()).utf8)
        default: throw error("an escape is unknown")
        }
    }

    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw error("half a surrogate pair")
        }
        let second = try fourDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits were expected")
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}
