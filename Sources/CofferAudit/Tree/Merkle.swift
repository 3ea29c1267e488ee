import CofferCrypto

/// The hashes of a Merkle tree (RFC 6962, 2.1).
enum Merkle {
    /// The root of a tree without leaves.
    static let emptyRoot = Digest.sha256([])

    /// The hash of a leaf.
    static func leaf(_ entry: [UInt8]) -> [UInt8] { leaf(entry[...]) }

    /// The hash of a leaf.
    static func leaf(_ entry: ArraySlice<UInt8>) -> [UInt8] {
        [UInt8](byteCapacity: 32) { output in unsafe Digest.sha256(0, entry.span.bytes, into: &output) }
    }

    /// The hash of a node.
    static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { root(ofTile: left + right) }

    /// The root over nodes of one height, of which the last one may be lower. There is at least one.
    static func root(of hashes: [[UInt8]]) -> [UInt8] { root(ofTile: Array(hashes.joined())) }

    /// The root over nodes of one height, which stand one behind the other as in a tile.
    static func root(ofTile hashes: [UInt8]) -> [UInt8] {
        var row = hashes
        while row.count > 32 {
            let (pairs, rest) = row.count.quotientAndRemainder(dividingBy: 64)
            row = [UInt8](byteCapacity: 32 * pairs + rest) { output in
                let bytes = unsafe row.span.bytes
                for i in 0..<pairs {
                    Digest.sha256(1, bytes.extracting(64 * i..<64 * i + 64), into: &output)
                }
                // One that is left over goes up as it is, which is the split at the largest power of two.
                if rest > 0 { output.append(copying: bytes.extracting(64 * pairs..<64 * pairs + rest)) }
            }
        }
        return row
    }

    /// The root that a proof of inclusion leads to (RFC 9162, 2.1.3.2); nil where the proof has another length.
    static func root(of leaf: [UInt8], at index: Int, in size: Int, proof: [[UInt8]]) -> [UInt8]? {
        guard index >= 0, index < size else { return nil }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return nil }
            if !node.isMultiple(of: 2) || node == last {
                hash = Self.node(sibling, hash)
                while node.isMultiple(of: 2), node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = Self.node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 ? hash : nil
    }
}
