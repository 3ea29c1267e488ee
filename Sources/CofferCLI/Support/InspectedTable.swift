import Coffer
import CofferPipeline

/// What `coffer inspect` says of a table by what stands beside it.
struct InspectedTable: Encodable {
    struct Column: Encodable {
        let column: String
        let protection: String
        let domain: String?
    }

    struct Key: Encodable {
        let key: String
        let version: Int
        let dataKeys: Int
    }

    struct Dataset: Encodable {
        let dataset: String
        let catalogue: String
        let columns: [Column]
        let keys: [Key]
        let macKeys: [String]
        let vault: String?
        let release: Catalogue.Release?
    }

    struct Load: Encodable {
        let run: String
        let pipeline: String
        let finished: String
        let rows: Int
    }

    let datasets: [Dataset]
    let loads: [Load]

    init(_ found: TableInspection) {
        datasets = found.catalogues.map(Dataset.init)
        loads = found.loads.map { Load(run: $0.id, pipeline: $0.pipeline, finished: $0.finishedAt, rows: $0.rows) }
    }

    /// What there is to say, each with its name.
    var entries: [(name: String, value: String)] {
        var entries = loads.map { load in
            ("load", "\(Figures.count(load.rows, "row")) by \(load.pipeline), \(load.finished)")
        }
        for dataset in datasets {
            entries.append(("dataset", dataset.dataset))
            entries += dataset.columns.map { column in
                ("column", "\(column.column): \(column.protection)" + (column.domain.map { " in \($0)" } ?? ""))
            }
            entries += dataset.keys.map { key in
                ("key", "\(key.key) version \(key.version), \(Figures.count(key.dataKeys, "data key"))")
            }
            entries += dataset.macKeys.map { ("MAC key", $0) }
            if let vault = dataset.vault { entries.append(("vault", vault)) }
            entries += dataset.release?.entries ?? []
        }
        return entries
    }
}

extension InspectedTable.Dataset {
    fileprivate init(_ catalogue: Catalogue) {
        let groups = Dictionary(grouping: catalogue.keys) {
            KeyUse.Reference(key: $0.wrapped.key, version: $0.wrapped.version)
        }
        self.init(
            dataset: catalogue.dataset, catalogue: catalogue.id,
            columns: catalogue.columns.map {
                InspectedTable.Column(
                    column: $0.path.description, protection: $0.protection.name, domain: $0.protection.domain)
            },
            keys: groups.sorted { ($0.key.key.description, $0.key.version) < ($1.key.key.description, $1.key.version) }
                .map {
                    InspectedTable.Key(
                        key: $0.key.key.description, version: $0.key.version, dataKeys: $0.value.count)
                },
            macKeys: Set(catalogue.domains.map(\.macKey.description)).sorted(), vault: catalogue.vault,
            release: catalogue.release)
    }
}

extension Catalogue.Release {
    /// The rule and what it cost, a line each.
    fileprivate var entries: [(name: String, value: String)] {
        let left = rows == 0 ? 0 : Double(suppressed) / Double(rows)
        return [
            (
                "release",
                "at least \(k) alike; \(Figures.grouped(suppressed)) of \(Figures.count(rows, "row")) "
                    + "(\(Figures.percent(left))) left out, at most \(Figures.grouped(suppressionLimit))"
            )
        ]
            + levels.map { ("level", "\($0.column): \($0.becomes) (\($0.level) of \($0.coarsest))") }
            + sensitive.map { column in
                let conditions = [
                    column.distinct > 1 ? "\(column.distinct) different values" : nil,
                    column.entropy.map { "the entropy of \(Figures.fraction($0))" },
                    column.recursive.map { "recursive (\(Figures.fraction($0.c)), \($0.l))" },
                    column.closeness.map { "t at most \(Figures.fraction($0.t)), \($0.distance)" },
                ]
                return ("sensitive", "\(column.column): \(conditions.compactMap(\.self).joined(separator: ", "))")
            }
    }
}
