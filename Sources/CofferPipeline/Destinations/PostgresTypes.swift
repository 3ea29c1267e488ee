/// How Arrow columns become PostgreSQL columns through the driver's binary COPY.
package enum PostgresTypes {
    /// The type of a column that Coffer creates.
    static func columnType(_ field: Field) -> String {
        if isNested(field) || field.extensionName == "arrow.json" { return "jsonb" }
        switch wireType(field) {
        case "numeric":
            if case .decimal(let precision, let scale, _) = field.valueType, scale >= 0 {
                return "numeric(\(precision), \(scale))"
            }
            return field.valueType == .uint64 ? "numeric(20, 0)" : "numeric"
        case let type: return type
        }
    }

    /// The type that the driver sends for a column, after ``projection(for:target:)``.
    static func wireType(_ field: Field) -> String {
        if let opaque = field.opaqueType { return opaque.hasSuffix("hugeint") ? "numeric" : "text" }
        if field.extensionName == "arrow.uuid" { return "uuid" }
        if isNested(field) || field.extensionName == "arrow.json" { return "text" }
        return switch field.valueType {
        case .bool: "bool"
        case .int8, .uint8, .int16: "int2"
        case .uint16, .int32: "int4"
        case .uint32, .int64: "int8"
        case .uint64, .decimal: "numeric"
        case .float16, .float32: "float4"
        case .float64: "float8"
        case .binary, .largeBinary, .binaryView, .fixedBinary: "bytea"
        case .date32, .date64: "date"
        case .time: "time"
        case .timestamp(_, let zone): zone == nil ? "timestamp" : "timestamptz"
        case .duration, .interval: "interval"
        default: "text"
        }
    }

    static func isNested(_ field: Field) -> Bool { field.valueType.isNested }

    /// Whether the driver's bytes for `field` are what a column of `type` (its name in pg_type) reads.
    static func isDirect(_ field: Field, into type: String) -> Bool {
        let wire = wireType(field)
        switch type {
        case wire: return true
        case "varchar", "bpchar", "text": return wire == "text" && !isNested(field)
        case "json", "jsonb": return wire == "text"
        default: return false
        }
    }

    /// Whether values of `field` may go into a column of `type` at all, by an explicit cast: not where bytes would
    /// become their spelling, nor a fraction a whole number.
    static func canCast(_ field: Field, into type: String) -> Bool {
        let wire = wireType(field)
        if wire == type { return true }
        if wire == "bytea" || type == "bytea" { return false }
        let wholes: Set<String> = ["int2", "int4", "int8", "oid"]
        if ["float4", "float8"].contains(wire) && wholes.contains(type) { return false }
        if wire == "numeric" && wholes.contains(type) {
            guard case .decimal(_, let scale, _) = field.valueType else { return true }
            return scale <= 0
        }
        return true
    }

    /// A condition on staged rows that holds where a value would lose something in `column`; nil where none can.
    static func loss(_ field: Field, into column: PostgresTable.Column?) -> String? {
        guard let column else { return nil }
        let (name, wire) = (SQL.name(field.name), wireType(field))
        let isLimited = column.type.contains("(")
        let limited: Set<String> = ["numeric", "time", "timetz", "timestamp", "timestamptz", "interval"]
        if wire == "text" {
            guard isLimited, limited.contains(column.typeName) else { return nil }
            return "CAST(\(name) AS \(column.type)) <> CAST(\(name) AS pg_catalog.\(column.typeName))"
        }
        if ["text", "varchar", "bpchar", "json", "jsonb", "bytea", "bool", "uuid"].contains(column.typeName) {
            return nil
        }
        if wire == column.typeName, !isLimited || columnType(field).filter({ $0 != " " }) == column.type { return nil }
        return "CAST(CAST(\(name) AS \(column.type)) AS pg_catalog.\(wire)) <> \(name)"
    }

    /// The expressions that turn `schema` into what the driver takes, nil where nothing is to be done.
    ///
    /// `target` gives for a column the name in pg_type of what it goes into directly, nil where it is staged.
    package static func projection(
        for schema: Schema, target: (String) -> String? = { _ in nil }
    ) -> [(expression: String, name: String)]? {
        var isNeeded = false
        let projection = schema.fields.map { field in
            let expression = expression(for: field, target: target(field.name))
            if expression != nil { isNeeded = true }
            return (expression ?? SQL.name(field.name), field.name)
        }
        return isNeeded ? projection : nil
    }

    private static func expression(for field: Field, target: String?) -> String? {
        let name = SQL.name(field.name)
        var text: String?
        if isNested(field) {
            text = "CAST(to_json(\(name)) AS VARCHAR)"
        } else if field.extensionName == "arrow.json" {
            text = "CAST(\(name) AS VARCHAR)"
        } else if let opaque = field.opaqueType {
            return opaque.hasSuffix("hugeint") ? "CAST(\(name) AS DECIMAL(38, 0))" : "CAST(\(name) AS VARCHAR)"
        }
        if target == "jsonb" {  // its binary form is a version, 1, and the text
            return "chr(1) || \(text ?? name)"
        }
        if let text { return text }
        switch field.valueType {
        case .uint64: return "CAST(\(name) AS DECIMAL(20, 0))"
        case .date64: return "CAST(\(name) AS DATE)"
        case .timestamp(.nanosecond, nil): return micros(name, "TIMESTAMP", "TIMESTAMP_NS")
        case .time(.nanosecond): return micros(name, "TIME", "TIME_NS")
        default: return nil
        }
    }

    /// PostgreSQL keeps microseconds; what has more is refused rather than cut.
    private static func micros(_ name: String, _ short: String, _ long: String) -> String {
        "CASE WHEN \(name) IS NULL OR CAST(CAST(\(name) AS \(short)) AS \(long)) = \(name) "
            + "THEN CAST(\(name) AS \(short)) ELSE error('\(nanoseconds)') END"
    }

    /// What the engine says where nanoseconds would be lost.
    static let nanoseconds = "coffer: nanoseconds"
}

extension Field {
    /// The type that DuckDB has and Arrow doesn't (`hugeint`, `time_tz`, `bit`), nil for all others.
    var opaqueType: String? {
        guard extensionName == "arrow.opaque",
            let text = metadata.first(where: { $0.name == "ARROW:extension:metadata" })?.value,
            let key = text.firstRange(of: "\"type_name\"")
        else { return nil }
        let parts = text[key.upperBound...].split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : nil
    }
}
