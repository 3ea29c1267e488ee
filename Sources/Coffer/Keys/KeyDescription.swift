/// What may be known of a key without holding it.
public struct KeyDescription: Hashable, Sendable {
    /// What a key is for.
    public enum Usage: String, Sendable, Hashable {
        /// Wraps data keys.
        case encryptDecrypt = "ENCRYPT_DECRYPT"
        /// Computes HMACs. Does not rotate.
        case generateVerifyMAC = "GENERATE_VERIFY_MAC"
        /// Signs. Does not rotate.
        case signVerify = "SIGN_VERIFY"
    }

    /// One version of the key's material.
    public struct Version: Hashable, Sendable {
        /// Counted from 1.
        public let number: Int
        /// Whether it may be used.
        public let isEnabled: Bool
        /// Seconds since 1970.
        public let created: Int64
        /// The lasting id of the material, 64 hexadecimal digits; nil where its holder does not tell.
        public let materialID: String?

        /// A version.
        public init(number: Int, isEnabled: Bool, created: Int64, materialID: String? = nil) {
            self.number = number
            self.isEnabled = isEnabled
            self.created = created
            self.materialID = materialID
        }
    }

    /// What may be done with a key now, by the names AWS gives them.
    public enum State: String, Sendable, Hashable {
        /// It may be used.
        case enabled = "Enabled"
        /// It may not be used until it is enabled.
        case disabled = "Disabled"
        /// It waits for its destruction, and may not be used or changed.
        case pendingDeletion = "PendingDeletion"
        /// Its material is still to be imported, or was deleted or has expired.
        case pendingImport = "PendingImport"
    }

    /// How often a key rotates by itself.
    public struct Rotation: Hashable, Sendable {
        /// Days between two rotations.
        public let days: Int
        /// When it rotates next, in seconds since 1970.
        public let next: Int64

        /// A schedule.
        public init(days: Int, next: Int64) { (self.days, self.next) = (days, next) }
    }

    /// What a key was last used for.
    public struct LastUse: Hashable, Sendable {
        /// The operation by the name AWS gives it: `Decrypt`.
        public let operation: String
        /// Seconds since 1970; right to the minute.
        public let time: Int64

        /// A use.
        public init(operation: String, time: Int64) { (self.operation, self.time) = (operation, time) }
    }

    /// The lasting id, never an alias.
    public let key: KeyID
    /// The aliases that point to it, sorted.
    public let aliases: [String]
    /// What it is for.
    public let usage: Usage
    /// What kind of key it is.
    public let spec: KeySpec
    /// Where its material comes from.
    public let origin: KeyOrigin
    /// When imported material expires, in seconds since 1970; nil if it does not.
    public let expiration: Int64?
    /// Whether it may be used at all.
    public let isEnabled: Bool
    /// Its versions, oldest first. The last one wraps.
    public let versions: [Version]
    /// Seconds since 1970.
    public let created: Int64
    /// When it will be destroyed, in seconds since 1970, if it waits for that.
    public let deletionDate: Int64?
    /// What people wrote of it.
    public let description: String?
    /// How often it rotates by itself, if it does.
    public let rotation: Rotation?
    /// Its tags, values by name.
    public let tags: [String: String]
    /// When it was last used, if it was.
    public let lastUse: LastUse?

    /// What may be done with it now.
    public var state: State {
        if deletionDate != nil { return .pendingDeletion }
        if origin == .external, versions.isEmpty { return .pendingImport }
        return isEnabled ? .enabled : .disabled
    }

    /// A description. Without a spec it is what keys for `usage` usually are: AES-256, HMAC-SHA-256, ECDSA on P-256.
    public init(
        key: KeyID, aliases: [String], usage: Usage, isEnabled: Bool, versions: [Version], created: Int64,
        deletionDate: Int64? = nil, description: String? = nil, rotation: Rotation? = nil, tags: [String: String] = [:],
        lastUse: LastUse? = nil, spec: KeySpec? = nil, origin: KeyOrigin = .generated, expiration: Int64? = nil
    ) {
        self.key = key
        self.aliases = aliases
        self.usage = usage
        self.isEnabled = isEnabled
        self.versions = versions
        self.created = created
        self.deletionDate = deletionDate
        self.description = description
        self.rotation = rotation
        self.tags = tags
        self.lastUse = lastUse
        self.spec = spec ?? usage.usualSpec
        self.origin = origin
        self.expiration = expiration
    }
}

extension KeyDescription.Usage {
    /// The kind of key that is made for it where nobody says another.
    public var usualSpec: KeySpec {
        switch self {
        case .encryptDecrypt: .symmetricDefault
        case .generateVerifyMAC: .hmac256
        case .signVerify: .eccNISTP256
        }
    }
}
