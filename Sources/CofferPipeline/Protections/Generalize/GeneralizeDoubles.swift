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
