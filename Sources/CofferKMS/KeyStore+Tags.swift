public import Coffer

/// A name and a value that people give to a key, to find it and to say who may use it.
///
/// As AWS has them: letters, digits, spaces and `+ - = . _ : / @`; 1 to 128 characters of name, not beginning with
/// `aws:`, up to 256 of value.
public struct KeyTag: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// How many tags a key may have.
    public static let limit = 50

    /// A tag.
    public init(name: String, value: String) throws(KeyError) {
        guard (1...128).contains(name.unicodeScalars.count), value.unicodeScalars.count <= 256,
            (name + value).unicodeScalars.allSatisfy(Self.isAllowed)
        else {
            throw KeyError(
                .invalidArgument, "that is not a tag",
                hint: "write it as NAME=VALUE, with letters, digits, spaces and + - = . _ : / @")
        }
        guard !name.lowercased().hasPrefix("aws:") else {
            throw KeyError(.invalidArgument, "tags that begin with aws: are reserved", hint: "choose another name")
        }
        (self.name, self.value) = (name, value)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || " +-=._:/@".unicodeScalars.contains(scalar)
    }
}

extension KeyStore {
    /// Gives `key` these tags; one whose name it has gets the new value.
    public func tag(_ key: KeyID, _ tags: [KeyTag]) async throws -> KeyDescription {
        try await change { edit in
            let record = try edit.tables.changeableKey(key)
            for tag in tags { edit.put(TagRecord(id: .init(key: record.id, name: tag.name), value: tag.value)) }
            guard edit.tables.tags.count(of: record.id) <= KeyTag.limit else {
                throw KeyError(
                    .invalidArgument, "a key has at most 50 tags", hint: "coffer keys untag \(key.name) NAME")
            }
            return edit.tables.description(of: record)
        }
    }

    /// Takes the tags with these names from `key`; names that it does not have are nothing to it.
    public func untag(_ key: KeyID, _ names: [String]) async throws -> KeyDescription {
        try await change { edit in
            let record = try edit.tables.changeableKey(key)
            for name in names { edit.remove(TagRecord.self, .init(key: record.id, name: name)) }
            return edit.tables.description(of: record)
        }
    }

    /// Says what `key` is about, in up to 8192 characters of one line; an empty text removes what was said.
    public func setDescription(of key: KeyID, _ text: String) async throws -> KeyDescription {
        try Self.checkDescription(text)
        return try await change { edit in
            let record = try edit.tables.changeableKey(key)
            if text.isEmpty {
                edit.remove(DescriptionRecord.self, record.id)
            } else {
                edit.put(DescriptionRecord(id: record.id, text: text))
            }
            return edit.tables.description(of: record)
        }
    }

    static func checkDescription(_ text: String) throws(KeyError) {
        guard text.unicodeScalars.count <= 8192,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw KeyError(.invalidArgument, "a description is one line of up to 8192 characters") }
    }
}
