/// An error with a code for programs and a sentence for people, which holds neither a secret nor a value of the data.
public protocol CodedError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The kinds of failure.
    associatedtype Code: Hashable & Sendable
    /// What kind of failure it is.
    var code: Code { get }
    /// One sentence: what was asked and what stood in the way.
    var message: String { get }
    /// A way out, shown on a line of its own.
    var hint: String? { get }
}

extension CodedError {
    /// Errors are equal when their codes are.
    public static func == (a: Self, b: Self) -> Bool { a.code == b.code }

    /// The sentence.
    public var description: String { message }
}

/// A kind of failure that a caller can act on: `catch KeyError.Code.disabled { … }`.
///
/// Codes are structures and not enumerations, because Swift would take such a pattern for one of the cases and not ask `~=`.
public protocol ErrorCode: RawRepresentable<String>, Hashable, Sendable {
    /// The errors that have such codes.
    associatedtype Failure: CodedError where Failure.Code == Self
}

extension ErrorCode {
    /// Lets a caller write `catch KeyError.Code.disabled`.
    public static func ~= (code: Self, error: any Error) -> Bool { (error as? Failure)?.code == code }
}
