/// What a file is that is no message of a format in the table, by how it begins. What is not known for certain is unknown.
struct FileKind {
    let name: String
    /// Nil where that is not known.
    let isEncrypted: Bool?

    static func of(_ start: [UInt8]) -> FileKind {
        guard !start.isEmpty else { return FileKind(name: "empty, not encrypted", isEncrypted: false) }
        for (magic, name) in encrypted where start.starts(with: magic) {
            return FileKind(name: name, isEncrypted: true)
        }
        for (magic, name) in compressed where start.starts(with: magic) {
            return FileKind(name: "compressed (\(name)), not encrypted", isEncrypted: false)
        }
        for (magic, name) in plain where start.starts(with: magic) {
            return FileKind(name: "\(name), not encrypted", isEncrypted: false)
        }
        // Of these, parts may be encrypted.
        if start.starts(with: Array("PAR1".utf8)) { return FileKind(name: "Parquet", isEncrypted: nil) }
        if start.dropFirst(8).starts(with: Array("DUCK".utf8)) {
            return FileKind(name: "DuckDB database", isEncrypted: nil)
        }
        if isJWE(start) { return FileKind(name: "JWE, compact", isEncrypted: true) }
        if ["AYA", "AgR4", "AgV4"].contains(where: { start.starts(with: Array($0.utf8)) }), isText(start) {
            return FileKind(name: "AWS Encryption SDK in base64, to be decoded first", isEncrypted: true)
        }
        if isText(start) { return FileKind(name: "text, not encrypted", isEncrypted: false) }
        return FileKind(name: "unknown", isEncrypted: nil)
    }

    private static let encrypted: [([UInt8], String)] = [
        (Array("Salted__".utf8), "OpenSSL enc, which authenticates nothing"),
        (Array("-----BEGIN PGP MESSAGE-----".utf8), "OpenPGP message"),
        (Array("PARE".utf8), "Parquet with an encrypted footer"),
        (Array("LUKS".utf8) + [0xba, 0xbe], "LUKS volume"),
    ]
    private static let compressed: [([UInt8], String)] = [
        ([0x1f, 0x8b], "gzip"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"),
        (Array("BZh".utf8), "bzip2"), ([0x04, 0x22, 0x4d, 0x18], "lz4"), ([0x50, 0x4b, 3, 4], "zip"),
    ]
    private static let plain: [([UInt8], String)] = [
        (Array("SQLite format 3\0".utf8), "SQLite database"), (Array("%PDF-".utf8), "PDF"),
        ([0x89, 0x50, 0x4e, 0x47], "PNG"), (Array("ARROW1".utf8), "Arrow file"), (Array("Obj".utf8) + [1], "Avro file"),
        ([0x7f, 0x45, 0x4c, 0x46], "program"),
    ]

    private static func isJWE(_ start: [UInt8]) -> Bool {
        let dots = start.count { $0 == UInt8(ascii: ".") }
        return start.starts(with: Array("eyJ".utf8)) && dots == 4
            && start.allSatisfy { isBase64URL($0) || $0 == 0x2e || $0 == 0x0a }
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Whether it is UTF-8 without control characters; the last one may be cut.
    private static func isText(_ start: [UInt8]) -> Bool {
        guard start.allSatisfy({ $0 >= 0x20 || [0x09, 0x0a, 0x0d].contains($0) }) else { return false }
        return (0...3).contains { String(validating: start.dropLast($0), as: UTF8.self) != nil }
    }
}
