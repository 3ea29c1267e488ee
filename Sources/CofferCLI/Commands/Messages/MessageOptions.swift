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
            "A key: alias/NAME, aws-kms://ARN, raw-aes://NAMESPACE/NAME?file=PATH, raw-rsa://NAMESPACE/NAME?file=KEY.pem&padding=P, fernet:PATH.",
            discussion:
                "May be repeated. P is oaep-sha256 (the default), oaep-sha1, oaep-sha384, oaep-sha512 or pkcs1.",
            valueName: "key"))
    var key: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Encryption context, which is not secret; may be repeated.", valueName: "name=value"))
    var context: [String] = []

    @Option(
        help: "Key commitment: require, allow (open messages without) or forbid (write for readers of before 2020).")
    var commitment = Commitment.require

    @Option(help: ArgumentHelp("Refuse messages with more encrypted data keys.", valueName: "count"))
    var maxKeys = 50

    @Flag(name: [.short, .long], help: "Take all files of a folder, each for itself.")
    var recursive = false

    func validate() throws {
        guard maxKeys > 0, maxKeys <= 0xffff else { throw ValidationError("--max-keys is 1 to 65535") }
    }

    /// The format with these keys and rules.
    func format(_ keys: [any MessageKey], requiredContext: [String] = []) throws -> AWSEncryptionSDK {
        var format = AWSEncryptionSDK(
            keys: keys, context: try Self.pairs(context), requiredContext: try Self.pairs(requiredContext))
        format.commitment = commitment.policy
        format.maximumKeys = maxKeys
        return format
    }

    /// A Fernet token is bound to nothing and has no options.
    func refuseForFernet(_ hasMore: Bool) throws {
        guard context.isEmpty, !hasMore else {
            throw CommandError(
                "a Fernet token has no context, signature, suite or parts",
                hint: "with other keys than fernet:… the format of the AWS Encryption SDK is used")
        }
    }

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
