import Coffer

/// What `coffer inspect` says of one file.
struct InspectedFile: Encodable {
    struct Key: Encodable {
        let provider: String
        let key: String
        let version: Int?
    }

    let file: String
    /// `esdk`, another format, `not encrypted` or `unknown`.
    let format: String
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

    var isDamaged: Bool { isWhole == false || signature == MessageDescription.Signature.broken.rawValue }

    static func of(_ source: MessageFileSource, name: String) async throws -> InspectedFile {
        let stream = LookAhead(source)
        let start = try await stream.start()
        guard AWSEncryptionSDK.mayBegin(with: start) else {
            let kind = FileKind.of(start)
            var found = InspectedFile(file: name, format: kind.name)
            found.isEncrypted = kind.isEncrypted
            found.bytes = source.length
            return found
        }
        do {
            return InspectedFile(name, try await AWSEncryptionSDK.describe(try stream.fromStart()))
        } catch MessageError.Code.malformed {
            var found = InspectedFile(file: name, format: AWSEncryptionSDK.name)
            found.isWhole = false
            found.bytes = source.length
            return found
        }
    }

    private init(file: String, format: String) { (self.file, self.format) = (file, format) }

    private init(_ name: String, _ found: MessageDescription) {
        self.init(file: name, format: found.format)
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
        guard suite != nil else {
            add("format", format + (isWhole == false ? ", damaged or not whole" : ""))
            return lines
        }
        add("format", "AWS Encryption SDK, version \(formatVersion ?? 0)")
        add("suite", "\(suite ?? ""): \(algorithms ?? "")")
        for key in keys ?? [] {
            add("key", "\(key.provider) \(key.key)" + (key.version.map { " version \($0)" } ?? ""))
        }
        for pair in context ?? [] { add("context", "\(pair["name"] ?? "")=\(pair["value"] ?? "")") }
        add(
            "frames",
            frames.map { "\($0) of \(frameLength ?? 0) bytes" } ?? (frameLength == nil ? "none, one block" : nil))
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

/// A source whose first bytes are looked at before it is known what they are.
final class LookAhead: MessageSource, @unchecked Sendable {
    private let source: MessageFileSource
    private var first: [UInt8] = []
    private var position = 0

    init(_ source: MessageFileSource) { self.source = source }

    /// The first 4096 bytes, or all there are.
    func start() async throws -> [UInt8] {
        while first.count < 4096 {
            let more = try [UInt8](capacity: 4096 - first.count) { (output: inout OutputSpan<UInt8>) in
                try unsafe output.withUnsafeMutableBufferPointer { buffer, used in
                    let raw = UnsafeMutableRawBufferPointer(buffer)
                    var span = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
                    try source.read(into: &span)
                    used = unsafe span.finalize(for: raw)
                }
            }
            guard !more.isEmpty else { break }
            first += more
        }
        return first
    }

    /// The source from its first byte: seekable, where the file is.
    func fromStart() throws -> any MessageSource {
        guard let file = source.seekable else { return self }
        try file.seek(to: 0)
        return file
    }

    func read(into output: inout OutputRawSpan) throws {
        guard position < first.count else { return try source.read(into: &output) }
        while position < first.count, output.freeCapacity > 0 {
            output.append(first[position])
            position += 1
        }
    }
}
