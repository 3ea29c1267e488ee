import Coffer
import CofferCrypto
import FoundationEssentials

extension Catalogue {
    /// Reads a catalogue that came with the data. Whatever is not exactly as specified is refused, in one sentence.
    package init(decoding bytes: [UInt8]) throws(PipelineError) {
        guard bytes.count <= CatalogueLimits.byteCount else { throw Self.malformed }
        do {
            try self.init(try JSONDecoder().decode(CatalogueDocument.self, from: Data(bytes)))
        } catch { throw Self.malformed }
    }

    static let malformed = PipelineError(
        .catalogue, "the catalogue of wrapped keys is damaged or is none",
        hint: "restore it from where the data was copied from; without it nothing can be revealed")

    private init(_ document: CatalogueDocument) throws {
        let limits = CatalogueLimits.self
        guard document.format == CatalogueDocument.formatName, document.keys.count <= limits.keys,
            document.segments.count <= limits.segments, document.domains.count <= limits.domains,
            document.columns.count <= limits.columns, limits.isDataset(document.dataset)
        else { throw Self.malformed }
        self.init(
            id: Base64URL.encode(try document.id.decoded(16)), dataset: document.dataset,
            keys: try document.keys.map(Key.init), segments: try document.segments.map(Segment.init),
            domains: try document.domains.map(Domain.init), columns: try document.columns.map(Column.init),
            vault: try document.vault.map { Base64URL.encode(try $0.decoded(16)) }, release: document.release)
        let ids = Set(keys.map(\.id))
        let known = Set(domains.map { "\($0.purpose.rawValue) \($0.name)" })
        guard ids.count == keys.count, Set(segments.map(\.id)).count == segments.count,
            segments.allSatisfy({ ids.contains($0.key) }), Set(columns.map(\.path)).count == columns.count,
            known.count == domains.count,
            columns.contains(where: { $0.protection.isTokenized }) == (vault != nil),
            columns.allSatisfy({ $0.protection.domainKey.map { known.contains($0) } ?? true }),
            release?.makesSense ?? true
        else { throw Self.malformed }
    }
}

extension Catalogue.Protection {
    /// The purpose and name of its domain, if it has one.
    fileprivate var domainKey: String? {
        switch self {
        case .deterministic(let name): "\(DomainKey.Purpose.deterministic.rawValue) \(name)"
        case .hash(let name): "\(DomainKey.Purpose.hash.rawValue) \(name)"
        case .preserveFormat(let name, _): "\(DomainKey.Purpose.preserveFormat.rawValue) \(name)"
        case .generalize(let name?): "\(DomainKey.Purpose.shift.rawValue) \(name)"
        case .tokenized(let name): "\(DomainKey.Purpose.token.rawValue) \(name)"
        default: nil
        }
    }
}

extension Catalogue.Key {
    fileprivate init(_ key: CatalogueDocument.Key) throws {
        guard let suite = FieldSuite(rawValue: key.suite), (1...1_000_000_000).contains(key.version),
            key.wrapped.utf8.count <= CatalogueLimits.wrapped, key.tenant.map({ KeyTemplate.isTenant($0.utf8) }) ?? true
        else { throw Catalogue.malformed }
        let wrapped = WrappedKey(
            key: try KeyID(key.kek), version: key.version, bytes: try Base64URL.decode(key.wrapped))
        self.init(
            id: try key.id.decoded(16), wrapped: wrapped, suite: suite, tenant: key.tenant,
            commitment: try key.commitment.decoded(32))
    }
}

extension Catalogue.Segment {
    fileprivate init(_ segment: CatalogueDocument.Segment) throws {
        self.init(id: UInt64(bigEndian: try segment.id.decoded(8)), key: try segment.key.decoded(16))
    }
}

extension Catalogue.Domain {
    fileprivate init(_ domain: CatalogueDocument.Domain) throws {
        guard let purpose = DomainKey.Purpose(rawValue: domain.purpose),
            (1...CatalogueLimits.name).contains(domain.name.utf8.count)
        else { throw Catalogue.malformed }
        self.init(
            purpose: purpose, name: domain.name, macKey: try KeyID(domain.mac_key), check: try domain.check.decoded(8))
    }
}

extension Catalogue.Column {
    fileprivate init(_ column: CatalogueDocument.Column) throws {
        let limits = CatalogueLimits.self
        let metadata = column.metadata ?? []
        guard column.path.utf8.count <= limits.name, column.format.utf8.count <= limits.name,
            metadata.count <= limits.metadata, (column.bind ?? []).count <= limits.bound,
            metadata.allSatisfy({ $0.count == 2 && $0[0].utf8.count <= 256 && $0[1].utf8.count <= limits.metadataValue }
            )
        else { throw Catalogue.malformed }
        let path = try FieldPath(parsing: column.path)
        let field = Field(
            path.leafName, ArrowType(format: column.format),
            metadata: metadata.map { Field.Metadata($0[0], $0[1]) })
        // A width from outside is memory per row.
        guard field.isProtectable, field.type.fixedWidth.map({ $0 <= limits.fixedWidth }) ?? true,
            field.type.format == column.format
        else { throw Catalogue.malformed }
        if let written = column.preserves {
            guard column.protection == "preserve_format", let domain = column.domain, column.bind == nil,
                written.utf8.count <= limits.formatKept, let format = ValueFormat(written),
                CanonicalText(field) != nil
            else { throw Catalogue.malformed }
            self.init(path: path, protection: .preserveFormat(domain: domain, format: format), field: field)
            return
        }
        switch (column.protection, column.domain, column.bind) {
        case ("randomized", nil, let bind):
            let bound = try (bind ?? []).map { bound in
                guard let type = BoundClass(rawValue: bound.type), bound.name.utf8.count <= limits.name else {
                    throw Catalogue.malformed
                }
                return Catalogue.Bound(name: bound.name, type: type)
            }
            self.init(path: path, protection: .randomized(bind: bound), field: field)
        case ("deterministic", let domain?, nil):
            self.init(path: path, protection: .deterministic(domain: domain), field: field)
        case ("hash", let domain?, nil): self.init(path: path, protection: .hash(domain: domain), field: field)
        case ("tokenize", let domain?, nil):
            guard CanonicalText(field) != nil else { throw Catalogue.malformed }
            self.init(path: path, protection: .tokenized(domain: domain), field: field)
        case ("mask", nil, nil): self.init(path: path, protection: .mask, field: field)
        case ("generalize", let domain, nil):
            self.init(path: path, protection: .generalize(domain: domain), field: field)
        case ("redact", nil, nil): self.init(path: path, protection: .redact, field: field)
        default: throw Catalogue.malformed
        }
    }
}

extension String {
    /// The bytes of base64url without padding, exactly `count` of them.
    fileprivate func decoded(_ count: Int) throws -> [UInt8] {
        let bytes = try Base64URL.decode(self)
        guard bytes.count == count else { throw Catalogue.malformed }
        return bytes
    }
}

extension FieldPath {
    /// What the leaf itself is called.
    var leafName: String {
        guard let last = steps.last else { return column }
        return switch last {
        case .field(let name): name
        case .elements: "element"
        case .keys: "key"
        case .values: "value"
        }
    }
}
