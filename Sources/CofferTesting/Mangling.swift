import Foundation

/// What strangers may send in the place of what is right: the same with bits flipped, cut, repeated, other things put in.
public enum Mangling {
    /// How long one parser is tried: a third of a second, or as long as `COFFER_FUZZ_SECONDS` says (scripts/soak).
    public static var limit: Duration {
        .seconds(ProcessInfo.processInfo.environment["COFFER_FUZZ_SECONDS"].flatMap(Double.init) ?? 0.3)
    }

    /// What is put in between, where texts are JSON.
    public static let json = [
        "{", "}", "[", "]", "\"", "\\", "\\u0000", "\u{0}", "é", "-", "1e999", "null", "*", "?", "${", "%2F", ":",
    ]

    /// What is put in between, where texts are XML.
    public static let xml = [
        "<", ">", "</", "/>", "<a>", "</a>", "<a:>", "</a:>", "=", "'", "\"", "<!--", "-->", "<![CDATA[", "<?xml ",
        "?>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&", ";", "&b;", "&amp;", "&lt;", "&#0;", "&#x10ffff;", "&#x110000;",
        "&#+5;",
        "&#99999999999999999999;", "%", "%00", "%2", "+", "-1", "9223372036854775808", "9999", "é", "\u{0}", "\u{fffd}",
        String(repeating: "a", count: 300), String(repeating: "<a>", count: 60),
    ]

    /// Has `body` try what becomes of `bytes`, for `share` of the time.
    public static func of(
        _ bytes: [UInt8], with tokens: [String] = json, share: Double = 1, _ body: ([UInt8]) -> Void
    ) {
        var chance = SystemRandomNumberGenerator()
        let end = ContinuousClock.now + limit * share
        while ContinuousClock.now < end {
            var mangled = bytes
            for _ in 0..<Int.random(in: 1...4, using: &chance) { change(&mangled, tokens, &chance) }
            body(mangled)
        }
    }

    private static func change(
        _ bytes: inout [UInt8], _ tokens: [String], _ chance: inout SystemRandomNumberGenerator
    ) {
        let at = Int.random(in: 0...bytes.count, using: &chance)
        switch Int.random(in: 0..<6, using: &chance) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
        case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &chance)
        case 2: bytes.removeLast(bytes.count - at)
        case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...9, using: &chance)))
        case 4:
            let end = min(bytes.count, at + Int.random(in: 0...40, using: &chance))
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        default:
            bytes.insert(contentsOf: Array((tokens.randomElement(using: &chance) ?? "").utf8), at: at)
        }
    }
}
