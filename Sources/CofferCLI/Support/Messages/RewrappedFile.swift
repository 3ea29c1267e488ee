import Coffer

/// What `coffer rewrap` says of one file.
struct RewrappedFile: Encodable, Sendable {
    enum Outcome: String, Encodable {
        /// It is under the newest version of its keys, or under the ones asked for, already.
        case current
        /// It was brought there: with a new header, or made anew.
        case rewrapped
        /// It is not, and was left as it is.
        case remains
        /// It is not, or nobody knows; something stood in the way.
        case failed
        /// It is no message that can be rewrapped.
        case other
    }

    let file: String
    var outcome: Outcome
    /// How it was, or would be, done.
    var way: RewrapPlan.Way?
    /// The keys it is under; for a rewrapped one, those it was under.
    var keys: [InspectedFile.Key] = []
    var failure: (any Error)?

    /// What went wrong, in a sentence.
    private var error: String? {
        failure.map { ($0 as? CommandError)?.message ?? FailureName.of($0).message }
    }

    private enum CodingKeys: CodingKey { case file, outcome, way, keys, error }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(outcome, forKey: .outcome)
        try container.encodeIfPresent(way?.rawValue, forKey: .way)
        try container.encode(keys, forKey: .keys)
        try container.encodeIfPresent(error, forKey: .error)
    }

    /// A line for people; nil where there is nothing to say.
    var line: String? {
        let under = keys.map { "\($0.provider) \($0.key)" + ($0.version.map { " version \($0)" } ?? "") }
            .joined(separator: ", ")
        return switch outcome {
        case .rewrapped: "\(file): \(way == .header ? "a new header, the body as it was" : "re-encrypted")"
        case .remains: "\(file): still under \(under.isEmpty ? "another key" : under)"
        case .current, .failed, .other: nil
        }
    }
}

/// What `coffer rewrap` says of all of them.
struct RewrapReport: Encodable {
    /// How many of each.
    struct Counts: Encodable {
        var current = 0
        var rewrapped = 0
        var remaining = 0
        var failed = 0
        var other = 0
    }

    let dryRun: Bool
    private(set) var counts = Counts()
    /// Those that were changed, that remain or that failed.
    private(set) var files: [RewrappedFile] = []

    init(dryRun: Bool) { self.dryRun = dryRun }

    mutating func add(_ file: RewrappedFile) {
        switch file.outcome {
        case .current: counts.current += 1
        case .rewrapped: counts.rewrapped += 1
        case .remains: counts.remaining += 1
        case .failed: counts.failed += 1
        case .other: counts.other += 1
        }
        switch file.outcome {
        case .rewrapped, .remains, .failed: files.append(file)
        case .current, .other: break
        }
    }

    /// In the order of their names, whichever was done first.
    mutating func sort() { files.sort { $0.file < $1.file } }

    /// All in one line.
    var summary: String {
        let parts = [
            (counts.rewrapped, "rewrapped"), (counts.current, "under the right keys already"),
            (counts.remaining, "still to do"), (counts.failed, "failed"), (counts.other, "no message of this kind"),
        ].filter { $0.0 > 0 }
        guard !parts.isEmpty else { return "there is no file" }
        return parts.map { "\(Figures.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
    }

    /// 0 where nothing is left under an old key, 1 where something is, 2 where something went wrong.
    var status: Int32 { counts.failed > 0 ? 2 : counts.remaining > 0 ? 1 : 0 }

    /// For the record.
    var recorded: JSON {
        .members(
            ("rewrapped", .integer(counts.rewrapped)), ("current", .integer(counts.current)),
            ("remaining", .integer(counts.remaining)), ("failed", .integer(counts.failed)))
    }
}
