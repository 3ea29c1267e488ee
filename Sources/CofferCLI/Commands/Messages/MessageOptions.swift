import ArgumentParser
import Coffer
import CofferPipeline

/// Options of `encrypt` and `decrypt`.
struct MessageOptions: ParsableArguments {
    /// The policies by their names.
    enum Commitment: String, ExpressibleByArgument, CaseIterable {
        case require, allow, forbid

        var policy: CommitmentPolicy {
            switch self {
            case .require: .require
            case .allow: .allow
            case .forbid: .forbid
            }
        }
    }

    @Argument(
        help: "A file, s3://BUCKET/NAME, a folder or s3://BUCKET/PREFIX/ with --recursive, or - for standard input.",
        completion: .file())
    var input: String

    @Argument(help: "Where to write: the same as -o.", completion: .file())
    var destination: String?

    @Option(
        name: [.short, .customLong("output")],
        help: "Write here: a file, a folder, s3://BUCKET/NAME; - is standard output.", completion: .file())
    var output: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A key: alias/NAME, aws-kms://ARN, raw-aes://NAMESPACE/NAME?file=PATH, raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=P, age:RECIPIENT, age-identity:PATH, passphrase:, fernet:PATH, jwk:PATH, tink:KEYSET.json, tink-kms:KEY.",
            discussion:
                "May be repeated. P is oaep-sha256 (the default), oaep-sha1, oaep-sha384, oaep-sha512 or pkcs1. passphrase: is $COFFER_PASSPHRASE or asked for; passphrase:?file=PATH is in a file. tink:KEYSET?kek=KEY is an encrypted keyset.",
            valueName: "key"))
    var key: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Encryption context, which is not secret; may be repeated.", valueName: "name=value"))
    var context: [String] = []

    @Option(
        help: ArgumentHelp(
            "What a message of Tink is bound to: a text, or @FILE. It does not stand in the message.",
            valueName: "text"))
    var associatedData: String?

    @Option(
        help: ArgumentHelp(
            "\(FormatOfMessages.all.map(\.name).joined(separator: ", ")): by itself what the keys are for, else esdk; to decrypt, what the file begins with.",
            valueName: "format"))
    var format: String?

    @Option(
        help:
            "Key commitment: require (the default), allow (open messages without) or forbid (write for readers of before 2020)."
    )
    var commitment: Commitment?

    @Option(help: ArgumentHelp("Refuse messages with more encrypted data keys than this; 50.", valueName: "count"))
    var maxKeys: Int?

    @Option(
        help: ArgumentHelp("Of openssl enc: aes-256-cbc, or 128 and 192, and ctr.", valueName: "name"))
    var cipher: String?

    @Option(help: ArgumentHelp("Of openssl enc -pbkdf2 -iter; 10000.", valueName: "count"))
    var iterations: Int?

    @Option(help: ArgumentHelp("Of openssl enc -md; sha256.", valueName: "name"))
    var digest: String?

    @Option(
        help: ArgumentHelp(
            "Use a data key for so many files of one key and context, within five minutes, and open it once: fewer calls to a key service. Not for signed messages.",
            valueName: "count"))
    var reuseDataKeys: Int?

    @Flag(name: [.short, .long], help: "Take all files of a folder, each for itself.")
    var recursive = false

    func validate() throws {
        guard maxKeys.map({ (1...0xffff).contains($0) }) ?? true else {
            throw ValidationError("--max-keys is 1 to 65535")
        }
        guard output == nil || destination == nil else {
            throw ValidationError("a second argument and -o both say where to write")
        }
        guard reuseDataKeys.map({ (1...1_000_000).contains($0) }) ?? true else {
            throw ValidationError("--reuse-data-keys is 1 to 1000000")
        }
    }

    /// Where to write, where that is said.
    var target: String? { output ?? destination }

    /// For how many messages one data key may be used.
    var sharing: DataKeyLimits? { reuseDataKeys.map { DataKeyLimits(messages: $0) } }

    /// What both commands have in common.
    func settings() throws -> MessageSettings {
        var settings = MessageSettings()
        settings.context = context
        settings.commitment = commitment?.policy
        settings.maxKeys = maxKeys
        settings.cipher = cipher
        settings.iterations = iterations
        settings.digest = digest
        settings.associatedData = try associatedData.map { try TinkArgument.bytes(of: $0) }
        return settings
    }

    /// Does `work` with the one input, or with each file of the folder. `place` says where a result goes by itself, nil
    /// where a file is to be left as it is.
    func forEach(
        _ place: (MessagePlace) throws -> MessagePlace?,
        _ work: @escaping @Sendable (any NamedSource, any MessageSink) async throws -> Void, isPrivate: Bool
    ) async throws {
        let cancellation = Cancellation()
        let isFolder = ObjectAddress.isOne(input) ? recursive : FolderWalk.isFolder(input)
        guard isFolder, input != "-" else {
            if recursive {
                throw CommandError("\(input) is no folder", hint: "without --recursive it is taken as a file")
            }
            let from = MessagePlace(path: input)
            guard var to = try target.map({ MessagePlace(path: $0) }) ?? place(from) else { return }
            if to.isObject, to.path.hasSuffix("/"), let beside = try place(from), !beside.isStandard {
                to = MessagePlace(path: to.path + (beside.path.split(separator: "/").last ?? ""))
            }
            return try await Interruption.handling(cancellation) {
                try await one(from, to, cancellation, work, isPrivate: isPrivate)
            }
        }
        guard recursive else { throw CommandError("\(input) is a folder", hint: "--recursive takes all files in it") }
        guard target != "-" else { throw CommandError("the files of a folder go into a folder", hint: "-o FOLDER") }
        try await Interruption.handling(cancellation) {
            try await folder(place, work, cancellation, isPrivate: isPrivate)
        }
    }

    private func files(_ cancellation: Cancellation) throws -> [FolderWalk.File] {
        guard ObjectAddress.isOne(input) else { return try FolderWalk.files(in: input) }
        let address = try ObjectAddress(input)
        guard !address.name.isEmpty, !address.name.hasSuffix("/") else {
            return try FolderWalk.objects(address, cancellation)
        }
        return try FolderWalk.objects(ObjectAddress(bucket: address.bucket, name: address.name + "/"), cancellation)
    }

    private func one(
        _ from: MessagePlace, _ to: MessagePlace, _ cancellation: Cancellation,
        _ work: @Sendable (any NamedSource, any MessageSink) async throws -> Void, isPrivate: Bool
    ) async throws {
        let source = try from.source(cancellation)
        let sink = try to.sink(isPrivate: isPrivate, cancellation)
        let meter = ByteMeter(source)
        do {
            try await sink.abandonedOnFailure { try await work(source, $0) }
        } catch {
            await meter.end()
            throw error
        }
        await meter.end()
    }

    private func folder(
        _ place: (MessagePlace) throws -> MessagePlace?,
        _ work: @escaping @Sendable (any NamedSource, any MessageSink) async throws -> Void,
        _ cancellation: Cancellation, isPrivate: Bool
    ) async throws {
        var (done, failed, interrupted) = (0, 0, false)
        func fails(_ path: String, _ error: any Error) {
            if case MessageError.Code.interrupted = error { return interrupted = true }
            Terminal.say("\(path):")
            _ = report(error)
            failed += 1
        }
        var places: [String: MessagePlace] = [:]
        var files: [FolderWalk.File] = []
        var made = ""
        for file in try self.files(cancellation) {
            do {
                guard var to = try place(MessagePlace(path: file.path)) else { continue }
                if let target {
                    let prefix = file.path.utf8.count - file.name.utf8.count
                    let name = String(decoding: to.path.utf8.dropFirst(prefix), as: UTF8.self)
                    to = MessagePlace(path: (target.hasSuffix("/") ? target : target + "/") + name)
                    guard to.isObject || FolderStore.canHold(name) else {
                        throw CommandError(
                            "the name of this object is none for a file", hint: "decrypt it with -o FILE")
                    }
                    if to.folder != made {
                        try FolderWalk.makeFolders(for: to.path)
                        made = to.folder
                    }
                }
                places[file.path] = to
                files.append(file)
            } catch {
                fails(file.path, error)
            }
        }
        let counter = FilesMeter(files.count)
        let meter = counter.start()
        try await ManyFiles.forEach(files, cancellation) { [places] file -> (any Error)? in
            do {
                guard let to = places[file.path] else { return nil }
                let source = try MessagePlace(path: file.path).source(cancellation)
                let sink = try to.sink(isPrivate: isPrivate, cancellation)
                try await sink.abandonedOnFailure { try await work(source, $0) }
                return nil
            } catch {
                return error
            }
        } done: { file, error in
            counter.count()
            if let error { fails(file.path, error) } else { done += 1 }
        }
        await meter.end()
        guard !interrupted, !cancellation.isCancelled else {
            throw CommandError("interrupted; \(Figures.count(done, "file")) done, the others as they were")
        }
        guard failed == 0 else {
            throw CommandError("\(Figures.count(failed, "file")) failed, \(Figures.count(done, "file")) done")
        }
        if Terminal.showsErrors { Terminal.say("\(Figures.count(done, "file")) done") }
    }
}
