/// How the columns of a PostgreSQL query are read: what is selected for each, and what arrives.
struct PostgresColumn: Hashable {
    /// Its name.
    let name: String
    /// PostgreSQL's type, nil where the driver names none.
    let type: String?
    /// The expression that is selected, with the name quoted.
    let expression: String
    /// What the stream delivers.
    let field: Field
}

extension PostgresColumn {
    /// Types whose values arrive as they are.
    private static let native: Set<String> = [
        "bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "bytea", "date", "time",
        "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb",
    ]
    /// Arrays that arrive as lists.
    private static let nativeArrays: Set<String> = [
        "_bool", "_int2", "_int4", "_int8", "_float4", "_float8", "_text", "_varchar", "_date", "_timestamp",
        "_timestamptz", "_uuid",
    ]
    /// Types that grow and can be compared with a text cast to them.
    static let cursors: Set<String> = [
        "int2", "int4", "int8", "numeric", "float4", "float8", "date", "timestamp", "timestamptz", "text", "varchar",
    ]

    /// A column as the driver describes it. What it has no Arrow type for is read as text, `numeric` as a decimal
    /// where its declared size fits into one.
    init(_ described: Field, isArray: (_ type: String) -> Bool) {
        func metadata(_ key: String) -> String? { described.metadata.first { $0.name == key }?.value }
        let type = metadata("POSTGRESQL:type") ?? metadata("ADBC:postgresql:typname")
        let quoted = SQL.name(described.name)
        let text = Field(described.name, .utf8)
        name = described.name
        self.type = type
        switch type {
        case nil where !described.metadata.contains(where: { $0.value == "arrow.opaque" }), "json", "jsonb",
            _ where Self.native.contains(type ?? ""), _ where Self.nativeArrays.contains(type ?? ""):
            (expression, field) = (quoted, described.withoutOrigin)
        case "numeric":
            expression = quoted
            if let modifier = metadata("POSTGRESQL:typmod").flatMap(Int.init), modifier >= 4,
                case let (precision, scale) = (((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0x7FF),
                precision <= 38, scale <= precision
            {
                field = Field(described.name, .decimal(precision: precision, scale: scale, bitWidth: 128))
            } else {
                field = text
            }
        case "oid": (expression, field) = ("\(quoted)::pg_catalog.int8", Field(described.name, .int64))
        case _ where described.type == .structure:
            let json = [Field.Metadata("ARROW:extension:name", "arrow.json")]
            expression = "pg_catalog.to_jsonb(\(quoted))"
            field = Field(described.name, .utf8, metadata: json)
        case .some(let type) where type.hasPrefix("_") || isArray(type):
            expression = "\(quoted)::pg_catalog.text[]"
            field = Field(described.name, .list, children: [Field("item", .utf8)])
        default: (expression, field) = ("\(quoted)::pg_catalog.text", text)
        }
    }

    /// A value that arrived, as `field` has it.
    func column(_ arrived: Column) throws -> Column {
        guard case .decimal = field.type else { return try arrived.fitting(field) }
        return try DecimalText.column(arrived, as: field)
    }
}

extension Field {
    /// The same without the driver's own notes; extension types stay.
    var withoutOrigin: Field {
        Field(
            name, type, isNullable: isNullable, metadata: metadata.filter { $0.name.hasPrefix("ARROW:extension:") },
            children: children.map(\.withoutOrigin), dictionary: dictionary.first?.withoutOrigin,
            isDictionaryOrdered: isDictionaryOrdered)
    }
}

extension Column {
    /// The column under `field`, names and metadata of its children included.
    /// - Throws: ``PipelineError`` where the types differ: the source delivers other columns than it described.
    func fitting(_ field: Field) throws -> Column {
        guard self.field.type == field.type, children.count == field.children.count else {
            throw PipelineError(
                .sourceChanged, "column \(field.name): the source delivers another type than it described",
                hint: "run it again")
        }
        let children = try zip(children, field.children).map { try $0.fitting($1) }
        return unsafe Column(
            field: field, length: length, offset: offset, nullCount: nullCount, buffers: buffers, children: children,
            dictionary: dictionary, owner: owner)
    }
}
