import Coffer
import CofferCrypto

/// A check of a whole log, from its leaves up.
struct LogCheck {
    let folder: String
    let verifier: NoteVerifier
    let key: AuditKey?
    var result = AuditVerification()
    private var size = 0
    /// Bundles that are not there: pruned, if an event says so.
    private var missing: [Range<Int>] = []
    private var minimum = 0
    private var lastState: KeyStoreState?
    /// Where each leaf is, made when one is found in a wrong place.
    private var places: [[UInt8]: Int]?

    init(folder: String, verifier: NoteVerifier, key: AuditKey?) {
        (self.folder, self.verifier, self.key) = (folder, verifier, key)
    }

    mutating func run(against witnesses: [[UInt8]], _ keyStore: KeyStoreState?) throws {
        var checkpoint: Checkpoint?
        if let note = try Files.read("\(folder)/checkpoint") {
            checkpoint = Checkpoint(note, by: verifier)
            if checkpoint == nil {
                result.find(.edited, "checkpoint", "the checkpoint is not signed by the log's key")
            }
        } else if Files.exists("\(folder)/tile") || Segment.all(folder).isEmpty {
            result.find(.removed, "checkpoint", "the checkpoint was removed")
        }
        size = checkpoint?.size ?? 0
        (result.events, result.root) = (size, Hexadecimal.encode(checkpoint?.root ?? Merkle.emptyRoot))
        var hashes = try leaves()
        var level = 1
        // What the tree should have above, and what its tiles have.
        while Tile.count(level, in: size) > 0 {
            hashes = try tiles(level, hashes)
            level += 1
        }
        if let checkpoint, result.findings.isEmpty,
            let root = try TreeReader(folder: folder, size: size).root(0..<size), root != checkpoint.root
        {
            result.find(.edited, "tile", "the events are not those that the checkpoint signs")
        }
        let next = try journal()
        for range in missing where range.upperBound > minimum {
            let path = Tile.path(nil, range.lowerBound / Tile.width)
            result.find(.removed, path, "the events \(range.lowerBound) to \(range.upperBound - 1) were removed")
        }
        result.pruned = missing.filter { $0.upperBound <= minimum }.reduce(0) { $0 + $1.count }
        result.pending = max(0, next - size)
        if let failure = WitnessFailure(in: folder) { result.notes.append(failure.sentence) }
        for witness in witnesses { try compare(witness, next) }
        compare(keyStore)
    }

    private func tree() throws -> Tree? {
        try Tree(size: size) { path throws(FileFailure) in try Files.read("\(folder)/\(path)") }
    }

    // MARK: Tiles

    /// Checks bundles against the tiles of level 0; returns the roots of the full ones.
    private mutating func leaves() throws -> [[UInt8]] {
        var roots: [[UInt8]] = []
        for number in 0..<(size + Tile.width - 1) / Tile.width {
            let range = number * Tile.width..<min((number + 1) * Tile.width, size)
            let tile = try tile(0, number, width: range.count)
            let entries = try bundle(number, range)
            for (i, entry) in (entries ?? []).enumerated() { look(at: entry, range.lowerBound + i) }
            let leaves = entries?.map { Merkle.leaf($0) }
            if let tile, let leaves, tile != leaves {
                // The tile above says which of the two is right.
                let above = range.count == Tile.width ? try hash(1, number) : nil
                if let above, Merkle.root(of: leaves) == above {
                    result.find(
                        .edited, Tile.path(0, number, width: range.count),
                        "the hashes of the events \(range.lowerBound) to \(range.upperBound - 1) were edited")
                } else {
                    try name(leaves, tile, number, range)
                }
            }
            if range.count == Tile.width { roots.append(Merkle.root(of: tile ?? leaves ?? [Merkle.emptyRoot])) }
        }
        return roots
    }

    /// Says what was done to a bundle whose events are not those of its tile.
    private mutating func name(
        _ leaves: [[UInt8]], _ tile: [[UInt8]], _ number: Int, _ range: Range<Int>
    ) throws {
        let path = Tile.path(nil, number, width: range.count)
        let wrong = zip(leaves, tile).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        let all = try allPlaces()
        if wrong.allSatisfy({ all[leaves[$0]] != nil }) {
            result.find(.reordered, path, "events from \(range.lowerBound + wrong[0]) on are not in their places")
        } else {
            let first = wrong.first { all[leaves[$0]] == nil } ?? wrong[0]
            let count = wrong.count == 1 ? "" : ", and \(wrong.count - 1) more of its bundle"
            result.find(.edited, path, "the event \(range.lowerBound + first) was edited\(count)")
        }
    }

    private mutating func allPlaces() throws -> [[UInt8]: Int] {
        if let places { return places }
        var all: [[UInt8]: Int] = [:]
        for number in 0..<min((size + Tile.width - 1) / Tile.width, 1 << 13) {
            for (i, hash) in (try hashes(0, number) ?? []).enumerated() { all[hash] = number * Tile.width + i }
        }
        places = all
        return all
    }

    /// Checks the tiles of a level against the roots of those below; returns the roots of its own full ones.
    private mutating func tiles(_ level: Int, _ below: [[UInt8]]) throws -> [[UInt8]] {
        var roots: [[UInt8]] = []
        let count = Tile.count(level, in: size)
        for number in 0..<(count + Tile.width - 1) / Tile.width {
            let range = number * Tile.width..<min((number + 1) * Tile.width, count)
            let expected = Array(below[range])
            if let tile = try tile(level, number, width: range.count), tile != expected {
                let path = Tile.path(level, number, width: range.count)
                let isSameSet = Set(tile) == Set(expected)
                result.find(
                    isSameSet ? .reordered : .edited, path,
                    "the tile does not have the hashes of the tiles below it")
            }
            if range.count == Tile.width { roots.append(Merkle.root(of: expected)) }
        }
        return roots
    }

    /// A tile, named where it is not there or too short.
    private mutating func tile(_ level: Int, _ number: Int, width: Int) throws -> [[UInt8]]? {
        if let hashes = try hashes(level, number, width: width) { return hashes }
        let path = Tile.path(level, number, width: width)
        let isThere = Files.exists("\(folder)/\(path)") || Files.exists("\(folder)/\(Tile.path(level, number))")
        result.find(
            isThere ? .truncated : .removed, path, isThere ? "the tile is too short" : "the tile was removed")
        return nil
    }

    private func hashes(_ level: Int, _ number: Int, width: Int? = nil) throws -> [[UInt8]]? {
        let width = width ?? min(Tile.width, Tile.count(level, in: size) - number * Tile.width)
        guard width > 0 else { return nil }
        let bytes =
            try Files.read("\(folder)/\(Tile.path(level, number, width: width))")
            ?? Files.read("\(folder)/\(Tile.path(level, number))")
        guard let hashes = bytes.flatMap(Tile.hashes), hashes.count >= width else { return nil }
        return Array(hashes.prefix(width))
    }

    private func hash(_ level: Int, _ index: Int) throws -> [UInt8]? {
        try hashes(level, index / Tile.width)?[index % Tile.width]
    }

    private mutating func bundle(_ number: Int, _ range: Range<Int>) throws -> [ArraySlice<UInt8>]? {
        let path = Tile.path(nil, number, width: range.count)
        let bytes =
            try Files.read("\(folder)/\(path)") ?? Files.read("\(folder)/\(Tile.path(nil, number))")
        guard let bytes else {
            missing.append(range)
            return nil
        }
        guard let entries = Tile.entries(of: bytes), entries.count >= range.count else {
            result.find(
                .truncated, path, "the bundle of the events \(range.lowerBound) to \(range.upperBound - 1) is too short"
            )
            return nil
        }
        return Array(entries.prefix(range.count))
    }

    // MARK: Events

    private mutating func look(at entry: ArraySlice<UInt8>, _ index: Int) {
        // Most events say nothing of the log itself: they are not parsed.
        let own = Array(#""eventSource":"coffer.audit""#.utf8), state = Array(#""keyStoreGeneration""#.utf8)
        let isOwn = entry.firstRange(of: own) != nil
        guard isOwn || index + 4 * Tile.width >= size && entry.firstRange(of: state) != nil,
            let event = AuditEvent(decoding: Array(entry))
        else { return }
        lastState = event.keyStore ?? lastState
        guard isOwn else { return }
        switch event.name {
        case "AuditLogPruned": minimum = max(minimum, Int(event.parameters["minimum"]?.integer ?? 0))
        case "KeyStoreRolledBack", "KeyStoreReplaced":
            result.find(.rolledBack, "event \(index)", event.errorMessage ?? "the key store was rolled back")
        case "AuditLogStarted":
            if index > 0 || event.errorCode != nil { result.notes.append("event \(index): the log was begun anew") }
        case "AuditLogRecovered", "AuditLogFull":
            result.notes.append("event \(index): \(event.errorMessage ?? event.name)")
        default: break
        }
    }

    /// Checks the journal; returns the index behind its last event.
    private mutating func journal() throws -> Int {
        let segments = Segment.all(folder)
        guard let first = segments.first?.first else {
            result.find(.removed, "journal", "the journal was removed")
            return size
        }
        guard first <= size else {
            result.find(.removed, "journal", "the journal's segments from event \(size) on were removed")
            return size
        }
        var next = first
        var wrong: Int?
        do {
            var reader = JournalReader(folder, key?.journal)
            let tree = TreeReader(folder: folder, size: size)
            var tile: (number: Int, hashes: [[UInt8]])?
            var pending: [(Int, ArraySlice<UInt8>)] = []
            next = try reader.read(from: first) { index, entry in
                guard index < size else { return pending.append((index, entry)) }
                // A bundle that is gone may have said what was pruned.
                if missing.contains(where: { $0.contains(index) }) { pending.append((index, entry)) }
                if tile?.number != index / Tile.width {
                    tile = (index / Tile.width, try tree.tile(0, index / Tile.width) ?? [])
                }
                let hashes = tile?.hashes ?? []
                if index % Tile.width < hashes.count, Merkle.leaf(entry) != hashes[index % Tile.width], wrong == nil {
                    wrong = index
                }
            }
            for (index, entry) in pending { look(at: entry, index) }
        } catch let error as AuditError {
            let kind: AuditVerification.Kind =
                error.message.contains("lacks") ? .removed : error.message.contains("truncated") ? .truncated : .edited
            result.find(kind, "journal", error.message)
            return max(next, size)
        }
        if let wrong, result.findings.isEmpty {
            result.find(.edited, "journal", "the event \(wrong) of the journal is not that of the tree")
        }
        if next < size {
            result.find(
                .truncated, "journal", "the journal ends at event \(next), and the checkpoint has \(size) events")
        }
        return next
    }

    // MARK: What was kept elsewhere

    private mutating func compare(_ witness: [UInt8], _ next: Int) throws {
        guard let witnessed = Checkpoint(witness, by: verifier) else {
            throw AuditError(
                .invalidArgument, "the checkpoint that was kept is not signed by this log's key",
                hint: "give the verifier key it was made under with --key")
        }
        guard witnessed.size <= max(next, size) else {
            return result.find(
                .rolledBack, "log",
                "the log was rolled back or truncated: it has \(max(next, size)) events, and had \(witnessed.size)")
        }
        var root: [UInt8]?
        if witnessed.size <= size {
            root = try TreeReader(folder: folder, size: size).root(0..<witnessed.size)
        } else if var tree = try tree() {
            var reader = JournalReader(folder, key?.journal)
            _ = try reader.read(from: size) { _, entry in
                if tree.size < witnessed.size { tree.append(entry) { _ in } }
            }
            root = tree.size == witnessed.size ? tree.root : nil
        }
        if root != witnessed.root {
            result.find(
                .edited, "log", "the log is not the one that was witnessed: its first \(witnessed.size) events differ")
        }
    }

    private mutating func compare(_ keyStore: KeyStoreState?) {
        guard let keyStore, let lastState else { return }
        if keyStore.generation < lastState.generation {
            result.find(
                .rolledBack, "key store",
                "the key store was rolled back: it is at generation \(keyStore.generation), and the record has "
                    + "\(lastState.generation)")
        } else if keyStore.generation == lastState.generation, keyStore.root != lastState.root {
            result.find(.rolledBack, "key store", "the key store is not the one of the record")
        }
    }
}
