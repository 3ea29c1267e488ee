/// What a key is used for, by the names AWS gives it: for the record of its last use.
public enum KeyOperation: String, Hashable, Sendable {
    /// Of encryption.
    case encrypt = "Encrypt"
    /// The same.
    case decrypt = "Decrypt"
    /// The same.
    case reEncrypt = "ReEncrypt"
    /// Of data keys.
    case generateDataKey = "GenerateDataKey"
    /// The same.
    case generateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext"
    /// The same.
    case generateDataKeyPair = "GenerateDataKeyPair"
    /// The same.
    case generateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext"
    /// Of signatures.
    case sign = "Sign"
    /// The same.
    case verify = "Verify"
    /// Of MACs.
    case generateMac = "GenerateMac"
    /// The same.
    case verifyMac = "VerifyMac"
}
