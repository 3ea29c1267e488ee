package import Coffer

/// Brings the catalogue of a protected table to the newest version of its keys, or to another key. Touches no row.
package struct RewrapRun: Sendable {
    /// What a rewrap did.
    package struct Result: Sendable {
        /// Where the table is.
        package let location: String
        /// The dataset.
        package let dataset: String
        /// Data keys in the catalogue.
        package let dataKeys: Int
        /// How many of them were wrapped anew.
        package let rewrapped: Int
    }

    /// What is rewrapped.
    package let table: ProtectedTable
    /// The key to move to; nil for the newest version of each key.
    package var target: KeyID?
    /// The keys that the catalogue may name.
    package var allowed = AllowedKeys.embeddedStore
    private let connectors: Connectors

    /// A rewrap of `table`.
    package init(_ table: ProtectedTable, connectors: Connectors) {
        self.table = table
        self.connectors = connectors
    }

    /// Rewraps, and tells the key store which versions are needed now.
    package func run(keys: any KeyManagementService & KeyUses) async throws -> Result {
        let destination = try await Blocking.run { try connectors.destination(table.place) }
        let record = try await Blocking.run { try table.record(in: destination) }
        let old = try Catalogue(decoding: record.document)
        let new = try await old.rewrapped(dataset: table.datasetName, to: target, allowed: allowed, keys: keys)
        let count = zip(old.keys, new.keys).count { $0.wrapped != $1.wrapped }
        if count > 0 {
            let before = old.keyUse(location: destination.location)
            try await keys.record(new.keyUse(location: destination.location).united(with: before))
            try await Blocking.run {
                try destination.replaceCatalogue(
                    CatalogueRecord(dataset: record.dataset, id: record.id, document: try new.encode()),
                    old: record.document)
            }
        }
        try await destination.recordUse(of: record.dataset, in: keys)
        return Result(location: destination.location, dataset: old.dataset, dataKeys: old.keys.count, rewrapped: count)
    }
}
