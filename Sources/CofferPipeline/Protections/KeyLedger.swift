import Coffer
import CofferCrypto
import Synchronization

/// What a run adds to the catalogue as it goes: data keys, and segments whose ids are used once.
final class KeyLedger: Sendable {
    private struct State {
        var keys: [Catalogue.Key] = []
        var segments: [Catalogue.Segment] = []
        var taken: Set<UInt64>
    }

    let randomness: Randomness
    /// Values under one subkey: fewer than 2^32, so that random nonces of 96 bits don't meet.
    let valuesPerSegment: Int
    private let state: Mutex<State>

    init(_ existing: Catalogue?, randomness: Randomness, valuesPerSegment: Int) {
        self.randomness = randomness
        self.valuesPerSegment = valuesPerSegment
        state = Mutex(State(taken: Set(existing?.segments.map(\.id) ?? [])))
    }

    /// A new segment of a data key.
    func openSegment(of key: [UInt8]) -> UInt64 {
        state.withLock { state in
            while true {
                let id = UInt64(bigEndian: randomness.bytes(8))
                guard state.taken.insert(id).inserted else { continue }
                state.segments.append(Catalogue.Segment(id: id, key: key))
                return id
            }
        }
    }

    /// Asks for a fresh data key, notes it and opens its first segment.
    func makeDataKey(
        _ group: KeyGroup, tenant: String?, under kek: KeyID, keys: any KeyManagementService
    ) async throws -> OpenDataKey {
        let id = randomness.bytes(16)
        let context = FieldFormat.context(dataset: group.dataset, key: id, suite: group.suite, tenant: tenant)
        let made = try await keys.generateDataKey(under: kek, byteCount: 32, context: context)
        let commitment = try FieldFormat.commitment(to: made.plaintext, id: id)
        let record = Catalogue.Key(
            id: id, wrapped: made.wrapped, suite: group.suite, tenant: tenant, commitment: commitment)
        state.withLock { $0.keys.append(record) }
        return try OpenDataKey(
            record, secret: SharedSecret(made.plaintext.copy()), group: group,
            counter: SegmentCounter(key: id, ledger: self))
    }

    /// What was added so far. Keys whose rows never came are in it too.
    var added: (keys: [Catalogue.Key], segments: [Catalogue.Segment]) { state.withLock { ($0.keys, $0.segments) } }
}
