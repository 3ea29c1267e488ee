import Coffer

/// Categories from a pipeline file, or from a file beside it as ARX writes them: a value, then its categories from the
/// finest to the coarsest, separated by `;` or `,`.
enum Hierarchy {
    private static let byteLimit = 64 << 20

    /// `groups: { office: [clerk, accountant] }`, and `other`.
    static func groups(_ section: Section) throws(ConfigurationError) -> Generalization.Categories {
        var table: [String: String] = [:]
        for entry in try section.required("groups").entries(section.path("groups")) {
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
        return Generalization.Categories(table: table, other: try section.text("other"))
    }

    /// `hierarchy: jobs.csv`, `level: 1`, and `other`.
    static func read(_ section: Section, folder: String) throws(ConfigurationError) -> Generalization.Categories {
        let node = try section.required("hierarchy")
        let level = try section.integer("level", in: 1...1000) ?? 1
        func fault(_ what: String, _ hint: String? = nil) -> ConfigurationError {
            ConfigurationError("\(section.path("hierarchy")) \(what)", line: node.line, hint: hint)
        }
        let path = Paths.absolute(try node.text(section.path("hierarchy")), in: folder)
        guard let text = SmallFile.read(path, limit: byteLimit) else {
            throw fault(
                "can't be read: \(path)", "name a UTF-8 file of up to 64 MiB, from the pipeline file's folder on")
        }
        guard let rows = rows(text) else { throw fault("has a quote that is not closed") }
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
        guard !table.isEmpty else { throw fault("is empty") }
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
