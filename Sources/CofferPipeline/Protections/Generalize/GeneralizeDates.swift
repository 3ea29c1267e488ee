import CofferCrypto

/// Days and instants to the beginning of their period, or its name. Instants with a zone go by UTC.
struct GeneralizeDates: Protection {
    let output: Field
    let scale: DateScale
    let period: Generalization.Period
    let asText: Bool
    let misfits: Misfits

    init(output: Field, type: ArrowType, period: Generalization.Period, asText: Bool, misfits: Misfits) {
        (self.output, scale, self.period) = (output, DateScale(type), period)
        (self.asText, self.misfits) = (asText, misfits)
    }

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let values = column.values
        let mayBeNull = column.nullCount != 0 || rows.rows != nil || column.dictionary != nil
        if asText {
            var builder = try VariableBuilder(field: output, rows: column.length, byteCapacity: column.length * 10)
            let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
            for i in 0..<column.length {
                if mayBeNull, column.isNull(i) || rows.row(of: i) < 0 {
                    builder.appendNull()
                    continue
                }
                let days = unsafe scale.read(values.bytes(at: i)).quotientAndRemainder(floor: scale.perDay).quotient
                var text = unsafe TextCursor(scratch.start)
                period.write(period.start(days), &text)
                unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: text.count))
            }
            return try builder.finish()
        }
        var builder = FixedBuilder(field: output, rows: column.length)
        for i in 0..<column.length {
            if mayBeNull, column.isNull(i) || rows.row(of: i) < 0 {
                builder.appendNull()
                continue
            }
            let days = unsafe scale.read(values.bytes(at: i)).quotientAndRemainder(floor: scale.perDay).quotient
            let (start, overflow) = period.start(days).multipliedReportingOverflow(by: scale.perDay)
            if overflow || !scale.append(start, to: &builder) {
                try misfits.check(rows.row(of: i), batch)
                builder.appendNull()
            }
        }
        return builder.finish()
    }
}

/// Dates in text to the name of their period.
struct GeneralizeDateTexts: Protection {
    let output: Field
    let period: Generalization.Period
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let values = column.values
        var builder = try VariableBuilder(field: output, rows: column.length, byteCapacity: column.length * 10)
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if column.isNull(i) || row < 0 {
                builder.appendNull()
                continue
            }
            guard let date = unsafe DateText(values.bytes(at: i)) else {
                try misfits.check(row, batch)
                builder.appendNull()
                continue
            }
            var text = unsafe TextCursor(scratch.start)
            period.write(period.start(date.days), &text)
            unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: text.count))
        }
        return try builder.finish()
    }
}

/// Dates moved by a number of days that is the same for all dates of a subject, and never 0: what lies between two of them
/// stays (docs/specs/field-encryption.md, 5.5).
struct ShiftDates: Protection {
    let output: Field
    let type: ArrowType
    let days: Int
    let key: HMAC
    /// The position of the column that tells subjects apart.
    let subject: Int
    /// Its text.
    let canonical: CanonicalText
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        var shifts = SubjectShifts(self, batch.batch.columns[subject])
        return type.isText ? try texts(column, rows, batch, &shifts) : try dates(column, rows, batch, &shifts)
    }

    private func dates(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ shifts: inout SubjectShifts
    ) throws -> Column {
        let values = column.values
        let scale = DateScale(type)
        var builder = FixedBuilder(field: output, rows: column.length)
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if column.isNull(i) || row < 0 {
                builder.appendNull()
                continue
            }
            if let shift = shifts.shift(row) {
                let value = unsafe scale.read(values.bytes(at: i))
                let (moved, overflow) = value.addingReportingOverflow(shift * scale.perDay)
                if !overflow, scale.append(moved, to: &builder) { continue }
            }
            try misfits.check(row, batch)
            builder.appendNull()
        }
        return builder.finish()
    }

    /// The day at the front of a text is moved, the time behind it stays.
    private func texts(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ shifts: inout SubjectShifts
    ) throws -> Column {
        let values = column.values
        let count = values.totalBytes(rows: column.length)
        var builder = try VariableBuilder(field: output, rows: column.length, byteCapacity: count)
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        for i in 0..<column.length {
            let row = rows.row(of: i)
            if column.isNull(i) || row < 0 {
                builder.appendNull()
                continue
            }
            let text = unsafe values.bytes(at: i)
            if let date = unsafe DateText(text), let shift = shifts.shift(row) {
                var moved = unsafe TextCursor(scratch.start)
                moved.append(date: date.days + shift)
                if moved.count == DateText.byteCount {
                    for at in DateText.byteCount..<text.count { moved.append(byte: unsafe text[at]) }
                    unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: moved.count))
                    continue
                }
            }
            try misfits.check(row, batch)
            builder.appendNull()
        }
        return try builder.finish()
    }
}

/// The days that each subject of a batch is moved by.
private struct SubjectShifts {
    private let protection: ShiftDates
    private let column: Column
    private let values: LeafValues
    private let scratch = Buffer(unwritten: CanonicalText.scratchByteCount + 64)
    /// Rows of one subject often stand together.
    private var last: (subject: [UInt8], shift: Int)?

    init(_ protection: ShiftDates, _ column: Column) {
        self.protection = protection
        self.column = column
        values = column.values
    }

    /// Nil where nobody says who the subject is.
    mutating func shift(_ row: Int) -> Int? {
        guard !column.isNull(row) else { return nil }
        let digest = unsafe scratch.start
        let text = unsafe protection.canonical.write(values.bytes(at: row), digest + 64)
        if let last, unsafe text.elementsEqual(last.subject) { return last.shift }
        unsafe protection.key.authenticate(text, into: digest)
        let drawn = unsafe UInt64(bigEndian: digest.load(as: UInt64.self))
        let place = Int(drawn % UInt64(2 * protection.days))
        let shift = place < protection.days ? place - protection.days : place - protection.days + 1
        last = unsafe (Array(text), shift)
        return shift
    }
}
