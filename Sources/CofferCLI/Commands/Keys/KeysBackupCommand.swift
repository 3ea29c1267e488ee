import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys backup`.
struct KeysBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write the whole key store into one encrypted file.",
        discussion: """
            The backup opens with the root key (or passphrase) of today and nothing else: keep that elsewhere. Keys that \
            are destroyed later stay in it, so let backups expire. Try it out with coffer keys restore --verify.
            """)

    @Argument(help: "The file to write; one that is there is not overwritten.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let file = file
        let keys = try await CofferHome().openGuarded()
        let summary = try await keys.change(
            "BackupKeyStore", nil, .members(("file", .string(file))),
            response: { .members(("generation", .integer($0.generation)), ("rootKey", .string($0.rootKey))) },
            { try await $0.backup(to: file) })
        try BackupOutput(file, summary).print(json: json)
        Terminal.say("the backup needs the root key \(summary.rootKey): keep that elsewhere")
    }
}

/// A backup as the commands print it.
struct BackupOutput: Encodable {
    let file: String
    let keys: Int
    let versions: Int
    let generation: Int64
    let made: String
    let rootKey: String

    init(_ file: String, _ summary: BackupSummary) {
        self.file = file
        (keys, versions, generation) = (summary.keys, summary.versions, summary.generation)
        (made, rootKey) = (date(summary.made), summary.rootKey)
    }

    func print(json: Bool) throws {
        if json { return try Terminal.printJSON(self) }
        try Terminal.printTable(
            ["KEYS", "VERSIONS", "MADE", "ROOT KEY", "FILE"],
            [[String(keys), String(versions), made, rootKey, file]])
    }
}
