import Coffer
import CofferCrypto
import Synchronization

/// Turns tokens of one domain back into the values they stand for.
final class TokenReader: Sendable {
    private struct State {
        var table: TokenTable
        /// Ciphers by the number of their data key; none where a key may not be had.
        var ciphers: [Int: TokenCipher?] = [:]
    }

    /// Values of the domain that are remembered at once.
    private static let capacity = 1_000_000

    private let domain: String
    /// Its number in the vault; nil where the vault does not have it, and so none of its tokens.
    private let number: Int?
    private let vault: any TokenVault
    private let keys: [Int: VaultKey]
    private let now: Int64
    private let allowed: AllowedKeys
    private let service: any KeyManagementService
    /// Tokens are looked up by a MAC under a key of this run: of whatever length, nobody can make two meet.
    private let index: HMAC
    private let state: Mutex<State>

    /// Reads what has not expired at `now`, under those of `keys` that are `allowed`.
    init(
        _ domain: String, number: Int?, vault: any TokenVault, keys: [VaultKey], now: Int64, allowed: AllowedKeys,
        service: any KeyManagementService
    ) {
        self.domain = domain
        self.number = number
        self.vault = vault
        self.keys = Dictionary(keys.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        self.now = now
        self.allowed = allowed
        self.service = service
        index = HMAC(.sha256, key: Randomness.system.secret(count: 32))
        state = Mutex(State(table: TokenTable(capacity: Self.capacity)))
    }

    /// Calls `body` for each column of tokens with a look-up of its elements: the canonical text of the value, or nil where
    /// the token does not stand for one here. One question to the vault for all of them.
    func values<Result: Sendable>(
        of columns: [Column],
        _ body: (_ at: Int, _ value: (Int, (UnsafeRawBufferPointer?) -> Int?) -> Int?) throws -> Result
    ) throws -> [Result] {
        try state.withLock { state in
            state.table.trim()
            var pending = PendingRows()
            let positions = columns.map { look($0, &state.table, &pending) }
            if pending.count > 0 { try find(pending, &state) }
            return try columns.indices.map { at in
                try unsafe body(at) { element, use in
                    let position = positions[at][element]
                    if position < 0 { return use(nil) }
                    return unsafe state.table.withBytes(at: Int(position)) { unsafe use($0) }
                }
            }
        }
    }

    private func look(_ column: Column, _ table: inout TokenTable, _ pending: inout PendingRows) -> [Int32] {
        var positions = [Int32](repeating: -1, count: column.length)
        guard column.field.valueType.isVariable else { return positions }
        let values = column.values
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { digest in
            for i in 0..<column.length where !column.isNull(i) {
                let token = unsafe values.bytes(at: i)
                // Longer than any token: no question to the vault.
                if token.count > TokenFormat.longest { continue }
                unsafe index.authenticate(token, into: digest.baseAddress!)
                let (position, isNew) = table.position(of: unsafe TokenIndex(UnsafeRawPointer(digest.baseAddress!)))
                positions[i] = Int32(position)
                // The vault takes texts only.
                if isNew, unsafe String(validating: token, as: UTF8.self) != nil, unsafe !token.contains(0) {
                    unsafe pending.append(position, slot: 0, token)
                }
            }
        }
        return positions
    }

    private func find(_ pending: PendingRows, _ state: inout State) throws {
        guard let number else { return }
        var tokens = try VariableBuilder(field: Field("token", .utf8), rows: pending.count, byteCapacity: 0)
        for i in 0..<pending.count { unsafe pending.withText(i) { unsafe tokens.append($0) } }
        let wanted = RecordBatch([
            .numbers("position", (0..<pending.count).lazy.map { Int64($0) }), try tokens.finish(),
        ])
        try vault.findValues(wanted, in: TokenScope(domain: number, now: now)) { found in
            guard found.rowCount > 0 else { return }
            guard found.columns.count == 6 else { throw DatabaseVault.damaged(vault.location) }
            for i in 0..<found.rowCount { try open(row: i, of: found.columns, pending, &state) }
        }
    }

    /// Opens one row; what is not whole is a token without a value.
    private func open(row i: Int, of columns: [Column], _ pending: PendingRows, _ state: inout State) throws {
        guard let at = columns[0].number(at: i), (0..<Int64(pending.count)).contains(at),
            columns[1].field.valueType.isVariable, !columns[1].isNull(i),
            let number = columns[2].number(at: i), let created = columns[3].number(at: i),
            let expires = columns[4].number(at: i), columns[5].field.valueType.isVariable, !columns[5].isNull(i)
        else { return }
        let raw = unsafe columns[1].values.bytes(at: i)
        guard raw.count == 16, let start = raw.baseAddress, let cipher = try cipher(Int(number), &state) else { return }
        let index = unsafe TokenIndex(start)
        let cell = unsafe columns[5].values.bytes(at: i)
        let value = Buffer(unwritten: cell.count)
        let count = unsafe pending.withText(Int(at)) { token in
            unsafe cipher.open(
                cell, index: index, created: created, expires: expires, token: token, into: value.start)
        }
        if let count {
            unsafe state.table.set(
                Int(pending.positions[Int(at)]), UnsafeRawBufferPointer(start: value.start, count: count))
        }
    }

    private func cipher(_ number: Int, _ state: inout State) throws -> TokenCipher? {
        if let known = state.ciphers[number] { return known }
        var cipher: TokenCipher?
        let (allowed, service, id) = (allowed, service, vault.id)
        if let key = keys[number], key.domain == domain,
            let secret = try Blocking.wait({ try await key.open(vault: id, allowed: allowed, keys: service) })
        {
            cipher = try TokenCipher(secret.bytes, vault: vault.id, domain: domain)
        }
        state.ciphers[number] = .some(cipher)
        return cipher
    }
}
