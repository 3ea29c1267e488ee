public import CofferCrypto

/// Messages in the format of the AWS Encryption SDK, versions 1 and 2: what Coffer writes by itself.
///
/// Unsigned messages (the default) show that they were made by somebody who holds the data key. Whoever may decrypt holds
/// it: take ``AlgorithmSuite/committingSigned`` where readers must not be able to forge.
public struct AWSEncryptionSDK: MessageFormat {
    /// `esdk`.
    public static let name = "esdk"
    /// What most readers can take at once; the SDK's own default is 4096.
    public static let defaultFrameLength = 64 << 10
    /// Frames that are written fit in memory some times over.
    public static let frameLengths = 1...(8 << 20)

    /// Who can open what is sealed, and whose messages can be opened.
    public var keys: [any MessageKey]
    /// Sealing: pairs that are bound to the message and stand in it. Opening: pairs that must be the message's own.
    public var context: EncryptionContext
    /// Sealing: pairs that are bound to the message and do not stand in it. Who opens it must give them again.
    public var requiredContext: EncryptionContext
    /// What is sealed with; nil leaves it to the policy.
    public var suite: AlgorithmSuite?
    /// Bytes of plaintext in a frame.
    public var frameLength = AWSEncryptionSDK.defaultFrameLength
    /// Whether messages must commit to their key.
    public var commitment = CommitmentPolicy.require
    /// More encrypted data keys are refused, before any of them is tried.
    public var maximumKeys = 50
    /// Whether signed messages are refused, whose bytes can't be released before their end.
    public var unsignedOnly = false

    let randomness: Randomness

    /// The format with these keys, bound to this context.
    public init(
        keys: [any MessageKey], context: EncryptionContext = [:], requiredContext: EncryptionContext = [:],
        randomness: Randomness = .system
    ) {
        self.keys = keys
        self.context = context
        self.requiredContext = requiredContext
        self.randomness = randomness
    }

    /// Whether it begins with a version and a suite of this format.
    public static func mayBegin(with start: [UInt8]) -> Bool {
        func suite(at index: Int) -> AlgorithmSuite? {
            start.count >= index + 2 ? AlgorithmSuite(id: UInt16(start[index]) << 8 | UInt16(start[index + 1])) : nil
        }
        switch start.first {
        case 1: return start.count > 1 && start[1] == 0x80 && suite(at: 2)?.formatVersion == 1
        case 2: return suite(at: 1)?.formatVersion == 2
        default: return false
        }
    }
}

extension AlgorithmSuite.Signing {
    var kind: KeyPair.Kind { self == .p256 ? .p256 : .p384 }
    var scheme: SignatureScheme { .ecdsa(hash) }
}

extension EncryptionContext {
    /// The public key that signs the message; nil where there is none, or none that can be read.
    var messagePublicKey: [UInt8]? {
        pairs[Self.publicKeyName].flatMap { try? Base64.decode($0) }
    }
}
