/// Where a message, or what becomes one, is read from: front to back, once, one call at a time.
public protocol MessageSource: AnyObject, Sendable {
    /// How many bytes there are in all; nil where that is known at the end only.
    var knownByteCount: Int? { get }

    /// Appends at most as many bytes as the output has room for, and at least one; none at the end. May block.
    func read(into output: inout OutputRawSpan) throws
}

extension MessageSource {
    /// Not known.
    public var knownByteCount: Int? { nil }
}

extension SeekableMessageSource {
    /// Its length.
    public var knownByteCount: Int? { try? byteCount }
}

/// A source that can be read from anywhere.
public protocol SeekableMessageSource: MessageSource {
    /// Its length in bytes.
    var byteCount: Int { get throws }
    /// Where the next byte comes from.
    func seek(to offset: Int) throws
    /// What will be read next, all of it: a source that is far away asks for it at once. Only a hint.
    func expect(_ range: Range<Int>)
}

extension SeekableMessageSource {
    /// A source that is near needs no hint.
    public func expect(_ range: Range<Int>) {}
}

/// Where a message, or what comes out of one, is written to: front to back, one call at a time.
///
/// Whatever was written counts only after ``finish()``. A sink that is abandoned or let go without it leaves nothing behind,
/// as far as its ``Release`` allowed.
public protocol MessageSink: AnyObject, Sendable {
    /// Says, before the first byte, when bytes may be seen by others.
    func begin(_ release: Release) throws
    /// Takes bytes. May block.
    func write(_ bytes: RawSpan) throws
    /// All is written and verified: it may be seen.
    func finish() throws
    /// Nothing comes of it: what was written is gone when this returns. Whoever ends the process soon calls it, since nobody
    /// knows when the last one lets a sink go. Nothing is written afterwards; after ``finish()`` it does nothing.
    func abandon()
}

extension MessageSink {
    /// There is nothing to be taken back.
    public func abandon() {}
}

/// When what is written to a ``MessageSink`` may be seen by others.
public enum Release: Sendable {
    /// Every part has been verified before it is written. That nothing is missing at the end is known only then.
    case asWritten
    /// Nothing is to be trusted before ``MessageSink/finish()``.
    case whenFinished
}
