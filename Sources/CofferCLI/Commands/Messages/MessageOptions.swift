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
            "A key: alias/NAME, aws-kms://ARN, raw-aes://NAMESPACE/NAME?file=PATH, raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=P, age:RECIPIENT, age-identity:PATH, passphrase:, fernet:PATH.",
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
        return settings
    }

    /// Does `work` with the one input, or with each file of the folder. `place` says where a result goes by itself, nil
    /// where a file is to be left as it is.
    func forEach(
        _ place: (MessagePlace) throws -> MessagePlace?,
        _ work: @Sendable (MessageFileSource, any MessageSink) async throws -> Void, isPrivate: Bool
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
        _ work: @Sendable (MessageFileSource, any MessageSink) async throws -> Void, _ cancellation: Cancellation,
        isPrivate: Bool
    ) async throws {
        var (done, failed) = (0, 0)
        for file in try FolderWalk.files(in: input) {
            do {
                guard let beside = try place(MessagePlace(path: file.path)) else { continue }
                var to = beside
                if let output {
                    let suffix = file.path.count - file.name.count
                    to = MessagePlace(
                        path: (output.hasSuffix("/") ? output : output + "/") + beside.path.dropFirst(suffix))
                    try FolderWalk.makeFolders(for: to.path)
                }
                try await one(MessagePlace(path: file.path), to, cancellation, work, isPrivate: isPrivate)
                done += 1
            } catch MessageError.Code.interrupted {
                throw CommandError("interrupted; \(Figures.count(done, "file")) done, the others as they were")
            } catch {
                Terminal.say("\(file.path):")
                _ = report(error)
                failed += 1
            }
        }
        guard failed == 0 else {
            throw CommandError("\(Figures.count(failed, "file")) failed, \(Figures.count(done, "file")) done")
        }
        if Terminal.showsErrors { Terminal.say("\(Figures.count(done, "file")) done") }
    }
}
