import Coffer

/// What a command line says of messages beside their keys. A format that has no use for one of them refuses it by name.
struct MessageSettings {
    /// The options by their names on the command line.
    enum Option: String, CaseIterable {
        case context, commitment, sign, suite, range, ttl, armor, legacy, cipher, iterations, digest, algorithm
        case requiredContext = "required-context"
        case associatedData = "associated-data"
        case frameLength = "frame-length"
        case maxKeys = "max-keys"
        case unsignedOnly = "unsigned-only"
        case oldDerivation = "old-derivation"
    }

    var context: [String] = []
    /// Context that coffer.yaml demands of every message that is opened.
    var demandedContext = EncryptionContext()
    var requiredContext: [String] = []
    var commitment: CommitmentPolicy?
    var maxKeys: Int?
    var sign = false
    var suite: String?
    var frameLength: Int?
    var unsignedOnly = false
    var range: Range<Int>?
    var ttl: Int64?
    var armor = false
    var legacy = false
    var cipher: String?
    var iterations: Int?
    var digest: String?
    var oldDerivation = false
    var algorithm: String?
    /// What messages of Tink are bound to.
    var associatedData: [UInt8]?

    /// Those that the command line has.
    private var given: [Option] {
        Option.allCases.filter { option in
            switch option {
            case .context: !context.isEmpty
            case .commitment: commitment != nil
            case .sign: sign
            case .suite: suite != nil
            case .range: range != nil
            case .ttl: ttl != nil
            case .armor: armor
            case .legacy: legacy
            case .cipher: cipher != nil
            case .iterations: iterations != nil
            case .digest: digest != nil
            case .oldDerivation: oldDerivation
            case .algorithm: algorithm != nil
            case .associatedData: associatedData != nil
            case .requiredContext: !requiredContext.isEmpty
            case .frameLength: frameLength != nil
            case .maxKeys: maxKeys != nil
            case .unsignedOnly: unsignedOnly
            }
        }
    }

    /// Refuses what `format` has no use for, and a demand that it can't meet.
    func check(for format: FormatOfMessages) throws {
        if let option = given.first(where: { !format.options.contains($0) }) {
            throw CommandError(
                "--\(option.rawValue) says nothing to \(format.title)",
                hint: format.options.isEmpty
                    ? "leave it out"
                    : "it knows \(format.options.map { "--" + $0.rawValue }.sorted().joined(separator: ", "))")
        }
        guard demandedContext.pairs.isEmpty || format.options.contains(.context) else {
            throw CommandError(
                "coffer.yaml demands an encryption context, which \(format.title) does not have",
                hint: "decrypt: { require_context: … } is about every message")
        }
    }

    /// The context that `texts` give: `name=value`.
    static func pairs(_ texts: [String]) throws -> EncryptionContext {
        var pairs: [String: String] = [:]
        for text in texts {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw CommandError("“\(text)” is no encryption context", hint: "write -c name=value")
            }
            guard pairs.updateValue(String(text[text.index(after: sign)...]), forKey: String(text[..<sign])) == nil
            else {
                throw CommandError("the encryption context has “\(text[..<sign])” twice")
            }
        }
        return EncryptionContext(pairs)
    }
}
