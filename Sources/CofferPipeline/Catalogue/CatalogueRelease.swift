extension Catalogue {
    /// Under which rule a table was released, and what that cost: for people, since whoever has the table can measure it. Numbers
    /// and names of columns, never a value. A part of the catalogue's JSON as it stands (docs/specs/field-encryption.md, 6.1).
    package struct Release: Hashable, Sendable, Encodable {
        /// A quasi-identifier and the level it was released at.
        package struct Level: Hashable, Sendable, Encodable {
            /// The column.
            package let column: String
            /// Its level, 0 for values as they are.
            package let level: Int
            /// The coarsest level of its ladder.
            package let coarsest: Int
            /// What the level makes of values, in few words.
            package let becomes: String
        }

        /// What no class tells of a sensitive column.
        package struct Sensitive: Hashable, Sendable, Encodable {
            /// The column.
            package let column: String
            /// Different values in a class, at least.
            package let distinct: Int
            /// Entropy l-diversity.
            package let entropy: Double?
            /// The c and the l of recursive diversity.
            package let recursive: Recursive?
            /// The t of t-closeness, with the ground distance.
            package let closeness: Closeness?

            /// Recursive (c, l)-diversity.
            package struct Recursive: Hashable, Sendable, Encodable {
                /// The most frequent value is fewer than c times the others.
                package let c: Double
                /// From which value on the others are counted.
                package let l: Int
            }

            /// t-closeness.
            package struct Closeness: Hashable, Sendable, Encodable {
                /// How far a class may be from the table.
                package let t: Double
                /// `equal` or `ordered`.
                package let distance: String
            }
        }

        /// Rows of a class, at least.
        package let k: Int
        /// Rows of the source.
        package let rows: Int
        /// Rows that were left out.
        package let suppressed: Int
        /// How many might have been.
        package let suppressionLimit: Int
        /// The quasi-identifiers.
        package let levels: [Level]
        /// The sensitive columns.
        package let sensitive: [Sensitive]

        enum CodingKeys: String, CodingKey {
            case k, rows, suppressed, levels, sensitive
            case suppressionLimit = "suppression_limit"
        }

        /// Whether it could have been written here.
        var makesSense: Bool {
            let limits = CatalogueLimits.self
            let names = levels.map(\.column) + sensitive.map(\.column)
            return k >= 2 && (0...rows).contains(suppressed) && (0...rows).contains(suppressionLimit)
                && suppressed <= suppressionLimit && (1...64).contains(levels.count)
                && sensitive.count <= limits.columns && Set(names).count == names.count
                && (names + levels.map(\.becomes)).allSatisfy { (1...limits.name).contains($0.utf8.count) }
                && levels.allSatisfy { (1...1000).contains($0.coarsest) && (0...$0.coarsest).contains($0.level) }
                && sensitive.allSatisfy { column in
                    column.distinct >= 1 && column.entropy.map { $0 >= 1 } ?? true
                        && column.recursive.map { $0.c > 0 && $0.l >= 2 } ?? true
                        && column.closeness.map { (0...1).contains($0.t) && Self.distances.contains($0.distance) }
                            ?? true
                }
        }

        private static let distances = SensitiveRule.Distance.allCases.map(\.rawValue)
    }
}

extension ReleaseDecision {
    /// What the catalogue remembers of it.
    var recorded: Catalogue.Release {
        Catalogue.Release(
            k: k, rows: rows, suppressed: suppressed, suppressionLimit: suppressionLimit,
            levels: columns.map {
                Catalogue.Release.Level(
                    column: $0.name, level: $0.level, coarsest: $0.coarsest, becomes: $0.summary)
            },
            sensitive: conditions.map { column in
                Catalogue.Release.Sensitive(
                    column: column.column, distinct: column.distinct, entropy: column.entropy,
                    recursive: column.recursive.map { .init(c: $0.c, l: $0.l) },
                    closeness: column.closeness.map { .init(t: $0.t, distance: $0.distance.rawValue) })
            })
    }
}
