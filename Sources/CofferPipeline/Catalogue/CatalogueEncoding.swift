import Coffer
import CofferCrypto
import FoundationEssentials

extension Catalogue {
    /// The catalogue as JSON, one line; the same bytes for the same catalogue.
    package func encode() throws -> [UInt8] {
        let document = CatalogueDocument(
            format: CatalogueDocument.formatName, id: id, dataset: dataset,
            keys: keys.map { key in
                CatalogueDocument.Key(
                    id: Base64URL.encode(key.id), kek: key.wrapped.key.description, version: key.wrapped.version,
                    suite: key.suite.rawValue, tenant: key.tenant, wrapped: Base64URL.encode(key.wrapped.bytes),
                    commitment: Base64URL.encode(key.commitment))
            },
            segments: segments.map { segment in
                CatalogueDocument.Segment(
                    id: Base64URL.encode(segment.id.bigEndianBytes), key: Base64URL.encode(segment.key))
            },
            domains: domains.map { domain in
                CatalogueDocument.Domain(
                    purpose: domain.purpose.rawValue, name: domain.name, mac_key: domain.macKey.description,
                    check: Base64URL.encode(domain.check))
            },
            columns: columns.map(\.document), vault: vault, release: release)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(document))
        guard bytes.count <= CatalogueLimits.byteCount else {
            throw PipelineError(
                .tooLarge, "the catalogue of \(dataset) has outgrown its limit of 64 MiB",
                hint: "write the table anew with write: replace, or give fewer tenants keys of their own")
        }
        // What reveal would refuse is not written: the data would be lost.
        guard try Catalogue(decoding: bytes) == self else { throw Self.malformed }
        return bytes
    }
}

extension Catalogue.Column {
    fileprivate var document: CatalogueDocument.Column {
        var bound: [CatalogueDocument.Bound]?
        var preserves: String?
        if case .randomized(let bind) = protection, !bind.isEmpty {
            bound = bind.map { CatalogueDocument.Bound(name: $0.name, type: $0.type.rawValue) }
        }
        if case .preserveFormat(_, let format) = protection { preserves = format.description }
        return CatalogueDocument.Column(
            path: path.description, protection: protection.name, format: field.type.format,
            metadata: field.metadata.isEmpty ? nil : field.metadata.map { [$0.name, $0.value] }, bind: bound,
            domain: protection.domain, preserves: preserves)
    }
}

extension Catalogue.Protection {
    /// The domain it belongs to, where it has one.
    package var domain: String? {
        switch self {
        case .deterministic(let name), .hash(let name), .tokenized(let name), .preserveFormat(let name, _): name
        case .generalize(let name): name
        case .randomized, .mask, .redact: nil
        }
    }

    /// The word in a catalogue.
    package var name: String {
        switch self {
        case .randomized: "randomized"
        case .deterministic: "deterministic"
        case .hash: "hash"
        case .mask: "mask"
        case .redact: "redact"
        case .preserveFormat: "preserve_format"
        case .generalize: "generalize"
        case .tokenized: "tokenize"
        }
    }
}
