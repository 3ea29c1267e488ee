import Coffer
import CofferKMS
import FoundationEssentials

/// A key as the commands print it.
struct KeyOutput: Encodable {
    struct Version: Encodable {
        let number: Int
        let enabled: Bool
        let created: String
        let material: String?
    }

    struct Use: Encodable {
        let location: String
        let dataset: String
        let catalogue: String
        let versions: [Int]
    }

    struct Rotation: Encodable {
        let days: Int
        let next: String
    }

    struct Tag: Encodable {
        let name: String
        let value: String
    }

    struct LastUse: Encodable {
        let operation: String
        let time: String
    }

    let id: String
    let aliases: [String]
    let description: String?
    let tags: [Tag]
    let rotation: Rotation?
    let lastUse: LastUse?
    let usage: String
    let spec: String
    let origin: String
    let expires: String?
    let enabled: Bool
    let state: String
    let deletionDate: String?
    let created: String
    let versions: [Version]

    init(_ key: KeyDescription) {
        id = key.key.name
        aliases = key.aliases
        description = key.description
        tags = key.tags.sorted { $0.key < $1.key }.map { Tag(name: $0.key, value: $0.value) }
        rotation = key.rotation.map { Rotation(days: $0.days, next: date($0.next)) }
        lastUse = key.lastUse.map { LastUse(operation: $0.operation, time: date($0.time)) }
        usage = key.usage.word
        (spec, origin) = (key.spec.rawValue, key.origin.rawValue)
        expires = key.expiration.map(date)
        enabled = key.isEnabled
        state = key.state.rawValue
        deletionDate = key.deletionDate.map(date)
        created = date(key.created)
        versions = key.versions.map {
            Version(
                number: $0.number, enabled: $0.isEnabled, created: date($0.created), material: $0.materialID)
        }
    }

    static let header = ["ALIAS", "USAGE", "SPEC", "STATE", "VERSION", "CREATED", "ID"]

    /// A row of the table of keys.
    var row: [String] {
        [
            aliases.isEmpty ? "-" : aliases.joined(separator: ","), usage, spec, stateWords,
            String(versions.last?.number ?? 0), String(created.prefix(10)), id,
        ]
    }

    /// What else is known, a line each.
    var details: [String] {
        var lines: [String] = []
        if origin == KeyOrigin.external.rawValue {
            lines.append("origin       external" + (expires.map { ", expires \($0.prefix(10))" } ?? ""))
        }
        if let description { lines.append("description  \(description)") }
        if let rotation { lines.append("rotation     every \(rotation.days) days, next \(rotation.next.prefix(10))") }
        if let lastUse { lines.append("last use     \(lastUse.time) \(lastUse.operation)") }
        return lines + tags.map { "tag          \($0.name)=\($0.value)" }
    }

    private var stateWords: String {
        if let deletionDate { return "deletion on \(deletionDate.prefix(10))" }
        if state == KeyDescription.State.pendingImport.rawValue { return "pending import" }
        return enabled ? "enabled" : "disabled"
    }

    /// Prints one key: as JSON, or as a table of one row.
    func print(json: Bool) throws {
        if json { try Terminal.printJSON(self) } else { try Terminal.printTable(Self.header, [row]) }
    }
}

extension KeyOutput.Use {
    /// What `use` needs of `key`.
    init(_ use: KeyUse, of key: KeyID) {
        location = use.location
        dataset = use.dataset
        catalogue = use.catalogue
        versions = use.keys.filter { $0.key == key }.map(\.version).sorted()
    }
}

extension KeyUse {
    /// Says what it means for those who need a key that it was taken from them all the same.
    static func say(_ uses: [KeyUse], _ consequence: String) {
        for use in uses { Terminal.say("\(use.location) needs this key, and \(consequence)") }
    }
}

/// `2026-11-20T09:30:00Z`.
func date(_ seconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
}
