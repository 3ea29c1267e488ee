import Coffer
import Foundation
import GRDB

/// How the root key of a store is had. Not under a MAC: with any other value here the root key does not come out.
enum SealRow: Sendable {
    case file(id: [UInt8])
    case passphrase(id: [UInt8], PassphraseSeal)
    case token(id: [UInt8], SealedByToken)
    case key(id: [UInt8], WrappedKey)

    /// The id of the root key.
    var id: [UInt8] {
        switch self {
        case .file(let id), .passphrase(let id, _), .token(let id, _), .key(let id, _): id
        }
    }

    static func read(_ db: Database) throws -> SealRow {
        guard let row = try Row.fetchOne(db, sql: "SELECT kind, root_id, salt, log_n, nonce, sealed FROM seal") else {
            throw KeyError.altered("it does not say which root key it needs")
        }
        guard let seal = SealRow(row.values) else { throw KeyError.altered("it does not say which root key it needs") }
        return seal
    }

    /// From the columns of the table; nil if they don't make a seal.
    init?(_ values: [Cell]?) {
        guard let values, values.count == 6, case .text(let kind) = values[0], case .blob(let id) = values[1],
            case .blob(let salt) = values[2], case .integer(let number) = values[3], case .blob(let nonce) = values[4],
            case .blob(let sealed) = values[5]
        else { return nil }
        switch kind {
        case "file": self = .file(id: id)
        case "passphrase":
            guard let seal = PassphraseSeal(salt: salt, logN: Int(number), nonce: nonce, sealed: sealed) else {
                return nil
            }
            self = .passphrase(id: id, seal)
        case "pkcs11":
            guard let seal = SealedByToken(address: salt, mechanism: number, iv: nonce, sealed: sealed) else {
                return nil
            }
            self = .token(id: id, seal)
        case "kms":
            guard let name = String(validating: salt, as: UTF8.self), let key = try? KeyID(name),
                (0...Int64(Int32.max)).contains(number), sealed.count <= 8192
            else { return nil }
            self = .key(id: id, WrappedKey(key: key, version: Int(number), bytes: sealed))
        default: return nil
        }
    }

    /// The columns of the table.
    var values: [Cell] {
        switch self {
        case .file(let id): [.text("file"), .blob(id), .blob([]), .integer(0), .blob([]), .blob([])]
        case .passphrase(let id, let seal):
            [
                .text("passphrase"), .blob(id), .blob(seal.salt), .integer(Int64(seal.logN)), .blob(seal.nonce),
                .blob(seal.sealed),
            ]
        case .token(let id, let seal):
            [
                .text("pkcs11"), .blob(id), .blob(seal.address), .integer(Int64(seal.mechanism)), .blob(seal.iv),
                .blob(seal.sealed),
            ]
        case .key(let id, let wrapped):
            [
                .text("kms"), .blob(id), .blob(Array(wrapped.key.description.utf8)), .integer(Int64(wrapped.version)),
                .blob([]), .blob(wrapped.bytes),
            ]
        }
    }

    func write(_ db: Database) throws {
        try db.execute(
            sql:
                "INSERT OR REPLACE INTO seal (id, kind, root_id, salt, log_n, nonce, sealed) VALUES (1, ?, ?, ?, ?, ?, ?)",
            arguments: StatementArguments(cells: values))
    }

    /// The root key, from `seal`.
    func open(_ seal: RootSeal) throws -> RootKey {
        switch self {
        case .file(let id):
            guard let file = seal.file else {
                throw KeyError(.storeRefused, "this key store needs a root key file", hint: "set COFFER_ROOT_KEY to it")
            }
            return try RootKeyFile(path: file).read(id: id)
        case .passphrase(let id, let passphraseSeal):
            guard let ask = seal.passphrase else {
                throw KeyError(.storeRefused, "this key store needs a passphrase", hint: "set COFFER_PASSPHRASE")
            }
            return try passphraseSeal.open(id: id, passphrase: ask())
        case .token(let id, let sealed):
            guard let token = seal.token else {
                throw KeyError(
                    .storeRefused, "this key store needs a PKCS #11 token",
                    hint: "set COFFER_SEAL to \(sealed.name ?? "the URI of its key"), with its module-path")
            }
            return try token.open(sealed, id: id)
        case .key(let id, let wrapped):
            guard let key = seal.key else {
                throw KeyError(
                    .storeRefused, "this key store is sealed by a key of another service",
                    hint: "set COFFER_SEAL to that key; it says \(wrapped.key)")
            }
            return try key.open(id, wrapped)
        }
    }
}

extension Row {
    /// The values, in order; nil where one is NULL or a floating-point number, which no table of ours has.
    var values: [Cell]? {
        var values: [Cell] = []
        for (_, value) in self {
            switch value.storage {
            case .string(let text): values.append(.text(text))
            case .int64(let number): values.append(.integer(number))
            case .blob(let data): values.append(.blob([UInt8](data)))
            case .null, .double: return nil
            }
        }
        return values
    }
}

extension StatementArguments {
    /// The values as SQLite takes them.
    init(cells values: [Cell]) {
        let values = values.map { value -> (any DatabaseValueConvertible)? in
            switch value {
            case .text(let text): text
            case .integer(let number): number
            case .blob(let bytes): Data(bytes)
            }
        }
        self.init(values)
    }
}
