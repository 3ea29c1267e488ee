import Coffer
import FoundationEssentials
import Yams

/// Turns YAML into configuration nodes. The file may come from anywhere: its size and depth are bounded, and what makes
/// YAML surprising (anchors, aliases, tags, merge keys, several documents) is refused.
enum YAML {
    static let maximumByteCount = 1 << 20
    static let maximumDepth = 64

    /// The root node of the file at `path`.
    static func read(_ path: String) throws -> Coffer.Node {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        let data = size.flatMap { $0 <= maximumByteCount ? FileManager.default.contents(atPath: path) : Data() }
        guard let size, let data else {
            throw CommandError("\(path) can't be read", hint: "check that the file is there and that you may read it")
        }
        do throws(ConfigurationError) {
            guard max(size, data.count) <= maximumByteCount else {
                throw ConfigurationError("the file is larger than 1 MiB")
            }
            guard let text = String(bytes: data, encoding: .utf8) else {
                throw ConfigurationError("the file is not UTF-8 text")
            }
            return try parse(text)
        } catch {
            throw FileError(file: path, error: error)
        }
    }

    /// The root node of `text`.
    static func parse(_ text: String) throws(ConfigurationError) -> Coffer.Node {
        try boundAliases(text)
        // Without a resolver every plain scalar stays the text it is: each module decides what it should be.
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            // Nodes hold their anchors weakly; the parser keeps them.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else { throw ConfigurationError("the file is empty", line: 1) }
                return try convert(root, depth: 0)
            }
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw configurationError(error, text)
        }
    }

    private static func convert(_ node: Yams.Node, depth: Int) throws(ConfigurationError) -> Coffer.Node {
        let line = node.mark?.line ?? 1
        guard depth < maximumDepth else { throw ConfigurationError("nested too deeply", line: line) }
        guard node.anchor == nil else { throw anchors(line) }
        guard ["str", "seq", "map"].contains(where: { node.tag.rawValue == "tag:yaml.org,2002:\($0)" }) else {
            throw ConfigurationError(
                "tags (!) are not supported here", line: line, hint: "put a text that begins with ! in quotes")
        }
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain && scalar.style != .any
            return Coffer.Node(.scalar(scalar.string, quoted: isQuoted), line: line)
        case .sequence(let sequence):
            var list: [Coffer.Node] = []
            for element in sequence { list.append(try convert(element, depth: depth + 1)) }
            return Coffer.Node(.list(list), line: line)
        case .mapping(let mapping):
            var pairs: [(name: String, line: Int, value: Coffer.Node)] = []
            var names: Set<String> = []
            for (key, value) in mapping {
                let keyLine = key.mark?.line ?? line
                guard case .scalar(let name) = key else {
                    throw ConfigurationError("a key must be a text", line: keyLine)
                }
                guard key.anchor == nil else { throw anchors(keyLine) }
                guard names.insert(name.string).inserted else {
                    throw ConfigurationError("“\(name.string)” is written twice", line: keyLine)
                }
                pairs.append((name.string, keyLine, try convert(value, depth: depth + 1)))
            }
            return Coffer.Node(.map(pairs), line: line)
        case .alias:
            throw anchors(line)
        }
    }

    private static func anchors(_ line: Int) -> ConfigurationError {
        ConfigurationError(
            "anchors (&) and aliases (*) are not supported here", line: line,
            hint: "write the value out; put a text that begins with & or * in quotes")
    }

    /// Refuses a text with many things that could be aliases, before the parser copies what they stand for: a few lines
    /// could otherwise become gigabytes. An alias is `*` and a name at the start of a token; twenty can't grow far.
    private static func boundAliases(_ text: String) throws(ConfigurationError) {
        var (count, line, previous) = (0, 1, UInt8(ascii: "\n"))
        var isStar = false
        for byte in text.utf8 {
            let isName = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a || byte >= 0x30 && byte <= 0x39
            if isStar, isName || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
                count += 1
                guard count <= 20 else { throw anchors(line) }
            }
            isStar = byte == UInt8(ascii: "*") && " \t\n\r[{,:?-".utf8.contains(previous)
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
    }

    /// The parser's own sentences are fixed texts that quote nothing from the file.
    private static func configurationError(_ error: any Error, _ text: String) -> ConfigurationError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            if problem.contains("nesting level") { return ConfigurationError("nested too deeply", line: mark.line) }
            if problem.contains("alias") || problem.contains("anchor") { return anchors(mark.line) }
            return ConfigurationError("this is not YAML: \(problem)", line: mark.line)
        case .reader: return ConfigurationError("this is not YAML: it has a character that may not stand in it")
        case .duplicatedKeysInMapping(let names, let context):
            let name = names.sorted().first ?? ""
            return ConfigurationError(
                "“\(name)” is written twice", line: secondLine(of: name, in: text, from: context.mark.line))
        default: return ConfigurationError("this is not YAML")
        }
    }

    /// The line on which a key stands for the second time in the map that begins at `line`; the parser only knows the map.
    private static func secondLine(of name: String, in text: String, from line: Int) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let written = [name, "\"\(name)\"", "'\(name)'"].map { $0 + ":" }
        let found = lines.indices.filter { at in
            at + 1 >= line && written.contains { lines[at].drop { $0 == " " }.hasPrefix($0) }
        }
        return found.count > 1 ? found[1] + 1 : line
    }
}
