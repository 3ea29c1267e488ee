/// The JSON of a catalogue, field by field as it is written (docs/specs/field-encryption.md, 6.1).
struct CatalogueDocument: Encodable {
    struct Key: Encodable {
        let id: String
        let kek: String
        let version: Int
        let suite: String
        let tenant: String?
        let wrapped: String
        let commitment: String
    }

    struct Segment: Encodable {
        let id: String
        let key: String
    }

    struct Domain: Encodable {
        let purpose: String
        let name: String
        let mac_key: String
        let check: String
    }

    struct Bound: Encodable {
        let name: String
        let type: String
    }

    struct Column: Encodable {
        let path: String
        let protection: String
        let format: String
        let metadata: [[String]]?
        let bind: [Bound]?
        let domain: String?
        let preserves: String?
    }

    static let formatName = "coffer/catalogue/1"

    let format: String
    let id: String
    let dataset: String
    let keys: [Key]
    let segments: [Segment]
    let domains: [Domain]
    let columns: [Column]
    let vault: String?
    let release: Catalogue.Release?
}
