/// A column's name and type, with the metadata that travels with it.
public struct Field: Hashable, Sendable {
    /// One entry of metadata: `ARROW:extension:name` and the like.
    public struct Metadata: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: String

        /// An entry.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What it is called.
    public let name: String
    /// The type of its values; of the index where they are dictionary-encoded.
    public let type: ArrowType
    /// Whether values may be null.
    public let isNullable: Bool
    /// Extension names and other metadata, in order.
    public let metadata: [Metadata]
    /// Fields of a struct; the one element of a list or map.
    public let children: [Field]
    /// The type of the values themselves where they are dictionary-encoded: exactly one field.
    public let dictionary: [Field]
    /// Whether the order of a dictionary means something.
    public let isDictionaryOrdered: Bool

    /// A field.
    public init(
        _ name: String, _ type: ArrowType, isNullable: Bool = true, metadata: [Metadata] = [], children: [Field] = [],
        dictionary: Field? = nil, isDictionaryOrdered: Bool = false
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.metadata = metadata
        self.children = children
        self.dictionary = dictionary.map { [$0] } ?? []
        self.isDictionaryOrdered = isDictionaryOrdered
    }

    /// The type of the values, whether dictionary-encoded or not.
    public var valueType: ArrowType { dictionary.first?.valueType ?? type }

    /// The extension type (`arrow.json`, `arrow.uuid`), where it has one.
    public var extensionName: String? { metadata.first { $0.name == "ARROW:extension:name" }?.value }

    /// The same field with other children.
    func with(children: [Field]) -> Field {
        Field(
            name, type, isNullable: isNullable, metadata: metadata, children: children, dictionary: dictionary.first,
            isDictionaryOrdered: isDictionaryOrdered)
    }
}

/// The columns of a stream.
public struct Schema: Hashable, Sendable {
    /// Its columns, in order.
    public let fields: [Field]
    /// What the writer noted about the whole.
    public let metadata: [Field.Metadata]

    /// A schema.
    public init(_ fields: [Field], metadata: [Field.Metadata] = []) {
        self.fields = fields
        self.metadata = metadata
    }

    /// The column called `name`, compared exactly.
    public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }
}
