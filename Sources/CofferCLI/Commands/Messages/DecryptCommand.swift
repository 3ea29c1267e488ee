import ArgumentParser
import Coffer

/// `coffer decrypt`.
struct DecryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Decrypt a file, a folder or standard input.",
        discussion: """
            Writes FILE.encrypted to FILE, readable by you only, or to -o. A file appears when all of it is verified. On a pipe, \
            an unsigned message comes out frame by frame as it verifies: throw away what came when the exit status is not 0. \
            Without -k any key of the embedded store is used. Context given with -c must be the message's own, and so must \
            decrypt: { require_context: { name: value } } in coffer.yaml.

              coffer decrypt report.csv.encrypted -k age-identity:id.txt
              coffer decrypt old.enc -o old.csv -k passphrase: --iterations 100000

            Files of openssl enc are authentic to nobody: a wrong passphrase can't be told from damage, and may give rubbish.
            """)

    @OptionGroup var options: MessageOptions

    @Flag(help: "Refuse signed messages, which are not given out before all of them is verified.")
    var unsignedOnly = false

    @Option(
        help: ArgumentHelp(
            "Only these bytes of the plaintext, counted from 0, both ends included: 0-99. For unsigned messages in files.",
            valueName: "a-b"))
    var range: String?

    @Option(help: ArgumentHelp("Refuse Fernet tokens that are older.", valueName: "seconds"))
    var ttl: Int64?

    @Flag(help: "The file was made by openssl enc without -pbkdf2.")
    var oldDerivation = false

    func run() async throws {
        let isRecursive = options.recursive
        let hasOutput = options.target != nil
        var settings = try options.settings()
        settings.demandedContext = try CofferFile.read().requiredContext
        settings.unsignedOnly = unsignedOnly
        settings.range = try range.map { try Self.parse($0) }
        settings.ttl = ttl
        settings.oldDerivation = oldDerivation
        let range = settings.range
        let keys = try MessageKeys(options.key, isNew: false, sharing: options.sharing)
        let formats = try await ChosenFormats(opening: keys, settings, named: options.format)
        try await options.forEach(
            { place in
                if isRecursive && !place.path.hasSuffix(MessagePlace.ending) { return nil }
                return range != nil && !hasOutput ? MessagePlace(path: "-") : try place.opened()
            },
            { source, sink in
                let stream = LookAhead(source)
                let format = try formats.opening(try await stream.start(), source.name)
                guard let range, let native = format as? AWSEncryptionSDK else {
                    return try await format.open(try stream.fromStart(), into: sink)
                }
                guard let file = source.seekable else {
                    throw CommandError(
                        "a part can only be taken out of a file", hint: "without --range all of it is opened")
                }
                try file.seek(to: 0)
                try await native.open(range, of: file, into: sink)
            }, isPrivate: true)
    }

    private static func parse(_ text: String) throws -> Range<Int> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int(parts[0]), first >= 0, let last = Int(parts[1]), last >= first,
            last < Int.max
        else { throw CommandError("“\(text)” is no range of bytes", hint: "write --range 0-99 for the first hundred") }
        return first..<last + 1
    }
}
