package import Coffer

/// A pipeline as its file says it: one table, or several under shared defaults.
package struct PipelineFile: Sendable {
    /// What it is called.
    package let name: String
    /// What is moved, in order.
    package let tables: [TablePipeline]
    /// What the engine may use.
    package let limits: Engine.Limits
    /// The section `kms`, for whoever opens key services; nil where it is not written.
    package let keyServices: Node?
    /// The section `s3`, for whoever opens buckets; nil where it is not written.
    package let objectStores: Node?
    /// Where relative paths begin.
    package let folder: String

    private static let own = ["name", "tables", "engine", "kms", "s3"]
    private static let ofTable = ["source", "destination", "dataset", "vault", "release"] + FieldPolicy.keys

    /// Reads a file's root node.
    /// - Parameters:
    ///   - folder: where relative paths begin.
    ///   - defaultName: the name if the file gives none.
    ///   - resolve: what finds secrets that the file refers to.
    package init(
        _ root: Node, folder: String, defaultName: String,
        resolve: @Sendable (SecretReference) throws -> String
    ) throws {
        let section = try Section(root, "", keys: Self.own + Self.ofTable)
        name = try section.text("name") ?? defaultName
        limits = try Self.limits(section)
        keyServices = section["kms"]
        objectStores = section["s3"]
        self.folder = folder
        guard let entries = section["tables"] else {
            tables = [try TablePipeline(section, table: nil, folder: folder, resolve: resolve)]
            return
        }
        tables = try entries.entries("tables").map { entry in
            let merged = root.merging(entry.value, over: Self.own)
            let section = try Section(merged, "tables.\(entry.name)", keys: Self.ofTable)
            return try TablePipeline(section, table: entry.name, folder: folder, resolve: resolve)
        }
        guard !tables.isEmpty else { throw ConfigurationError("tables is empty", line: entries.line) }
        try Self.refuseOverwriting(tables, line: entries.line)
    }

    /// Of two tables that go to one place, the later must not replace what the earlier has just written.
    private static func refuseOverwriting(_ tables: [TablePipeline], line: Int) throws {
        for (i, table) in tables.enumerated() where table.destination.mode == .replace {
            guard
                let other = tables.enumerated().first(where: { j, other in
                    j != i && other.destination.placeName == table.destination.placeName
                })?.element
            else { continue }
            throw ConfigurationError(
                "the tables \(table.name ?? "") and \(other.name ?? "") go to the same place, and one would replace the other",
                line: line, hint: "give each its own table: or path:, or let both append")
        }
    }

    private static func limits(_ section: Section) throws -> Engine.Limits {
        guard let node = section["engine"] else { return Engine.Limits() }
        let engine = try Section(node, "engine", keys: ["memory", "threads"])
        return Engine.Limits(memory: try engine.text("memory"), threads: try engine.integer("threads", in: 1...1024))
    }
}

extension Node {
    /// This map with the entries of `table` in the place of its own; maps one level down are merged as well, so that a table
    /// may say `source: { table: orders }` under a shared `source: { postgres: … }`.
    fileprivate func merging(_ table: Node, over excluded: [String]) -> Node {
        guard case .map(let defaults) = value, case .map(let specific) = table.value else { return table }
        var entries = defaults.filter { !excluded.contains($0.name) }
        for entry in specific {
            guard let at = entries.firstIndex(where: { $0.name == entry.name }) else {
                entries.append(entry)
                continue
            }
            if entry.name == "source" || entry.name == "destination" {
                entries[at].value = entries[at].value.merging(entry.value, over: [])
                entries[at].line = entry.line
            } else {
                entries[at] = entry
            }
        }
        return Node(.map(entries), line: table.line)
    }
}
