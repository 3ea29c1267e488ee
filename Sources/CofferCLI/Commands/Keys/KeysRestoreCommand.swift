import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys restore`.
struct KeysRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put the key store back to a backup, or try a backup out.",
        discussion: """
            Where there is no key store, it is made from the backup. One that is there is replaced only with --force, by a \
            backup of its own; keys that were destroyed since stay destroyed, and those that wait for it go on waiting. \
            The root key of the day of the backup must be in the root key's file, or its passphrase at hand.
            """)

    @Argument(help: "A file that coffer keys backup wrote.")
    var file: String

    @Flag(help: "Only try: open the backup in memory, check every row, and have every key wrap and unwrap.")
    var verify = false

    @Flag(help: "Replace the key store that is there: what was made since the backup is lost.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard !verify || !force else {
            throw ValidationError("--verify changes nothing, so there is nothing to force.")
        }
    }

    /// Restores on the record, which has the state of the store before and after.
    private func restore(_ home: CofferHome) async throws -> Restoration {
        let restored = OpenedStore()
        // Where the store is lost, the log may be lost with it.
        let record = try home.openRecord(isNew: !home.hasStore) { try restored.state() }
        let call = record.call(
            "RestoreKeyStore", "*", .members(("file", .string(file)), ("forced", .bool(force))))
        let restoration = try await record.guard.change(call) {
            let restoration = try KeyStore.restore(file, at: home.directory, seal: home.seal, isForced: force)
            restored.set(restoration.store)
            return (restoration, response: .members(("generation", .integer(restoration.backup.generation))))
        }
        try await restoration.store.recordDueEvents(on: record)
        return restoration
    }

    func run() async throws {
        let home = try CofferHome()
        if let key = try SealChoice.current()?.key { try await key.prepare(forBackup: file) }
        if verify {
            try BackupOutput(file, try KeyStore.verifyBackup(file, seal: home.seal)).print(json: json)
            return Terminal.say("the backup is whole: every row was checked, and every key works")
        }
        let restoration = try await restore(home)
        try BackupOutput(file, restoration.backup).print(json: json)
        for key in restoration.destroyed {
            Terminal.say("\(key.aliases.first ?? key.key.name) stays destroyed, though the backup has it")
        }
        if !restoration.isKnowingDestructions {
            Terminal.say(
                "keys that were destroyed after \(date(restoration.backup.made)) are back, because no store was there to tell",
                hint: "coffer keys list, and coffer keys delete what should be gone")
        }
    }
}
