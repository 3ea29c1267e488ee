import CArrow

extension Schema {
    /// Writes the schema for the C data interface; whoever receives it calls its release callback.
    func export(to raw: UnsafeMutablePointer<ArrowSchema>) {
        unsafe Field("", .structure, isNullable: false, metadata: metadata, children: fields).export(to: raw)
    }
}

/// What an exported `ArrowSchema` points to; freed by its release callback.
@safe private final class ExportedField {
    let format: UnsafeMutablePointer<CChar>
    let name: UnsafeMutablePointer<CChar>
    let metadata: UnsafeMutablePointer<CChar>?
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>
    let childCount: Int
    let dictionary: UnsafeMutablePointer<ArrowSchema>?

    init(_ field: Field) {
        unsafe format = Self.copy(Array(field.type.format.utf8) + [0])
        unsafe name = Self.copy(Array(field.name.utf8) + [0])
        unsafe metadata = field.metadata.isEmpty ? nil : unsafe Self.copy(Field.Metadata.encode(field.metadata))
        childCount = field.children.count
        unsafe children = .allocate(capacity: max(childCount, 1))
        for (i, child) in field.children.enumerated() {
            let raw = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
            unsafe child.export(to: raw)
            unsafe (children + i).initialize(to: raw)
        }
        if let values = field.dictionary.first {
            let raw = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
            unsafe values.export(to: raw)
            unsafe dictionary = unsafe raw
        } else {
            unsafe dictionary = nil
        }
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (i, byte) in bytes.enumerated() { unsafe (memory + i).initialize(to: CChar(bitPattern: byte)) }
        return unsafe memory
    }

    deinit {
        for i in 0..<childCount { unsafe Self.free(children[i]) }
        unsafe Self.free(dictionary)
        unsafe children.deallocate()
        unsafe format.deallocate()
        unsafe name.deallocate()
        unsafe metadata?.deallocate()
    }

    private static func free(_ raw: UnsafeMutablePointer<ArrowSchema>?) {
        guard let raw = unsafe raw else { return }
        if let release = unsafe raw.pointee.release { unsafe release(raw) }
        unsafe raw.deallocate()
    }
}

extension Field {
    /// Writes the field for the C data interface.
    func export(to raw: UnsafeMutablePointer<ArrowSchema>) {
        let exported = ExportedField(self)
        var flags: Int64 = isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
        if isDictionaryOrdered { flags |= Int64(ARROW_FLAG_DICTIONARY_ORDERED) }
        if case .map(keysSorted: true) = type { flags |= Int64(ARROW_FLAG_MAP_KEYS_SORTED) }
        unsafe raw.initialize(
            to: ArrowSchema(
                format: exported.format, name: exported.name, metadata: exported.metadata, flags: flags,
                n_children: Int64(exported.childCount), children: exported.children, dictionary: exported.dictionary,
                release: { raw in
                    guard let raw = unsafe raw, let owner = unsafe raw.pointee.private_data else { return }
                    unsafe Unmanaged<ExportedField>.fromOpaque(owner).release()
                    unsafe raw.pointee.release = nil
                }, private_data: Unmanaged.passRetained(exported).toOpaque()))
    }
}
