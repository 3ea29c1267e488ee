import Coffer

/// Which format a command writes, and with which it opens a file: what `--format` says, else the file's first bytes and
/// the keys at hand.
struct ChosenFormats: Sendable {
    /// The formats that can be opened with the keys at hand, each made once, whatever the number of files.
    private let ready: [(entry: FormatOfMessages, format: any MessageFormat)]
    private let named: String?

    /// What `keys` and settings are for: all formats that take one of the keys.
    init(opening keys: MessageKeys, _ settings: MessageSettings, named: String?) async throws {
        let kinds = Set(keys.arguments.map(\.kind))
        let takers =
            try named.map { [try FormatOfMessages.named($0)] }
            ?? FormatOfMessages.all.filter { kinds.isEmpty ? $0.needsNoKey : !$0.keys.isDisjoint(with: kinds) }
        if let named, !kinds.isEmpty, takers[0].keys.isDisjoint(with: kinds) {
            throw FormatOfMessages.mismatch(named)
        }
        // One that the options don't fit is left out where another one does.
        var refusal: (any Error)?
        var ready: [(FormatOfMessages, any MessageFormat)] = []
        for entry in takers {
            do {
                try settings.check(for: entry)
            } catch {
                refusal = refusal ?? error
                continue
            }
            ready.append((entry, try await entry.forOpening(keys, settings)))
        }
        self.ready = ready
        if ready.isEmpty, let refusal { throw refusal }
        self.named = named
    }

    /// How the message is opened that begins with `start`.
    func opening(_ start: [UInt8], _ name: String) throws -> any MessageFormat {
        if named != nil { return ready[0].format }
        if let found = ready.first(where: { $0.entry.format.mayBegin(with: start) }) { return found.format }
        if let other = FormatOfMessages.all.first(where: { $0.isMarked && $0.format.mayBegin(with: start) }),
            !ready.contains(where: { !$0.entry.isMarked })
        {
            throw CommandError(
                "\(name) is \(other.title), and none of the keys is for one", hint: "name its key: \(other.keyHint)")
        }
        return (ready.first { !$0.entry.isMarked } ?? ready[0]).format
    }

    /// The format that is written: the one named, else the first one that takes all keys.
    static func sealing(
        _ keys: MessageKeys, _ settings: MessageSettings, named: String?
    ) async throws -> any MessageFormat {
        let kinds = Set(keys.arguments.map(\.kind))
        let entry: FormatOfMessages
        if let named {
            entry = try FormatOfMessages.named(named)
            guard entry.keys.isSuperset(of: kinds) else { throw FormatOfMessages.mismatch(named) }
        } else {
            guard let first = FormatOfMessages.all.first(where: { $0.keys.isSuperset(of: kinds) }) else {
                throw CommandError("no format takes all of these keys", hint: "a message is of one format")
            }
            entry = first
        }
        guard !kinds.isEmpty || entry.needsNoKey else {
            throw CommandError("\(entry.title) needs a key", hint: entry.keyHint)
        }
        try settings.check(for: entry)
        return try await entry.forSealing(keys, settings)
    }
}

extension FormatOfMessages {
    static func named(_ name: String) throws -> FormatOfMessages {
        guard let entry = all.first(where: { $0.name == name }) else {
            throw CommandError(
                "there is no format “\(name)”", hint: "one of \(all.map(\.name).joined(separator: ", "))")
        }
        return entry
    }

    static func mismatch(_ name: String) -> CommandError {
        let entry = all.first { $0.name == name }
        return CommandError(
            "these are not keys for \(entry?.title ?? name)", hint: entry?.keyHint)
    }
}
