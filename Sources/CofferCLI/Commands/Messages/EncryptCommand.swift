import ArgumentParser
import Coffer
import Glibc

/// `coffer encrypt`.
struct EncryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt a file, a folder or standard input.",
        discussion: """
            Writes the message format of the AWS Encryption SDK to FILE.encrypted, or to -o. Without -k the key is \
            alias/default; with -k fernet:PATH it writes a Fernet token. Whoever may decrypt an unsigned message could also have made it: --sign where that matters.
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

    @Option(help: ArgumentHelp("Plaintext bytes in a frame, 1 to 8388608.", valueName: "bytes"))
    var frameLength = AWSEncryptionSDK.defaultFrameLength

    func run() async throws {
        let isRecursive = options.recursive
        let keys = try MessageKeys(options.key)
        let format: any MessageFormat
        if let fernet = try keys.fernet() {
            try options.refuseForFernet(!requiredContext.isEmpty || sign || suite != nil)
            format = Fernet(keys: fernet, clock: { Int64(time(nil)) })
        } else {
            format = try native(keys)
        }
        try await options.forEach(
            { place in
                // A second call takes up what is new and leaves what is encrypted already.
                isRecursive && place.path.hasSuffix(MessagePlace.ending) ? nil : place.sealed
            },
            { source, sink in try await format.seal(source, into: sink) }, isPrivate: false)
    }

    private func native(_ keys: MessageKeys) throws -> AWSEncryptionSDK {
        var format = try options.format(try keys.forSealing(), requiredContext: requiredContext)
        format.frameLength = frameLength
        format.suite = try suite.map { try AlgorithmSuite($0) } ?? options.commitment.policy.suite(isSigned: sign)
        guard !sign || format.suite?.isSigned == true else {
            throw CommandError("suite \(suite ?? "") does not sign", hint: "leave out --sign or --suite")
        }
        return format
    }
}
