import Coffer
import CofferCrypto
import CofferPipeline

/// `coffer rewrap` of files and objects that are messages.
struct MessageRewrap: Sendable {
    /// What is done with messages that begin in some way.
    struct Handler: Sendable {
        let mayBegin: @Sendable ([UInt8]) -> Bool
        let rewrapping: any Rewrapping
    }

    let handlers: [Handler]
    let isDryRun: Bool
    let cancellation: Cancellation

    /// Handles the file of a folder, or the one named. What goes wrong with it is in the result.
    func rewrap(_ path: String, isNamed: Bool) async -> RewrappedFile {
        var found = RewrappedFile(file: path, outcome: .failed)
        do {
            let place = MessagePlace(path: path)
            let source = try place.source(cancellation)
            guard let file = source.seekable else { throw CommandError("\(path) is no regular file") }
            let start = try await LookAhead(source).start()
            guard let handler = handlers.first(where: { $0.mayBegin(start) }) else {
                guard isNamed else {
                    found.outcome = .other
                    return found
                }
                throw CommandError(
                    "\(path) is no message that can be rewrapped: \(FileKind.of(start).name)",
                    hint: "coffer inspect says what a file is")
            }
            let plan = try await handler.rewrapping.plan(file)
            found.keys = plan.recipients.map { .init(provider: $0.provider, key: $0.key, version: $0.version) }
            guard plan.way != .none else {
                found.outcome = .current
                return found
            }
            found.way = plan.way
            guard !isDryRun else {
                found.outcome = .remains
                return found
            }
            try await place.replacement(of: source).abandonedOnFailure { try await plan.carryOut(into: $0) }
            found.outcome = .rewrapped
        } catch MessageError.Code.interrupted {
            found.outcome = .remains
        } catch {
            found.failure = error
        }
        return found
    }
}

extension MessageRewrap {
    /// What is done with which messages: those that `keys` open come under `targets`, or stay for whom they are where
    /// nobody is named.
    static func handlers(
        _ keys: MessageKeys, to targets: MessageKeys?, _ settings: MessageSettings, keepsVersion1: Bool
    ) async throws -> [Handler] {
        let kinds = Set(keys.arguments.map(\.kind))
        var new: (any MessageFormat)?
        if let targets {
            var settings = settings
            // What old messages are bound to says nothing to new ones of another format.
            if !targets.arguments.contains(where: { FormatOfMessages.tink.keys.contains($0.kind) }) {
                settings.associatedData = nil
            }
            new = try await ChosenFormats.sealing(targets, settings, named: nil)
        }
        var refusal: (any Error)?
        var handlers: [Handler] = []
        for entry in FormatOfMessages.all
        where kinds.isEmpty ? entry.needsNoKey : !entry.keys.isDisjoint(with: kinds) {
            do {
                try settings.check(for: entry)
                let old = try await entry.forOpening(keys, settings)
                handlers.append(
                    Handler(
                        mayBegin: { entry.format.mayBegin(with: $0) },
                        rewrapping: try rewrapping(old, entry, to: new, targets, keepsVersion1)))
            } catch {
                refusal = refusal ?? error
            }
        }
        if handlers.isEmpty, let refusal { throw refusal }
        return handlers
    }

    private static func rewrapping(
        _ old: any MessageFormat, _ entry: FormatOfMessages, to new: (any MessageFormat)?, _ targets: MessageKeys?,
        _ keepsVersion1: Bool
    ) throws -> any Rewrapping {
        if var old = old as? AWSEncryptionSDK, new.map({ $0 is AWSEncryptionSDK }) ?? true {
            // Messages from before there was commitment get it.
            old.commitment = .allow
            var rewrap = AWSEncryptionSDK.Rewrap(old, to: try targets?.forSealing() ?? [])
            rewrap.keepsVersion1 = keepsVersion1
            return rewrap
        }
        if var old = old as? Fernet, new.map({ $0 is Fernet }) ?? true {
            old.keys = ((new as? Fernet)?.keys ?? []) + old.keys
            return Fernet.Rewrap(old)
        }
        if let old = old as? Tink { return Tink.Rewrap(old, to: new) }
        guard let new else {
            throw CommandError("for whom \(entry.title) is to be has to be said", hint: "--to KEY")
        }
        return Reencryption(from: old, to: new)
    }

    /// The files or objects that a name on the command line means.
    static func files(
        _ source: String, isRecursive: Bool, _ cancellation: Cancellation
    ) throws -> [FolderWalk.File] {
        if ObjectAddress.isOne(source) {
            let address = try ObjectAddress(source)
            guard address.name.isEmpty || address.name.hasSuffix("/") else { return [FolderWalk.file(source)] }
            guard isRecursive else {
                throw CommandError(
                    "\(source) stands for many objects", hint: "--recursive takes all messages among them")
            }
            return try FolderWalk.objects(address, cancellation)
        }
        guard FolderWalk.isFolder(source) else {
            guard source != "-" else {
                throw CommandError("a message is rewrapped in its place", hint: "name a file")
            }
            return [FolderWalk.file(source)]
        }
        guard isRecursive else {
            throw CommandError("\(source) is a folder", hint: "--recursive takes all messages in it")
        }
        return try FolderWalk.files(in: source)
    }

    /// Whether a file is taken for a message and not for a table: by how it begins, or by the keys that are named for it.
    static func isMessage(_ path: String, keys: [String]) -> Bool {
        // What stands for many objects is no table.
        if ObjectAddress.isOne(path), path.hasSuffix("/") { return true }
        guard path != "-", !FolderWalk.isFolder(path),
            let source = try? MessagePlace(path: path).source(Cancellation()), source.length != nil,
            let start = try? source.first(64)
        else { return false }
        let kinds = Set(keys.compactMap { try? RecipientArgument($0).kind })
        return FormatOfMessages.all.contains {
            $0.format.mayBegin(with: start) && ($0.isMarked || !$0.keys.isDisjoint(with: kinds))
        }
    }
}

extension NamedSource {
    /// The first bytes, at most `count`.
    func first(_ count: Int) throws -> [UInt8] {
        try [UInt8](byteCapacity: count) { (output: inout OutputRawSpan) throws in try read(into: &output) }
    }
}
