/// Where an object is, as people write it: `s3://BUCKET/NAME`. The name is taken as it stands: no `%20`.
public struct ObjectAddress: Hashable, Sendable, CustomStringConvertible {
    /// What addresses of S3 begin with.
    public static let scheme = "s3://"

    /// The bucket.
    public let bucket: String
    /// The object's name in it, or what the names of several begin with; may be empty.
    public let name: String

    /// An object, or a prefix, in a bucket.
    public init(bucket: String, name: String) { (self.bucket, self.name) = (bucket, name) }

    /// Whether `text` is written as an address and not as a path.
    public static func isOne(_ text: String) -> Bool { text.hasPrefix(scheme) }

    /// Parses `s3://BUCKET/NAME`.
    public init(_ text: String) throws(ObjectError) {
        let rest = text.dropFirst(Self.scheme.count)
        let slash = rest.firstIndex(of: "/")
        bucket = String(rest[..<(slash ?? rest.endIndex)])
        name = slash.map { String(rest[rest.index(after: $0)...]) } ?? ""
        let isBucket = bucket.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (0x61...0x7a).contains(letter) || (0x30...0x39).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
        }
        // It becomes part of a host's name.
        guard Self.isOne(text), isBucket, (3...63).contains(bucket.utf8.count), !bucket.contains(".."),
            bucket.first != ".", bucket.first != "-", bucket.last != ".", bucket.last != "-"
        else {
            throw ObjectError(
                .invalidName, "“\(text)” does not name a bucket", hint: "write it as s3://BUCKET/NAME")
        }
    }

    /// The address.
    public var description: String { "\(Self.scheme)\(bucket)/\(name)" }
}
