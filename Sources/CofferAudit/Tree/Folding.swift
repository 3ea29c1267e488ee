import Coffer
import CofferCrypto
import Glibc

/// Turns the journal into the tree: tiles, entry bundles and a signed checkpoint, one process at a time.
///
/// Nothing of it is synced, since the journal has it all; only when a segment of the journal is to go are the files synced
/// that stand for it, with a checkpoint beside the journal (`journal/base`) from which the rest can be made again.
struct Folding: Sendable {
    let folder: String
    let key: AuditKey
    private let verifier: NoteVerifier
    private let lock: FileLock
    private var tree: Tree?
    private var reader: JournalReader
    /// The last checkpoint that was written or read.
    private(set) var checkpoint: Checkpoint?
    /// What was made again after it was lost; for the record.
    private(set) var repairs: [String] = []

    init(folder: String, key: AuditKey) throws(FileFailure) {
        (self.folder, self.key) = (folder, key)
        verifier = NoteVerifier(name: key.name, publicKey: key.signer.publicKey)
        lock = try FileLock("\(folder)/fold.lock")
        reader = JournalReader(folder, key.journal)
    }

    /// Brings the tree up to the journal, of which this process itself appended `recent`; nil where another process is at
    /// it. Where it `goesOn`, tiles that are full are written and nothing else: no checkpoint, and the journal stays.
    mutating func fold(_ recent: [Appended] = [], goesOn: Bool = false) throws -> Checkpoint? {
        guard lock.tryToTake() else { return nil }
        defer { lock.release() }
        do {
            return try foldNow(recent, goesOn)
        } catch {
            // What is in memory may be further than the files.
            tree = nil
            throw error
        }
    }

    private mutating func foldNow(_ recent: [Appended], _ goesOn: Bool) throws -> Checkpoint? {
        let current = try signed("\(folder)/checkpoint")
        if tree == nil || checkpoint != current { try load(current) }
        guard var tree else { preconditionFailure("a tree was loaded") }
        let before = tree.size
        let (path, expectedSize) = (folder, current?.size ?? 0)
        // Only one copy of the tree, or its arrays would be copied.
        self.tree = nil
        let next = try reader.read(from: before, recent: recent) { _, entry in
            try tree.append(entry) { file throws(FileFailure) in
                try Files.replace("\(path)/\(file.path)", file.bytes)
            }
            if tree.size == expectedSize { try Self.compare(tree, current) }
        }
        guard next >= expectedSize else {
            throw AuditError(
                .altered, "the journal was truncated: the checkpoint has \(expectedSize) events, the log \(next)")
        }
        self.tree = tree
        if goesOn { return nil }
        guard tree.size != current?.size else { return try retire(tree, current) }
        for file in tree.edge { try Files.replace("\(folder)/\(file.path)", file.bytes) }
        let made = Checkpoint(size: tree.size, root: tree.root, key)
        try Files.replace("\(folder)/checkpoint", made.note)
        checkpoint = made
        return try retire(tree, made)
    }

    private static func compare(_ tree: Tree, _ checkpoint: Checkpoint?) throws(AuditError) {
        guard let checkpoint, tree.root != checkpoint.root else { return }
        throw AuditError(
            .altered, "the audit log was edited: its first \(tree.size) events are not those of its checkpoint")
    }

    /// The tree of the checkpoint; where that is lost, of the one beside the journal.
    private mutating func load(_ current: Checkpoint?) throws {
        reader = JournalReader(folder, key.journal)
        checkpoint = current
        let folder = folder
        func tree(_ checkpoint: Checkpoint?) throws(FileFailure) -> Tree? {
            guard let checkpoint else { return nil }
            let tree = try Tree(size: checkpoint.size) { path throws(FileFailure) in
                try Files.read("\(folder)/\(path)")
            }
            return tree?.root == checkpoint.root ? tree : nil
        }
        if let found = try tree(current) { return self.tree = found }
        let base = try signed("\(folder)/journal/base")
        if current == nil, base != nil { repairs.append("checkpoint") }
        if let found = try tree(base) {
            if current != nil { repairs.append("tiles") }
            return self.tree = found
        }
        guard base == nil, Segment.all(folder).first?.first ?? 0 == 0 else {
            throw AuditError(
                .altered, "tiles of the audit log were removed or edited", hint: "coffer audit verify says which")
        }
        self.tree = Tree()
    }

    /// A checkpoint of ours; nil where there is none or the disk lost it. One by another key is an error.
    private func signed(_ path: String) throws -> Checkpoint? {
        guard let note = try Files.read(path), !note.isEmpty else { return nil }
        if let checkpoint = Checkpoint(note, by: verifier) { return checkpoint }
        // Zeros are what a power cut leaves; anything else was put there.
        guard note.contains(0) else {
            throw AuditError(
                .altered, "\(path) is not signed by the log's key", hint: "set COFFER_AUDIT_KEY to the key of this log")
        }
        return nil
    }

    /// Removes segments that the tree holds, after making sure of it.
    private mutating func retire(_ tree: Tree, _ checkpoint: Checkpoint?) throws -> Checkpoint {
        let made = checkpoint ?? Checkpoint(size: tree.size, root: tree.root, key)
        let segments = Segment.all(folder)
        let done = zip(segments, segments.dropFirst()).filter { $1.first <= tree.size }.map(\.0)
        guard !done.isEmpty else { return made }
        let base = try signed("\(folder)/journal/base")
        try sync(from: base?.size ?? 0, tree)
        try Files.replace("\(folder)/journal/base", made.note, isSynced: true)
        for segment in done { Files.remove(segment.path) }
        removePartial(before: tree, from: base?.size ?? 0)
        return made
    }

    /// Syncs what was written since the tree had `size` leaves.
    private func sync(from size: Int, _ tree: Tree) throws(FileFailure) {
        var paths = tree.edge.map(\.path)
        for index in size / Tile.width..<max(tree.size / Tile.width, size / Tile.width) {
            paths.append(Tile.path(nil, index))
        }
        var level = 0
        while Tile.count(level, in: tree.size) > 0 {
            let (from, to) = (Tile.count(level, in: size) / Tile.width, Tile.count(level, in: tree.size) / Tile.width)
            for index in from..<max(from, to) { paths.append(Tile.path(level, index)) }
            level += 1
        }
        var folders: Set<String> = [folder]
        for path in paths {
            try Files.sync("\(folder)/\(path)")
            var parent = Files.parent(of: path)
            while parent != "." {
                folders.insert("\(folder)/\(parent)")
                parent = Files.parent(of: parent)
            }
        }
        for path in folders.sorted() { try Files.sync(path) }
        try Files.sync("\(folder)/checkpoint")
    }

    /// Partial tiles whose full one is there serve nobody any more.
    private func removePartial(before tree: Tree, from size: Int) {
        func remove(_ level: Int?, _ index: Int) {
            let path = "\(folder)/\(Tile.path(level, index)).p"
            for name in Files.names(in: path) { Files.remove("\(path)/\(name)") }
            _ = unsafe rmdir(path)
        }
        for index in size / Tile.width..<max(tree.size / Tile.width, size / Tile.width) { remove(nil, index) }
        var level = 0
        while Tile.count(level, in: tree.size) > 0 {
            let (from, to) = (Tile.count(level, in: size) / Tile.width, Tile.count(level, in: tree.size) / Tile.width)
            for index in from..<max(from, to) { remove(level, index) }
            level += 1
        }
    }

    /// What was repaired, which is forgotten here.
    mutating func takeRepairs() -> [String] {
        defer { repairs = [] }
        return repairs
    }
}
