/// An object that is read from anywhere, by ranges: the same object from the first byte to the last, or an error.
public final class SeekableObject: SeekableMessageSource, @unchecked Sendable {
    /// What is known of it.
    public let info: ObjectInfo
    private let store: any ObjectStore
    private var position = 0
    private var expected = 0..<0
    /// How much is fetched at once where nobody said what is expected: the longer it is read on end, the more.
    private var window = 0
    /// What is being read, and where it ends.
    private var part: (source: any MessageSource, end: Int)?

    /// An object that is there now. Nothing of it is read yet.
    public init(_ name: String, in store: any ObjectStore, etag: String? = nil) throws {
        self.store = store
        info = try store.head(name)
        guard etag == nil || etag == info.etag else {
            throw ObjectError.failed(.ifMatches(etag: ""), name, in: store.location)
        }
    }

    /// Its length.
    public var byteCount: Int { info.byteCount }

    /// Goes on from `offset`.
    public func seek(to offset: Int) {
        guard offset != position else { return }
        (position, part, window) = (offset, nil, 0)
    }

    /// The bytes of `range` will be read: they are asked for at once.
    public func expect(_ range: Range<Int>) {
        expected = range
        part = nil
    }

    /// Gives the next bytes. Without ``expect(_:)`` the first fetch after a seek takes no more than fits into the output.
    public func read(into output: inout OutputRawSpan) throws {
        guard position < byteCount, output.freeCapacity > 0 else { return }
        if part == nil {
            window = min(max(output.freeCapacity, window * 4), 64 << 20)
            let end = expected.contains(position) ? expected.upperBound : position + window
            let range = position..<min(byteCount, end)
            part = (try store.get(info.name, range: range, etag: info.etag).source, range.upperBound)
        }
        guard let (source, end) = part else { return }
        let before = output.byteCount
        try source.read(into: &output)
        let count = output.byteCount - before
        guard count > 0 else {
            throw ObjectError(.unavailable, "\(store.location)/\(info.name) ended before its end")
        }
        position += count
        if position >= end { part = nil }
    }
}
