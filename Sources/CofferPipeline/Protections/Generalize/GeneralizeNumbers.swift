/// Integers and decimals.
struct GeneralizeNumbers: Protection {
    let output: Field
    let width: Int
    let isSigned: Bool
    let numbers: NumberGeneralizer
    let names: RangeNames
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        switch (width, isSigned) {
        case (8, true):
            unsafe try protect(column, rows, batch) { unsafe Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
        case (4, true):
            unsafe try protect(column, rows, batch) { unsafe Int32(littleEndian: $0.loadUnaligned(as: Int32.self)) }
        case (2, true):
            unsafe try protect(column, rows, batch) { unsafe Int16(littleEndian: $0.loadUnaligned(as: Int16.self)) }
        case (1, true): unsafe try protect(column, rows, batch) { unsafe $0.load(as: Int8.self) }
        case (8, false):
            unsafe try protect(column, rows, batch) { unsafe UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        case (4, false):
            unsafe try protect(column, rows, batch) { unsafe UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
        case (2, false):
            unsafe try protect(column, rows, batch) { unsafe UInt16(littleEndian: $0.loadUnaligned(as: UInt16.self)) }
        case (1, false): unsafe try protect(column, rows, batch) { unsafe $0.load(as: UInt8.self) }
        default:
            unsafe try protect(column, rows, batch) { unsafe Int128(littleEndian: $0.loadUnaligned(as: Int128.self)) }
        }
    }

    @inline(__always)
    private func protect<Number: FixedWidthInteger>(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ read: (UnsafeRawBufferPointer) -> Number
    ) throws -> Column {
        if numbers.isNaming {
            return try names.lend { names in
                try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 12) {
                    value, _, builder in
                    unsafe builder.append(names.name(numbers.range(of: Int128(read(value)))))
                    return true
                }
            }
        }
        return try unsafe misfits.fixed(output, column, rows, batch) { value, _, builder in
            let rounded = unsafe numbers.rounded(Int128(read(value)))
            guard var number = Number(exactly: rounded)?.littleEndian, fits(rounded) else { return false }
            return unsafe withUnsafeBytes(of: &number) { unsafe builder.append($0) }
        }
    }

    /// Whether a decimal has the digits for `value`.
    private func fits(_ value: Int128) -> Bool {
        guard case .decimal(let precision, _, _) = output.type, precision < 38 else { return true }
        var limit: Int128 = 1
        for _ in 0..<precision { limit *= 10 }
        return value < limit && value > -limit
    }
}

/// Numbers that are written as text.
struct GeneralizeNumberTexts: Protection {
    let output: Field
    let numbers: NumberGeneralizer
    let names: RangeNames
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let byteCapacity = column.values.totalBytes(rows: column.length) * 2
        return try names.lend { names in
            try unsafe misfits.texts(output, column, rows, batch, byteCapacity: byteCapacity) { text, _, builder in
                guard let (value, isMore) = unsafe Self.parse(text, scale: numbers.scale) else { return false }
                if numbers.isNaming {
                    unsafe builder.append(names.name(numbers.range(of: value)))
                    return true
                }
                let rounded = numbers.rounded(value, isMore: isMore)
                if rounded == value, case .same = numbers.rule.shape,
                    // Within bounds: as it was written. A little more than the top is the top.
                    !isMore || numbers.rounded(value + 1) != value
                {
                    unsafe builder.append(text)
                } else {
                    builder.append(Quantity.text(rounded, scale: numbers.scale))
                }
                return true
            }
        }
    }

    /// The number rounded down to a multiple of 10^-`scale`, and whether it is a little more; nil where it is none, or has
    /// over 20 digits before the point.
    @inline(__always)
    private static func parse(_ text: UnsafeRawBufferPointer, scale: Int) -> (Int128, isMore: Bool)? {
        let isNegative = unsafe text.first == UInt8(ascii: "-")
        var at = isNegative ? 1 : 0
        let start = at
        var small = 0
        while at < text.count, at - start < 18, unsafe text[at].isDigit {
            small = small * 10 + Int(unsafe text[at] & 15)
            at += 1
        }
        var value = Int128(small)
        while at < text.count, unsafe text[at].isDigit {
            guard at - start < 20 else { return nil }
            value = value * 10 + Int128(unsafe text[at] & 15)
            at += 1
        }
        guard at > start else { return nil }
        var (decimals, isMore) = (0, false)
        if at < text.count {
            guard unsafe text[at] == UInt8(ascii: "."), at + 1 < text.count, text.count <= 512 else { return nil }
            at += 1
            while at < text.count, unsafe text[at].isDigit {
                let digit = unsafe text[at] & 15
                if decimals < scale {
                    (value, decimals) = (value * 10 + Int128(digit), decimals + 1)
                } else {
                    isMore = isMore || digit != 0
                }
                at += 1
            }
            guard at == text.count else { return nil }
        }
        while decimals < scale { (value, decimals) = (value * 10, decimals + 1) }
        guard isNegative else { return (value, isMore) }
        return (isMore ? -value - 1 : -value, isMore)
    }
}

/// Floating point.
struct GeneralizeDoubles: Protection {
    let output: Field
    let isSingle: Bool
    let numbers: DoubleGeneralizer
    let names: RangeNames
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        if numbers.exact.isNaming {
            return try names.lend { names in
                try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 12) {
                    bytes, _, builder in
                    guard let range = unsafe numbers.range(of: read(bytes)) else { return false }
                    unsafe builder.append(names.name(range))
                    return true
                }
            }
        }
        return try unsafe misfits.fixed(output, column, rows, batch) { bytes, _, builder in
            guard let rounded = unsafe numbers.rounded(read(bytes)) else { return false }
            if isSingle {
                var bits = Float(rounded).bitPattern.littleEndian
                return unsafe withUnsafeBytes(of: &bits) { unsafe builder.append($0) }
            }
            var bits = rounded.bitPattern.littleEndian
            return unsafe withUnsafeBytes(of: &bits) { unsafe builder.append($0) }
        }
    }

    @inline(__always)
    private func read(_ bytes: UnsafeRawBufferPointer) -> Double {
        isSingle
            ? Double(Float(bitPattern: UInt32(littleEndian: unsafe bytes.loadUnaligned(as: UInt32.self))))
            : Double(bitPattern: UInt64(littleEndian: unsafe bytes.loadUnaligned(as: UInt64.self)))
    }
}

/// What a rule makes of floating-point numbers. A bound is the number nearest to what is written, so that 0.3 is in the range
/// from 0.3 on.
struct DoubleGeneralizer: Sendable {
    let exact: NumberGeneralizer
    private let unit: Double
    private let step: Double
    private let bounds: [Double]
    private let bottom, top: Double?

    init(_ rule: Generalization.NumberRule) {
        exact = NumberGeneralizer(rule, scale: rule.scale)
        var power = 1.0
        for _ in 0..<rule.scale { power *= 10 }
        unit = power
        func number(_ quantity: Quantity) -> Double { Double(quantity.units(scale: rule.scale) ?? 0) / power }
        (bottom, top) = (rule.bottom.map(number), rule.top.map(number))
        switch rule.shape {
        case .bucket(let step), .round(let step):
            (self.step, bounds) = (Double(step.units(scale: rule.scale) ?? 1), [])
        case .ranges(let bounds): (step, self.bounds) = (1, bounds.map(number))
        case .same: (step, bounds) = (1, [])
        }
    }

    func range(of value: Double) -> Int128? {
        if let bottom, value < bottom { return Int128.min }
        if let top, value >= top { return Int128.max }
        if !bounds.isEmpty { return value.isNaN ? nil : Int128(bounds.count { $0 <= value }) }
        guard value.isFinite else { return nil }
        var place = (value * unit / step).rounded(.down)
        guard abs(place * step) < 0x1p53 else { return nil }
        while (place + 1) * step / unit <= value { place += 1 }
        while place * step / unit > value { place -= 1 }
        return Int128(place)
    }

    func rounded(_ value: Double) -> Double? {
        guard !value.isNaN else { return nil }
        var value = value
        if case .round = exact.rule.shape, value.isFinite {
            let place = (value * unit / step).rounded(.toNearestOrAwayFromZero)
            guard abs(place * step) < 0x1p53 else { return nil }
            value = place * step / unit
        }
        if let bottom, value < bottom { return bottom }
        if let top, value > top { return top }
        return value.isFinite ? value : nil
    }
}
