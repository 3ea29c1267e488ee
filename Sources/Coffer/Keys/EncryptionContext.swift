/// Names and values that a wrapped key is bound to: not secret, needed again to unwrap it.
public struct EncryptionContext: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// The pairs.
    public let pairs: [String: String]

    /// A context of `pairs`.
    public init(_ pairs: [String: String] = [:]) { self.pairs = pairs }

    /// A context as written in code; of pairs with one name the last counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        pairs = Dictionary(elements, uniquingKeysWith: { $1 })
    }

    /// The one byte string this context has, for use as additional data: a big-endian u32 count, then the pairs sorted by
    /// the bytes of their names, each name and value preceded by its big-endian u32 length. An empty context has count 0.
    public var canonicalBytes: [UInt8] {
        let sorted = pairs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var bytes: [UInt8] = []
        func append(_ count: Int) {
            let n = UInt32(count)
            bytes += [UInt8(truncatingIfNeeded: n >> 24), UInt8(truncatingIfNeeded: n >> 16)]
            bytes += [UInt8(truncatingIfNeeded: n >> 8), UInt8(truncatingIfNeeded: n)]
        }
        append(sorted.count)
        for (name, value) in sorted {
            append(name.utf8.count)
            bytes += name.utf8
            append(value.utf8.count)
            bytes += value.utf8
        }
        return bytes
    }
}
