extension RecordBatch {
    /// The rows in `ranges`, which follow each other; the others are not in its buffers either.
    func keeping(_ ranges: [Range<Int>]) throws -> RecordBatch {
        RecordBatch(
            schema: schema, rowCount: ranges.rowCount, columns: try columns.map { try $0.keeping(ranges) })
    }
}

extension [Range<Int>] {
    /// The stretches of rows that `kept` says yes to.
    init(_ kept: [Bool]) {
        self = []
        var start: Int?
        for (row, isKept) in kept.enumerated() {
            if isKept {
                start = start ?? row
            } else if let from = start {
                append(from..<row)
                start = nil
            }
        }
        if let start { append(start..<kept.count) }
    }

    fileprivate var rowCount: Int { reduce(0) { $0 + $1.count } }

    fileprivate func moved(by offset: Int) -> [Range<Int>] {
        offset == 0 ? self : map { $0.lowerBound + offset..<$0.upperBound + offset }
    }
}

/// A column's buffers, some of them made anew.
@safe private struct CopiedBuffers {
    private(set) var all: [UnsafeRawPointer?]
    private(set) var made: [Buffer] = []

    init(_ all: [UnsafeRawPointer?]) { unsafe self.all = unsafe all }

    /// Puts what `copy` makes of a buffer in its place, if it is there.
    mutating func replace(_ at: Int, _ copy: (UnsafeRawPointer) throws -> Buffer) rethrows {
        guard unsafe at < all.count, let old = unsafe all[at] else { return }
        let buffer = try unsafe copy(old)
        made.append(buffer)
        unsafe all[at] = unsafe UnsafeRawPointer(buffer.start)
    }
}

extension Column {
    /// The rows in `ranges`, copied together stretch by stretch.
    fileprivate func keeping(_ ranges: [Range<Int>]) throws -> Column {
        guard ranges.last?.upperBound ?? 0 <= length else { throw ImportedArray.malformed }
        let places = ranges.moved(by: offset)
        var buffers = unsafe CopiedBuffers(buffers)
        var below = children
        if field.type != .null { unsafe buffers.replace(0) { unsafe Bits.copied($0, places) } }
        switch field.type {
        case .null: break
        case .bool: unsafe buffers.replace(1) { unsafe Bits.copied($0, places) }
        case .utf8, .binary, .largeUtf8, .largeBinary, .list, .largeList, .map:
            var stretches: [Range<Int>] = []
            try unsafe buffers.replace(1) { unsafe try offsets($0, places, &stretches) }
            below = try children.map { try $0.keeping(stretches) }
            unsafe buffers.replace(2) { unsafe Buffer(copying: stretches, of: 1, from: $0) }
        case .fixedList(let size):
            below = try children.map { try $0.keeping(places.map { $0.lowerBound * size..<$0.upperBound * size }) }
        case .structure: below = try children.map { try $0.keeping(places) }
        case .utf8View, .binaryView: unsafe buffers.replace(1) { unsafe Buffer(copying: places, of: 16, from: $0) }
        case let type:
            guard let width = type.fixedWidth else {
                throw PipelineError(
                    .policy, "column \(field.name) is of a type whose rows can't be left out",
                    hint: "drop it, or cast it to text in a query:")
            }
            unsafe buffers.replace(1) { unsafe Buffer(copying: places, of: width, from: $0) }
        }
        return unsafe Column(
            field: field, length: ranges.rowCount, nullCount: field.type == .null ? ranges.rowCount : -1,
            buffers: buffers.all, children: below, dictionary: dictionary,
            owner: OwnedPair(owner, Owners(buffers.made)))
    }

    /// The offsets of `places` from zero on; `stretches` gets the elements or bytes between them.
    private func offsets(
        _ raw: UnsafeRawPointer, _ places: [Range<Int>], _ stretches: inout [Range<Int>]
    ) throws -> Buffer {
        let isWide = field.type == .largeUtf8 || field.type == .largeBinary || field.type == .largeList
        func old(_ at: Int) -> Int {
            isWide
                ? Int(unsafe raw.load(fromByteOffset: at * 8, as: Int64.self))
                : Int(unsafe raw.load(fromByteOffset: at * 4, as: Int32.self))
        }
        let made = Buffer(byteCount: (places.rowCount + 1) * (isWide ? 8 : 4))
        var (row, used) = (0, 0)
        for range in places {
            let (from, to) = (old(range.lowerBound), old(range.upperBound))
            guard 0 <= from, from <= to else { throw ImportedArray.malformed }
            for at in range {
                row += 1
                let end = used + old(at + 1) - from
                if isWide {
                    unsafe made.start.storeBytes(of: Int64(end), toByteOffset: row * 8, as: Int64.self)
                } else {
                    unsafe made.start.storeBytes(
                        of: Int32(truncatingIfNeeded: end), toByteOffset: row * 4, as: Int32.self)
                }
            }
            used += to - from
            stretches.append(from..<to)
        }
        return made
    }
}

extension Buffer {
    /// Values of `width` bytes, stretch by stretch.
    fileprivate convenience init(copying places: [Range<Int>], of width: Int, from source: UnsafeRawPointer) {
        self.init(unwritten: places.rowCount * width)
        var used = 0
        for range in places {
            unsafe (start + used).copyMemory(from: source + range.lowerBound * width, byteCount: range.count * width)
            used += range.count * width
        }
    }
}

extension Bits {
    fileprivate static func copied(_ bits: UnsafeRawPointer, _ places: [Range<Int>]) -> Buffer {
        let made = Buffer(byteCount: (places.rowCount + 7) / 8)
        var row = 0
        for range in places {
            for at in range {
                if unsafe isSet(bits, at) { unsafe set(made.start, row) }
                row += 1
            }
        }
        return made
    }
}
