public import CofferCrypto

/// An access key: its id, its secret, and the token of a session where it is a temporary one.
///
/// A class, so that the one secret can be shared.
public final class AWSCredentials: Sendable {
    /// `AKIA…`. Not a secret.
    public let accessKeyID: String
    /// What signs. Never sent.
    public let secret: SecretBytes
    /// What goes along with a temporary key.
    public let sessionToken: String?

    /// Credentials.
    public init(accessKeyID: String, secret: consuming SecretBytes, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }
}
