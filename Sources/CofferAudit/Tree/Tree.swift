/// The right edge of a log's tree, from which it grows: the tiles and the bundle that are not full yet.
struct Tree: Sendable {
    private(set) var size = 0
    /// Each level's last tile: the hashes that it has, one behind the other.
    private var levels: [[UInt8]] = []
    /// The bytes of the last bundle.
    private(set) var bundle: [UInt8] = []

    /// A file that is to be written.
    struct File: Sendable {
        let path: String
        let bytes: [UInt8]
    }

    /// The root of the tree.
    var root: [UInt8] {
        var below: [UInt8]?
        for level in levels {
            let hashes = below.map { level + $0 } ?? level
            if !hashes.isEmpty { below = Merkle.root(ofTile: hashes) }
        }
        return below ?? Merkle.emptyRoot
    }

    /// Adds a leaf; `write` gets what became full by it.
    mutating func append<E: Error>(
        _ entry: ArraySlice<UInt8>, _ write: (File) throws(E) -> Void
    ) throws(E) {
        bundle.append(entry.count, bytes: 2)
        bundle += entry
        let index = size
        size += 1
        if size.isMultiple(of: Tile.width) {
            try write(File(path: Tile.path(nil, index / Tile.width), bytes: bundle))
            bundle.removeAll(keepingCapacity: true)
        }
        var (hash, level) = (Merkle.leaf(entry), 0)
        while true {
            if level == levels.count { levels.append([]) }
            levels[level] += hash
            guard levels[level].count == Tile.byteCount else { return }
            let index = Tile.count(level, in: size) / Tile.width - 1
            try write(File(path: Tile.path(level, index), bytes: levels[level]))
            hash = Merkle.root(ofTile: levels[level])
            levels[level] = []
            level += 1
        }
    }

    /// The files of the edge: partial tiles and the partial bundle.
    var edge: [File] {
        var files: [File] = []
        let width = size % Tile.width
        if width > 0 {
            files.append(File(path: Tile.path(nil, size / Tile.width, width: width), bytes: bundle))
        }
        for (level, hashes) in levels.enumerated() where !hashes.isEmpty {
            let index = Tile.count(level, in: size) / Tile.width
            files.append(File(path: Tile.path(level, index, width: hashes.count / 32), bytes: hashes))
        }
        return files
    }

    /// The edge of a tree of `size` leaves, as `read` gives its files; nil where one is missing or has another length.
    init?<E: Error>(size: Int, _ read: (String) throws(E) -> [UInt8]?) throws(E) {
        self.size = size
        var level = 0
        while Tile.count(level, in: size) > 0 {
            let count = Tile.count(level, in: size)
            let width = count % Tile.width
            var hashes: [UInt8] = []
            if width > 0 {
                var tile = try read(Tile.path(level, count / Tile.width, width: width))
                if tile == nil { tile = try read(Tile.path(level, count / Tile.width)) }
                guard let tile, tile.count.isMultiple(of: 32), tile.count >= 32 * width else { return nil }
                hashes = Array(tile[..<(32 * width)])
            }
            levels.append(hashes)
            level += 1
        }
        let width = size % Tile.width
        guard width > 0 else { return }
        var bytes = try read(Tile.path(nil, size / Tile.width, width: width))
        if bytes == nil { bytes = try read(Tile.path(nil, size / Tile.width)) }
        guard let bytes, let entries = Tile.entries(of: bytes), entries.count >= width,
            let last = entries.prefix(width).last
        else { return nil }
        bundle = Array(bytes[..<last.endIndex])
    }

    /// A tree without leaves.
    init() {}
}
