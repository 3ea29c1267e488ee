import Coffer
import Foundation
import GRDB

/// How the root key of a store is had. Not under a MAC: with any other value here the root key does not come out.
enum SealRow: Sendable {
    case file(id: [UInt8])
    case passphrase(id: [UInt8], PassphraseSeal)

    /// The id of the root key.
    var id: [UInt8] {
        switch self {
        case .file(let id), .passphrase(let id, _): id
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
        guard case .text("file") = values?[0], case .blob(let id) = values?[1] else {
            guard let values, case .text("passphrase") = values[0], case .blob(let id) = values[1],
                case .blob(let salt) = values[2], case .integer(let logN) = values[3],
                case .blob(let nonce) = values[4], case .blob(let sealed) = values[5],
                let seal = PassphraseSeal(salt: salt, logN: Int(logN), nonce: nonce, sealed: sealed)
            else { return nil }
            self = .passphrase(id: id, seal)
            return
        }
        self = .file(id: id)
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
