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
            decoder, ["format", "id", "dataset", "keys", "segments", "domains", "columns", "vault"])
        (format, id, dataset) = (try object("format"), try object("id"), try object("dataset"))
        (keys, segments) = (try object("keys"), try object("segments"))
        (domains, columns) = (try object("domains"), try object("columns"))
        vault = try object.optional("vault")
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
