/// Why a text is not taken as JSON: a sentence that quotes nothing of it, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The sentence.
    public let message: String
    /// The position, in bytes from 0.
    public let offset: Int

    /// The sentence with the position.
    public var description: String { "\(message) at byte \(offset)" }
}
