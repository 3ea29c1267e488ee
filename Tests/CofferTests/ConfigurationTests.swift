import Coffer
import Testing

@Suite struct `A configuration node` {
    private func plain(_ text: String) -> Node { Node(.scalar(text, quoted: false), line: 3) }
    private func quoted(_ text: String) -> Node { Node(.scalar(text, quoted: true), line: 3) }
    private func map(_ pairs: (String, Node)...) -> Node {
        Node(.map(pairs.enumerated().map { ($0.element.0, $0.offset + 5, $0.element.1) }), line: 4)
    }

    @Test func `reads as text however it is written, but not as nothing`() throws {
        #expect(try plain("12").text("x") == "12")
        #expect(try quoted("").text("x") == "")
        for nothing in ["", "~", "null"] {
            #expect(throws: ConfigurationError.self) { try plain(nothing).text("x") }
            #expect(plain(nothing).isNull && !quoted(nothing).isNull)
        }
    }

    @Test(arguments: ["yes", "on", "True", "TRUE", "1", ""])
    func `is true only when it says true`(text: String) throws {
        #expect(try plain("true").boolean("x"))
        #expect(try !plain("false").boolean("x"))
        #expect(throws: ConfigurationError.self) { try plain(text).boolean("x") }
        #expect(throws: ConfigurationError.self) { try quoted("true").boolean("x") }
    }

    @Test(arguments: ["", "1.0", "0x10", "1e3", "11", "-1", "99999999999999999999", "١"])
    func `is a whole number within its range`(text: String) throws {
        #expect(try plain("10").integer("x", in: 0...10) == 10)
        #expect(throws: ConfigurationError.self) { try plain(text).integer("x", in: 0...10) }
    }

    @Test func `is a list of texts, or one text`() throws {
        #expect(try plain("a").texts("x") == ["a"])
        #expect(try Node(.list([plain("a"), quoted("b")]), line: 1).texts("x") == ["a", "b"])
        #expect(throws: ConfigurationError.self) { try map().texts("x") }
        #expect(throws: ConfigurationError.self) { try Node(.list([map()]), line: 1).texts("x") }
    }

    @Test func `says line and name when it is something else, never its value`() {
        for read in [{ try $0.boolean("csv.header") }, { try $0.list("csv.header") }] as [(Node) throws -> Any] {
            do {
                _ = try read(quoted("hunter2"))
                Issue.record("it was read")
            } catch {
                #expect("\(error)".hasPrefix("line 3: csv.header must be"))
                #expect(!"\(error)".contains("hunter2"))
            }
        }
    }

    @Test func `with known keys refuses others, with the line and a suggestion`() throws {
        let keys = ["path", "format", "types"]
        let section = try Section(map(("path", plain("a.csv"))), "source", keys: keys)
        #expect(try section.text("path") == "a.csv")
        #expect(try section.text("format") == nil)
        #expect(throws: ConfigurationError.self) { try section.required("format") }
        do {
            _ = try Section(map(("path", plain("a")), ("formta", plain("csv"))), "source", keys: keys)
            Issue.record("an unknown key was taken")
        } catch {
            #expect(error.description == "line 6: “formta” is not a key of source")
            #expect(error.hint == "did you mean format?")
        }
        #expect(throws: ConfigurationError.self) { try Section(plain("a"), "source", keys: keys) }
        #expect(throws: ConfigurationError.self) {
            try Section(map(("path", plain("a")), ("path", plain("b"))), "source", keys: keys)
        }
    }

    @Test func `is one of some words`() throws {
        let modes = ["replace", "append", "merge"]
        #expect(try plain("merge").choice("write", of: modes) == "merge")
        do {
            _ = try plain("apend").choice("write", of: modes)
            Issue.record("an unknown word was taken")
        } catch {
            #expect(error.hint == "did you mean append?")
        }
    }
}

@Suite struct `A reference to a secret` {
    @Test(arguments: ["env:NAME", "file:/run/secret", "file:a b"])
    func `says where the secret is`(text: String) throws {
        let reference = try #require(SecretReference(text))
        #expect(reference.description == text)
    }

    @Test(arguments: ["", "hunter2", "env:", "file:", "env:A=B", "env:A B", "file:a\u{0}b", "ENV:A"])
    func `is nothing else, and a secret written out is not repeated`(text: String) {
        #expect(SecretReference(text) == nil)
        do {
            _ = try SecretReference(Node(.scalar(text, quoted: true), line: 9), "password")
            Issue.record("it was taken")
        } catch {
            #expect(error.line == 9)
            #expect(text.isEmpty || !error.message.contains(text))
            #expect(error.hint?.contains("env:NAME") == true)
        }
    }
}

@Suite struct `A suggestion` {
    @Test(arguments: [
        ("formta", "format"), ("encypt", "encrypt"), ("alias/defualt", "alias/default"), ("keep", "keep"),
        ("dorp", "drop"),
    ])
    func `is the nearest word`(text: String, word: String) {
        #expect(Suggestion.nearest(to: text, among: ["format", "encrypt", "alias/default", "keep", "drop"]) == word)
    }

    @Test(arguments: ["", "zzzz", "tokenize", String(repeating: "a", count: 100_000)])
    func `is not made when nothing is near`(text: String) {
        #expect(Suggestion.nearest(to: text, among: ["format", "encrypt", "drop"]) == nil)
    }
}
