import Coffer
import CofferCrypto
import Synchronization

/// The ciphers of one segment: one a column.
final class SegmentKeys: Sendable {
    let id: UInt64
    /// Version and segment: how every cell of it begins.
    let header: [UInt8]
    private let ciphers: [AEAD]

    /// Derives the subkeys of `columns` (path and type) from a data key.
    init(
        id: UInt64, dataKey: borrowing SecretBytes, suite: FieldSuite, dataset: String,
        columns: [(path: String, type: String)]
    ) throws(CryptoError) {
        self.id = id
        header = [FieldFormat.randomized] + id.bigEndianBytes
        var ciphers: [AEAD] = []
        for column in columns {
            ciphers.append(
                try FieldFormat.cipher(
                    dataKey: dataKey, segment: id, suite: suite, dataset: dataset, path: column.path,
                    type: column.type))
        }
        self.ciphers = ciphers
    }

    /// The cipher of the column at `position` among those it was made for.
    func cipher(_ position: Int) -> AEAD { ciphers[position] }
}

/// Counts the values of a data key's current segment; a new one begins before it has seen 2^32.
///
/// It outlives the opened key, so that a key that was evicted goes on where it stopped.
final class SegmentCounter: Sendable {
    private struct State {
        var segment: UInt64
        var used = 0
    }

    private let key: [UInt8]
    private let ledger: KeyLedger
    private let state: Mutex<State>

    init(key: [UInt8], ledger: KeyLedger) {
        self.key = key
        self.ledger = ledger
        state = Mutex(State(segment: ledger.openSegment(of: key)))
    }

    var segment: UInt64 { state.withLock { $0.segment } }

    /// The segment for `count` more values, at most 2^31 of them.
    func reserve(_ count: Int) -> UInt64 {
        state.withLock { state in
            if state.used > 0, state.used + count >= ledger.valuesPerSegment {
                state = State(segment: ledger.openSegment(of: key))
            }
            state.used += count
            return state.segment
        }
    }
}

/// A data key in use: the ciphers of its current segment.
final class OpenDataKey: Sendable {
    let record: Catalogue.Key
    let counter: SegmentCounter
    private let secret: SharedSecret
    private let group: KeyGroup
    private let current: Mutex<SegmentKeys>

    init(_ record: Catalogue.Key, secret: SharedSecret, group: KeyGroup, counter: SegmentCounter) throws {
        self.record = record
        self.counter = counter
        self.secret = secret
        self.group = group
        current = Mutex(try group.keys(secret.bytes, segment: counter.segment))
    }

    /// Ciphers for `count` more values.
    func reserve(_ count: Int) throws -> SegmentKeys {
        let segment = counter.reserve(count)
        return try current.withLock { current in
            if current.id != segment { current = try group.keys(secret.bytes, segment: segment) }
            return current
        }
    }
}

/// Columns that share a key template and a cipher, and with them a data key (one a tenant).
struct KeyGroup: Sendable {
    let template: KeyTemplate
    let suite: FieldSuite
    let dataset: String
    var columns: [(path: String, type: String)]

    func keys(_ dataKey: borrowing SecretBytes, segment: UInt64) throws(CryptoError) -> SegmentKeys {
        try SegmentKeys(id: segment, dataKey: dataKey, suite: suite, dataset: dataset, columns: columns)
    }
}
