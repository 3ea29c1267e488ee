import CofferCrypto

/// A secret with several owners, or in a closure or a list; wiped with the last of them.
final class SharedSecret: Sendable {
    let secret: SecretBytes
    init(_ secret: consuming SecretBytes) { self.secret = secret }
}
