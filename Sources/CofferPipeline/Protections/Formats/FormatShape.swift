import CofferCrypto

/// Takes a value apart into what is encrypted and what stays, and puts it together again.
protocol FormatShape: Sendable {
    /// Writes the encrypted or decrypted value of `text` to `target` and returns the number of its bytes; nil where the text
    /// does not have this shape. `target` has room for ``FormatCipher/room(for:)`` bytes.
    func permute(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, decrypts: Bool) -> Int?
}

/// Encrypts values of a format to values of the same format, and what does not fit to cells that say so.
struct FormatCipher: Sendable {
    let shape: any FormatShape
    private let misfits: AESSIV
    /// Version and check value of the domain's key.
    private let header: [UInt8]

    /// `key` is a domain's: 32 bytes for FF1, 64 for values that do not fit.
    init(
        _ format: ValueFormat, domain: String, key: borrowing DomainKey.Derived, allowsSmallDomains: Bool
    ) throws(CryptoError) {
        var tweak: [UInt8] = []
        tweak.append(prefixed: domain)
        tweak.append(prefixed: format.description)
        let secret = key.key.withBytes { SecretBytes(copying: $0.extracting(first: 32)) }
        func ff1(_ radix: Int) throws(CryptoError) -> FF1 {
            try unsafe FF1(
                key: secret, radix: radix, tweak: tweak.span.bytes, allowsSmallDomains: allowsSmallDomains)
        }
        switch format {
        case .alphabet(let characters) where characters.allSatisfy(\.isASCII):
            shape = ASCIIShape(characters, ff1: try ff1(characters.count))
        case .alphabet(let characters): shape = UnicodeShape(characters, ff1: try ff1(characters.count))
        case .card: shape = CardShape(ff1: try ff1(10))
        case .ssn:
            guard let domain = IntegerDomain(from: 0, span: SSNShape.count - 1) else {
                preconditionFailure("it is large")
            }
            shape = SSNShape(numbers: CycleWalk(domain, ff1: try ff1(domain.radix)))
        case .phone: shape = PhoneShape(ff1: try ff1(10))
        case .email: shape = EmailShape(lower: try ff1(36), mixed: try ff1(62))
        case .integer(let range):
            guard let domain = IntegerDomain(range) else {
                throw CryptoError(.invalidArgument, "a range of under 100 numbers can't be encrypted")
            }
            shape = IntegerShape(numbers: CycleWalk(domain, ff1: try ff1(domain.radix)))
        }
        misfits = try AESSIV(key: key.key.withBytes { SecretBytes(copying: $0.extracting(last: 64)) })
        header = [FieldFormat.deterministic] + key.check
    }

    /// The room a value may take.
    static func room(for count: Int) -> Int { max(64, count * 4) }

    /// The cell of a value that has another shape: a tilde, which no shape has, and a deterministic cell as base64url.
    func seal(misfit text: UnsafeRawBufferPointer) -> [UInt8] {
        var cell = header + [UInt8](repeating: 0, count: text.count + AESSIV.tagByteCount)
        unsafe cell.withUnsafeMutableBytes { cell in
            unsafe misfits.seal(text, into: cell.baseAddress! + header.count)
        }
        return [Self.mark] + Array(Base64URL.encode(cell).utf8)
    }

    /// The value of a cell that ``seal(misfit:)`` made; nil where it is none.
    func open(misfit text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard unsafe text.first == Self.mark,
            let cell = unsafe try? Base64URL.decode(String(decoding: text.dropFirst(), as: UTF8.self)),
            cell.count >= FieldFormat.deterministicOverhead, cell.starts(with: header)
        else { return nil }
        var value = [UInt8](repeating: 0, count: cell.count - FieldFormat.deterministicOverhead + 1)
        let isOpen = unsafe value.withUnsafeMutableBytes { value in
            unsafe cell.withUnsafeBytes { cell in
                unsafe misfits.open(
                    UnsafeRawBufferPointer(rebasing: cell[header.count...]), into: value.baseAddress!)
            }
        }
        return isOpen ? value.dropLast() : nil
    }

    /// What a value that did not fit begins with.
    static let mark = UInt8(ascii: "~")
}

/// The numbers of a domain permuted: numerals that stand for none are encrypted on until they do.
struct CycleWalk: Sendable {
    let domain: IntegerDomain
    let ff1: FF1

    init(_ domain: IntegerDomain, ff1: FF1) {
        self.domain = domain
        self.ff1 = ff1
    }

    /// `number` is at most the domain's span.
    func permute(_ number: UInt64, decrypts: Bool) -> UInt64 {
        var number = number
        repeat { number = ff1.permute(number, count: domain.count, decrypts: decrypts) } while number > domain.span
        return number
    }
}

extension UInt8 {
    /// Whether it is an ASCII digit.
    var isDigit: Bool { self &- 0x30 < 10 }
    /// Whether it is a space or ASCII punctuation other than a tilde: what stays where it is.
    var isSeparator: Bool {
        switch self {
        case 0x20...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7d: true
        default: false
        }
    }
}
