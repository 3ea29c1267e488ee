import CArrow

/// What a driver said, sorted by kind. Its own text quotes values and statements, so it never leaves here.
struct ADBCFailure: Error {
    let product: ADBCDriver.Product
    /// ADBC's status, 0 where only a text is known.
    let status: Int
    /// The five characters of SQLSTATE (PostgreSQL), empty where there are none.
    let state: String
    /// The driver's own words: for telling cases apart, never for showing.
    let text: String

    /// Reads what a call left behind.
    init(_ product: ADBCDriver.Product, status: Int, _ error: AdbcError) {
        let text = unsafe error.message.map { unsafe String(cString: $0) } ?? ""
        let bytes = unsafe withUnsafeBytes(of: error.sqlstate) { unsafe Array($0) }
        let state = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? String(decoding: bytes, as: UTF8.self) : ""
        self.init(product, status: status, state: state, text: text)
    }

    /// An error of which only the text is known: of a stream, whose driver writes the state at its end.
    init(_ product: ADBCDriver.Product, status: Int = 0, state: String = "", text: String) {
        self.product = product
        self.status = status
        self.text = text
        if state.isEmpty, let mark = text.ranges(of: "SQLSTATE: ").last {
            self.state = String(text[mark.upperBound...].prefix(5))
        } else {
            self.state = state
        }
    }

    /// The one of `columns` that the driver complained about: names are ours to show, what stands around them isn't.
    func column(among columns: [String]) -> String? {
        columns.filter { name in
            text.contains("column \"\(name)\"") || text.contains("column \(name)\n")
                || text.contains("column \(name):") || text.hasSuffix("column \(name)") || text.contains(".\(name)\n")
                || text.contains(", column \(name)")
        }.max { $0.utf8.count < $1.utf8.count }
    }

    /// What is said of it: `what` was tried, with tables and columns named and no value quoted.
    func sentence(_ code: PipelineError.Code, _ what: String, columns: [String] = []) -> PipelineError {
        let place = column(among: columns).map { "\(what), column \($0)" } ?? what
        return product == .postgresql ? postgres(code, what, place) : sqlite(code, what, place)
    }
}

extension PipelineError {
    /// `error` as a sentence about `what`, from wherever in a pipeline it came.
    static func about(
        _ what: String, _ code: Code, _ error: any Error, columns: [String] = []
    ) -> any Error {
        switch error {
        case let failure as ADBCFailure: failure.sentence(code, what, columns: columns)
        case let failure as EngineFailure: failure.sentence(code, what)
        default: error
        }
    }
}
