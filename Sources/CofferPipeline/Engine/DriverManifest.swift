/// The part of an ADBC driver manifest that opening a driver takes: `[Driver] shared` and `entrypoint`.
///
/// Manifests are TOML; this reads tables, bare and quoted keys, and strings, and passes over other values.
struct DriverManifest {
    /// The library's path for this platform.
    let library: String?
    /// The function that fills the driver's table.
    let entrypoint: String?

    /// Reads a manifest.
    /// - Throws: ``PipelineError`` with the line that is not TOML.
    init(_ text: String, platform: String = DriverManifest.platform) throws(PipelineError) {
        var table: [String] = []
        var values: [[String]: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var scanner = Scanner(line)
            scanner.skipSpace()
            guard let first = scanner.next, first != "#" else { continue }
            if first == "[" {
                scanner.advance()
                if scanner.next == "[" {  // an array of tables: nothing of ours
                    table = ["[["]
                    continue
                }
                guard let name = scanner.key(), scanner.take("]") else { throw Self.malformed(index + 1) }
                table = name
            } else {
                guard let name = scanner.key(), scanner.take("=") else {
                    if values.isEmpty && table.isEmpty { throw Self.malformed(index + 1) }
                    continue  // inside an array or a text of several lines
                }
                scanner.skipSpace()
                if let value = scanner.string() { values[table + name] = value }
            }
        }
        library = values[["Driver", "shared", platform]] ?? values[["Driver", "shared"]]
        entrypoint = values[["Driver", "entrypoint"]]
    }

    private static func malformed(_ line: Int) -> PipelineError {
        PipelineError(.engine, "the driver manifest is not TOML, line \(line)")
    }

    /// This machine's name in manifests.
    static var platform: String {
        #if arch(arm64)
            "linux_arm64"
        #else
            "linux_amd64"
        #endif
    }
}

/// Reads keys and strings of one line.
private struct Scanner {
    private let characters: [Character]
    private var at = 0

    init(_ line: Substring) { characters = Array(line.hasSuffix("\r") ? line.dropLast() : line) }

    var next: Character? { at < characters.count ? characters[at] : nil }

    mutating func advance() { at += 1 }

    mutating func skipSpace() {
        while let next, next == " " || next == "\t" { at += 1 }
    }

    mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard next == character else { return false }
        at += 1
        return true
    }

    /// `Driver.shared`, `"a b"`.
    mutating func key() -> [String]? {
        var parts: [String] = []
        repeat {
            skipSpace()
            if next == "\"" || next == "'" {
                guard let text = string() else { return nil }
                parts.append(text)
            } else {
                var text = ""
                while let character = next,
                    character.isASCII && (character.isLetter || character.isNumber) || next == "_" || next == "-"
                {
                    text.append(character)
                    at += 1
                }
                guard !text.isEmpty else { return nil }
                parts.append(text)
            }
        } while take(".")
        return parts
    }

    /// A basic or literal string of one line.
    mutating func string() -> String? {
        guard let quote = next, quote == "\"" || quote == "'" else { return nil }
        at += 1
        var text = ""
        while let character = next {
            at += 1
            if character == quote { return text }
            if character == "\\" && quote == "\"" {
                guard let escaped = next else { return nil }
                at += 1
                switch escaped {
                case "\\", "\"": text.append(escaped)
                case "t": text.append("\t")
                case "n": text.append("\n")
                default: return nil
                }
            } else {
                text.append(character)
            }
        }
        return nil
    }
}
