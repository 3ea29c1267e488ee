extension Operation {
    /// Operations that are known and not there: an answer that says so, and not that they are unknown.
    static let unsupported = [
        "DeriveSharedSecret", "Encapsulate", "Decapsulate", "ReplicateKey", "UpdatePrimaryRegion",
        "CreateCustomKeyStore", "DeleteCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore",
        "DescribeCustomKeyStores", "UpdateCustomKeyStore",
    ].map { name in
        Operation(name, .use) { _ in throw Failure.unsupported("\(name) is not supported.") }
    }
}
