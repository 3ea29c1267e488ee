import Coffer

/// Where tokens are kept, with the values they stand for, sealed: shared by all runs that name it.
///
/// Rows go in and out in bulk; a run asks once for thousands of values. Whatever comes out is untrusted: a sealed value
/// opens only in the row it was made for. Calls block the thread they are made on, one at a time.
package protocol TokenVault: AnyObject, Sendable {
    /// Where it is, for people, without a password.
    var location: String { get }
    /// 16 random bytes as base64url, made with the vault; what catalogues know it by.
    var id: String { get }

    /// Its domains.
    func domains() throws -> [TokenDomain]
    /// The domain of this name: the one that is there, else `domain`, made now.
    func pin(_ domain: TokenDomain) throws -> TokenDomain

    /// The data keys of all domains.
    func keys() throws -> [VaultKey]
    /// Adds a data key and returns it with its number. `noting` is told of all keys and domains before it counts.
    func add(_ key: VaultKey, noting: ([VaultKey], [TokenDomain]) throws -> Void) throws -> VaultKey
    /// Puts rewrapped keys in the place of those with the same numbers; refused unless they still are what they were.
    func replace(_ keys: [(old: VaultKey, new: VaultKey)], noting: ([VaultKey], [TokenDomain]) throws -> Void) throws

    /// Calls `found` with batches of (position, token) for those of `wanted`, (position, index, slot), that have one.
    func findTokens(_ wanted: RecordBatch, in scope: TokenScope, _ found: (RecordBatch) throws -> Void) throws
    /// Adds rows of (index, slot, token, sealed value) that no other run may have added meanwhile: one whose index or token
    /// is taken is left out. True where all were added.
    func insert(_ rows: RecordBatch, _ stamp: TokenStamp, in scope: TokenScope) throws -> Bool
    /// Calls `found` with batches of (position, index, key, created, expires, sealed value) for those of `wanted`,
    /// (position, token), that are there.
    func findValues(_ wanted: RecordBatch, in scope: TokenScope, _ found: (RecordBatch) throws -> Void) throws
    /// Deletes the rows of (position, token) or (position, index), and says how many there were. A token that could be drawn
    /// again is kept, without anything else: in tables it must never come to stand for another value.
    func delete(_ rows: RecordBatch, by column: TokenColumn, in domain: Int) throws -> Int
    /// Deletes what has outlived its time, in one domain or in all; says how many rows.
    func purge(_ domain: Int?, now: Int64) throws -> Int
    /// What the domains hold.
    func counts(now: Int64) throws -> [TokenCount]

    /// Returns once everything written so far is on the disk.
    func sync() throws
}

/// A domain of tokens: one value has one token in it, or one each time.
package struct TokenDomain: Hashable, Sendable {
    /// Its number in the vault; 0 before it has one.
    package internal(set) var number = 0
    /// Its name.
    package let name: String
    /// The MAC key that its values are looked up with, by its lasting id.
    let macKey: KeyID
    /// Eight bytes that show whether a derived key is the same.
    let check: [UInt8]
    /// Whether each occurrence of a value gets a token of its own.
    package let isSingleUse: Bool
    /// What its tokens look like.
    package let format: TokenFormat

    /// Whether a deleted token could be drawn again some day: there are not 2^128 of its form.
    var retiresTokens: Bool { if case .like = format { true } else { false } }
}

/// A data key of a vault, which seals values of one domain.
package struct VaultKey: Hashable, Sendable {
    /// Its number in the vault; 0 before it has one.
    var number = 0
    /// 16 random bytes.
    let id: [UInt8]
    /// The domain's name, which it is wrapped with.
    let domain: String
    /// The key itself, wrapped.
    var wrapped: WrappedKey
    /// What opens only under this key.
    let commitment: [UInt8]
}

/// A domain as it is at one moment: what has expired then is not there.
package struct TokenScope: Sendable {
    let domain: Int
    /// Milliseconds since 1970.
    let now: Int64
}

/// What new rows have in common.
package struct TokenStamp: Sendable {
    /// The data key's number.
    let key: Int
    /// Milliseconds since 1970.
    let created: Int64
    let expires: Int64

    /// When a token without a time to live expires.
    static let never = Int64.max
    /// In the place of that, where a row has nothing left but its token, which nobody may be given again.
    static let retired: Int64 = -1
}

/// What rows are deleted by.
package enum TokenColumn: String, Sendable {
    case token
    case index = "idx"
}

/// What a domain holds.
package struct TokenCount: Hashable, Sendable {
    /// Its name.
    package let domain: String
    /// Whether each occurrence of a value gets a token of its own.
    package let isSingleUse: Bool
    /// What its tokens look like.
    package let format: String
    /// Tokens that can be turned back.
    package let tokens: Int
    /// Tokens that have outlived their time and are not purged yet.
    package let expired: Int
    /// When the first and the last token were made, milliseconds since 1970; nil where there is none.
    package let oldest: Int64?
    /// See ``oldest``.
    package let newest: Int64?
}
