/// Walks a JSON text and stops at the values that paths lead to; everything else is copied as it is written.
///
/// For nested columns in databases that keep them as JSON. The text is untrusted: depth is bounded, and what is no JSON
/// ends the walk.
struct JSONWalker {
    /// The paths below a column, as a tree.
    struct Tree: Sendable {
        var leaf: Int?
        var fields: [String: Tree] = [:]
        /// Elements of a list (one entry), keys and values of a map.
        var elements: [Tree] = []
        var keys: [Tree] = []
        var values: [Tree] = []

        /// Adds the way to a leaf.
        mutating func add(_ steps: ArraySlice<FieldPath.Step>, leaf: Int) {
            guard let step = steps.first else {
                self.leaf = leaf
                return
            }
            switch step {
            case .field(let name): fields[name, default: Tree()].add(steps.dropFirst(), leaf: leaf)
            case .elements: Self.add(&elements, steps.dropFirst(), leaf)
            case .keys: Self.add(&keys, steps.dropFirst(), leaf)
            case .values: Self.add(&values, steps.dropFirst(), leaf)
            }
        }

        private static func add(_ trees: inout [Tree], _ steps: ArraySlice<FieldPath.Step>, _ leaf: Int) {
            if trees.isEmpty { trees.append(Tree()) }
            trees[0].add(steps, leaf: leaf)
        }
    }

    /// The text is no JSON, or too deep.
    struct Malformed: Error {}

    /// What stands at a leaf: a string without its quotes, a number, or something else; not called for null.
    enum Found {
        case string(ArraySlice<UInt8>)
        case number(ArraySlice<UInt8>)
        case other
    }

    private static let depth = 128
    private let text: [UInt8]
    private var at = 0
    private var output: [UInt8] = []
    private let replace: (Int, Found) throws -> [UInt8]?

    private init(_ text: [UInt8], _ replace: @escaping (Int, Found) throws -> [UInt8]?) {
        self.text = text
        self.replace = replace
        output.reserveCapacity(text.count)
    }

    /// The text with the leaves of `tree` replaced by what `replace` returns for them (nil: left as they are).
    static func walk(
        _ text: [UInt8], _ tree: Tree, replace: @escaping (_ leaf: Int, _ found: Found) throws -> [UInt8]?
    ) throws -> [UInt8] {
        var walker = JSONWalker(text, replace)
        try walker.value(tree, depth: 0)
        walker.space()
        guard walker.at == text.count else { throw Malformed() }
        return walker.output
    }

    private var next: UInt8? { at < text.count ? text[at] : nil }

    private mutating func copy() {
        output.append(text[at])
        at += 1
    }

    private mutating func space() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { copy() }
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        space()
        guard next == UInt8(ascii: character) else { throw Malformed() }
        copy()
    }

    private mutating func value(_ tree: Tree?, depth: Int) throws {
        guard depth < Self.depth else { throw Malformed() }
        space()
        if let leaf = tree?.leaf { return try self.leaf(leaf, depth: depth) }
        switch next {
        case UInt8(ascii: "{"): try object(tree, depth: depth)
        case UInt8(ascii: "["): try array(tree, depth: depth)
        case UInt8(ascii: "\""): output += text[try string()]
        default: output += text[try word()]
        }
    }

    private mutating func leaf(_ leaf: Int, depth: Int) throws {
        let start = output.count
        let from = at
        let found: Found?
        if next == UInt8(ascii: "\"") {
            let range = try string()
            output += text[range]
            found = .string(text[(range.lowerBound + 1)..<(range.upperBound - 1)])
        } else {
            try value(nil, depth: depth + 1)
            let written = text[from..<at]
            let isNumber = written.first.map { $0.isDigit || $0 == UInt8(ascii: "-") } ?? false
            found = written.elementsEqual("null".utf8) ? nil : isNumber ? .number(written) : .other
        }
        guard let found, let replacement = try replace(leaf, found) else { return }
        output.removeSubrange(start...)
        output += replacement
    }

    private mutating func array(_ tree: Tree?, depth: Int) throws {
        try expect("[")
        space()
        if next == UInt8(ascii: "]") { return copy() }
        let isMap = !(tree?.keys.isEmpty ?? true) || !(tree?.values.isEmpty ?? true)
        // A map may also be written as a list of objects with a key and a value.
        let entry =
            isMap ? Tree(fields: ["key": tree?.keys.first ?? Tree(), "value": tree?.values.first ?? Tree()]) : nil
        while true {
            try value(entry ?? tree?.elements.first, depth: depth + 1)
            space()
            if next == UInt8(ascii: "]") { return copy() }
            try expect(",")
        }
    }

    private mutating func object(_ tree: Tree?, depth: Int) throws {
        try expect("{")
        space()
        if next == UInt8(ascii: "}") { return copy() }
        while true {
            space()
            let start = at
            let name: String?
            if let key = tree?.keys.first?.leaf {
                name = nil
                try leaf(key, depth: depth + 1)
            } else {
                let range = try string()
                output += text[range]
                name = tree == nil ? nil : Self.unescaped(text[(start + 1)..<(range.upperBound - 1)])
            }
            try expect(":")
            try value(tree?.values.first ?? name.flatMap { tree?.fields[$0] }, depth: depth + 1)
            space()
            if next == UInt8(ascii: "}") { return copy() }
            try expect(",")
        }
    }

    /// Moves past a string and returns where it stood, quotes included.
    private mutating func string() throws -> Range<Int> {
        guard next == UInt8(ascii: "\"") else { throw Malformed() }
        let start = at
        at += 1
        while let byte = next {
            at += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return start..<at }
        }
        throw Malformed()
    }

    /// Moves past a number or a word.
    private mutating func word() throws -> Range<Int> {
        let start = at
        while let byte = next, ![0x20, 0x09, 0x0a, 0x0d].contains(byte), !",]}:{[\"".utf8.contains(byte) { at += 1 }
        guard at > start else { throw Malformed() }
        return start..<at
    }

    /// A name with its escapes undone; nil where it has one that is none.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        let plain: [Character: Character] = [
            "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t",
        ]
        var units: [UInt16] = []
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while let character = rest.popFirst() {
            guard character == "\\", let escape = rest.popFirst() else {
                units += String(character).utf16
                continue
            }
            if let other = plain[escape] {
                units += String(other).utf16
            } else if escape == "u", let unit = UInt16(rest.prefix(4), radix: 16), rest.count >= 4 {
                units.append(unit)
                rest = rest.dropFirst(4)
            } else {
                return nil
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
