/// Names of tiles and entry bundles (C2SP tlog-tiles).
enum Tile {
    /// Hashes of a full tile, entries of a full bundle.
    static let width = 256
    /// Bytes of a full tile.
    static let byteCount = 32 * width

    /// The path of tile `index` of `level`; of the bundle where `level` is nil. `width` is given for a partial one.
    static func path(_ level: Int?, _ index: Int, width: Int = width) -> String {
        var digits = String(index)
        while !digits.count.isMultiple(of: 3) { digits = "0" + digits }
        var parts: [String] = []
        while !digits.isEmpty {
            parts.append((digits.count > 3 ? "x" : "") + digits.prefix(3))
            digits = String(digits.dropFirst(3))
        }
        let name = "tile/\(level.map(String.init) ?? "entries")/\(parts.joined(separator: "/"))"
        return width == Self.width ? name : "\(name).p/\(width)"
    }

    /// Whether `text` is what ``path(_:_:width:)`` gives for some tile.
    static func isPath(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 12, parts[0] == "tile" else { return false }
        let level = Int(parts[1])
        var (index, width) = (0, Self.width)
        for part in parts[2...] {
            if part.hasSuffix(".p") {
                index = index * 1000 + (Int(part.dropLast(2)) ?? 0)
                width = Int(parts[parts.count - 1]) ?? 0
                break
            }
            guard index < 1 << 50 else { return false }
            index = index * 1000 + (Int(part.hasPrefix("x") ? part.dropFirst() : part) ?? 0)
        }
        // Written anew it must be the same: no other spelling gets to a file.
        guard index >= 0, level ?? 0 >= 0, (1...Self.width).contains(width) else { return false }
        return path(level, index, width: width) == text
    }

    /// How many nodes `level` has in a tree of `size` leaves: whole subtrees of 256^level.
    static func count(_ level: Int, in size: Int) -> Int { level >= 8 ? 0 : size >> (8 * level) }

    /// The entries of a bundle, each behind its length in two bytes; nil where they don't fill it exactly.
    static func entries(of bundle: [UInt8]) -> [ArraySlice<UInt8>]? {
        var entries: [ArraySlice<UInt8>] = []
        var at = 0
        while at < bundle.count {
            guard let count = bundle.number(at: at, bytes: 2), at + 2 + count <= bundle.count else { return nil }
            entries.append(bundle[at + 2..<at + 2 + count])
            at += 2 + count
        }
        return entries
    }

    /// The hashes of a tile; nil where it has not whole ones.
    static func hashes(of tile: [UInt8]) -> [[UInt8]]? {
        guard tile.count.isMultiple(of: 32) else { return nil }
        return stride(from: 0, to: tile.count, by: 32).map { Array(tile[$0..<$0 + 32]) }
    }
}
