import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys rotate-root`.
struct KeysRotateRootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-root", abstract: "Put the key store under a new root key, or a new passphrase.",
        discussion: """
            Everything in the store is sealed anew, in one step. A new root key is written in front of the others in its \
            file; those stay, because copies and backups of the store from before need them. Keep a copy of the file \
            again. Keys and data stay as they are: if somebody may have had the old root key and keys.db, rotate the keys \
            too, and rewrap.
            """)

    @Flag(help: "Seal the new root key under another passphrase ($COFFER_NEW_PASSPHRASE, or asked for).")
    var newPassphrase = false

    @Flag(help: "Write the new root key to its file, though the old one was under a passphrase.")
    var file = false

    @Flag(help: "Seal the new root key by what $COFFER_SEAL names: a PKCS #11 token, or a key of another service.")
    var seal = false

    @Flag(help: "Leave only the new root key and the one before in the file, and end import tokens from before.")
    var forget = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let previous: String
        let current: String
    }

    func validate() throws {
        guard [newPassphrase, file || forget, seal].count(where: { $0 }) <= 1 else {
            throw ValidationError("A root key is in a file, or sealed in one way.")
        }
    }

    func run() async throws {
        let home = try CofferHome()
        let keys = try await home.openGuarded()
        let place: RootKeyPlace =
            newPassphrase ? .passphrase { try Passphrase.replacement() } : file ? .file : seal ? .seal : .same
        let isForgetting = forget
        let rotation = try await keys.change(
            "RotateRootKey", nil, .members(("forget", .bool(isForgetting)), ("passphrase", .bool(newPassphrase))),
            response: { .members(("previous", .string($0.previous)), ("current", .string($0.current))) },
            { try await $0.rotateRoot(to: place, isForgetting: isForgetting) })
        if json {
            try Terminal.printJSON(Output(previous: rotation.previous, current: rotation.current))
        } else {
            try Terminal.printTable(
                ["ROOT KEY", "ID"], [["current", rotation.current], ["previous", rotation.previous]])
        }
        switch rotation.holder {
        case .file:
            Terminal.say(
                "keep a copy of the new root key and of keys.db where the data is not: copies from before need the old one"
            )
        case .passphrase:
            Terminal.say(
                "keep a copy of the passphrase and of keys.db where the data is not: copies from before need the passphrase "
                    + "of their day")
        case .seal:
            Terminal.say(
                "keep what seals the store, and a copy of keys.db where the data is not: copies from before need what "
                    + "sealed them")
        }
    }
}
