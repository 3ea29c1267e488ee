/// What a column was found to hold.
package struct Classification: Sendable {
    /// The entity: one of ours, or a recognizer's of the user.
    package let entity: String
    let kind: UInt8
    /// How sure it is, from 0 to 1.
    package var confidence: Double
    /// The values with it, as a part of all that are there.
    package let share: Double
    /// Values with it.
    package let matches: Int
    /// Places in them.
    package let places: Int
    /// Whether it stands within longer texts.
    package let isWithin: Bool
    /// What told it: `content`, `name`, `comment`, `dlt`.
    package var origins: [String]
    /// A few values with everything but their marks hidden, where they were asked for.
    package let examples: [String]

    /// Whether the column should not be kept in the clear because of it.
    package var isSensitive: Bool { Entity(kind: kind)?.isSensitive ?? true }
}
