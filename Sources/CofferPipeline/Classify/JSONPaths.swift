/// What was seen in a column of JSON texts, path by path: `user.emails[]`.
///
/// The texts are untrusted: depth and the number of paths are bounded; what is no JSON is taken as text.
struct JSONPaths: Sendable {
    private struct Node: Sendable {
        var name: [UInt8]
        var children: [Int] = []
        var counts: KindCounts
    }

    private var nodes: [Node]
    private let kinds: Int
    static let depth = 32
    static let limit = 500

    init(kinds: Int) {
        self.kinds = kinds
        nodes = [Node(name: [], counts: KindCounts(kinds: kinds))]
    }

    /// Whether `text` looks like an object or a list.
    static func mayBe(_ text: Span<UInt8>) -> Bool {
        var (start, end) = (0, text.count)
        while start < end, text[start] <= 0x20 { start += 1 }
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        guard end - start >= 2 else { return false }
        return text[start] == 0x7b && text[end - 1] == 0x7d || text[start] == 0x5b && text[end - 1] == 0x5d
    }

    /// Looks through a JSON text; false where it is none.
    mutating func add(_ text: Span<UInt8>, _ scanner: inout TextScanner, row: Int, keepsExamples: Bool) -> Bool {
        var at = 0
        guard value(text, &at, 0, 0, &scanner, row, keepsExamples) else { return false }
        Self.space(text, &at)
        return at == text.count
    }

    /// Every path with values, as it is written, and what was seen there.
    var paths: [(path: String, counts: KindCounts)] {
        var found: [(String, KindCounts)] = []
        func visit(_ node: Int, _ path: String) {
            if nodes[node].counts.values > 0 { found.append((path, nodes[node].counts)) }
            for child in nodes[node].children {
                let name = nodes[child].name
                let text = String(decoding: name, as: UTF8.self)
                visit(child, name.isEmpty ? path + "[]" : path.isEmpty ? text : path + "." + text)
            }
        }
        visit(0, "")
        return found
    }

    /// Adds what another look at the same column counted.
    mutating func merge(_ other: JSONPaths) {
        func visit(_ theirs: Int, _ mine: Int) {
            nodes[mine].counts.merge(other.nodes[theirs].counts)
            for child in other.nodes[theirs].children {
                let name = other.nodes[child].name
                let found = nodes[mine].children.first { nodes[$0].name == name }
                visit(child, found ?? append(name, to: mine))
            }
        }
        visit(0, 0)
    }

    private mutating func append(_ name: [UInt8], to node: Int) -> Int {
        nodes.append(Node(name: name, counts: KindCounts(kinds: kinds)))
        nodes[node].children.append(nodes.count - 1)
        return nodes.count - 1
    }

    /// The child of that name; beyond the limit of paths, the node itself stands for its children.
    private mutating func child(_ node: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        for child in nodes[node].children where nodes[child].name.count == range.count {
            if range.allSatisfy({ nodes[child].name[$0 - range.lowerBound] == text[$0] }) { return child }
        }
        guard nodes.count < Self.limit, range.count <= 200 else { return node }
        return append(range.map { text[$0] }, to: node)
    }

    private static func space(_ text: Span<UInt8>, _ at: inout Int) {
        while at < text.count, text[at].isOne(of: " \t\n\r") { at += 1 }
    }

    private mutating func value(
        _ text: Span<UInt8>, _ at: inout Int, _ node: Int, _ depth: Int, _ scanner: inout TextScanner, _ row: Int,
        _ keeps: Bool
    ) -> Bool {
        Self.space(text, &at)
        guard depth < Self.depth, at < text.count else { return false }
        switch text[at] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return members(text, &at, node, depth, &scanner, row, keeps)
        case UInt8(ascii: "\""):
            guard let range = Self.string(text, &at) else { return false }
            if range.contains(where: { text[$0] == 0x5c }) {
                let escaped = range.map { text[$0] }
                guard let plain = JSONText.unescaped(escaped[...]) else { return false }
                count(plain.span, node, &scanner, row, keeps)
            } else {
                count(text.extracting(range), node, &scanner, row, keeps)
            }
        default:
            let start = at
            while at < text.count, !text[at].isOne(of: " \t\n\r,]}:{[\"") { at += 1 }
            guard at > start else { return false }
            if text[start].isNumeral || text[start] == 0x2d {
                count(text.extracting(start..<at), node, &scanner, row, keeps)
            }
        }
        return true
    }

    private mutating func count(
        _ value: Span<UInt8>, _ node: Int, _ scanner: inout TextScanner, _ row: Int, _ keeps: Bool
    ) {
        guard value.count > 0 else { return }
        scanner.scan(value)
        nodes[node].counts.add(value, scanner, row: row, keepsExamples: keeps)
    }

    private mutating func members(
        _ text: Span<UInt8>, _ at: inout Int, _ node: Int, _ depth: Int, _ scanner: inout TextScanner, _ row: Int,
        _ keeps: Bool
    ) -> Bool {
        let isObject = text[at] == 0x7b
        let close = text[at] + 2
        at += 1
        Self.space(text, &at)
        if at < text.count, text[at] == close {
            at += 1
            return true
        }
        while true {
            var below = node
            Self.space(text, &at)
            if isObject {
                guard let name = Self.string(text, &at) else { return false }
                Self.space(text, &at)
                guard at < text.count, text[at] == UInt8(ascii: ":") else { return false }
                at += 1
                below = child(node, text, name)
            } else {
                below = child(node, text, at..<at)
            }
            guard value(text, &at, below, depth + 1, &scanner, row, keeps) else { return false }
            Self.space(text, &at)
            guard at < text.count else { return false }
            at += 1
            if text[at - 1] == close { return true }
            guard text[at - 1] == UInt8(ascii: ",") else { return false }
        }
    }

    /// Moves past a string; what stands between its quotes.
    private static func string(_ text: Span<UInt8>, _ at: inout Int) -> Range<Int>? {
        guard at < text.count, text[at] == UInt8(ascii: "\"") else { return nil }
        at += 1
        let start = at
        while at < text.count {
            if text[at] == UInt8(ascii: "\"") {
                at += 1
                return start..<(at - 1)
            }
            at += text[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
