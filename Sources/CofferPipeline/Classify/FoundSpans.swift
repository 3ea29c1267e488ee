/// What was found in one value, place by place.
package struct FoundSpans: Sendable {
    /// A place: characters (Unicode scalars) `start` to `end`.
    package struct Place: Sendable {
        /// What stands there.
        package let entity: String
        /// Where it begins.
        package let start: Int
        /// Where it ends.
        package let end: Int
        /// How sure it is, from 0 to 1.
        package let confidence: Double
    }

    /// The row, counted from 1.
    package let row: Int
    /// The column or leaf.
    package let column: String
    /// In order, none overlapping another.
    package let places: [Place]

    /// The best of what `found` in `text`; nil where nothing reaches `threshold`.
    init?(
        _ found: [Found], in text: Span<UInt8>, row: Int, column: FieldPath, own: [OwnRecognizer], threshold: Double
    ) {
        let best = Found.best(found).filter { Double($0.score) / 100 >= threshold }
        guard !best.isEmpty else { return nil }
        var (at, scalars) = (0, 0)
        func position(_ byte: Int) -> Int {
            while at < byte {
                if text[at] & 0xc0 != 0x80 { scalars += 1 }
                at += 1
            }
            return scalars
        }
        self.row = row
        self.column = column.description
        places = best.map { one in
            let start = position(one.start)
            return Place(
                entity: Entity(kind: one.kind)?.name ?? own[Int(one.kind - Found.own)].name, start: start,
                end: position(one.end), confidence: Double(one.score) / 100)
        }
    }
}
