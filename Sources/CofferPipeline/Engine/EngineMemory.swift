extension Engine {
    /// The bytes that it may use, as it says itself: a part of the machine's where nothing was set.
    func memory() throws -> Int {
        let text = try connect().rows("SELECT current_setting('memory_limit')").first?.first ?? nil
        return text.flatMap(Self.bytes) ?? 2 << 30
    }

    /// Reads `1.3 GiB`, `953.6 MiB`, `512 bytes`; nil where it is none.
    static func bytes(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        guard parts.count == 2, let number = Double(parts[0]), (0...1_000_000).contains(number),
            let unit = units.firstIndex(of: String(parts[1]))
        else { return nil }
        return Int(number * Double(1 << (10 * unit)))
    }
}
