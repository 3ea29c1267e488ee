/// The columns of a table that a release or a risk looks at, each combination once with how often it stands there: counted by
/// the engine, held as codes.
struct CountedTable: Sendable {
    /// The quasi-identifiers as the engine reads them, and their values.
    let quasi: [(field: Field, values: ValueTable)]
    /// The values of each sensitive column as texts, in order: numbers by size, others by their bytes, null first.
    let sensitive: [ValueTable]
    /// For each quasi-identifier and each sensitive column the code of each combination.
    let codes: [[UInt32]], sensitiveCodes: [[UInt32]]
    /// How many rows have each combination.
    let rows: [Int]

    /// How many values each sensitive column has.
    var cardinalities: [Int] { sensitive.map(\.count) }

    /// The classes of the values as they are.
    var classes: Classes { classes(codes, quasi.map(\.values.count)) }

    /// The classes where the value with code c has the code `levels[c]`.
    func classes(_ levels: [LevelTable], places: [[UInt32]]) -> Classes {
        classes(
            zip(codes, places).map { column, places in column.map { places[Int($0)] } }, levels.map(\.cardinalities[0]))
    }

    private func classes(_ codes: [[UInt32]], _ cardinalities: [Int]) -> Classes {
        Classes(codes, sensitiveCodes, rows: rows, cardinalities: cardinalities, sensitive: self.cardinalities)
    }
}

extension CountedTable {
    /// How many combinations fit into `memory`, which is that of the engine: the whole process with all that is made of one while
    /// it is counted takes about so much (docs/performance.md), and a release twice that, since its search holds classes beside.
    static func limit(_ memory: Int, quasi: Int, sensitive: Int, isReleased: Bool) -> Int {
        min(2_000_000_000, memory / ((60 + 12 * quasi + 36 * sensitive) * (isReleased ? 2 : 1)))
    }

    /// Reads `columns` and `sensitive` of `source` to their end, for a release or for a look.
    init(
        _ source: any Source, _ columns: [String], sensitive names: [String], isReleased: Bool = false,
        textColumns: Set<String>, engine: Engine, _ cancellation: Cancellation, memory: Int? = nil
    ) throws {
        let (quasiCount, width) = (columns.count, columns.count + names.count)
        var codes = [[UInt32]](repeating: [], count: width)
        var rows: [Int] = []
        var tables = [ValueTable](repeating: ValueTable(), count: width)
        let limit = Self.limit(
            try memory ?? engine.memory(), quasi: quasiCount, sensitive: names.count, isReleased: isReleased)
        let list =
            columns.map { SQL.name($0) } + names.enumerated().map { "CAST(\(SQL.name($1)) AS VARCHAR) AS s\($0)" }
        var schema: Schema?
        try source.counted(
            "SELECT \(list.joined(separator: ", ")), CAST(count(*) AS BIGINT) AS n FROM", "GROUP BY ALL",
            columns: columns + names, textColumns: textColumns, engine: engine, cancellation
        ) { batch in
            schema = batch.schema
            for (at, column) in batch.columns.prefix(width).enumerated() {
                let values = column.values
                for i in 0..<batch.rowCount {
                    let code = unsafe tables[at].code(column.isNull(i) ? nil : values.bytes(at: i))
                    codes[at].append(code)
                }
            }
            let counts = batch.columns[width].values
            for i in 0..<batch.rowCount {
                rows.append(Int(unsafe Int64(littleEndian: counts.bytes(at: i).loadUnaligned(as: Int64.self))))
            }
            guard rows.count <= limit else {
                throw PipelineError(
                    .tooLarge,
                    "the columns \((columns + names).joined(separator: ", ")) have over \(limit) combinations of values, "
                        + "more than fit into the memory there is",
                    hint:
                        "make them coarser first in a query:, name fewer, or set COFFER_MEMORY=8GB where there is more")
            }
        }
        let fields = schema?.fields ?? columns.map { Field($0, .utf8) }
        quasi = zip(fields.prefix(quasiCount), tables).map { ($0.valueField, $1) }
        var ordered: [ValueTable] = []
        for at in quasiCount..<width {
            let (table, places) = tables[at].inOrder
            codes[at] = codes[at].map { places[Int($0)] }
            ordered.append(table)
        }
        (sensitive, self.rows) = (ordered, rows)
        (self.codes, sensitiveCodes) = (Array(codes[..<quasiCount]), Array(codes[quasiCount...]))
    }
}

extension Source {
    /// The rows of a small query over all rows of some columns: `select`, then the relation, then `rest`.
    func counted(
        _ select: String, _ rest: String, columns: [String], textColumns: Set<String>, engine: Engine,
        _ cancellation: Cancellation, _ body: (RecordBatch) throws -> Void
    ) throws {
        let connection = try engine.connect()
        cancellation.onCancel { connection.interrupt() }
        let input = try engine.register(open(Selection(columns: columns, textColumns: textColumns)))
        do {
            let stream = try connection.query("\(select) \(input.name) \(rest)")
            while let batch = try stream.next() {
                try cancellation.check()
                try body(batch)
            }
            if let failure = input.failure { throw failure }
        } catch {
            if cancellation.isCancelled { throw Cancellation.error }
            throw input.failure ?? PipelineError.about(location, .source, error)
        }
    }
}

extension ValueTable {
    /// The values in order, texts that are all numbers by size.
    var inOrder: (ValueTable, places: [UInt32]) {
        var numbers: [[UInt8]: Double] = [:]
        for code in 0..<UInt32(count) {
            guard let value = value(code) else { continue }
            guard let number = Double(String(decoding: value, as: UTF8.self)), number.isFinite else {
                return sorted(by: ValueTable.byBytes)
            }
            numbers[value] = number
        }
        return sorted { a, b in
            guard let a, let b, let first = numbers[a], let second = numbers[b], first != second else {
                return ValueTable.byBytes(a, b)
            }
            return first < second
        }
    }
}
