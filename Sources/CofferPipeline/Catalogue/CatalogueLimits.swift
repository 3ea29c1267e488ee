/// What a catalogue may hold at most; whatever is larger is refused unread.
enum CatalogueLimits {
    static let byteCount = 64 << 20
    static let keys = 500_000
    static let segments = 1_000_000
    static let domains = 10_000
    static let columns = 10_000
    static let bound = 64
    static let metadata = 64
    /// Bytes of a dataset, path, domain or key name.
    static let name = 4096
    /// Bytes of a fixed-size binary: what is set aside for every row, before a cell has opened.
    static let fixedWidth = 1024
    /// Whether a dataset may be called so: it is written into key stores, databases and messages.
    static func isDataset(_ name: String) -> Bool {
        (1...Self.name).contains(name.utf8.count) && !name.utf8.contains { $0 < 0x20 || $0 == 0x7f }
    }
    /// Bytes of one wrapped key.
    static let wrapped = 8192
    /// Bytes of a format that values keep: the largest alphabet.
    static let formatKept = 300_000
    /// Bytes of one metadata value.
    static let metadataValue = 65_536
}
