/// How Arrow columns become SQLite columns through its driver.
package enum SQLiteTypes {
    /// The type of a column that Coffer creates. Texts stay texts: nothing is declared with numeric affinity.
    static func columnType(_ field: Field) -> String {
        if projectsToText(field) { return "TEXT" }
        return switch field.valueType {
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: "INTEGER"
        case .float16, .float32, .float64: "REAL"
        case .binary, .largeBinary, .binaryView, .fixedBinary: "BLOB"
        default: "TEXT"
        }
    }

    /// Whether values of `field` may go into a column of a declared type: not where SQLite would store bytes as they
    /// are in a column of texts, or texts in one of numbers.
    static func fits(_ field: Field, into declared: String) -> Bool {
        guard let kind = SQLiteKind(declared: declared) else { return true }
        switch (columnType(field), kind) {
        case ("INTEGER", .integer), ("INTEGER", .real), ("REAL", .real), ("TEXT", .text), ("BLOB", .blob): return true
        case ("INTEGER", .text), ("REAL", .text): return false
        default: return false
        }
    }

    /// The expressions that turn `schema` into what the driver takes, nil where nothing is to be done.
    package static func projection(for schema: Schema) -> [(expression: String, name: String)]? {
        guard schema.fields.contains(where: projectsToText) else { return nil }
        return schema.fields.map { field in
            let name = SQL.name(field.name)
            guard projectsToText(field) else { return (name, field.name) }
            let nested = field.valueType.isNested
            return (nested ? "CAST(to_json(\(name)) AS VARCHAR)" : "CAST(\(name) AS VARCHAR)", field.name)
        }
    }

    /// What the driver has no form for, or one that reads badly.
    private static func projectsToText(_ field: Field) -> Bool {
        if field.opaqueType != nil || field.extensionName == "arrow.uuid" { return true }
        return switch field.valueType {
        case .decimal, .date32, .date64, .time, .timestamp, .duration, .interval: true
        default: field.valueType.isNested
        }
    }
}
