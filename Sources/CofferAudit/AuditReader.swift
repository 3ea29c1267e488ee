public import Coffer

/// Reads the events of a log as they are on disk, for those who look at it; takes no part in it and needs no key.
public struct AuditReader: Sendable {
    private let folder: String

    /// A reader of the log in `folder`.
    public init(_ folder: String) throws {
        guard Files.exists(Segment.folder(folder)) else {
            throw AuditError(
                .notFound, "there is no audit log in \(folder)", hint: "set COFFER_HOME to where the key store is")
        }
        self.folder = folder
    }

    /// How many events the checkpoint has.
    public var checkpointed: Int { (try? LogReader(folder, nil).folded) ?? 0 }

    /// Hands out the events from `index` on, each as its line of JSON, until `body` returns false. Returns the index behind
    /// the last one. What was pruned is passed over.
    @discardableResult
    public func read(from index: Int, _ body: (_ index: Int, _ line: [UInt8]) throws -> Bool) throws -> Int {
        var next = index
        do {
            try LogReader(folder, nil).read(from: index) { at, entry in
                next = at + 1
                return try body(at, Array(entry))
            }
        } catch let failure as FileFailure {
            throw failure.error
        }
        return next
    }
}

extension AuditLog {
    /// A file of the log as C2SP tlog-tiles names it: `checkpoint`, `tile/0/000`, `tile/entries/000.p/7`; nil for one that is not
    /// there, and for any other path.
    public func publishedFile(_ path: String) throws -> [UInt8]? {
        guard path == "checkpoint" || Tile.isPath(path) else { return nil }
        do { return try Files.read("\(folder)/\(path)") } catch { throw Self.sentence(error) }
    }
}

extension AuditEvent {
    /// The event as AWS CloudTrail writes it into a file: seconds in times, and what is Coffer's own left out.
    public static func cloudTrail(_ line: [UInt8]) -> [UInt8]? {
        guard case .object(let members)? = try? JSON(parsing: line, maximumDepth: 64) else { return nil }
        let written = members.map { member in
            guard member.name == "eventTime", let time = member.value.string, time.utf8.count == 24 else {
                return member
            }
            return JSON.Member(member.name, .string(time.prefix(19) + "Z"))
        }
        return JSON.object(written).bytes
    }
}
