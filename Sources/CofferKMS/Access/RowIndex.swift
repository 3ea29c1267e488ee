import Coffer

/// What rows are found by without looking at all of them.
enum RowIndex: Hashable, Sendable {
    /// The rows of a key.
    case key(KeyUUID)
    /// The grants on a key for a principal, by its ARN.
    case grantee(KeyUUID, String)
    /// The grants on a key with a name.
    case name(KeyUUID, String)
}

extension GrantRecord {
    var indexes: [RowIndex] {
        [.grantee(id.key, grant.grantee)] + (grant.name.map { [.name(id.key, $0)] } ?? [])
    }
}
