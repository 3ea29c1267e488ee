/// Whether `a` and `b` hold the same bytes; takes as long whatever they hold. Lengths are not secret.
public func constantTimeEqual(_ a: RawSpan, _ b: RawSpan) -> Bool {
    guard a.byteCount == b.byteCount else { return false }
    return unsafe bytesAreEqual(a.start, b.start, a.byteCount)
}
