import Coffer
import CofferCrypto

/// What opens the import tokens of a root key that was there before, as long as one of them may be good.
struct TokenKeyRecord: Record {
    static let table = Table(
        name: "token_keys", columns: [("root", .blob), ("until", .integer), ("sealed", .blob)], keyCount: 1, since: 5)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.tokenKeys }

    /// The id of that root key.
    let id: [UInt8]
    let until: Int64
    let sealed: [UInt8]
    /// It is about no key.
    var owner: KeyUUID? { nil }

    var values: [Cell] { [.blob(id), .integer(until), .blob(sealed)] }
}

extension TokenKeyRecord {
    init?(_ values: [Cell]) {
        guard values.count == 3, case .blob(let id) = values[0], case .integer(let until) = values[1],
            case .blob(let sealed) = values[2]
        else { return nil }
        self.init(id: id, until: until, sealed: sealed)
    }

    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> TokenKeyRecord {
        TokenKeyRecord(id: id, until: until, sealed: new.seal(try old.open(self), ofRoot: id, randomness))
    }
}
