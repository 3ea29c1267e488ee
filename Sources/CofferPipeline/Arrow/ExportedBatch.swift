import CArrow

/// What an exported `ArrowArray` points to: keeps its column alive until the receiver releases the array.
@safe private final class ExportedNode {
    private let owner: AnyObject
    let buffers: UnsafeMutablePointer<UnsafeRawPointer?>
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
    let childCount: Int
    let dictionary: UnsafeMutablePointer<ArrowArray>?

    init(owner: AnyObject, buffers: [UnsafeRawPointer?], children: [Column], dictionary: Column?) {
        self.owner = owner
        unsafe self.buffers = .allocate(capacity: max(buffers.count, 1))
        for i in unsafe buffers.indices { unsafe (self.buffers + i).initialize(to: buffers[i]) }
        childCount = children.count
        unsafe self.children = .allocate(capacity: max(childCount, 1))
        for (i, child) in children.enumerated() {
            let raw = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            unsafe child.export(to: raw)
            unsafe (self.children + i).initialize(to: raw)
        }
        if let values = dictionary {
            let raw = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            unsafe values.export(to: raw)
            unsafe self.dictionary = unsafe raw
        } else {
            unsafe self.dictionary = nil
        }
    }

    deinit {
        for i in 0..<childCount { unsafe Self.free(children[i]) }
        unsafe Self.free(dictionary)
        unsafe children.deallocate()
        unsafe buffers.deallocate()
    }

    private static func free(_ raw: UnsafeMutablePointer<ArrowArray>?) {
        guard let raw = unsafe raw else { return }
        if let release = unsafe raw.pointee.release { unsafe release(raw) }
        unsafe raw.deallocate()
    }

    func export(length: Int, offset: Int, nullCount: Int, bufferCount: Int, to raw: UnsafeMutablePointer<ArrowArray>) {
        unsafe raw.initialize(
            to: ArrowArray(
                length: Int64(length), null_count: Int64(nullCount), offset: Int64(offset),
                n_buffers: Int64(bufferCount), n_children: Int64(childCount), buffers: buffers, children: children,
                dictionary: dictionary,
                release: { raw in
                    guard let raw = unsafe raw, let owner = unsafe raw.pointee.private_data else { return }
                    unsafe Unmanaged<ExportedNode>.fromOpaque(owner).release()
                    unsafe raw.pointee.release = nil
                }, private_data: Unmanaged.passRetained(self).toOpaque()))
    }
}

extension Column {
    /// Writes the column for the C data interface without copying its buffers.
    func export(to raw: UnsafeMutablePointer<ArrowArray>) {
        let node = unsafe ExportedNode(owner: self, buffers: buffers, children: children, dictionary: dictionary)
        unsafe node.export(
            length: length, offset: offset, nullCount: nullCount, bufferCount: buffers.count, to: raw)
    }
}

extension RecordBatch {
    /// Writes the batch for the C data interface without copying.
    func export(to raw: UnsafeMutablePointer<ArrowArray>) {
        let node = unsafe ExportedNode(owner: self, buffers: [nil], children: columns, dictionary: nil)
        unsafe node.export(length: rowCount, offset: 0, nullCount: 0, bufferCount: 1, to: raw)
    }
}
