/// A JSON object of which every name is known; any other name is refused.
private struct StrictObject {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Name>

    init(_ decoder: any Decoder, _ names: Set<String>) throws {
        container = try decoder.container(keyedBy: Name.self)
        guard container.allKeys.allSatisfy({ names.contains($0.stringValue) }) else { throw Catalogue.malformed }
    }

    func callAsFunction<Value: Decodable>(_ name: String) throws -> Value {
        try container.decode(Value.self, forKey: Name(stringValue: name))
    }

    func optional<Value: Decodable>(_ name: String) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: Name(stringValue: name))
    }
}

extension CatalogueDocument: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(
            decoder, ["format", "id", "dataset", "keys", "segments", "domains", "columns", "vault", "release"])
        (format, id, dataset) = (try object("format"), try object("id"), try object("dataset"))
        (keys, segments) = (try object("keys"), try object("segments"))
        (domains, columns) = (try object("domains"), try object("columns"))
        vault = try object.optional("vault")
        release = try object.optional("release")
    }
}

extension Catalogue.Release: Decodable {
    package init(from decoder: any Decoder) throws {
        let object = try StrictObject(
            decoder, ["k", "rows", "suppressed", "suppression_limit", "levels", "sensitive"])
        (k, rows, suppressed) = (try object("k"), try object("rows"), try object("suppressed"))
        (suppressionLimit, levels) = (try object("suppression_limit"), try object("levels"))
        sensitive = try object("sensitive")
    }
}

extension Catalogue.Release.Level: Decodable {
    package init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["column", "level", "coarsest", "becomes"])
        (column, level) = (try object("column"), try object("level"))
        (coarsest, becomes) = (try object("coarsest"), try object("becomes"))
    }
}

extension Catalogue.Release.Sensitive: Decodable {
    package init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["column", "distinct", "entropy", "recursive", "closeness"])
        (column, distinct) = (try object("column"), try object("distinct"))
        entropy = try object.optional("entropy")
        (recursive, closeness) = (try object.optional("recursive"), try object.optional("closeness"))
    }
}

extension Catalogue.Release.Sensitive.Recursive: Decodable {
    package init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["c", "l"])
        (c, l) = (try object("c"), try object("l"))
    }
}

extension Catalogue.Release.Sensitive.Closeness: Decodable {
    package init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["t", "distance"])
        (t, distance) = (try object("t"), try object("distance"))
    }
}

extension CatalogueDocument.Key: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(
            decoder, ["id", "kek", "version", "suite", "tenant", "wrapped", "commitment"])
        (id, kek, version) = (try object("id"), try object("kek"), try object("version"))
        (suite, tenant) = (try object("suite"), try object.optional("tenant"))
        (wrapped, commitment) = (try object("wrapped"), try object("commitment"))
    }
}

extension CatalogueDocument.Segment: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["id", "key"])
        (id, key) = (try object("id"), try object("key"))
    }
}

extension CatalogueDocument.Domain: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["purpose", "name", "mac_key", "check"])
        (purpose, name) = (try object("purpose"), try object("name"))
        (mac_key, check) = (try object("mac_key"), try object("check"))
    }
}

extension CatalogueDocument.Bound: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(decoder, ["name", "type"])
        (name, type) = (try object("name"), try object("type"))
    }
}

extension CatalogueDocument.Column: Decodable {
    init(from decoder: any Decoder) throws {
        let object = try StrictObject(
            decoder, ["path", "protection", "format", "metadata", "bind", "domain", "preserves"])
        (path, protection, format) = (try object("path"), try object("protection"), try object("format"))
        metadata = try object.optional("metadata")
        (bind, domain) = (try object.optional("bind"), try object.optional("domain"))
        preserves = try object.optional("preserves")
    }
}
