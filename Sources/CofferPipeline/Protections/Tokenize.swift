package import Coffer

/// Tokens, which the vault gave when the batch was prepared.
struct Tokenize: Protection {
    /// The column's position among those that change.
    let position: Int

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        guard let tokens = batch.tokens[position], tokens.length == column.length else {
            preconditionFailure("a batch is prepared before it is protected")
        }
        return tokens
    }
}

/// What a run needs to make tokens.
package struct TokenRun: Sendable {
    /// Where they are kept.
    let vault: any TokenVault
    /// Told of the data keys that the vault needs.
    let uses: any KeyUses
    /// When the run began, milliseconds since 1970.
    let now: Int64

    /// Tokens of `vault`, from `now` on.
    package init(_ vault: any TokenVault, uses: any KeyUses, now: Int64) {
        (self.vault, self.uses, self.now) = (vault, uses, now)
    }
}

/// Gives values back that the vault has for tokens.
struct TokenOpener: Opener {
    let leaf: RevealPlan.Leaf
    /// The leaf's position in the plan.
    let position: Int

    func open(_ column: Column, rows: RowIndex, in batch: RevealedBatch) throws -> Column {
        guard let values = batch.tokens[position], values.length == column.length else {
            preconditionFailure("a batch is prepared before it is revealed")
        }
        return values
    }

    /// The values of a column of tokens, with `value` giving the canonical text of an element's.
    func values(
        _ column: Column, rows: RowIndex, in batch: RevealedBatch,
        _ value: (Int, (UnsafeRawBufferPointer?) -> Int?) -> Int?
    ) throws -> Column {
        if leaf.output.type == .null { return try leaf.output.nulls(column.length) }
        guard let canonical = CanonicalText(leaf.output) else { throw Catalogue.malformed }
        let isText = leaf.output.type.isText
        // A value may be longer than its token.
        var longest = 64
        for i in 0..<column.length { longest = max(longest, unsafe value(i) { unsafe $0?.count } ?? 0) }
        return try unsafe ValueWriter.write(leaf, column, rows, batch, room: longest) { element, _, target in
            unsafe value(element) { text in
                guard let text = unsafe text else { return nil }
                guard canonical.isVerbatim else { return unsafe canonical.read(text, into: target) }
                if isText, unsafe String(validating: text, as: UTF8.self) == nil { return nil }
                if let start = text.baseAddress { unsafe target.copyMemory(from: start, byteCount: text.count) }
                return text.count
            }
        }
    }
}
