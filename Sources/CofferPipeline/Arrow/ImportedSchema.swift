import CArrow

extension Schema {
    /// Reads a schema from the C data interface. The caller releases `raw`.
    /// - Throws: ``PipelineError`` where it nests deeper than 64 levels or is not a struct.
    init(importing raw: ArrowSchema) throws(PipelineError) {
        let root = try unsafe Field(importing: raw, depth: 0)
        guard root.type == .structure else { throw ImportedArray.malformed }
        self.init(root.children, metadata: root.metadata)
    }
}

extension Field {
    init(importing raw: ArrowSchema, depth: Int) throws(PipelineError) {
        guard depth < 64, let format = unsafe raw.format else { throw ImportedArray.malformed }
        var children: [Field] = []
        for i in 0..<Int(unsafe raw.n_children) {
            guard let child = unsafe raw.children?[i]?.pointee else { throw ImportedArray.malformed }
            children.append(try unsafe Field(importing: child, depth: depth + 1))
        }
        var dictionary: Field?
        if let below = unsafe raw.dictionary?.pointee {
            dictionary = try unsafe Field(importing: below, depth: depth + 1)
        }
        var type = unsafe ArrowType(format: String(cString: format))
        let flags = unsafe raw.flags
        if case .map = type { type = .map(keysSorted: flags & Int64(ARROW_FLAG_MAP_KEYS_SORTED) != 0) }
        self.init(
            unsafe raw.name.map { unsafe String(cString: $0) } ?? "", type,
            isNullable: flags & Int64(ARROW_FLAG_NULLABLE) != 0, metadata: unsafe Metadata.decode(raw.metadata),
            children: children, dictionary: dictionary,
            isDictionaryOrdered: flags & Int64(ARROW_FLAG_DICTIONARY_ORDERED) != 0)
    }
}

extension Field.Metadata {
    /// Native-endian int32 count, then length-prefixed names and values.
    static func decode(_ bytes: UnsafePointer<CChar>?) -> [Field.Metadata] {
        guard var at = unsafe bytes.map({ unsafe UnsafeRawPointer($0) }) else { return [] }
        func number() -> Int {
            defer { unsafe at += 4 }
            return Int(unsafe at.loadUnaligned(as: Int32.self))
        }
        func text() -> String {
            let count = number()
            defer { unsafe at += count }
            return unsafe String(decoding: UnsafeRawBufferPointer(start: at, count: count), as: UTF8.self)
        }
        return (0..<number()).map { _ in
            let name = text()
            return Field.Metadata(name, text())
        }
    }

    static func encode(_ entries: [Field.Metadata]) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: Int) { unsafe withUnsafeBytes(of: Int32(number)) { unsafe bytes += $0 } }
        append(entries.count)
        for entry in entries {
            append(entry.name.utf8.count)
            bytes += entry.name.utf8
            append(entry.value.utf8.count)
            bytes += entry.value.utf8
        }
        return bytes
    }
}
