import Coffer
import CofferPipeline

extension MessageOptions {
    /// Where a result goes by itself; nil where a file is to be left as it is.
    typealias Placing = (MessagePlace) throws -> MessagePlace?
    /// What is done with a message or a plaintext.
    typealias Work = @Sendable (any NamedSource, any MessageSink) async throws -> Void

    /// Does `work` with the one input, or with each file of the folder.
    func forEach(_ place: Placing, _ work: @escaping Work, isPrivate: Bool) async throws {
        let cancellation = Cancellation()
        let isFolder = ObjectAddress.isOne(input) ? recursive : FolderWalk.isFolder(input)
        guard isFolder, input != "-" else {
            if recursive {
                throw CommandError("\(input) is no folder", hint: "without --recursive it is taken as a file")
            }
            let from = MessagePlace(path: input)
            guard let to = try destination(of: from, place) else { return }
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

    /// Where the result of the one input goes.
    private func destination(of input: MessagePlace, _ place: Placing) throws -> MessagePlace? {
        guard let target else { return try place(input) }
        let to = MessagePlace(path: target)
        guard to.isObject, to.path.hasSuffix("/"), let beside = try place(input), !beside.isStandard else { return to }
        return MessagePlace(path: to.path + (beside.path.split(separator: "/").last ?? ""))
    }

    private func one(
        _ from: MessagePlace, _ to: MessagePlace, _ cancellation: Cancellation, _ work: Work, isPrivate: Bool
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
        _ place: Placing, _ work: @escaping Work, _ cancellation: Cancellation, isPrivate: Bool
    ) async throws {
        var outcome = FolderOutcome()
        let (files, places) = try destinations(place, cancellation, &outcome)
        let counter = FilesMeter(files.count)
        let meter = counter.start()
        try await ManyFiles.forEach(files, cancellation) { file -> (any Error)? in
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
            outcome.add(file.path, error)
        }
        await meter.end()
        try outcome.finish(cancellation)
    }

    /// The files of the folder that something is done with, and by their paths where the results go, in folders that are
    /// there afterwards.
    private func destinations(
        _ place: Placing, _ cancellation: Cancellation, _ outcome: inout FolderOutcome
    ) throws -> ([FolderWalk.File], [String: MessagePlace]) {
        var files: [FolderWalk.File] = []
        var places: [String: MessagePlace] = [:]
        var made = ""
        for file in try self.files(cancellation) {
            do {
                guard let to = try destination(of: file, place) else { continue }
                if target != nil, to.folder != made {
                    try FolderWalk.makeFolders(for: to.path)
                    made = to.folder
                }
                places[file.path] = to
                files.append(file)
            } catch {
                outcome.add(file.path, error)
            }
        }
        return (files, places)
    }

    private func files(_ cancellation: Cancellation) throws -> [FolderWalk.File] {
        guard ObjectAddress.isOne(input) else { return try FolderWalk.files(in: input) }
        let address = try ObjectAddress(input)
        guard !address.name.isEmpty, !address.name.hasSuffix("/") else {
            return try FolderWalk.objects(address, cancellation)
        }
        return try FolderWalk.objects(ObjectAddress(bucket: address.bucket, name: address.name + "/"), cancellation)
    }

    /// Where the result of one file of the folder goes: in the target it has the name that it would have beside the file.
    private func destination(of file: FolderWalk.File, _ place: Placing) throws -> MessagePlace? {
        let beside = try place(MessagePlace(path: file.path))
        guard let target, let beside else { return beside }
        let folder = file.path.utf8.count - file.name.utf8.count
        let name = String(decoding: beside.path.utf8.dropFirst(folder), as: UTF8.self)
        let to = MessagePlace(path: (target.hasSuffix("/") ? target : target + "/") + name)
        guard to.isObject || FolderStore.canHold(name) else {
            throw CommandError("the name of this object is none for a file", hint: "decrypt it with -o FILE")
        }
        return to
    }
}

/// What became of the files of a folder.
private struct FolderOutcome {
    private var done = 0
    private var failed = 0
    private var isInterrupted = false

    /// Counts a file, and says at once what went wrong with it.
    mutating func add(_ path: String, _ error: (any Error)?) {
        guard let error else { return done += 1 }
        if case MessageError.Code.interrupted = error { return isInterrupted = true }
        Terminal.say("\(path):")
        _ = report(error)
        failed += 1
    }

    /// Says how many there were, or throws where not all are done.
    func finish(_ cancellation: Cancellation) throws {
        guard !isInterrupted, !cancellation.isCancelled else {
            throw CommandError("interrupted; \(Figures.count(done, "file")) done, the others as they were")
        }
        guard failed == 0 else {
            throw CommandError("\(Figures.count(failed, "file")) failed, \(Figures.count(done, "file")) done")
        }
        if Terminal.showsErrors { Terminal.say("\(Figures.count(done, "file")) done") }
    }
}
