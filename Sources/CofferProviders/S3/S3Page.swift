import Coffer

extension ObjectPage {
    /// What S3 answers to ListObjectsV2; nil where it is something else.
    init?(s3 body: [UInt8]) {
        guard let root = XMLElement(parsing: body), root.name == "ListBucketResult" else { return nil }
        let isEncoded = root.text("EncodingType") == "url"
        var objects: [ObjectInfo] = []
        for entry in root.children where entry.name == "Contents" {
            guard let object = ObjectInfo(s3: entry, isEncoded: isEncoded) else { return nil }
            objects.append(object)
        }
        let isCut = root.text("IsTruncated") == "true"
        let next = isCut ? root.text("NextContinuationToken") : nil
        guard !isCut || next != nil else { return nil }
        self.init(objects: objects, next: next)
    }
}

extension ObjectInfo {
    fileprivate init?(s3 entry: XMLElement, isEncoded: Bool) {
        guard let key = entry.text("Key"), let count = entry.text("Size").flatMap({ Int($0) }), count >= 0 else {
            return nil
        }
        // As forms write it: a plus sign is a space.
        let form = isEncoded ? Array(key.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }) : Array(key.utf8)
        guard let bytes = isEncoded ? PercentEncoding.decode(form) : form,
            let name = String(validating: bytes, as: UTF8.self)
        else { return nil }
        self.init(
            name: name, byteCount: count, etag: (entry.text("ETag") ?? "").unquoted,
            modified: S3Time.nanoseconds(iso: entry.text("LastModified") ?? ""))
    }
}

extension String {
    /// Without the quotes that etags come in.
    var unquoted: String { count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self }
}
