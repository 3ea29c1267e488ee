import CofferCrypto

/// What tokens look like: random characters after a prefix, or as many of an alphabet as the value has characters.
public enum TokenFormat: Hashable, Sendable, CustomStringConvertible {
    /// A prefix and 22 characters of base64url, 128 random bits: a token of any value looks like that of any other.
    case prefixed(String)
    /// As many random characters as the value has.
    case like(Alphabet)

    /// The characters of tokens that are as long as their values.
    public enum Alphabet: String, Hashable, Sendable, CaseIterable {
        /// 0 to 9.
        case digits
        /// A to Z and a to z.
        case letters
        /// 0 to 9, A to Z and a to z.
        case alphanumeric

        var characters: [UInt8] {
            let digits = Array("0123456789".utf8)
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
            return switch self {
            case .digits: digits
            case .letters: letters
            case .alphanumeric: digits + letters
            }
        }

        /// The shortest values that are taken: a million tokens and more of their length.
        var shortest: Int { self == .digits ? 6 : 4 }
    }

    /// The longest values that `like` takes.
    static let longest = 4096
    private static let like = "like "
    private static let prefix = "prefix "

    /// As a vault has it: `like digits`, `prefix tok_`.
    public var description: String {
        switch self {
        case .like(let alphabet): Self.like + alphabet.rawValue
        case .prefixed(let prefix): Self.prefix + prefix
        }
    }

    /// Reads a description.
    init?(_ text: String) {
        if text.hasPrefix(Self.like), let alphabet = Alphabet(rawValue: String(text.dropFirst(Self.like.count))) {
            self = .like(alphabet)
        } else if text.hasPrefix(Self.prefix), Self.isPrefix(text.dropFirst(Self.prefix.count)) {
            self = .prefixed(String(text.dropFirst(Self.prefix.count)))
        } else {
            return nil
        }
    }

    /// Whether tokens may begin so: up to 32 letters, digits, `_`, `-`.
    static func isPrefix(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 32
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Makes tokens of one format. Nothing of a value goes into one but, with `like`, its length.
struct TokenMaker: Sendable {
    private static let randomByteCount = 16
    private let format: TokenFormat
    private let prefix: [UInt8]
    private let alphabet: [UInt8]
    private let randomness: Randomness

    init(_ format: TokenFormat, randomness: Randomness) {
        self.format = format
        self.randomness = randomness
        switch format {
        case .prefixed(let text): (prefix, alphabet) = (Array(text.utf8), [])
        case .like(let kind): (prefix, alphabet) = ([], kind.characters)
        }
    }

    /// How long the token of a value is; nil where the value is too short or too long for one.
    func byteCount(for value: UnsafeRawBufferPointer) -> Int? {
        guard case .like(let alphabet) = format else {
            return prefix.count + Base64URL.encodedCount(Self.randomByteCount)
        }
        // Characters are Unicode scalars: bytes that go on with one are not counted.
        var count = 0
        for i in value.indices where unsafe value[i] & 0xC0 != 0x80 { count += 1 }
        return (alphabet.shortest...TokenFormat.longest).contains(count) ? count : nil
    }

    /// Appends a token for each of `counts`.
    func append(_ counts: some Collection<Int>, to tokens: inout [UInt8]) {
        if alphabet.isEmpty {
            let random = randomness.bytes(counts.count * Self.randomByteCount)
            var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(Self.randomByteCount))
            unsafe random.withUnsafeBytes { random in
                for i in 0..<counts.count {
                    let bytes = unsafe UnsafeRawBufferPointer(
                        rebasing: random[i * Self.randomByteCount..<(i + 1) * Self.randomByteCount])
                    unsafe text.withUnsafeMutableBytes { unsafe Base64URL.encode(bytes, into: $0.baseAddress!) }
                    tokens += prefix
                    tokens += text
                }
            }
            return
        }
        var left = counts.reduce(0, +)
        // A byte beyond the last whole multiple of the alphabet would make some characters likelier.
        let limit = 256 / alphabet.count * alphabet.count
        while left > 0 {
            for byte in randomness.bytes(left + left / 4 + 16) where Int(byte) < limit && left > 0 {
                tokens.append(alphabet[Int(byte) % alphabet.count])
                left -= 1
            }
        }
    }
}
