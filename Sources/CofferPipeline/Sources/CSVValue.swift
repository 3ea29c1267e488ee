/// A column of CSV that is more than text: read as text, and cast only where the cast loses nothing.
///
/// The engine's own casts round `1.5` to a whole number, cut a time off a date and take `12345678901234567890` for
/// 1.2345678901234567e+19; each of these is a fault here.
struct CSVValue {
    /// What can be wrong with a value; its name stands in the engine's error, before the column's index.
    enum Fault: String, CaseIterable {
        case zeros, digits, fit
    }

    /// The column as SQL writes it.
    private let name: String
    private let type: String
    /// The type was found out, not given by the pipeline.
    let isFound: Bool

    init(_ name: String, _ type: String, isFound: Bool) {
        self.name = SQL.name(name)
        self.type = type
        self.isFound = isFound
    }

    /// What stands in the engine's error: `coffer:zeros:3;`.
    static let mark = "coffer:"

    /// The value, or an error that names the fault and `index`.
    func cast(_ index: Int) -> String {
        func error(_ fault: Fault) -> String { "error('\(Self.mark)\(fault.rawValue):\(index);')" }
        return """
            CASE WHEN \(name) = '' THEN NULL WHEN \(zeros) THEN \(error(.zeros)) WHEN \(digits) THEN \(error(.digits)) \
            WHEN \(fits) THEN TRY_CAST(\(name) AS \(type)) WHEN \(name) IS NULL THEN NULL \
            ELSE \(error(.fit)) END AS \(name)
            """
    }

    /// Whether a value is not what it would be cast to.
    var isFaulty: String {
        "(\(name) IS NOT NULL AND \(name) <> '' AND (\(zeros) OR \(digits) OR NOT coalesce(\(fits), false)))"
    }

    /// A plus, or a zero before a digit: `0x` to `0:` in the order of bytes.
    private var zeros: String {
        guard isFound, CSVType.isNumber(type) else { return "false" }
        return """
            ((\(name) >= '00' AND \(name) < '0:') OR (\(name) >= '-00' AND \(name) < '-0:') \
            OR (\(name) >= '+' AND \(name) < ','))
            """
    }

    /// More digits than a double keeps.
    private var digits: String {
        guard isFound, CSVType.isFloat(type) else { return "false" }
        let significant = "regexp_replace(regexp_replace(\(name), '[eE].*$', ''), '^[-+0. ]*|[.]', '', 'g')"
        let exact = "DECIMAL(38, 10)"
        return """
            (length(\(name)) > 15 AND (length(rtrim(\(significant), '0 ')) > 17 OR \
            coalesce(TRY_CAST(\(name) AS \(exact)) <> TRY_CAST(TRY_CAST(\(name) AS \(type))::VARCHAR AS \(exact)), false)))
            """
    }

    private var fits: String {
        let value = "TRY_CAST(\(name) AS \(type))"
        if CSVType.isWhole(type) {
            if isFound { return "\(value)::VARCHAR = trim(\(name))" }
            return "(\(value) IS NOT NULL AND (NOT regexp_matches(\(name), '[^-+0-9 ]') "
                + "OR \(value) = TRY_CAST(\(name) AS DECIMAL(38, 10))))"
        }
        if let (precision, scale) = CSVType.decimal(type) {
            return "\(value) = TRY_CAST(\(name) AS DECIMAL(38, \(38 - precision + scale)))"
        }
        if CSVType.isFloat(type) { return "(\(value) IS NOT NULL AND NOT contains(\(name), '_'))" }
        switch CSVType.plain(type) {
        case "DATE": return "(\(value) IS NOT NULL AND length(trim(\(name))) <= 10)"
        case "TIME", "TIMETZ", "TIME WITH TIME ZONE": return "(\(value) IS NOT NULL AND \(keepsFraction(6)))"
        case "TIMESTAMP", "DATETIME", "TIMESTAMP_US": return stamp(value, 6)
        case "TIMESTAMP_S": return stamp(value, 0)
        case "TIMESTAMP_MS": return stamp(value, 3)
        case "TIMESTAMP_NS": return stamp(value, 9)
        case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE": return "(\(value) IS NOT NULL AND \(keepsFraction(6)))"
        default: return "(\(value) IS NOT NULL)"
        }
    }

    /// A time without a zone loses the offset that is written behind it.
    private func stamp(_ value: String, _ decimals: Int) -> String {
        "(\(value) IS NOT NULL AND \(keepsFraction(decimals)) "
            + "AND NOT (length(\(name)) > 16 AND regexp_matches(\(name), ':[0-9.]+ *[-+][0-9:]*[1-9]')))"
    }

    private func keepsFraction(_ decimals: Int) -> String {
        "NOT regexp_matches(\(name), '[.][0-9]{\(decimals)}[0-9]*[1-9]')"
    }
}

/// Types of the engine, by name, as far as CSV treats them in different ways.
enum CSVType {
    /// The name in capitals.
    static func plain(_ type: String) -> String { type.uppercased() }

    /// Whether values stay as they are written.
    static func isText(_ type: String) -> Bool {
        let name = plain(type)
        return ["VARCHAR", "TEXT", "STRING"].contains(name) || name.hasPrefix("VARCHAR(") || name.hasPrefix("CHAR")
    }

    static func isWhole(_ type: String) -> Bool {
        [
            "TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
            "UBIGINT", "UHUGEINT", "INT1", "INT2", "INT4", "INT8", "INT16", "INT32", "INT64", "LONG", "SHORT",
        ].contains(plain(type))
    }

    static func isFloat(_ type: String) -> Bool {
        ["DOUBLE", "FLOAT", "REAL", "FLOAT4", "FLOAT8"].contains(plain(type))
    }

    static func isNumber(_ type: String) -> Bool { isWhole(type) || isFloat(type) || decimal(type) != nil }

    /// Precision and scale of a decimal, nil for all other types.
    static func decimal(_ type: String) -> (precision: Int, scale: Int)? {
        let name = plain(type).filter { $0 != " " }
        guard let word = ["DECIMAL", "NUMERIC", "DEC"].first(where: name.hasPrefix) else { return nil }
        let rest = name.dropFirst(word.count)
        if rest.isEmpty { return (18, 3) }
        guard rest.first == "(", rest.last == ")" else { return nil }
        let numbers = rest.dropFirst().dropLast().split(separator: ",").map { Int($0) }
        guard let precision = numbers.first ?? nil, (1...38).contains(precision) else { return nil }
        let scale = numbers.count > 1 ? numbers[1] ?? 0 : 0
        return (0...precision).contains(scale) ? (precision, scale) : nil
    }
}
