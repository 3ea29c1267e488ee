import Coffer
import Glibc

/// One format of messages as the command line knows it. ``all`` is the table that `encrypt`, `decrypt` and `inspect` share.
struct FormatOfMessages: Sendable {
    /// How messages of it are told from others, and described without a key.
    let format: any MessageFormat.Type
    /// What sentences call it: “an age file”.
    let title: String
    /// What `inspect` calls it: “age”.
    let label: String
    /// The keys it takes. Where no format is named, it is the first one that takes all keys.
    let keys: Set<RecipientArgument.Kind>
    /// How such a key is written, for who has named none.
    let keyHint: String
    /// The options it has a use for.
    let options: Set<MessageSettings.Option>
    /// Whether the first bytes tell for certain. Where they don't, a message that can't be described is none.
    var isMarked = true
    /// Whether keys of the embedded store do where none is named.
    var needsNoKey = false
    let forSealing: @Sendable (MessageKeys, MessageSettings) async throws -> any MessageFormat
    let forOpening: @Sendable (MessageKeys, MessageSettings) async throws -> any MessageFormat

    var name: String { format.name }

    /// All of them. The first one is what is written where neither a key nor `--format` says otherwise.
    static let all: [FormatOfMessages] = [.esdk, .age, .fernet, .openssl, .jwe, .tink]

    static let esdk = FormatOfMessages(
        format: AWSEncryptionSDK.self, title: "a message of the AWS Encryption SDK", label: "AWS Encryption SDK",
        keys: [.service, .rawAES, .rawRSA], keyHint: "-k alias/NAME, aws-kms://…, raw-aes://… or raw-rsa://…",
        options: [
            .context, .requiredContext, .commitment, .maxKeys, .sign, .suite, .frameLength, .unsignedOnly, .range,
        ], needsNoKey: true,
        forSealing: { keys, settings in
            var format = try native(try keys.forSealing(), settings)
            format.requiredContext = try MessageSettings.pairs(settings.requiredContext)
            format.frameLength = settings.frameLength ?? AWSEncryptionSDK.defaultFrameLength
            format.suite =
                try settings.suite.map { try AlgorithmSuite($0) }
                ?? format.commitment.suite(isSigned: settings.sign)
            guard !settings.sign || format.suite?.isSigned == true else {
                throw CommandError(
                    "suite \(settings.suite ?? "") does not sign", hint: "leave out --sign or --suite")
            }
            return format
        },
        forOpening: { keys, settings in
            var format = try native(try keys.forOpening(), settings)
            format.unsignedOnly = settings.unsignedOnly
            format.requiredContext = settings.demandedContext
            return format
        })

    private static func native(_ keys: [any MessageKey], _ settings: MessageSettings) throws -> AWSEncryptionSDK {
        var format = AWSEncryptionSDK(keys: keys, context: try MessageSettings.pairs(settings.context))
        format.commitment = settings.commitment ?? .require
        format.maximumKeys = settings.maxKeys ?? format.maximumKeys
        return format
    }

    static let fernet = FormatOfMessages(
        format: Fernet.self, title: "a Fernet token", label: "Fernet token", keys: [.fernet],
        keyHint: "-k fernet:PATH", options: [.ttl], isMarked: false,
        forSealing: { keys, _ in Fernet(keys: try keys.fernet(), clock: { Int64(time(nil)) }) },
        forOpening: { keys, settings in
            var format = Fernet(keys: try keys.fernet(), clock: { Int64(time(nil)) })
            format.lifetime = settings.ttl
            return format
        })
}
