/// A data key encrypted under a KEK: safe to store beside the data.
public struct WrappedKey: Hashable, Sendable {
    /// The KEK by its lasting id, not by an alias.
    public let key: KeyID
    /// The version of the KEK's material, counted from 1.
    public let version: Int
    /// The bytes, in the format of whoever holds the KEK.
    public let bytes: [UInt8]

    /// What was returned by a ``KeyManagementService`` before.
    public init(key: KeyID, version: Int, bytes: [UInt8]) {
        self.key = key
        self.version = version
        self.bytes = bytes
    }
}
