import Testing

@testable import CofferPipeline

@Suite struct `A pattern of objects` {
    @Test(arguments: [
        ("a.csv", "a.csv", true), ("a.csv", "a.csvx", false), ("a.csv", "xa.csv", false),
        ("a*.csv", "a.csv", true), ("a*.csv", "abc.csv", true), ("a*.csv", "a/b.csv", false), ("*", "", true),
        ("a?c", "abc", true), ("a?c", "ac", false), ("a?c", "a/c", false),
        ("**/x", "a/b/x", true), ("**", "a/b/c", true), ("a/**/*.csv", "a/b/c/d.csv", true),
        ("a/**/b*c", "a/x/by/bzc", true), ("a/**/b*c", "a/x/b/c", false), ("**b*c", "b/b/bxc", true),
        ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true), ("[!a-c]x", "ax", false),
        ("[]x", "[]x", true), ("[a", "[a", true), ("[c-a]", "b", false), ("a*b*c*d", "aXbYcZd", true),
        ("ü*", "übung", true), ("*.csv", "🎉.csv", true),
    ])
    func `fits names as a shell's does`(pattern: String, name: String, fits: Bool) {
        #expect(ObjectPattern(pattern).matches(name) == fits)
    }

    @Test func `is no pattern without a star, a question mark or a bracket`() {
        #expect(!ObjectPattern("a/b.csv").isPattern)
        #expect(ObjectPattern("a/b-*.csv").prefix == "a/b-")
        #expect(ObjectPattern("a/[bc].csv").prefix == "a/")
    }

    @Test(.timeLimit(.minutes(1))) func `is judged in little time, whatever it is`() {
        let name = String(repeating: "a", count: 300)
        #expect(!ObjectPattern(String(repeating: "*a", count: 30) + "b").matches(name))
        #expect(!ObjectPattern(String(repeating: "**a*", count: 10) + "b").matches(name))
    }
}
