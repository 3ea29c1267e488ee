import Coffer

/// A key that is written `SCHEME://NAMESPACE/NAME?a=b&c=d`, taken apart.
struct KeyURI {
    let namespace: String
    let name: String
    let options: [String: String]
    private let form: String

    /// Takes `SCHEME://NAMESPACE/NAME?a=b&c=d` apart; `%xx` stands for a byte.
    init(_ text: String, form: String, options known: Set<String>) throws {
        self.form = form
        func bad(_ why: String) -> CommandError { CommandError("the key \(why)", hint: "write it as \(form)") }
        guard let start = text.firstRange(of: "://") else { throw bad("has no ://") }
        let rest = text[start.upperBound...]
        let question = rest.firstIndex(of: "?")
        let path = rest[..<(question ?? rest.endIndex)]
        guard let slash = path.firstIndex(of: "/"), slash > path.startIndex,
            let namespace = Self.decoded(path[..<slash]),
            let name = Self.decoded(path[path.index(after: slash)...]), !name.isEmpty
        else { throw bad("has no namespace and name") }
        var options: [String: String] = [:]
        for option in question.map({ rest[rest.index(after: $0)...].split(separator: "&") }) ?? [] {
            let parts = option.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, known.contains(String(parts[0])),
                let value = Self.decoded(parts[1]),
                options.updateValue(value, forKey: String(parts[0])) == nil
            else { throw bad("has an option it does not know, or one twice") }
        }
        (self.namespace, self.name, self.options) = (namespace, name, options)
    }

    /// `text` with every `%xx` as the byte it stands for; nil where that is not UTF-8, or not two digits.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    func required(_ option: String) throws -> String {
        guard let value = options[option] else {
            throw CommandError("the key says no \(option)=", hint: "write it as \(form)")
        }
        return value
    }
}
