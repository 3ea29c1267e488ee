import Coffer
import CofferCrypto
import Synchronization

/// Gives values of one domain their tokens: those of the vault where it has them, new ones where not.
final class TokenWriter: Sendable {
    /// What the tokens of a domain are made by.
    struct Plan: Sendable {
        let domain: TokenDomain
        let index: HMAC
        /// A fresh data key; it comes into the vault with its first value.
        let key: VaultKey
        let cipher: TokenCipher
        /// When the run began, milliseconds since 1970.
        let now: Int64
        let timeToLive: Int64?
    }

    /// A column of a group of batches.
    struct Part {
        let column: Column
        let rows: RowIndex
        let firstRow: Int
        let path: FieldPath
        let canonical: CanonicalText
        let output: Field
    }

    private struct State {
        var table: TokenTable
        /// The data key's number, once it is in the vault.
        var key: Int?
        /// Values sealed under it: fewer than 2^32, so that random nonces don't meet.
        var sealed = 0
    }

    /// How often values whose random token was taken are given another.
    private static let attempts = 16
    /// Values of the domain that are remembered at once.
    private static let capacity = 2_000_000
    private static let valuesPerKey = 1 << 32

    let plan: Plan
    private let vault: any TokenVault
    private let noting: @Sendable ([VaultKey], [TokenDomain]) throws -> Void
    private let randomness: Randomness
    private let maker: TokenMaker
    private let state: Mutex<State>

    init(
        _ plan: Plan, vault: any TokenVault, randomness: Randomness,
        noting: @escaping @Sendable ([VaultKey], [TokenDomain]) throws -> Void
    ) {
        self.plan = plan
        self.vault = vault
        self.noting = noting
        self.randomness = randomness
        maker = TokenMaker(plan.domain.format, randomness: randomness)
        state = Mutex(State(table: TokenTable(capacity: Self.capacity)))
    }

    /// The columns of tokens for `parts`, in their order. New tokens are in the vault when it returns.
    func tokens(of parts: [Part]) throws -> [Column] {
        try state.withLock { state in
            state.table.trim(always: plan.domain.isSingleUse)
            var pending = PendingRows()
            var positions: [[Int32]] = []
            for part in parts { positions.append(try look(part, &state.table, &pending)) }
            try resolve(pending, &state)
            return try zip(parts, positions).map { part, positions in
                try Self.column(positions, part.output, state.table)
            }
        }
    }

    /// Each element's position in the table, -1 where it is null; values seen for the first time go to `pending`.
    private func look(_ part: Part, _ table: inout TokenTable, _ pending: inout PendingRows) throws -> [Int32] {
        let column = part.column
        var positions = [Int32](repeating: -1, count: column.length)
        if column.field.valueType == .null { return positions }
        let values = column.values
        try unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount + 64, alignment: 8) { room in
            let digest = room.baseAddress!
            for i in 0..<column.length where !column.isNull(i) && part.rows.row(of: i) >= 0 {
                let text = unsafe part.canonical.write(values.bytes(at: i), digest + 64)
                unsafe plan.index.authenticate(text, into: digest)
                let index = unsafe TokenIndex(UnsafeRawPointer(digest))
                if plan.domain.isSingleUse {
                    positions[i] = Int32(table.append(index))
                } else {
                    let (position, isNew) = table.position(of: index)
                    positions[i] = Int32(position)
                    if !isNew { continue }
                }
                guard unsafe maker.byteCount(for: text) != nil else {
                    throw misfit(part, part.rows.row(of: i))
                }
                // Single use: 63 random bits tell the occurrences of a value apart.
                let slot = plan.domain.isSingleUse ? Int64.random(in: 1...Int64.max) : 0
                unsafe pending.append(Int(positions[i]), slot: slot, text)
            }
        }
        return positions
    }

    /// Gives all of `pending` their tokens.
    private func resolve(_ pending: PendingRows, _ state: inout State) throws {
        var left = pending
        let scope = TokenScope(domain: plan.domain.number, now: plan.now)
        for attempt in 0..<Self.attempts where left.count > 0 {
            // A row that has outlived its time would stand in the way of a new one.
            if attempt > 0 { _ = try vault.purge(plan.domain.number, now: plan.now) }
            // What is drawn for a single use is in no vault before.
            if attempt > 0 || !plan.domain.isSingleUse {
                try find(left, scope, &state.table)
                left = left.filtered { !state.table.isKnown(Int(left.positions[$0])) }
                if left.count == 0 { return }
            }
            let rows = try make(left, &state)
            if try vault.insert(rows.batch, rows.stamp, in: scope) {
                for i in 0..<left.count {
                    unsafe state.table.set(Int(left.positions[i]), rows.tokens.values.bytes(at: i))
                }
                return
            }
        }
        guard left.count > 0 else { return }
        throw PipelineError(
            .vault, "domain \(plan.domain.name): there are no free tokens of this form left",
            hint: "give the column another domain, or longer tokens: one that was given once is never given again")
    }

    private func find(_ pending: PendingRows, _ scope: TokenScope, _ table: inout TokenTable) throws {
        let wanted = RecordBatch([
            .numbers("position", (0..<pending.count).lazy.map { Int64($0) }),
            try .indexes(pending.positions.lazy.map { [table] in table.index(at: Int($0)) }),
            .numbers("slot", pending.slots),
        ])
        try vault.findTokens(wanted, in: scope) { found in
            guard found.columns.count == 2, found.columns[1].field.valueType.isText || found.rowCount == 0 else {
                throw DatabaseVault.damaged(vault.location)
            }
            let tokens = found.columns[1].values
            for i in 0..<found.rowCount {
                guard let at = found.columns[0].number(at: i), (0..<Int64(pending.count)).contains(at),
                    !found.columns[1].isNull(i)
                else { throw DatabaseVault.damaged(vault.location) }
                unsafe table.set(Int(pending.positions[Int(at)]), tokens.bytes(at: i))
            }
        }
    }

    /// New rows for the vault, with fresh tokens and sealed values.
    private func make(
        _ pending: PendingRows, _ state: inout State
    ) throws -> (batch: RecordBatch, tokens: Column, stamp: TokenStamp) {
        if state.key == nil { state.key = try vault.add(plan.key, noting: noting).number }
        state.sealed += pending.count
        guard let key = state.key, state.sealed < Self.valuesPerKey else {
            throw PipelineError(.tooLarge, "a run makes fewer than 2^32 tokens of a domain", hint: "run it in parts")
        }
        let stamp = TokenStamp(
            key: key, created: plan.now, expires: plan.timeToLive.map { plan.now + $0 } ?? TokenStamp.never)
        let counts = (0..<pending.count).map { i in unsafe pending.withText(i) { unsafe maker.byteCount(for: $0) ?? 0 }
        }
        var text: [UInt8] = []
        text.reserveCapacity(counts.reduce(0, +))
        maker.append(counts, to: &text)
        var tokens = try VariableBuilder(field: Field("token", .utf8), rows: pending.count, byteCapacity: text.count)
        let total = (0..<pending.count).reduce(0) { $0 + pending.byteCount($1) }
        var sealed = try VariableBuilder(
            field: Field("sealed", .binary), rows: pending.count,
            byteCapacity: total + pending.count * TokenCipher.overhead)
        let nonces = randomness.bytes(pending.count * AEAD.nonceByteCount)
        var start = 0
        try unsafe text.withUnsafeBytes { text in
            try unsafe nonces.withUnsafeBytes { nonces in
                for (i, count) in counts.enumerated() {
                    let token = unsafe UnsafeRawBufferPointer(rebasing: text[start..<start + count])
                    start += count
                    unsafe tokens.append(token)
                    let nonce = unsafe nonces.baseAddress! + i * AEAD.nonceByteCount
                    let index = state.table.index(at: Int(pending.positions[i]))
                    var isSealed = false
                    unsafe pending.withText(i) { value in
                        unsafe sealed.append(count: value.count + TokenCipher.overhead) { target in
                            isSealed = unsafe plan.cipher.seal(
                                value, nonce: nonce, index: index, stamp, token: token, into: target)
                        }
                    }
                    guard isSealed else { throw PipelineError(.tooLarge, "a value is too long to be tokenized") }
                }
            }
        }
        let column = try tokens.finish()
        let batch = RecordBatch([
            try .indexes(pending.positions.lazy.map { [table = state.table] in table.index(at: Int($0)) }),
            .numbers("slot", pending.slots), column, try sealed.finish(),
        ])
        return (batch, column, stamp)
    }

    private static func column(_ positions: [Int32], _ output: Field, _ table: TokenTable) throws -> Column {
        var builder = try VariableBuilder(field: output, rows: positions.count, byteCapacity: positions.count * 26)
        for position in positions {
            if position < 0 {
                builder.appendNull()
            } else {
                unsafe table.withBytes(at: Int(position)) { bytes in
                    guard let bytes = unsafe bytes else { preconditionFailure("every value got a token") }
                    unsafe builder.append(bytes)
                }
            }
        }
        return try builder.finish()
    }

    private func misfit(_ part: Part, _ row: Int) -> PipelineError {
        PipelineError(
            .policy,
            "row \(part.firstRow + row + 1), column \(part.path): the value is too short or too long for a token of its "
                + "length", hint: "tokenize it without like:, or filter those rows in a query:")
    }
}
