import Coffer
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
        if asText {
            let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
            return try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 10) {
                value, _, builder in
                var text = unsafe TextCursor(scratch.start)
                unsafe period.write(period.start(day(value)), &text)
                unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: text.count))
                return true
            }
        }
        return try unsafe misfits.fixed(output, column, rows, batch) { value, _, builder in
            let (start, overflow) = unsafe period.start(day(value)).multipliedReportingOverflow(by: scale.perDay)
            return !overflow && scale.append(start, to: &builder)
        }
    }

    @inline(__always)
    private func day(_ value: UnsafeRawBufferPointer) -> Int {
        unsafe scale.read(value).quotientAndRemainder(floor: scale.perDay).quotient
    }
}

/// Dates in text to the name of their period.
struct GeneralizeDateTexts: Protection {
    let output: Field
    let period: Generalization.Period
    let misfits: Misfits

    func protect(_ column: Column, rows: RowIndex, in batch: ProtectedBatch) throws -> Column? {
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        return try unsafe misfits.texts(output, column, rows, batch, byteCapacity: column.length * 10) {
            value, _, builder in
            guard let date = unsafe DateText(value) else { return false }
            var text = unsafe TextCursor(scratch.start)
            period.write(period.start(date.days), &text)
            unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: text.count))
            return true
        }
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
        let scale = DateScale(type)
        return try unsafe misfits.fixed(output, column, rows, batch) { value, row, builder in
            guard let shift = shifts.shift(row) else { return false }
            let (moved, overflow) = unsafe scale.read(value).addingReportingOverflow(shift * scale.perDay)
            return !overflow && scale.append(moved, to: &builder)
        }
    }

    /// The day at the front of a text is moved, the time behind it stays.
    private func texts(
        _ column: Column, _ rows: RowIndex, _ batch: ProtectedBatch, _ shifts: inout SubjectShifts
    ) throws -> Column {
        let byteCapacity = column.values.totalBytes(rows: column.length)
        let scratch = Buffer(unwritten: CanonicalText.scratchByteCount)
        return try unsafe misfits.texts(output, column, rows, batch, byteCapacity: byteCapacity) { text, row, builder in
            guard let date = unsafe DateText(text), let shift = shifts.shift(row) else { return false }
            var moved = unsafe TextCursor(scratch.start)
            moved.append(date: date.days + shift)
            guard moved.count == DateText.byteCount else { return false }
            for at in DateText.byteCount..<text.count { moved.append(byte: unsafe text[at]) }
            unsafe builder.append(UnsafeRawBufferPointer(start: scratch.start, count: moved.count))
            return true
        }
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
