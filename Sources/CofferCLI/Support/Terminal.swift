import FoundationEssentials
import Glibc

/// What is said to people and to programs.
enum Terminal {
    /// Whether standard error shows on a terminal.
    static var showsErrors: Bool { isatty(STDERR_FILENO) == 1 }
    /// Whether standard output shows on a terminal.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether somebody can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && showsErrors }

    /// Says `message` on standard error, and a way out on the next line. Control characters are taken out.
    static func say(_ message: some StringProtocol, hint: String? = nil) {
        var text = "coffer: \(clean(message))\n"
        if let hint { text += "coffer: hint: \(clean(hint))\n" }
        writeError(text)
    }

    /// Writes `text` to standard error as it is.
    static func writeError(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    /// Writes `text` and an end of line to standard output, and finds out whether it got there.
    static func printLine(_ text: String = "") throws {
        guard write(text + "\n", to: STDOUT_FILENO) else { throw CommandError("standard output can't be written") }
    }

    /// Writes `text` to standard output as it is.
    static func print(_ text: String) throws {
        guard write(text, to: STDOUT_FILENO) else { throw CommandError("standard output can't be written") }
    }

    private static func write(_ text: String, to file: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// Prints `value` as JSON on standard output, in one form: names sorted, two spaces.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try printLine(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints rows under a header in columns that line up.
    static func printTable(_ header: [String], _ rows: [[String]]) throws {
        let lines = ([header] + rows).map { $0.map { clean($0) } }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let text = lines.map { line in
            line.indices.map { column in
                let padding = column == line.count - 1 ? 0 : widths[column] - line[column].count
                return line[column] + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
        try printLine(text.joined(separator: "\n"))
    }

    /// `text` without what could move the cursor or hide a line.
    static func clean(_ text: some StringProtocol) -> String {
        let clean = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(clean))
    }
}
