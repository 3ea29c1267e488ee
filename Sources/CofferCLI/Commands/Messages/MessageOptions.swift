import ArgumentParser
import Coffer

/// Options of `encrypt` and `decrypt`.
struct MessageOptions: ParsableArguments {
    /// The policies by their names.
    enum Commitment: String, ExpressibleByArgument, CaseIterable {
        case require, allow, forbid

        var policy: CommitmentPolicy {
            switch self {
            case .require: .require
            case .allow: .allow
            case .forbid: .forbid
            }
        }
    }

    @Argument(
        help: "A file, s3://BUCKET/NAME, a folder or s3://BUCKET/PREFIX/ with --recursive, or - for standard input.",
        completion: .file())
    var input: String

    @Argument(help: "Where to write: the same as -o.", completion: .file())
    var destination: String?

    @Option(
        name: [.short, .customLong("output")],
        help: "Write here: a file, a folder, s3://BUCKET/NAME; - is standard output.", completion: .file())
    var output: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A key: alias/NAME, aws-kms://ARN, raw-aes://NAMESPACE/NAME?file=PATH, raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=P, age:RECIPIENT, age-identity:PATH, passphrase:, fernet:PATH, jwk:PATH, tink:KEYSET.json, tink-kms:KEY.",
            discussion:
                "May be repeated. P is oaep-sha256 (the default), oaep-sha1, oaep-sha384, oaep-sha512 or pkcs1. passphrase: is $COFFER_PASSPHRASE or asked for; passphrase:?file=PATH is in a file. tink:KEYSET?kek=KEY is an encrypted keyset.",
            valueName: "key"))
    var key: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Encryption context, which is not secret; may be repeated.", valueName: "name=value"))
    var context: [String] = []

    @Option(
        help: ArgumentHelp(
            "What a message of Tink is bound to: a text, or @FILE. It does not stand in the message.",
            valueName: "text"))
    var associatedData: String?

    @Option(
        help: ArgumentHelp(
            "\(FormatOfMessages.all.map(\.name).joined(separator: ", ")): by itself what the keys are for, else esdk; to decrypt, what the file begins with.",
            valueName: "format"))
    var format: String?

    @Option(
        help:
            "Key commitment: require (the default), allow (open messages without) or forbid (write for readers of before 2020)."
    )
    var commitment: Commitment?

    @Option(help: ArgumentHelp("Refuse messages with more encrypted data keys than this; 50.", valueName: "count"))
    var maxKeys: Int?

    @Option(
        help: ArgumentHelp("Of openssl enc: aes-256-cbc, or 128 and 192, and ctr.", valueName: "name"))
    var cipher: String?

    @Option(help: ArgumentHelp("Of openssl enc -pbkdf2 -iter; 10000.", valueName: "count"))
    var iterations: Int?

    @Option(help: ArgumentHelp("Of openssl enc -md; sha256.", valueName: "name"))
    var digest: String?

    @Option(
        help: ArgumentHelp(
            "Use a data key for so many files of one key and context, within five minutes, and open it once: fewer calls to a key service. Not for signed messages.",
            valueName: "count"))
    var reuseDataKeys: Int?

    @Flag(name: [.short, .long], help: "Take all files of a folder, each for itself.")
    var recursive = false

    func validate() throws {
        guard maxKeys.map({ (1...0xffff).contains($0) }) ?? true else {
            throw ValidationError("--max-keys is 1 to 65535")
        }
        guard output == nil || destination == nil else {
            throw ValidationError("a second argument and -o both say where to write")
        }
        guard reuseDataKeys.map({ (1...1_000_000).contains($0) }) ?? true else {
            throw ValidationError("--reuse-data-keys is 1 to 1000000")
        }
    }

    /// Where to write, where that is said.
    var target: String? { output ?? destination }

    /// For how many messages one data key may be used.
    var sharing: DataKeyLimits? { reuseDataKeys.map { DataKeyLimits(messages: $0) } }

    /// What both commands have in common.
    func settings() throws -> MessageSettings {
        var settings = MessageSettings()
        settings.context = context
        settings.commitment = commitment?.policy
        settings.maxKeys = maxKeys
        settings.cipher = cipher
        settings.iterations = iterations
        settings.digest = digest
        settings.associatedData = try associatedData.map { try TinkArgument.bytes(of: $0) }
        return settings
    }
}
