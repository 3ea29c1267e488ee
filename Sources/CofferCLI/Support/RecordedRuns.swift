import Coffer
import CofferAudit
import CofferPipeline

/// What the record says of pipelines: places, dataset, columns by protection, rows; never a value.
enum RecordedRuns {
    static func parameters(_ run: TableRun, _ key: AuditKey) -> JSON {
        .members(
            ("pipeline", .string(run.pipeline)), ("table", run.table.name.map { .string($0) }),
            ("dataset", run.table.dataset.map { .string($0) }),
            ("source", .string(run.table.source.place.recordedName)),
            ("queryDigest", run.table.source.place.queryText.map { .string(key.digest(ofCondition: $0)) }),
            ("destination", .string(run.table.destination.place.recordedName)))
    }

    static func result(_ summary: RunSummary) -> JSON {
        .members(
            ("dataset", .string(summary.dataset)), ("rows", .integer(summary.rows)),
            ("columns", columns(summary.fields.map { ($0.protectionKind, $0.column) })),
            ("keys", .array(summary.keys.map { .string("\($0.key.name) version \($0.version)") })),
            ("dataKeys", .integer(summary.dataKeys)), ("upToDate", summary.isUpToDate ? true : nil),
            ("release", summary.release.map { release($0) }))
    }

    private static func release(_ decision: ReleaseDecision) -> JSON {
        .members(
            ("k", .integer(decision.k)), ("smallestClass", .integer(decision.after.smallest)),
            ("suppressed", .integer(decision.suppressed)),
            ("levels", .object(decision.columns.map { JSON.Member($0.name, .integer($0.level)) })))
    }

    static func parameters(_ reveal: RevealRun, to output: RevealRun.Output, _ key: AuditKey) -> JSON {
        let place: String? =
            switch output {
            case .file(let path, _): path
            case .standardOutput: "standard output"
            case .rows(let limit): "terminal, at most \(limit) rows"
            }
        return .members(
            ("source", .string(reveal.table.place.recordedName)),
            ("dataset", reveal.table.dataset.map { .string($0) }), ("destination", place.map { .string($0) }),
            ("columns", reveal.columns.map { .array($0.map { .string($0.description) }) }),
            ("conditionDigest", reveal.condition.map { .string(key.digest(ofCondition: $0)) }))
    }

    static func result(_ result: RevealRun.Result) -> JSON {
        .members(
            ("dataset", .string(result.dataset)), ("rows", .integer(result.count)),
            ("columns", columns(result.revealed)))
    }

    /// Columns under what protects them.
    private static func columns(_ pairs: [(protection: String, column: String)]) -> JSON {
        let groups = Dictionary(grouping: pairs, by: \.protection).sorted { $0.key < $1.key }
        return .object(groups.map { JSON.Member($0.key, .array($0.value.map { .string($0.column) })) })
    }

    /// A failed run, without a text that may quote a path or a condition.
    @Sendable static func failure(_ error: any Error) -> (code: String, message: String) {
        guard let error = error as? PipelineError else { return FailureName.of(error) }
        let code = error.code.rawValue
        return ("Pipeline\(code.prefix(1).uppercased())\(code.dropFirst())", "the pipeline was refused or failed")
    }
}
