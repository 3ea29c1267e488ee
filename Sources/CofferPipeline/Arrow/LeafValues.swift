/// The values of a leaf column as byte strings, whatever their layout; dictionaries are looked through.
///
/// Fixed-width values are their little-endian bytes, booleans one byte (0 or 1). Valid as long as its column is.
@safe struct LeafValues: @unchecked Sendable {
    private enum Layout {
        case none, bits
        case fixed(Int)
        case offsets32, offsets64
        case views
    }

    /// The column that the values are read from: the dictionary's, where there is one.
    private let column: Column
    private let layout: Layout
    private let data: UnsafeRawPointer?
    private let offsets: UnsafeRawPointer?
    /// Indices into `column`, where the column is dictionary-encoded.
    private let indices: UnsafeRawPointer?
    private let indexWidth: Int
    private let indexOffset: Int

    init(_ column: Column) {
        let source = column.dictionary ?? column
        self.column = source
        indexOffset = column.offset
        indexWidth = column.dictionary == nil ? 0 : column.field.type.fixedWidth ?? 0
        unsafe indices = column.dictionary == nil ? nil : unsafe column.buffers[1]
        switch source.field.type {
        case .bool:
            layout = .bits
            unsafe (data, offsets) = unsafe (source.buffers[1], nil)
        case .utf8, .binary:
            layout = .offsets32
            unsafe (offsets, data) = unsafe (source.buffers[1], source.buffers[2])
        case .largeUtf8, .largeBinary:
            layout = .offsets64
            unsafe (offsets, data) = unsafe (source.buffers[1], source.buffers[2])
        case .utf8View, .binaryView:
            layout = .views
            unsafe (data, offsets) = unsafe (source.buffers[1], nil)
        case let type:
            if let width = type.fixedWidth {
                layout = .fixed(width)
                unsafe (data, offsets) = unsafe (source.buffers[1], nil)
            } else {
                layout = .none
                unsafe (data, offsets) = (nil, nil)
            }
        }
    }

    /// Where in the dictionary row `i` points.
    func dictionaryIndex(_ i: Int) -> Int {
        guard let indices = unsafe indices else { return i }
        let at = (indexOffset + i) * indexWidth
        return switch indexWidth {
        case 1: Int(unsafe indices.loadUnaligned(fromByteOffset: at, as: UInt8.self))
        case 2: Int(unsafe indices.loadUnaligned(fromByteOffset: at, as: UInt16.self))
        case 4: Int(unsafe indices.loadUnaligned(fromByteOffset: at, as: UInt32.self))
        default: Int(unsafe indices.loadUnaligned(fromByteOffset: at, as: Int64.self))
        }
    }

    private static let booleans: Buffer = {
        let bytes = Buffer(byteCount: 2)
        unsafe bytes.start.storeBytes(of: 1, toByteOffset: 1, as: UInt8.self)
        return bytes
    }()

    /// The bytes of row `i`, which must not be null.
    @inline(__always)
    func bytes(at row: Int) -> UnsafeRawBufferPointer {
        let i = column.offset + (unsafe indices == nil ? row : dictionaryIndex(row))
        switch layout {
        case .offsets32:
            guard let offsets = unsafe offsets else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
            let from = Int(unsafe offsets.load(fromByteOffset: i * 4, as: Int32.self))
            let to = Int(unsafe offsets.load(fromByteOffset: i * 4 + 4, as: Int32.self))
            return unsafe UnsafeRawBufferPointer(start: data.map { unsafe $0 + from }, count: to - from)
        case .offsets64:
            guard let offsets = unsafe offsets else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
            let from = Int(unsafe offsets.load(fromByteOffset: i * 8, as: Int64.self))
            let to = Int(unsafe offsets.load(fromByteOffset: i * 8 + 8, as: Int64.self))
            return unsafe UnsafeRawBufferPointer(start: data.map { unsafe $0 + from }, count: to - from)
        case .fixed(let width):
            return unsafe UnsafeRawBufferPointer(start: data.map { unsafe $0 + i * width }, count: width)
        case .bits:
            guard let data = unsafe data else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
            let bit = unsafe Bits.isSet(data, i) ? 1 : 0
            return unsafe UnsafeRawBufferPointer(start: Self.booleans.start + bit, count: 1)
        case .views:
            return unsafe view(i)
        case .none:
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }

    /// A string or binary view: up to 12 bytes inline, else (prefix, buffer, offset).
    private func view(_ i: Int) -> UnsafeRawBufferPointer {
        guard let data = unsafe data else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let entry = unsafe data + i * 16
        let count = Int(unsafe entry.load(as: Int32.self))
        if count <= 12 { return unsafe UnsafeRawBufferPointer(start: entry + 4, count: count) }
        let buffer = Int(unsafe entry.load(fromByteOffset: 8, as: Int32.self))
        let offset = Int(unsafe entry.load(fromByteOffset: 12, as: Int32.self))
        guard let bytes = unsafe column.buffers[2 + buffer] else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeRawBufferPointer(start: bytes + offset, count: count)
    }

    /// The bytes of all rows together, for sizing an output. Counts what lies under nulls too, so never too little.
    func totalBytes(rows: Int) -> Int {
        guard rows > 0 else { return 0 }
        if unsafe indices == nil, let offsets = unsafe offsets {
            let first = column.offset
            if case .offsets32 = layout {
                return Int(unsafe offsets.load(fromByteOffset: (first + rows) * 4, as: Int32.self))
                    - Int(unsafe offsets.load(fromByteOffset: first * 4, as: Int32.self))
            }
            return Int(unsafe offsets.load(fromByteOffset: (first + rows) * 8, as: Int64.self))
                - Int(unsafe offsets.load(fromByteOffset: first * 8, as: Int64.self))
        }
        if case .fixed(let width) = layout { return rows * width }
        if case .bits = layout { return rows }
        var total = 0
        for i in 0..<rows where !column.isNull(unsafe indices == nil ? i : dictionaryIndex(i)) {
            total += unsafe bytes(at: i).count
        }
        return total
    }
}
