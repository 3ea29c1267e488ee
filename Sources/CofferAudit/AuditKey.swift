import Coffer
public import CofferCrypto
import Glibc

/// The key that signs a log's checkpoints: an Ed25519 key and the name of the log, in a file of its own (0600), never in
/// the log's folder. Whoever has it can make another log; whoever has its public key can check this one.
public final class AuditKey: Sendable {
    /// The name of the log: origin of its checkpoints and name of its key, `coffer/audit/3f9a…`.
    public let name: String
    /// Makes signatures.
    let signer: Ed25519
    /// Carries the frames of the journal.
    let journal: HMAC
    private let conditions: HMAC

    private static let comment = """
        # The key of a Coffer audit log, which signs its checkpoints. Show it to nobody.

        """

    init(name: String, seed: borrowing SecretBytes) {
        self.name = name
        signer = Ed25519(seed: seed)
        journal = HMAC(.sha256, key: Self.subkey(seed, "coffer/audit/1/journal"))
        conditions = HMAC(.sha256, key: Self.subkey(seed, "coffer/audit/1/conditions"))
    }

    private static func subkey(_ seed: borrowing SecretBytes, _ purpose: String) -> SecretBytes {
        do {
            return try subkey(seed, salt: [], info: Array(purpose.utf8))
        } catch {
            preconditionFailure("HKDF-SHA-256 gives 32 bytes")
        }
    }

    private static func subkey(
        _ seed: borrowing SecretBytes, salt: [UInt8], info: [UInt8]
    ) throws(CryptoError) -> SecretBytes {
        unsafe try KeyDerivation.hkdf(.sha256, key: seed, salt: salt.span.bytes, info: info.span.bytes, count: 32)
    }

    /// A key that is in memory only; for tests and trials.
    public static func random(_ randomness: Randomness = .system) -> AuditKey {
        AuditKey(name: "coffer/audit/\(Hexadecimal.encode(randomness.bytes(8)))", seed: randomness.secret(count: 32))
    }

    /// The verifier key as C2SP signed notes have it: name, key id and public key. Give it to whoever is to check.
    public var verifierKey: String { NoteVerifier(name: name, publicKey: signer.publicKey).description }

    /// What the record has in place of an SQL condition: the same for the same text, and telling nothing of it.
    public func digest(ofCondition text: String) -> String {
        "hmac-sha256:" + Hexadecimal.encode(conditions.bytes(of: Array(text.utf8)))
    }
}

extension AuditKey {
    /// Makes a key and writes it to the file at `path`; one that is there is never overwritten. `first` is done before the
    /// file is there.
    public static func create(
        at path: String, randomness: Randomness = .system, first: (AuditKey) throws -> Void = { _ in }
    ) throws -> AuditKey {
        let seed = randomness.secret(count: 32)
        let key = AuditKey(name: "coffer/audit/\(Hexadecimal.encode(randomness.bytes(8)))", seed: seed)
        let typed = seed.withBytes { seed in
            SecretBytes(count: 33) { output in
                output.append(1 as UInt8)
                output.append(copying: seed)
            }
        }
        let encoded = typed.withBytes { typed in
            SecretBytes(count: Base64URL.encodedCount(33)) { Base64URL.encode(typed, into: &$0) }
        }
        let id = Hexadecimal.encode(NoteVerifier(name: key.name, publicKey: key.signer.publicKey).id)
        let start = Array("\(comment)PRIVATE+KEY+\(key.name)+\(id)+".utf8)
        let content = encoded.withBytes { encoded in
            SecretBytes(count: start.count + 45) { output in
                unsafe output.append(copying: start.span.bytes)
                // The alphabet of base64 where that of base64url differs; 33 bytes need no padding.
                for i in encoded.byteOffsets {
                    let byte = unsafe encoded.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                    let minus = UInt8(ascii: "-"), underscore = UInt8(ascii: "_")
                    output.append(
                        byte == minus ? UInt8(ascii: "+") : byte == underscore ? UInt8(ascii: "/") : byte)
                }
                output.append(UInt8(ascii: "\n"))
            }
        }
        try first(key)
        try write(content, to: path)
        return key
    }

    private static func write(_ content: borrowing SecretBytes, to path: String) throws {
        do throws(FileFailure) {
            try Files.makeFolders(Files.parent(of: path))
            let temporary = "\(path).new-\(getpid())"
            Files.remove(temporary)
            let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw FileFailure(number: errno, path: path) }
            defer {
                close(file)
                Files.remove(temporary)
            }
            let isWritten = content.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) == $0.count }
            }
            guard isWritten, fsync(file) == 0 else { throw FileFailure(number: errno, path: path) }
            guard unsafe link(temporary, path) == 0 else { throw FileFailure(number: errno, path: path) }
            try Files.sync(Files.parent(of: path))
        } catch {
            if error.number == EEXIST { throw AuditError(.invalidArgument, "there is a key at \(path) already") }
            throw error.error
        }
    }

    /// Reads the key of the file at `path`, which only its owner may read.
    public static func read(at path: String) throws -> AuditKey {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT {
                throw AuditError(
                    .notFound, "the key of the audit log is not at \(path)",
                    hint: "put it back from your copy, or set COFFER_AUDIT_KEY to where it is")
            }
            throw FileFailure(number: errno, path: path).error
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 4096 else {
            throw damaged(path)
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw AuditError(.unavailable, "\(path) is open to others than its owner", hint: "chmod 600 \(path)")
        }
        let content = SecretBytes(count: Int(status.st_size)) { output in
            unsafe output.withUnsafeMutableBytes { buffer, used in
                let count = unsafe pread(file, buffer.baseAddress, buffer.count, 0)
                used = max(0, count)
            }
        }
        guard let key = content.withBytes(parse) else { throw damaged(path) }
        return key
    }

    /// The first line that is no comment: `PRIVATE+KEY+NAME+ID+KEY`.
    private static func parse(_ content: RawSpan) -> AuditKey? {
        func byte(_ index: Int) -> UInt8 { unsafe content.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
        var start = 0
        while start < content.byteCount {
            let end = (start..<content.byteCount).first { byte($0) == UInt8(ascii: "\n") } ?? content.byteCount
            if end > start, byte(start) != UInt8(ascii: "#") {
                return end - start > 44 ? parse(content.extracting(start..<end), keyStart: end - start - 44) : nil
            }
            start = end + 1
        }
        return nil
    }

    private static func parse(_ line: RawSpan, keyStart: Int) -> AuditKey? {
        let head = String(
            decoding: [UInt8](byteCapacity: keyStart) { $0.append(copying: line.extracting(..<keyStart)) },
            as: UTF8.self)
        let parts = head.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY", parts[4].isEmpty,
            NoteVerifier.isName(parts[2])
        else { return nil }
        let text = SecretBytes(count: 44) { output in
            for i in keyStart..<line.byteCount {
                let byte = unsafe line.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                let plus = UInt8(ascii: "+"), slash = UInt8(ascii: "/")
                output.append(byte == plus ? UInt8(ascii: "-") : byte == slash ? UInt8(ascii: "_") : byte)
            }
        }
        let key: AuditKey
        do {
            let typed = try text.withBytes { (text) throws(CryptoError) in
                try SecretBytes(count: 33) { (output) throws(CryptoError) in try Base64URL.decode(text, into: &output) }
            }
            let isEd25519 = typed.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 1 }
            guard isEd25519 else { return nil }
            let seed = typed.withBytes { SecretBytes(copying: $0.extracting(1...)) }
            key = AuditKey(name: String(parts[2]), seed: seed)
        } catch {
            return nil
        }
        let id = NoteVerifier(name: key.name, publicKey: key.signer.publicKey).id
        return Hexadecimal.encode(id) == parts[3] ? key : nil
    }

    private static func damaged(_ path: String) -> AuditError {
        AuditError(
            .unavailable, "\(path) is not the key of an audit log, or it is damaged", hint: "restore it from your copy")
    }
}
