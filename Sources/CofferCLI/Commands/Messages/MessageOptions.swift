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

    @Argument(help: "A file, a folder with --recursive, or - for standard input.", completion: .file())
    var input: String

    @Option(
        name: [.short, .customLong("output")], help: "Write here; - is standard output.", completion: .file())
    var output: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A key: alias/NAME, aws-kms://ARN, raw-aes://NAMESPACE/NAME?file=PATH, raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=P, age:RECIPIENT, age-identity:PATH, passphrase:, fernet:PATH, jwk:PATH.",
            discussion:
                "May be repeated. P is oaep-sha256 (the default), oaep-sha1, oaep-sha384, oaep-sha512 or pkcs1. passphrase: is $COFFER_PASSPHRASE or asked for; passphrase:?file=PATH is in a file.",
            valueName: "key"))
    var key: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Encryption context, which is not secret; may be repeated.", valueName: "name=value"))
    var context: [String] = []

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

    @Flag(name: [.short, .long], help: "Take all files of a folder, each for itself.")
    var recursive = false

    func validate() throws {
        guard maxKeys.map({ (1...0xffff).contains($0) }) ?? true else {
            throw ValidationError("--max-keys is 1 to 65535")
        }
    }

    /// What both commands have in common.
    var settings: MessageSettings {
        var settings = MessageSettings()
        settings.context = context
        settings.commitment = commitment?.policy
        settings.maxKeys = maxKeys
        settings.cipher = cipher
        settings.iterations = iterations
        settings.digest = digest
        return settings
    }

    /// Does `work` with the one input, or with each file of the folder. `place` says where a result goes by itself, nil
    /// where a file is to be left as it is.
    func forEach(
        _ place: (MessagePlace) throws -> MessagePlace?,
        _ work: @escaping @Sendable (MessageFileSource, any MessageSink) async throws -> Void, isPrivate: Bool
    ) async throws {
        let cancellation = Cancellation()
        guard FolderWalk.isFolder(input), input != "-" else {
            if recursive {
                throw CommandError("\(input) is no folder", hint: "without --recursive it is taken as a file")
            }
            let from = MessagePlace(path: input)
            guard let to = try output.map({ MessagePlace(path: $0) }) ?? place(from) else { return }
            return try await Interruption.handling(cancellation) {
                try await one(from, to, cancellation, work, isPrivate: isPrivate)
            }
        }
        guard recursive else { throw CommandError("\(input) is a folder", hint: "--recursive takes all files in it") }
        guard output != "-" else { throw CommandError("the files of a folder go into a folder", hint: "-o FOLDER") }
        try await Interruption.handling(cancellation) {
            try await folder(place, work, cancellation, isPrivate: isPrivate)
        }
    }

    private func one(
        _ from: MessagePlace, _ to: MessagePlace, _ cancellation: Cancellation,
        _ work: @Sendable (MessageFileSource, any MessageSink) async throws -> Void, isPrivate: Bool
    ) async throws {
        let source = try from.source(cancellation)
        let sink = try to.sink(isPrivate: isPrivate)
        let meter = ByteMeter(source)
        do {
            try await work(source, sink)
        } catch {
            await meter.end()
            throw error
        }
        await meter.end()
    }

    private func folder(
        _ place: (MessagePlace) throws -> MessagePlace?,
        _ work: @escaping @Sendable (MessageFileSource, any MessageSink) async throws -> Void,
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
        for file in try FolderWalk.files(in: input) {
            do {
                guard var to = try place(MessagePlace(path: file.path)) else { continue }
                if let output {
                    let suffix = file.path.count - file.name.count
                    to = MessagePlace(
                        path: (output.hasSuffix("/") ? output : output + "/") + to.path.dropFirst(suffix))
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
                try await work(
                    MessagePlace(path: file.path).source(cancellation), to.sink(isPrivate: isPrivate))
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
