/// An element of the little XML that S3 answers with: a name without its prefix, a text, elements inside.
///
/// Strict and bounded, since whoever answers is not believed: no document types, no processing instructions, no entities but the
/// five and numbered characters, no sections of raw text.
struct XMLElement {
    let name: String
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    static let maximumDepth = 12
    static let maximumElements = 50_000

    /// The root element of a document; nil where it is malformed or has more than it may.
    init?(parsing bytes: [UInt8]) {
        var parser = Parser(bytes: bytes)
        guard let root = parser.document() else { return nil }
        self = root
    }

    private init(name: String) { self.name = name }

    /// The first element of that name inside.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text of the first element of that name inside.
    func text(_ name: String) -> String? { self[name]?.text }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0
        var elements = 0

        private func isNext(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard bytes.count - at >= count else { return false }
            return text.withUTF8Buffer { expected in
                for i in 0..<count where unsafe bytes[at + i] != expected[i] { return false }
                return true
            }
        }

        private mutating func take(_ text: StaticString) -> Bool {
            guard isNext(text) else { return false }
            at += text.utf8CodeUnitCount
            return true
        }

        private mutating func skipSpace() {
            while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
        }

        mutating func document() -> XMLElement? {
            if bytes.starts(with: [0xef, 0xbb, 0xbf]) { at = 3 }
            skipSpace()
            if isNext("<?xml ") {
                guard let end = bytes[at...].firstIndex(of: UInt8(ascii: ">")), bytes[end - 1] == UInt8(ascii: "?")
                else { return nil }
                at = end + 1
            }
            guard skipComments(), let root = element(depth: 1), skipComments(), at == bytes.count else { return nil }
            return root
        }

        /// White space and comments.
        private mutating func skipComments() -> Bool {
            while true {
                skipSpace()
                guard take("<!--") else { return true }
                while at < bytes.count, !isNext("-->") { at += 1 }
                guard take("-->") else { return false }
            }
        }

        /// The name at `at`, with its prefix.
        private mutating func fullName() -> ArraySlice<UInt8>? {
            let start = at
            while at < bytes.count {
                let letter = bytes[at] | 0x20
                let isPart =
                    (0x61...0x7a).contains(letter) || (0x30...0x3a).contains(bytes[at]) || bytes[at] >= 0x80
                    || [0x2d, 0x2e, 0x5f].contains(bytes[at])
                guard isPart else { break }
                at += 1
            }
            return at > start && at - start <= 200 ? bytes[start..<at] : nil
        }

        private mutating func element(depth: Int) -> XMLElement? {
            elements += 1
            guard depth <= XMLElement.maximumDepth, elements <= XMLElement.maximumElements, take("<"),
                let full = fullName(), skipAttributes()
            else { return nil }
            let local = full.lastIndex(of: UInt8(ascii: ":")).map { full[($0 + 1)...] } ?? full
            guard !local.isEmpty else { return nil }
            var element = XMLElement(name: String(decoding: local, as: UTF8.self))
            if take("/>") { return element }
            guard take(">") else { return nil }
            var text: [UInt8] = []
            while at < bytes.count {
                if isNext("</") {
                    at += 2
                    guard let end = fullName(), end.elementsEqual(full) else { return nil }
                    skipSpace()
                    guard take(">"), let whole = String(validating: text, as: UTF8.self) else { return nil }
                    element.text = whole
                    return element
                }
                if isNext("<!--") {
                    guard skipComments() else { return nil }
                } else if bytes[at] == UInt8(ascii: "<") {
                    guard let child = self.element(depth: depth + 1) else { return nil }
                    element.children.append(child)
                } else if bytes[at] == UInt8(ascii: "&") {
                    guard let character = entity() else { return nil }
                    text += character
                } else {
                    text.append(bytes[at])
                    at += 1
                }
            }
            return nil
        }

        /// Attributes say nothing that is needed.
        private mutating func skipAttributes() -> Bool {
            while true {
                let before = at
                skipSpace()
                guard at < bytes.count else { return false }
                if bytes[at] == UInt8(ascii: ">") || bytes[at] == UInt8(ascii: "/") { return true }
                guard at > before, fullName() != nil, take("="), at < bytes.count else { return false }
                let quote = bytes[at]
                guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                    let end = bytes[(at + 1)...].firstIndex(of: quote),
                    !bytes[at..<end].contains(UInt8(ascii: "<"))
                else { return false }
                at = end + 1
            }
        }

        /// What stands between `&` and `;`.
        private mutating func entity() -> [UInt8]? {
            guard let end = bytes[at...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
            let name = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
            at = end + 1
            switch name {
            case "amp": return [UInt8(ascii: "&")]
            case "lt": return [UInt8(ascii: "<")]
            case "gt": return [UInt8(ascii: ">")]
            case "quot": return [UInt8(ascii: "\"")]
            case "apos": return [UInt8(ascii: "'")]
            default:
                // What makes a number of digits would take a sign, too.
                guard name.hasPrefix("#"), !name.contains("+") else { return nil }
                let number =
                    name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
                guard let scalar = number.flatMap(Unicode.Scalar.init), scalar.value > 0 else { return nil }
                return Array(String(Character(scalar)).utf8)
            }
        }
    }
}
