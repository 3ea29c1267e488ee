import Coffer
import CofferCrypto

/// The input of an operation after it was checked against what the operation declares: whoever reads a member finds what
/// was declared, or nothing.
struct Input: Sendable {
    private let json: JSON
    private let blobs: [(name: String, bytes: [UInt8])]

    /// Checks a body. Members that are not declared are nothing to it, as at AWS.
    init(_ body: [UInt8], _ members: [Member]) throws(Failure) {
        var validation = Validation()
        if body.isEmpty {
            json = .object([])
        } else {
            do { json = try JSON(parsing: body) } catch {
                throw .serialization("the body is not JSON: \(error.message)")
            }
        }
        guard json.members != nil else { throw .serialization("the body is not a JSON object") }
        try validation.check(json, members, at: "")
        if let failure = validation.failure { throw failure }
        blobs = validation.blobs
    }

    func text(_ name: String) -> String? { json[name]?.string }
    func integer(_ name: String) -> Int? {
        if case .number(let digits) = json[name] { Self.integer(digits) } else { nil }
    }
    func bool(_ name: String) -> Bool { json[name]?.bool ?? false }
    func blob(_ name: String) -> [UInt8]? { blobs.first { $0.name == name }?.bytes }
    func has(_ name: String) -> Bool { value(name) != nil }
    func value(_ name: String) -> JSON? { json[name].flatMap { $0 == .null ? nil : $0 } }
    func texts(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }
    func structures(_ name: String) -> [JSON] { json[name]?.array ?? [] }

    /// Seconds since 1970, from a number that may have a fraction.
    func seconds(_ name: String) -> Int64? {
        guard case .number(let text) = json[name], let number = Double(text), abs(number) < 1e15 else { return nil }
        return Int64(number.rounded(.down))
    }

    /// The names and values of a map.
    func map(_ name: String) -> [String: String] { Self.map(json[name]) }

    static func map(_ json: JSON?) -> [String: String] {
        var pairs: [String: String] = [:]
        for member in json?.members ?? [] { pairs[member.name] = member.value.string }
        return pairs
    }

    /// A whole number that fits, also where it is written `32.0`.
    static func integer(_ digits: String) -> Int? {
        if let number = Int(digits) { return number }
        guard let number = Double(digits), number.rounded() == number, abs(number) < 1e15 else { return nil }
        return Int(number)
    }

    /// A member that must be there: its absence was refused before.
    func required(_ name: String) -> String { text(name) ?? "" }
    func requiredBlob(_ name: String) -> [UInt8] { blob(name) ?? [] }
}

extension Failure {
    static func serialization(_ reason: String) -> Failure { Failure("SerializationException", reason) }
}
