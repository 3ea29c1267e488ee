import Coffer

/// Categories from a pipeline file, or from a file beside it as ARX writes them: a value, then its categories from the
/// finest to the coarsest, separated by `;` or `,`.
enum Hierarchy {
    private static let byteLimit = 64 << 20

    /// `groups: { office: [clerk, accountant] }`, and `other`.
    static func groups(_ section: Section) throws(ConfigurationError) -> Generalization.Categories {
        Generalization.Categories(
            table: try groups(try section.required("groups"), section), other: try section.text("other"))
    }

    /// `groups:` as a ladder has it: a map, or a list of maps, each of which groups the names of the one before.
    static func nestedGroups(_ section: Section) throws(ConfigurationError) -> [Generalization.Categories] {
        let node = try section.required("groups")
        guard case .list(let written) = node.value else { return [try groups(section)] }
        let other = try section.text("other")
        var levels: [Generalization.Categories] = []
        for node in written {
            let names = try groups(node, section)
            guard let finer = levels.last else {
                levels.append(Generalization.Categories(table: names, other: other))
                continue
            }
            guard let lost = Set(finer.table.values).subtracting(names.keys).sorted().first else {
                levels.append(
                    Generalization.Categories(table: finer.table.mapValues { names[$0] ?? $0 }, other: other))
                continue
            }
            throw ConfigurationError(
                "\(section.path("groups")) leaves out \(lost), a group of the level before", line: node.line)
        }
        guard !levels.isEmpty else { throw ConfigurationError("\(section.path("groups")) is empty", line: node.line) }
        return levels
    }

    private static func groups(_ node: Node, _ section: Section) throws(ConfigurationError) -> [String: String] {
        var table: [String: String] = [:]
        for entry in try node.entries(section.path("groups")) {
            for value in try entry.value.texts("\(section.path("groups")).\(entry.name)") {
                guard table.updateValue(entry.name, forKey: value) == nil else {
                    throw ConfigurationError("\(section.path("groups")) names a value twice", line: entry.line)
                }
            }
        }
        guard !table.isEmpty else {
            throw ConfigurationError(
                "\(section.path("groups")) is empty", line: section.line,
                hint: "write it as { office: [clerk, accountant], trade: [cook] }")
        }
        return table
    }

    /// `hierarchy: jobs.csv`, `level: 1`, and `other`.
    static func read(_ section: Section, folder: String) throws(ConfigurationError) -> Generalization.Categories {
        let level = try section.integer("level", in: 1...1000) ?? 1
        return try categories(try file(section, folder: folder), level: level, section)
    }

    /// `hierarchy: jobs.csv`, and `other`: all its levels, but for a last one in which everything is the same.
    static func levels(_ section: Section, folder: String) throws(ConfigurationError) -> [Generalization.Categories] {
        let rows = try file(section, folder: folder)
        var levels: [Generalization.Categories] = []
        for level in 1..<max(2, rows.map(\.count).max() ?? 0) {
            levels.append(try categories(rows, level: level, section))
        }
        if let last = levels.last, Set(last.table.values).count == 1, last.other == nil { levels.removeLast() }
        return levels
    }

    private static func fault(_ section: Section, _ what: String, _ hint: String? = nil) -> ConfigurationError {
        ConfigurationError(
            "\(section.path("hierarchy")) \(what)", line: section["hierarchy"]?.line ?? section.line, hint: hint)
    }

    private static func file(_ section: Section, folder: String) throws(ConfigurationError) -> [[String]] {
        let written = try section.required("hierarchy").text(section.path("hierarchy"))
        let path = Paths.absolute(written, in: folder)
        guard let text = SmallFile.read(path, limit: byteLimit) else {
            throw fault(
                section, "can't be read: \(path)",
                "name a UTF-8 file of up to 64 MiB, from the pipeline file's folder on")
        }
        guard let rows = rows(text) else { throw fault(section, "has a quote that is not closed") }
        guard !rows.isEmpty else { throw fault(section, "is empty") }
        return rows
    }

    private static func categories(
        _ rows: [[String]], level: Int, _ section: Section
    ) throws(ConfigurationError) -> Generalization.Categories {
        func fault(_ what: String, _ hint: String? = nil) -> ConfigurationError { Self.fault(section, what, hint) }
        var table: [String: String] = [:]
        for (number, row) in rows.enumerated() {
            guard row.count > level else {
                throw fault(
                    "has no level \(level) in row \(number + 1)",
                    "each row has the value, then a category a level: clerk;office;white-collar;*")
            }
            if let earlier = table.updateValue(row[level], forKey: row[0]), earlier != row[level] {
                throw fault("has the value of row \(number + 1) twice, in two categories")
            }
        }
        return Generalization.Categories(table: table, other: try section.text("other"))
    }

    /// Rows of fields, empty rows left out; nil where a quote is not closed.
    static func rows(_ text: String) -> [[String]]? {
        let bytes = Array((text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text).utf8)
        let firstLine = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let separator = firstLine.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ",")
        var rows: [[String]] = []
        var (row, field, isQuoted, wasQuoted): ([String], [UInt8], Bool, Bool) = ([], [], false, false)
        func ended() -> String { String(decoding: field, as: UTF8.self) }
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if at < bytes.count, bytes[at] == byte {
                    field.append(byte)
                    at += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\""), field.isEmpty, !wasQuoted {
                (isQuoted, wasQuoted) = (true, true)
            } else if byte == separator {
                row.append(ended())
                (field, wasQuoted) = ([], false)
            } else if byte == UInt8(ascii: "\n") {
                if field.last == UInt8(ascii: "\r") { field.removeLast() }
                row.append(ended())
                if row != [""] || wasQuoted { rows.append(row) }
                (row, field, wasQuoted) = ([], [], false)
            } else {
                field.append(byte)
            }
        }
        if isQuoted { return nil }
        row.append(ended())
        if row != [""] || wasQuoted { rows.append(row) }
        return rows
    }
}
