import ArgumentParser
import Coffer

/// `coffer encrypt`.
struct EncryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt a file, a folder or standard input.",
        discussion: """
            Writes FILE.encrypted, or to -o, in the format that the keys are for: without -k, and with keys of a key service, \
            that of the AWS Encryption SDK. Without -k the key is alias/default. Whoever may decrypt an unsigned message \
            could also have made it: --sign where that matters.

              coffer encrypt report.csv                    under alias/default
              coffer encrypt report.csv -k age:age1…       an age file
              coffer encrypt report.csv -k passphrase:     the same, for who knows the passphrase
              coffer encrypt claims.json -k jwk:key.json   a JWE token
            """)

    @OptionGroup var options: MessageOptions

    @Option(
        help: ArgumentHelp(
            "Context that is bound and not written into the message: who decrypts must give it again with -c.",
            valueName: "name=value"))
    var requiredContext: [String] = []

    @Flag(help: "Sign each message (suite 0x0578): readers can't forge one.")
    var sign = false

    @Option(help: ArgumentHelp("An algorithm suite by its number: 0x0478.", valueName: "suite"))
    var suite: String?

    @Option(help: ArgumentHelp("Plaintext bytes in a frame, 1 to 8388608; 65536.", valueName: "bytes"))
    var frameLength: Int?

    @Flag(help: "Write an age file as text.")
    var armor = false

    @Option(
        help: ArgumentHelp("How a JWE token is sealed: A256KW, or with its content A256KW/A128GCM.", valueName: "alg"))
    var algorithm: String?

    @Flag(help: "Write what openssl enc reads, which authenticates nothing.")
    var legacy = false

    func run() async throws {
        let isRecursive = options.recursive
        var settings = try options.settings()
        settings.requiredContext = requiredContext
        settings.sign = sign
        settings.suite = suite
        settings.frameLength = frameLength
        settings.armor = armor
        settings.algorithm = algorithm
        settings.legacy = legacy
        let keys = try MessageKeys(options.key, isNew: true, sharing: options.sharing)
        let format = try await ChosenFormats.sealing(keys, settings, named: options.format)
        try await options.forEach(
            { place in
                // A second call takes up what is new and leaves what is encrypted already.
                isRecursive && place.path.hasSuffix(MessagePlace.ending) ? nil : place.sealed
            },
            { source, sink in try await format.seal(source, into: sink) }, isPrivate: false)
    }
}
