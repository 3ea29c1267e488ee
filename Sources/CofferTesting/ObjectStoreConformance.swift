public import Coffer
import CofferCrypto

/// What every ``ObjectStore`` does. A test calls ``failures()`` on an empty store and expects none:
///
///     #expect(ObjectStoreConformance(store).failures() == [])
public struct ObjectStoreConformance: Sendable {
    private let store: any ObjectStore
    private let large: Int

    /// A suite for `store`. Objects are named under `conformance/`; a large one has `large` bytes.
    public init(_ store: any ObjectStore, large: Int = 3 << 20) { (self.store, self.large) = (store, large) }

    /// What the store does not keep to, a sentence each.
    public func failures() -> [String] {
        var failures: [String] = []
        let checks: [(String, () throws -> Bool)] = [
            ("what was put is got, of any length", anyLength),
            ("a head tells length and etag, and a put tells the same", headTells),
            ("what a sink is marked with is known of the object, where marks are kept", marks),
            ("any name is a name", anyName),
            ("what is not there is not found", missingIsNotFound),
            ("an object is seen at its end, not before", appearsWhole),
            ("a sink let go leaves nothing behind", lettingGoLeavesNothing),
            ("another object has another etag", etagChanges),
            ("a range gives those bytes, and the whole object's length", ranges),
            ("a range that begins at the end is refused", rangeBeyond),
            ("a get of another etag fails", getOfAnother),
            ("only one of two puts where nothing is wins", ifAbsent),
            ("a put in the place of another object fails", ifMatches),
            ("lists are in order of bytes, by prefix, and paged", lists),
            ("a removed object is gone, and removing nothing is no error", deletes),
        ]
        for (name, check) in checks {
            do {
                if try !check() { failures.append(name) }
                for object in try store.all(prefix: "conformance/") { try store.delete(object.name) }
            } catch {
                failures.append("\(name): \(error)")
            }
        }
        return failures
    }

    /// Bytes that tell their place.
    private func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
        let block = (0..<4096).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) ^ seed) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 4096)
        while bytes.count < count {
            let number = bytes.count / 4096
            bytes += block
            bytes[number * 4096] = UInt8(truncatingIfNeeded: number)
            bytes[number * 4096 + 1] = UInt8(truncatingIfNeeded: number >> 8)
        }
        return Array(bytes.prefix(count))
    }

    private func read(_ name: String, _ range: Range<Int>? = nil) throws -> [UInt8] {
        let source = try store.get(name, range: range, etag: nil).source
        var bytes: [UInt8] = []
        while true {
            let more = try [UInt8](byteCapacity: 100_000) { (output: inout OutputRawSpan) throws in
                try source.read(into: &output)
            }
            guard !more.isEmpty else { return bytes }
            bytes += more
        }
    }

    private func fails(_ code: ObjectError.Code, _ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return false
        } catch let error as ObjectError {
            return error.code == code
        }
    }

    private func anyLength() throws -> Bool {
        for count in [0, 1, 4095, 65_536, large] {
            try store.put(pattern(count), as: "conformance/length")
            guard try read("conformance/length") == pattern(count) else { return false }
        }
        return true
    }

    private func headTells() throws -> Bool {
        let put = try store.put(pattern(1234), as: "conformance/head")
        let head = try store.head("conformance/head")
        return head.byteCount == 1234 && put.byteCount == 1234 && head.etag == put.etag && !head.etag.isEmpty
            && head.name == "conformance/head" && put.name == head.name
    }

    private func marks() throws -> Bool {
        for count in [10, large] {
            let sink = try store.put("conformance/mark", if: .always)
            try sink.begin(.asWritten)
            try sink.write(pattern(count))
            let mark = sink.mark
            _ = try sink.commit()
            guard try store.head("conformance/mark").mark == mark else { return false }
        }
        return true
    }

    private static let names = [
        "a b", "a+b", "a%20b", "ä/ö/ü", "日本", "q?x=1&y=2#z", "semi;colon:at@", "quote\"'`", "back\\slash", "*[!]{}",
        "~", "a=b,c$d", "<x>&amp;", ".hidden", "tab\tinside",
    ].map { "conformance/names/\($0)" }

    private func anyName() throws -> Bool {
        for (i, name) in Self.names.enumerated() { try store.put(pattern(10, seed: i), as: name) }
        for (i, name) in Self.names.enumerated() where try read(name) != pattern(10, seed: i) { return false }
        return try Set(store.all(prefix: "conformance/names/").map(\.name)) == Set(Self.names)
    }

    private func missingIsNotFound() throws -> Bool {
        let isMissing = try fails(.notFound) { _ = try store.head("conformance/missing") }
        return try isMissing && fails(.notFound) { _ = try read("conformance/missing") }
    }

    private func appearsWhole() throws -> Bool {
        let sink = try store.put("conformance/whole", if: .always)
        try sink.begin(.asWritten)
        for _ in 0..<4 { try sink.write(pattern(large / 4)) }
        guard try fails(.notFound, { _ = try store.head("conformance/whole") }) else { return false }
        return try sink.commit().byteCount == large / 4 * 4
            && store.head("conformance/whole").byteCount == large / 4 * 4
    }

    private func lettingGoLeavesNothing() throws -> Bool {
        try store.put(pattern(7), as: "conformance/kept")
        do {
            for name in ["conformance/kept", "conformance/gone"] {
                let sink = try store.put(name, if: .always)
                try sink.begin(.asWritten)
                try sink.write(pattern(large))
            }
        }
        return try read("conformance/kept") == pattern(7)
            && store.all(prefix: "conformance/").map(\.name) == ["conformance/kept"]
    }

    private func etagChanges() throws -> Bool {
        let first = try store.put(pattern(10), as: "conformance/etag")
        let second = try store.put(pattern(10, seed: 1), as: "conformance/etag")
        return first.etag != second.etag
    }

    private func ranges() throws -> Bool {
        let bytes = pattern(large)
        try store.put(bytes, as: "conformance/range")
        for range in [0..<1, 5..<6, 100..<70_000, large - 3..<large, 0..<large, large - 1..<large + 100] {
            let content = try store.get("conformance/range", range: range, etag: nil)
            guard content.info.byteCount == large else { return false }
            guard try read("conformance/range", range) == Array(bytes[range.clamped(to: 0..<large)]) else {
                return false
            }
        }
        return true
    }

    private func rangeBeyond() throws -> Bool {
        try store.put(pattern(10), as: "conformance/beyond")
        return try fails(.invalidArgument) { _ = try read("conformance/beyond", 10..<11) }
    }

    private func getOfAnother() throws -> Bool {
        let first = try store.put(pattern(10), as: "conformance/changed")
        guard try store.get("conformance/changed", range: 0..<5, etag: first.etag).info.etag == first.etag else {
            return false
        }
        try store.put(pattern(10, seed: 1), as: "conformance/changed")
        return try fails(.conditionFailed) {
            _ = try store.get("conformance/changed", range: nil, etag: first.etag)
        }
    }

    private func ifAbsent() throws -> Bool {
        let sinks = try (0..<2).map { _ in try store.put("conformance/absent", if: .ifAbsent) }
        for (i, sink) in sinks.enumerated() {
            try sink.begin(.asWritten)
            try sink.write(pattern(10, seed: i))
        }
        _ = try sinks[1].commit()
        let isRefused = try fails(.conditionFailed) { _ = try sinks[0].commit() }
        return try isRefused && read("conformance/absent") == pattern(10, seed: 1)
    }

    private func ifMatches() throws -> Bool {
        let first = try store.put(pattern(10), as: "conformance/match")
        let second = try store.put(pattern(11), as: "conformance/match", if: .ifMatches(etag: first.etag))
        let isRefused = try fails(.conditionFailed) {
            try store.put(pattern(12), as: "conformance/match", if: .ifMatches(etag: first.etag))
        }
        return try isRefused && store.head("conformance/match").etag == second.etag
    }

    private func lists() throws -> Bool {
        let names = ["a-b", "a/b", "a/c/d", "a0", "b", "ä"].map { "conformance/list/\($0)" }
        for name in names.shuffled() { try store.put([1], as: name) }
        var (found, pages): ([String], Int) = ([], 0)
        var token: String?
        repeat {
            let page = try store.list(prefix: "conformance/list/", after: token, limit: 2)
            guard page.objects.count <= 2, page.objects.allSatisfy({ $0.byteCount > 0 }) else { return false }
            found += page.objects.map(\.name)
            token = page.next
            pages += 1
        } while token != nil && pages < 10
        return try found == names && store.all(prefix: "conformance/list/a/").map(\.name) == Array(names[1...2])
            && store.all(prefix: "conformance/list/nothing").isEmpty
    }

    private func deletes() throws -> Bool {
        try store.put([1], as: "conformance/delete")
        try store.delete("conformance/delete")
        try store.delete("conformance/delete")
        return try fails(.notFound) { _ = try store.head("conformance/delete") }
    }
}
