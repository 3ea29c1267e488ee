/// A text of a policy that may hold wildcards and policy variables (`${aws:username}`), compiled. Without variables, which
/// is nearly always, it is a finished ``Pattern``.
struct Template: Sendable {
    private enum Piece: Hashable {
        case bytes([UInt8])
        /// A condition key, and what stands there where the request has none.
        case variable(ConditionKey, default: [UInt8]?)
    }

    /// The text as it is written, for explanations.
    let text: String
    private let fixed: Pattern?
    private let pieces: [Piece]
    private let isLowercase: Bool

    /// Compiles `text`. `wildcards`: whether `*` and `?` are such; `variables`: whether `${…}` is one, which it is from
    /// version 2012-10-17 on; `isLowercase`: whether case does not matter.
    init(_ text: String, wildcards: Bool, variables: Bool, isLowercase: Bool = false) throws(PolicyError) {
        self.text = text
        self.isLowercase = isLowercase
        let folded = isLowercase ? text.lowercased() : text
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        let source = Array(folded.utf8)
        var at = 0
        while at < source.count {
            guard variables, source[at] == UInt8(ascii: "$"), at + 1 < source.count, source[at + 1] == UInt8(ascii: "{")
            else {
                literal.append(wildcards ? Pattern.wildcard(source[at]) : source[at])
                at += 1
                continue
            }
            guard let end = source[at...].firstIndex(of: UInt8(ascii: "}")) else {
                throw PolicyError(
                    "the variable in \(PolicyError.quote(text)) does not end",
                    hint: "write ${aws:username}, or ${$}{ for these two characters")
            }
            let inner = source[(at + 2)..<end]
            at = end + 1
            if inner.count == 1, let byte = inner.first, "*?$".utf8.contains(byte) {
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { pieces.append(.bytes(literal)) }
            literal = []
            pieces.append(try Self.variable(inner, in: text))
        }
        if !literal.isEmpty { pieces.append(.bytes(literal)) }
        self.pieces = pieces
        switch pieces.count {
        case 0: fixed = Pattern(bytes: [])
        case 1:
            if case .bytes(let bytes) = pieces[0] { fixed = Pattern(bytes: bytes) } else { fixed = nil }
        default: fixed = nil
        }
    }

    /// `key` or `key, 'default'`.
    private static func variable(_ inner: ArraySlice<UInt8>, in text: String) throws(PolicyError) -> Piece {
        let space = UInt8(ascii: " ")
        let name = inner.prefix { $0 != UInt8(ascii: ",") }
        let key = String(decoding: name, as: UTF8.self)
        guard key.utf8.contains(UInt8(ascii: ":")), !key.utf8.contains(space), !key.utf8.contains(UInt8(ascii: "$"))
        else {
            throw PolicyError(
                "\(PolicyError.quote(text)) has a variable that is no condition key",
                hint: "write ${aws:username} or ${aws:PrincipalTag/team, 'none'}")
        }
        guard name.count < inner.count else { return .variable(ConditionKey(key), default: nil) }
        let rest = Array(inner.dropFirst(name.count + 1).drop { $0 == space })
        let quote = UInt8(ascii: "'")
        guard rest.count >= 2, rest.first == quote, rest.last == quote, !rest.dropFirst().dropLast().contains(quote)
        else {
            throw PolicyError(
                "\(PolicyError.quote(text)) has a default value without its quotes",
                hint: "write ${aws:PrincipalTag/team, 'none'}")
        }
        return .variable(ConditionKey(key), default: Array(rest.dropFirst().dropLast()))
    }

    /// Whether a variable is in it.
    var hasVariables: Bool { fixed == nil }

    /// The bytes without any wildcard or variable in them; nil where there is one.
    var literal: [UInt8]? { fixed.flatMap { $0.isExact ? $0.bytes : nil } }

    /// What the text is for this request; nil where a variable has no value, or several, and so equals nothing.
    func pattern(_ facts: RequestFacts) -> Pattern? {
        if let fixed { return fixed }
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .bytes(let literal): bytes += literal
            case .variable(let key, let standIn):
                let values = facts.values(of: key)
                if values.count == 1 {
                    bytes += isLowercase ? Array(values[0].lowercased().utf8) : Array(values[0].utf8)
                } else if values.isEmpty, let standIn {
                    bytes += standIn
                } else {
                    return nil
                }
            }
        }
        return Pattern(bytes: bytes)
    }
}
