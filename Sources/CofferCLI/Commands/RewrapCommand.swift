import ArgumentParser
import Coffer
import CofferPipeline

/// `coffer rewrap`.
struct RewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Bring files, objects or a table to the newest version of their keys, or to another key.",
        discussion: """
            Do it after coffer keys rotate, and before an old version is disabled.

            Of a table only the catalogue changes; no row of data is read or written. A file that is a message, and each \
            message of a folder with --recursive, is made anew under a new data key and takes the place of the old one when all \
            of it has been verified. What is under the right keys already is left as it is, so that a call that was \
            interrupted is just made again. Exit status 1 where something is still under an old key or version, 2 where \
            something failed.

            Messages of other formats, and a move from one format to another, take both keys: --key opens, --to is who can from \
            then on. Such a message is made anew each time.

            Rewrapping cures no data key that has leaked, and no copy of the old file: the plaintext is no secret any more.

              coffer rewrap sealed -r --dry-run --json            what is still under an old version
              coffer rewrap sealed -r                             bring it to the newest one
              coffer rewrap report.csv.encrypted --to alias/new
              coffer rewrap s3://lake/pii/ -r                     objects, each in its place
              coffer rewrap token -k fernet:new.key -k fernet:old.key
              coffer rewrap warehouse.duckdb --table customers
            """)

    @OptionGroup var target: TableOptions

    @Argument(help: "More files or objects that are messages.", completion: .file())
    var more: [String] = []

    @Option(help: ArgumentHelp("Another key to move to; for files it may be repeated.", valueName: "key"))
    var to: [String] = []

    @Flag(name: [.short, .long], help: "Take all messages of a folder, or of s3://BUCKET/PREFIX/.")
    var recursive = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Encryption context that a message is bound to and does not carry; may be repeated.",
            valueName: "name=value"))
    var context: [String] = []

    @Option(help: ArgumentHelp("What a message of Tink is bound to: a text, or @FILE.", valueName: "text"))
    var associatedData: String?

    @Flag(
        name: .customLong("keep-version-1"),
        help: """
            Leave unsigned messages of version 1 of the AWS Encryption SDK what they are, without key commitment: only \
            their header is made anew, the data key and the body stay.
            """)
    var keepVersion1 = false

    @Option(help: ArgumentHelp("Refuse messages with more encrypted data keys.", valueName: "count"))
    var maxKeys: Int?

    @Flag(help: "Change nothing, say what there is to do. For files.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard maxKeys.map({ (1...0xffff).contains($0) }) ?? true else {
            throw ValidationError("--max-keys is 1 to 65535")
        }
    }

    func run() async throws {
        if recursive || !more.isEmpty || MessageRewrap.isMessage(target.source, keys: target.key) {
            return try await rewrapMessages()
        }
        guard !dryRun, context.isEmpty, !keepVersion1, to.count <= 1 else {
            throw CommandError(
                "\(target.source) is taken for a table, and an option is for files",
                hint: "a folder of messages takes --recursive")
        }
        try await rewrapTable()
    }

    private func rewrapMessages() async throws {
        let sources = [target.source] + more
        let cancellation = Cancellation()
        var settings = MessageSettings()
        settings.context = context
        settings.maxKeys = maxKeys
        settings.associatedData = try associatedData.map { try TinkArgument.bytes(of: $0) }
        let keys = try MessageKeys(target.key, isNew: false)
        let targets = to.isEmpty ? nil : try MessageKeys(to, isNew: true, in: keys.services)
        let rewrap = MessageRewrap(
            handlers: try await MessageRewrap.handlers(keys, to: targets, settings, keepsVersion1: keepVersion1),
            isDryRun: dryRun, cancellation: cancellation)
        let files = try sources.flatMap { try MessageRewrap.files($0, isRecursive: recursive, cancellation) }
        let named = Set(sources)
        let report = try await keys.services.recording(
            "Rewrap",
            { [to, dryRun] _ in
                .members(
                    ("sources", .array(sources.map { .string($0) })), ("to", .array(to.map { .string($0) })),
                    ("dryRun", .bool(dryRun)))
            }, result: \.recorded
        ) {
            try await Interruption.handling(cancellation) {
                try await work(rewrap, files, named, cancellation)
            }
        }
        if json { try Terminal.printJSON(report) } else { try Terminal.printLine(report.summary) }
        guard !cancellation.isCancelled else {
            throw CommandError("interrupted; every file is the old one or the new one")
        }
        guard report.status == 0 else { throw ExitCode(report.status) }
    }

    private func work(
        _ rewrap: MessageRewrap, _ files: [FolderWalk.File], _ named: Set<String>, _ cancellation: Cancellation
    ) async throws -> RewrapReport {
        var report = RewrapReport(dryRun: dryRun)
        let counter = FilesMeter(files.count)
        let meter = counter.start()
        try await ManyFiles.forEach(files, cancellation) { file in
            await rewrap.rewrap(file.path, isNamed: named.contains(file.path))
        } done: { _, result in
            counter.count()
            report.add(result)
            if !json, let line = result.line { try Terminal.printLine(String(Terminal.clean(line))) }
            if let failure = result.failure {
                Terminal.say("\(result.file):")
                _ = CofferCLI.report(failure)
            }
        }
        await meter.end()
        report.sort()
        return report
    }

    private struct Output: Encodable {
        let location: String
        let dataset: String
        let dataKeys: Int
        let rewrapped: Int
    }

    private func rewrapTable() async throws {
        let target = try target.resolved()
        let table = target.table
        let files = table.duckDBFiles
        var rewrap = RewrapRun(
            table,
            connectors: Connectors(
                try Engines.make(writing: files), databases: files, objects: try target.objects(Cancellation())))
        rewrap.target = try to.first.map { try KeyID($0) }
        rewrap.allowed = target.allowed
        let keys = try target.keyServices()
        let result = try await keys.recording(
            "Rewrap",
            { _ in
                .members(
                    ("destination", .string(table.place.recordedName)),
                    ("dataset", table.dataset.map { .string($0) }), ("to", to.first.map { .string($0) }))
            },
            result: {
                .members(
                    ("dataset", .string($0.dataset)), ("dataKeys", .integer($0.dataKeys)),
                    ("rewrapped", .integer($0.rewrapped)))
            }
        ) { [rewrap] in try await rewrap.run(keys: keys.keyring) }
        if json {
            return try Terminal.printJSON(
                Output(
                    location: result.location, dataset: result.dataset, dataKeys: result.dataKeys,
                    rewrapped: result.rewrapped))
        }
        try Terminal.printLine(
            result.rewrapped == 0
                ? "\(result.location): all \(Figures.count(result.dataKeys, "data key")) are under the newest version already"
                : "\(result.location): \(result.rewrapped) of \(Figures.count(result.dataKeys, "data key")) rewrapped")
    }
}
