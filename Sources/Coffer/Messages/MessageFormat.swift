/// A format of encrypted messages, with the keys and rules that one use of it takes.
///
/// Memory does not grow with the length of a message.
public protocol MessageFormat: Sendable {
    /// What people call it: `esdk`, `age`.
    static var name: String { get }

    /// Whether a message of this format could begin like this. `start` has 64 bytes, or fewer where there are no more.
    static func mayBegin(with start: [UInt8]) -> Bool

    /// What is known of a message without any key. Reads no more of `source` than it must.
    static func describe(_ source: any MessageSource) async throws -> MessageDescription

    /// Makes one message of all of `plaintext`.
    func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws

    /// Opens one message, which must end where `message` does. `plaintext` is finished only after all is verified.
    func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws
}

/// What is known of a message without holding a key. Nothing of it is verified, except where it says so.
public struct MessageDescription: Sendable {
    /// A key that the message was encrypted for.
    public struct Recipient: Hashable, Sendable {
        /// What holds the key: `coffer`, `aws-kms`, a namespace.
        public let provider: String
        /// The key by the provider's name for it.
        public let key: String
        /// The version of the key, where the message tells.
        public let version: Int?

        /// A recipient.
        public init(provider: String, key: String, version: Int? = nil) {
            (self.provider, self.key, self.version) = (provider, key, version)
        }
    }

    /// What can be said of a signature with the public key that the message itself carries. It shows that the message is
    /// whole, not who made it.
    public enum Signature: String, Sendable {
        /// The format or suite has none.
        case none
        /// The signature holds.
        case holds
        /// It does not: the message was altered or is not whole.
        case broken
    }

    /// The format, as people call it.
    public let format: String
    /// The version of the format.
    public var formatVersion: Int?
    /// The algorithms, by the format's own name for them: `0x0478`.
    public var suite: String?
    /// The algorithms in words.
    public var algorithms: String?
    /// Whether the message commits to its key, so that it opens under no other.
    public var isCommitting: Bool?
    /// The keys it was encrypted for.
    public var recipients: [Recipient] = []
    /// The names and values it is bound to.
    public var context = EncryptionContext()
    /// Bytes of a frame; nil where there are none.
    public var frameLength: Int?
    /// How many frames there are.
    public var frames: Int?
    /// Bytes of plaintext.
    public var plaintextByteCount: Int?
    /// Bytes of the message.
    public var byteCount: Int?
    /// The signature.
    public var signature: Signature?
    /// Whether the message is as long as it says: false where it is cut short or something follows it.
    public var isWhole: Bool?

    /// A description that says only what the format is.
    public init(format: String) { self.format = format }
}
