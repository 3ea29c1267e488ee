/// A JSON value (RFC 8259) as it came from outside or goes there: policies, requests, audit events.
///
/// Members keep their order. A number stays the text it was, so that none is rounded on the way.
public enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSON

        /// A member.
        public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
    }

    /// A whole number.
    public static func integer(_ number: some BinaryInteger) -> JSON { .number("\(number)") }

    /// An object of the members that have a value, in this order.
    public static func members(_ members: (String, JSON?)...) -> JSON {
        .object(members.compactMap { member in member.1.map { Member(member.0, $0) } })
    }

    /// An object with sorted names.
    public static func texts(_ texts: [String: String]) -> JSON {
        .object(texts.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
    }

    /// The value of the member `name`; nil where this is no object or has no such member.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, where this is one.
    public var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The whole number, where this is one that fits.
    public var integer: Int64? {
        if case .number(let text) = self { return Int64(text) }
        return nil
    }

    /// The boolean, where this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The elements, where this is an array.
    public var array: [JSON]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members, where this is an object.
    public var members: [Member]? {
        if case .object(let members) = self { return members }
        return nil
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral {
    /// A text as written in code.
    public init(stringLiteral text: String) { self = .string(text) }
    /// A boolean as written in code.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array as written in code.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}
