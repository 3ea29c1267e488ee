import CofferCrypto

/// The hashes of a Merkle tree (RFC 6962, 2.1).
enum Merkle {
    /// The root of a tree without leaves.
    static let emptyRoot = Digest.sha256([])

    /// The hash of a leaf.
    static func leaf(_ entry: some Collection<UInt8>) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(entry.count + 1)
        message.append(0)
        message += entry
        return Digest.sha256(message)
    }

    /// The hash of a node.
    static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(65)
        message.append(1)
        message += left
        message += right
        return Digest.sha256(message)
    }

    /// The root over nodes of one height, of which the last one may be lower. There is at least one.
    static func root(of hashes: [[UInt8]]) -> [UInt8] {
        var row = hashes
        while row.count > 1 {
            var next: [[UInt8]] = []
            next.reserveCapacity((row.count + 1) / 2)
            for i in stride(from: 0, to: row.count - 1, by: 2) { next.append(node(row[i], row[i + 1])) }
            // One that is left over goes up as it is, which is the split at the largest power of two.
            if !row.count.isMultiple(of: 2), let last = row.last { next.append(last) }
            row = next
        }
        return row[0]
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
