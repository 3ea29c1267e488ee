import Coffer

/// What `coffer inspect` says of one file.
struct InspectedFile: Encodable {
    struct Key: Encodable {
        let provider: String
        let key: String
        let version: Int?
        /// Of a key in a keyset: what may be done with it, what stands in front of what it makes, whether it seals.
        var status: String?
        var prefix: String?
        var isPrimary: Bool?
    }

    let file: String
    /// `esdk`, another format, `not encrypted` or `unknown`.
    let format: String
    /// The format as people call it; not in JSON.
    var label: String?
    var isEncrypted: Bool?
    var formatVersion: Int?
    var suite: String?
    var algorithms: String?
    var commitment: Bool?
    var keys: [Key]?
    var context: [[String: String]]?
    var frameLength: Int?
    var frames: Int?
    var plaintextBytes: Int?
    var bytes: Int?
    var signature: String?
    var isWhole: Bool?
    /// What stands beside a table.
    var table: InspectedTable?

    private enum CodingKeys: String, CodingKey {
        case file, format, isEncrypted, formatVersion, suite, algorithms, commitment, keys, context, frameLength
        case frames, plaintextBytes, bytes, signature, isWhole, table
    }

    var isDamaged: Bool { isWhole == false || signature == MessageDescription.Signature.broken.rawValue }

    /// What the file is: a message of the format `named`, else what its first bytes tell.
    static func of(
        _ source: any NamedSource, name: String, as named: FormatOfMessages?
    ) async throws -> InspectedFile {
        let stream = LookAhead(source)
        let start = try await stream.start()
        if let named {
            return InspectedFile(name, try await named.format.describe(try stream.fromStart()), named.label)
        }
        if mayBeKeyset(start), let found = try await keyset(stream, name) { return found }
        guard let entry = FormatOfMessages.all.first(where: { $0.format.mayBegin(with: start) }) else {
            return ofOther(source, start, name)
        }
        do {
            let found = try await entry.format.describe(try stream.fromStart())
            // Where the first bytes are no proof, only what is known to be whole is such a message.
            if entry.isMarked || found.isWhole == true { return InspectedFile(name, found, entry.label) }
        } catch MessageError.Code.malformed where entry.isMarked {
            var found = InspectedFile(file: name, format: entry.name)
            found.isEncrypted = true
            found.isWhole = false
            found.bytes = source.length
            return found
        } catch MessageError.Code.malformed {
        } catch MessageError.Code.tooLong {
            var found = InspectedFile(file: name, format: "unknown")
            found.bytes = source.length
            return found
        }
        return ofOther(source, start, name)
    }

    private static func ofOther(_ source: any NamedSource, _ start: [UInt8], _ name: String) -> InspectedFile {
        let kind = FileKind.of(start)
        var found = InspectedFile(file: name, format: kind.name)
        found.isEncrypted = kind.isEncrypted
        found.bytes = source.length
        return found
    }

    init(file: String, format: String) { (self.file, self.format) = (file, format) }

    private init(_ name: String, _ found: MessageDescription, _ label: String) {
        self.init(file: name, format: found.format)
        self.label = label
        isEncrypted = true
        formatVersion = found.formatVersion
        suite = found.suite
        algorithms = found.algorithms
        commitment = found.isCommitting
        keys = found.recipients.map { Key(provider: $0.provider, key: $0.key, version: $0.version) }
        // Names are the user's: in a list, so that the encoder leaves them as they are.
        context = found.context.pairs.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] }
        frameLength = found.frameLength
        frames = found.frames
        plaintextBytes = found.plaintextByteCount
        bytes = found.byteCount
        signature = found.signature?.rawValue
        isWhole = found.isWhole
    }

    var lines: [String] {
        var lines = [file]
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 11 - name.count)))\(value)")
        }
        guard let label else {
            add("format", format + (isWhole == false ? ", damaged or not whole" : ""))
            for entry in table?.entries ?? [] { add(entry.name, entry.value) }
            return lines
        }
        add("format", label + (formatVersion.map { ", version \($0)" } ?? ""))
        let suites = [suite, algorithms].compactMap(\.self)
        add("suite", suites.isEmpty ? nil : suites.joined(separator: ": "))
        for key in keys ?? [] {
            var text = "\(key.provider) \(key.key)" + (key.version.map { " version \($0)" } ?? "")
            for more in [key.status, key.prefix, key.isPrimary == true ? "primary" : nil] {
                text += more.map { " \($0)" } ?? ""
            }
            add("key", text)
        }
        for pair in context ?? [] { add("context", "\(pair["name"] ?? "")=\(pair["value"] ?? "")") }
        add(
            "frames",
            frames.map { "\($0) of \(frameLength ?? 0) bytes" }
                ?? (frameLength == nil && format == AWSEncryptionSDK.name ? "none, one block" : nil))
        add("plaintext", plaintextBytes.map { "\(Figures.grouped($0)) bytes" })
        add(
            "signature",
            signature.map {
                $0 == "none" ? "none: whoever may decrypt could have made it" : $0 == "holds" ? "holds" : $0
            })
        if isWhole == false { add("whole", "no: cut short, or something follows") }
        return lines
    }
}
