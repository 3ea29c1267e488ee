/// The four kinds of values that SQLite stores, as a column is read.
///
/// A column's declaration binds nobody in SQLite, so every value is checked as it is read: another kind than the
/// column's is an error, never a conversion.
enum SQLiteKind: Hashable {
    case integer, real, text, blob

    /// The kind of a declared type, by SQLite's rules of affinity (datatype3.html, 3.1); nil where only the values tell.
    init?(declared: String) {
        let type = declared.uppercased()
        if type.contains("INT") {
            self = .integer
        } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
            self = .text
        } else if type.contains("BLOB") {
            self = .blob
        } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
            self = .real
        } else {
            return nil
        }
    }

    /// How it arrives.
    var type: ArrowType {
        switch self {
        case .integer: .int64
        case .real: .float64
        case .text: .utf8
        case .blob: .binary
        }
    }

    /// A value of this kind, which tells the driver what follows.
    var sample: String {
        switch self {
        case .integer: "0"
        case .real: "0.0"
        case .text: "''"
        case .blob: "x''"
        }
    }

    /// The expression that delivers a column, and fails (as malformed JSON does) at a value of another kind.
    func checked(_ name: String, isMixed: Bool) -> String {
        let other = "json('x')"
        switch self {
        case .integer: return "CASE WHEN typeof(\(name)) IN ('integer', 'null') THEN \(name) ELSE \(other) END"
        case .real:
            return "CASE WHEN typeof(\(name)) IN ('real', 'integer', 'null') THEN CAST(\(name) AS REAL) "
                + "ELSE \(other) END"
        case .text:
            let number = isMixed ? "WHEN 'real' THEN printf('%!.17g', \(name)) " : ""
            return "CASE typeof(\(name)) WHEN 'blob' THEN \(other) \(number)ELSE CAST(\(name) AS TEXT) END"
        case .blob:
            return "CASE WHEN typeof(\(name)) IN ('blob', 'text', 'null') THEN CAST(\(name) AS BLOB) "
                + "ELSE \(other) END"
        }
    }

    /// The largest value as a text that compares as the column does.
    func maximum(_ name: String) -> String {
        self == .real ? "printf('%!.17g', max(\(name)))" : "CAST(max(\(name)) AS TEXT)"
    }

    /// A bound text as a value of this kind.
    var bound: String {
        switch self {
        case .integer: "CAST(? AS INTEGER)"
        case .real: "CAST(? AS REAL)"
        case .text: "CAST(? AS TEXT)"
        case .blob: "CAST(? AS BLOB)"
        }
    }
}
