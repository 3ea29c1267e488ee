import Coffer
import CofferCrypto

/// The file of a root key: lines of `coffer-root-1 ID KEY`, id in hexadecimal and key in base64url; `#` begins a comment.
///
/// More than one line is allowed, so that a key and its successor can stand side by side.
struct RootKeyFile {
    let path: String
    private static let label = "coffer-root-1 "
    private static let limit = 4096
    private static let comment = """
        # The root key of a Coffer key store. Without it the store and all data under its keys are lost:
        # keep a copy where the data is not, and show it to nobody.

        """

    /// Writes a new key; refuses if the file is there.
    func create(_ key: RootKey) throws(KeyError) {
        try PrivateFile.create(path, Self.content([key]), what: "the root key")
    }

    /// Puts a new key in front of those that are there. Nobody else may be at it: ``PrivateFile/locked(_:_:)``.
    /// With ids to keep, those that have another are forgotten.
    func add(_ key: RootKey, keeping ids: [[UInt8]]? = nil) throws(KeyError) {
        guard PrivateFile.exists(path) else { return try create(key) }
        let content = Self.content([key] + (try keys().filter { ids?.contains($0.id) ?? true }))
        guard content.count <= Self.limit else {
            throw KeyError(
                .storeRefused, "\(path) holds too many root keys",
                hint: "coffer keys rotate-root --forget leaves the new one and the one before")
        }
        try PrivateFile.replace(path, content, what: "the root key")
    }

    private static func content(_ keys: [RootKey]) -> SecretBytes {
        let lines = keys.map(line)
        return SecretBytes(count: comment.utf8.count + lines.reduce(0) { $0 + $1.secret.count }) { output in
            output.append(copying: Array(comment.utf8))
            for line in lines { line.secret.withBytes { output.append(copying: $0) } }
        }
    }

    /// One line, with its end.
    private static func line(_ key: RootKey) -> SharedLine {
        let encoded = key.secret.withBytes { secret in
            SecretBytes(count: Base64URL.encodedCount(secret.byteCount)) { Base64URL.encode(secret, into: &$0) }
        }
        let start = Array("\(label)\(Hexadecimal.encode(key.id)) ".utf8)
        return SharedLine(
            SecretBytes(count: start.count + encoded.count + 1) { output in
                output.append(copying: start)
                encoded.withBytes { output.append(copying: $0) }
                output.append(UInt8(ascii: "\n"))
            })
    }

    /// A line that may stand in an array.
    private final class SharedLine {
        let secret: SecretBytes
        init(_ secret: consuming SecretBytes) { self.secret = secret }
    }

    /// The key with this id; the only one in the file where `id` is nil.
    func read(id: [UInt8]?) throws(KeyError) -> RootKey {
        let keys = try keys()
        if let id {
            guard let key = keys.first(where: { $0.id == id }) else {
                throw KeyError(
                    .storeRefused, "the root key in \(path) is not the one of this key store",
                    hint: "set COFFER_ROOT_KEY to the file that init wrote, or restore it from your copy")
            }
            return key
        }
        guard keys.count == 1, let key = keys.first else {
            throw KeyError(.storeRefused, "\(path) holds more than one root key", hint: "leave the one that is meant")
        }
        return key
    }

    private func keys() throws(KeyError) -> [RootKey] {
        let content = try PrivateFile.read(path, limit: Self.limit, what: "the root key")
        let path = path
        return try content.withBytes { (bytes) throws(KeyError) in
            var keys: [RootKey] = []
            var start = 0
            while start < bytes.byteCount {
                let end =
                    (start..<bytes.byteCount).first { bytes.byte(at: $0) == UInt8(ascii: "\n") } ?? bytes.byteCount
                if end > start, bytes.byte(at: start) != UInt8(ascii: "#") {
                    guard let key = Self.parse(bytes.extracting(start..<end)) else { throw Self.damaged(path) }
                    keys.append(key)
                }
                start = end + 1
            }
            guard !keys.isEmpty else { throw Self.damaged(path) }
            return keys
        }
    }

    /// One line, without its end. The id must be that of the key, which finds mistakes in copying.
    private static func parse(_ line: RawSpan) -> RootKey? {
        let keyStart = label.utf8.count + 17
        guard line.byteCount == keyStart + Base64URL.encodedCount(RootKey.byteCount) else { return nil }
        let key: RootKey
        do {
            let secret = try SecretBytes(count: RootKey.byteCount) { (output) throws(CryptoError) in
                try Base64URL.decode(line.extracting(keyStart...), into: &output)
            }
            key = RootKey(secret)
        } catch {
            return nil
        }
        let start = Array("\(label)\(Hexadecimal.encode(key.id)) ".utf8)
        return start.isEqual(inConstantTime: [UInt8](copying: line.extracting(..<keyStart))) ? key : nil
    }

    private static func damaged(_ path: String) -> KeyError {
        KeyError(.storeRefused, "\(path) is not a root key file, or it is damaged", hint: "restore it from your copy")
    }
}
