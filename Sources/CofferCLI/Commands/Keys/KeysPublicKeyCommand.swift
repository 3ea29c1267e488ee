import ArgumentParser
import Coffer
import CofferCrypto
import CofferKMS

/// `coffer keys public-key`.
struct KeysPublicKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "public-key", abstract: "Print the public key of an RSA, ECC or Ed25519 key.",
        discussion: "As PEM, the form that OpenSSL and most libraries read.")

    @OptionGroup var key: KeyArgument

    @Option(name: .shortAndLong, help: ArgumentHelp("Write it to a file instead.", valueName: "file"))
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let id: String
        let spec: String
        let usage: String
        let publicKey: String
    }

    func run() async throws {
        let id = try key.id()
        let keys = try await CofferHome().openGuarded()
        let key = try await keys.use("GetPublicKey", id) { try await $0.publicKey(of: id) }
        let pem = Self.pem(key.der)
        if let output { try SmallFile.create(output, Array(pem.utf8)) }
        if json {
            return try Terminal.printJSON(
                Output(id: key.key.name, spec: key.spec.rawValue, usage: key.usage.word, publicKey: pem))
        }
        if output == nil { try Terminal.printLine(String(pem.dropLast())) }
    }

    /// RFC 7468, with an end of line at the end.
    static func pem(_ der: [UInt8]) -> String {
        let text = Array(Base64.encode(der).utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map {
            String(decoding: text[$0..<min($0 + 64, text.count)], as: UTF8.self)
        }
        return (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
    }
}
