import Coffer
import CofferCrypto

/// Reads the events of a log: entry bundles as far as its checkpoint goes, then the journal.
struct LogReader: Sendable {
    let folder: String
    let mac: HMAC?
    /// How many events the checkpoint has; what is unsigned is not trusted further than that.
    let folded: Int

    init(_ folder: String, _ mac: HMAC?) throws {
        (self.folder, self.mac) = (folder, mac)
        let note = try Files.read("\(folder)/checkpoint") ?? []
        let lines = SignedNote(note)?.text.split(separator: "\n") ?? []
        folded = lines.count >= 2 ? Int(lines[1]) ?? 0 : 0
    }

    /// Hands out the events from `index` on until `body` returns false; a bundle that is not there is passed over, its
    /// range given to `missing`.
    func read(
        from index: Int, missing: (Range<Int>) -> Void = { _ in },
        _ body: (_ index: Int, _ entry: ArraySlice<UInt8>) throws -> Bool
    ) throws {
        var next = index
        while next < folded {
            let number = next / Tile.width
            let range = number * Tile.width..<min((number + 1) * Tile.width, folded)
            guard let entries = try bundle(number, width: range.count) else {
                missing(next..<range.upperBound)
                next = range.upperBound
                continue
            }
            for (i, entry) in entries.enumerated()
            where range.lowerBound + i >= next && range.contains(range.lowerBound + i) {
                guard try body(range.lowerBound + i, entry) else { return }
            }
            next = range.upperBound
        }
        struct Stop: Error {}
        var journal = JournalReader(folder, mac)
        do {
            _ = try journal.read(from: next) { index, entry in
                guard try body(index, entry) else { throw Stop() }
            }
        } catch is Stop {}
    }

    /// The entries of a bundle, at least `width` of them; nil where it is not there or damaged.
    func bundle(_ number: Int, width: Int) throws -> [ArraySlice<UInt8>]? {
        let bytes =
            try Files.read("\(folder)/\(Tile.path(nil, number, width: width))")
            ?? Files.read("\(folder)/\(Tile.path(nil, number))")
        guard let entries = bytes.flatMap(Tile.entries), entries.count >= width else { return nil }
        return entries
    }

    /// The entry at `index`; nil where it is not there.
    func entry(at index: Int) throws -> [UInt8]? {
        var found: [UInt8]?
        try read(from: index) { at, entry in
            if at == index { found = Array(entry) }
            return false
        }
        return found
    }

    /// The event at `index`; nil where it is not there.
    func event(at index: Int) throws -> AuditEvent? { try entry(at: index).flatMap(AuditEvent.init(decoding:)) }
}
