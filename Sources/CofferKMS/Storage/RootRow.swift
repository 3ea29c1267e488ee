import Coffer
import CofferCrypto

/// The row that covers all others: which store this is, how often it was changed, and what is in it.
struct RootRow: Hashable, Sendable {
    let store: [UInt8]
    /// Grows by one with every change.
    let generation: Int64
    let count: Int64
    let digest: [UInt8]
    let mac: [UInt8]

    /// The root row of `tables`.
    init(_ tables: Tables, generation: Int64, seal: StoreSeal) {
        (store, self.generation, count, digest) = (seal.store, generation, Int64(tables.count), tables.digest)
        mac = seal.rows.bytes(of: Self.message(seal.store, generation, Int64(tables.count), digest))
    }

    /// As it was read.
    init(store: [UInt8], generation: Int64, count: Int64, digest: [UInt8], mac: [UInt8]) {
        (self.store, self.generation, self.count, self.digest, self.mac) = (store, generation, count, digest, mac)
    }

    /// Refuses a row that does not carry the root key's MAC.
    func check(_ seal: StoreSeal) throws(KeyError) {
        let message = Self.message(store, generation, count, digest)
        guard seal.rows.verify(mac, for: message) else {
            throw .altered("its root row does not carry the root key's seal")
        }
    }

    /// Refuses rows that are not the ones it covers.
    func check(_ tables: Tables) throws(KeyError) {
        guard count == tables.count else { throw .altered("rows were removed or added") }
        guard digest == tables.digest else { throw .altered("a row is an older copy of itself") }
    }

    /// The columns of the table.
    var values: [Cell] { [.blob(store), .integer(generation), .integer(count), .blob(digest), .blob(mac)] }

    /// From the columns of the table; nil if they don't make a root row.
    init?(_ values: [Cell]?) {
        guard let values, values.count == 5, case .blob(let store) = values[0],
            case .integer(let generation) = values[1],
            case .integer(let count) = values[2], case .blob(let digest) = values[3], case .blob(let mac) = values[4]
        else { return nil }
        self.init(store: store, generation: generation, count: count, digest: digest, mac: mac)
    }

    private static func message(_ store: [UInt8], _ generation: Int64, _ count: Int64, _ digest: [UInt8]) -> [UInt8] {
        var message = ByteWriter("coffer/store/1/root")
        message.field(store)
        message.number(generation)
        message.number(count)
        message.field(digest)
        return message.bytes
    }
}
