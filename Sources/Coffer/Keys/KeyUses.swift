/// Remembers which catalogues need which versions of a key, so that none is disabled under data that still needs it.
public protocol KeyUses: Sendable {
    /// Replaces what is remembered of the catalogue at `use.location` by `use`. No versions: it is forgotten.
    func record(_ use: KeyUse) async throws

    /// The catalogues that need `version` of `key`; of any version where it is nil.
    func uses(of key: KeyID, version: Int?) async throws -> [KeyUse]
}

/// One catalogue and the KEK versions its data keys are wrapped under.
public struct KeyUse: Hashable, Sendable {
    /// A KEK and one of its versions.
    public struct Reference: Hashable, Sendable {
        /// The KEK by its lasting id.
        public let key: KeyID
        /// The version.
        public let version: Int

        /// A reference.
        public init(key: KeyID, version: Int) {
            self.key = key
            self.version = version
        }
    }

    /// The catalogue's own id.
    public let catalogue: String
    /// Where it is, without any password: a path, a database and table.
    public let location: String
    /// The logical dataset.
    public let dataset: String
    /// What it needs.
    public let keys: Set<Reference>
    /// Its data keys, where they are known: whoever wrapped them sees in their bytes which version did, whatever the
    /// catalogue says.
    public let wrapped: Set<WrappedKey>

    /// A use.
    public init(
        catalogue: String, location: String, dataset: String, keys: Set<Reference>, wrapped: Set<WrappedKey> = []
    ) {
        self.catalogue = catalogue
        self.location = location
        self.dataset = dataset
        self.keys = keys
        self.wrapped = wrapped
    }
}
