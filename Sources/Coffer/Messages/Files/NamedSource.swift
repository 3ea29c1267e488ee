/// A source as commands have it: with a name for errors, and how far it is.
public protocol NamedSource: MessageSource {
    /// How errors name it.
    var name: String { get }
    /// Its length, where it has one.
    var length: Int? { get }
    /// How many bytes have been read so far.
    var bytesRead: Int { get }
    /// The same from anywhere; nil where it is a pipe.
    var seekable: (any SeekableMessageSource)? { get }
}
