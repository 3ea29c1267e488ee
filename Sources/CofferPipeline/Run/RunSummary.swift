package import Coffer

/// What a run did.
package struct RunSummary: Sendable {
    /// What was read and where it went, for people.
    package let source: String, destination: String
    /// The logical name that values are bound to.
    package let dataset: String
    /// Rows written.
    package let rows: Int
    /// What became of each column.
    package let fields: [FieldPlan.Row]
    /// The KEKs and their versions that data keys were wrapped under.
    package let keys: [KeyUse.Reference]
    /// Data keys made, one a KEK and one a tenant.
    package let dataKeys: Int
    /// The levels of a release, and what they cost.
    package let release: ReleaseDecision?
    /// Seconds from beginning to end.
    package let seconds: Double
    /// Whether there was nothing new to read, so that nothing was written.
    package let isUpToDate: Bool
}
