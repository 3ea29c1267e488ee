import Coffer
import CofferTesting
import Foundation
import Testing

@testable import CofferKMS

@Suite struct `A rotation on a schedule` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")
    private let clock = TestClock()

    @Test func `happens at the first use on its day`() async throws {
        let store = try TemporaryStore().open(clock)
        let old = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        #expect(try await store.setRotation(of: alias, days: 90).rotation?.next == clock.now + 90 * 86400)
        clock.advance(days: 90, seconds: -1)
        #expect(try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped.version == 1)
        clock.advance(seconds: 1)
        #expect(try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped.version == 2)
        #expect(try await store.describe(alias).rotation == .init(days: 90, next: clock.now + 90 * 86400))
        _ = try await store.unwrap(old, context: [:])
    }

    @Test func `happens when the store is opened, once for all days missed`() async throws {
        let place = try TemporaryStore()
        _ = try await place.open(clock).setRotation(of: alias, days: 100)
        let start = clock.now
        clock.advance(days: 950)
        let key = try await place.open(clock).describe(alias)
        #expect(key.versions.count == 2)
        #expect(key.rotation?.next == start + 1000 * 86400)
    }

    @Test func `waits for a key that is disabled, and ends with off`() async throws {
        let store = try TemporaryStore().open(clock)
        _ = try await store.setRotation(of: alias, days: 90)
        _ = try await store.setEnabled(false, alias)
        clock.advance(days: 100)
        #expect(try await store.describe(alias).versions.count == 1)
        _ = try await store.setEnabled(true, alias)
        #expect(try await store.describe(alias).versions.count == 2)
        #expect(try await store.setRotation(of: alias, days: nil).rotation == nil)
        clock.advance(days: 1000)
        #expect(try await store.describe(alias).versions.count == 2)
    }

    @Test func `is not moved by a rotation on demand`() async throws {
        let store = try TemporaryStore().open(clock)
        let next = try await store.setRotation(of: alias, days: 90).rotation?.next
        clock.advance(days: 80)
        #expect(try await store.rotate(alias).rotation?.next == next)
    }

    @Test func `is for enabled encryption keys, every 90 to 2560 days`() async throws {
        let store = try TemporaryStore().open(clock)
        for days in [Int.min, 0, 89, 2561, Int.max] {
            await #expect(throws: KeyError(.invalidArgument, "")) {
                _ = try await store.setRotation(of: alias, days: days)
            }
        }
        for days in [90, 2560] { _ = try await store.setRotation(of: alias, days: days) }
        await #expect(throws: KeyError(.unsupported, "")) { _ = try await store.setRotation(of: macAlias, days: 90) }
        _ = try await store.setEnabled(false, alias)
        await #expect(throws: KeyError(.disabled, "")) { _ = try await store.setRotation(of: alias, days: 90) }
        _ = try await store.scheduleDeletion(alias)
        await #expect(throws: KeyError(.pendingDeletion, "")) { _ = try await store.setRotation(of: alias, days: 90) }
    }
}

@Suite struct `Tags and descriptions` {
    private let alias = try! KeyID("alias/default")

    @Test func `are kept, replaced and removed`() async throws {
        let place = try TemporaryStore()
        let store = try place.open()
        _ = try await store.tag(alias, [KeyTag(name: "team", value: "crm"), KeyTag(name: "empty", value: "")])
        _ = try await store.tag(alias, [KeyTag(name: "team", value: "sales")])
        _ = try await store.setDescription(of: alias, "names of customers")
        let key = try await place.open().describe(alias)
        #expect(key.tags == ["team": "sales", "empty": ""] && key.description == "names of customers")
        #expect(try await store.untag(alias, ["empty", "none"]).tags == ["team": "sales"])
        #expect(try await store.setDescription(of: alias, "").description == nil)
    }

    @Test(arguments: [
        ("", "x"), (String(repeating: "n", count: 129), "x"), ("n", String(repeating: "x", count: 257)),
        ("aws:x", ""), ("AWS:x", ""), ("a\nb", ""), ("a", "b\u{0}"), ("a;b", ""), ("a", "<b>"),
    ])
    func `have limits`(name: String, value: String) {
        #expect(throws: KeyError(.invalidArgument, "")) { _ = try KeyTag(name: name, value: value) }
    }

    @Test func `are fifty at most`() async throws {
        let store = try TemporaryStore().open()
        let tags = try (0..<51).map { try KeyTag(name: "n\($0)", value: "") }
        await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.tag(alias, tags) }
        #expect(try await store.describe(alias).tags.isEmpty)
        _ = try await store.tag(alias, Array(tags.prefix(50)))
        await #expect(throws: KeyError(.invalidArgument, "")) { _ = try await store.tag(alias, [tags[50]]) }
    }
}

@Suite struct `The last use of a key` {
    private let alias = try! KeyID("alias/default")
    private let macAlias = try! KeyID("alias/default-mac")

    @Test func `is known when the store is closed and opened again`() async throws {
        let (place, clock) = (try TemporaryStore(), TestClock())
        let store = try place.open(clock)
        #expect(try await store.describe(alias).lastUse == nil)
        let wrapped = try await store.generateDataKey(under: alias, byteCount: 32, context: [:]).wrapped
        clock.advance(seconds: 5)
        _ = try await store.unwrap(wrapped, context: [:])
        _ = try await store.mac([1], under: macAlias)
        store.close()
        let other = try place.open(clock)
        #expect(try await other.describe(alias).lastUse == .init(operation: "Decrypt", time: clock.now))
        #expect(try await other.describe(macAlias).lastUse == .init(operation: "GenerateMac", time: clock.now))
    }

    @Test func `is written when the store goes away`() async throws {
        let (place, clock) = (try TemporaryStore(), TestClock())
        func use() async throws {
            let store = try place.open(clock)
            _ = try await store.generateDataKey(under: alias, byteCount: 32, context: [:])
        }
        try await use()
        let use = try await place.open(clock).describe(alias).lastUse
        #expect(use == .init(operation: "GenerateDataKey", time: clock.now))
    }

    @Test func `is written at most once a minute, and meanwhile costs no change`() async throws {
        let (place, clock) = (try TemporaryStore(), TestClock())
        let store = try place.open(clock)
        let before = try store.generation
        for _ in 0..<59 {
            _ = try await store.mac([1], under: macAlias)
            clock.advance(seconds: 1)
        }
        #expect(try store.generation == before)
        clock.advance(seconds: 1)
        _ = try await store.mac([1], under: macAlias)
        for _ in 0..<200 where try store.generation == before { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try store.generation == before + 1)
        #expect(try await store.describe(macAlias).lastUse?.time == clock.now)
    }

    @Test func `is not recorded for what was refused`() async throws {
        let store = try TemporaryStore().open()
        _ = try? await store.mac([1], under: alias)
        store.close()
        #expect(try await store.describe(alias).lastUse == nil)
    }
}
