public import Coffer

extension AWSKMS {
    /// What may be known of `key`: its ARN, what it is for, its state, its aliases as far as the caller may list them. One
    /// version, since AWS does not number them.
    public func describe(_ key: KeyID) async throws -> KeyDescription {
        let metadata = try await metadata(of: key)
        guard let arn = metadata["Arn"]?.string, let found = try? KeyID("\(Self.scheme)://\(arn)"), !found.isAlias,
            (try? AWSKeyName(found))?.region != nil
        else { throw Self.strange }
        guard let usage = metadata["KeyUsage"]?.string.flatMap(KeyDescription.Usage.init) else {
            throw KeyError(.wrongUsage, "\(key) is for something that pipelines don't do")
        }
        let created = seconds(metadata["CreationDate"]) ?? 0
        let text = metadata["Description"]?.string ?? ""
        return KeyDescription(
            key: found, aliases: key.isAlias ? [alias(key)] : await aliases(of: found), usage: usage,
            isEnabled: metadata["KeyState"]?.string == "Enabled",
            versions: [.init(number: 1, isEnabled: true, created: created)], created: created,
            deletionDate: seconds(metadata["DeletionDate"]), description: text.isEmpty ? nil : text)
    }

    /// `KeyMetadata` of DescribeKey.
    func metadata(of key: KeyID) async throws -> JSON {
        let name = try AWSKeyName(key)
        let body = JSON.members(("KeyId", .string(name.id)))
        let answer = try JSON(parsing: try await call("DescribeKey", key, name, body.bytes))
        guard let metadata = answer["KeyMetadata"],
            metadata["Arn"]?.string == name.id || key.isAlias || name.region == nil
        else { throw Self.strange }
        return metadata
    }

    /// The aliases of a key, sorted; none where the caller may not list them.
    private func aliases(of key: KeyID) async -> [String] {
        guard let name = try? AWSKeyName(key),
            let answer = try? await call(
                "ListAliases", key, name, JSON.members(("KeyId", .string(name.id)), ("Limit", .integer(100))).bytes),
            let list = try? JSON(parsing: answer)["Aliases"]?.array
        else { return [] }
        return list.compactMap { $0["AliasName"]?.string }.sorted()
    }

    private func alias(_ key: KeyID) -> String { String(key.name.split(separator: ":").last ?? "") }

    private func seconds(_ value: JSON?) -> Int64? {
        guard case .number(let text) = value, let number = Double(text), number.magnitude < 1e12 else { return nil }
        return Int64(number)
    }
}
