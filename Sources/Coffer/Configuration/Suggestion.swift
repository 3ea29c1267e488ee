/// “Did you mean …?”
public enum Suggestion {
    /// The candidate that most likely was meant by `text`: at most a third of its characters differ. Nil where none does.
    public static func nearest(to text: String, among candidates: [String]) -> String? {
        let text = Array(text.utf8.prefix(256))
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let other = Array(candidate.utf8.prefix(256))
            let distance = distance(text, other)
            guard distance <= max(1, min(text.count, other.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// How many bytes must be added, removed, changed or swapped with their neighbour (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
