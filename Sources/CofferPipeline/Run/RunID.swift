import CofferCrypto

/// Names of runs: the time, so that they sort, and 32 random bits.
enum RunID {
    /// `20261121T025914Z-9f3c2a17`.
    static func make() -> String {
        let time = Timestamp.now().filter { $0 != "-" && $0 != ":" }.prefix { $0 != "." }
        return "\(time)Z-\(Hexadecimal.encode(Randomness.system.bytes(4)))"
    }
}
