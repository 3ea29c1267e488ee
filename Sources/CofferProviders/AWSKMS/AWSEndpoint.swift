public import Coffer

/// Where a service of AWS, or one that speaks like it, is called: `https://kms.eu-central-1.amazonaws.com`.
///
/// A host and a port and nothing else. Plain HTTP goes to this machine only.
public struct AWSEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// `https`, or `http` on this machine.
    public let scheme: String
    /// As the `Host` header has it: with the port where one is written.
    public let authority: String

    /// Parses `https://HOST[:PORT]`.
    public init(_ text: String) throws(ConfigurationError) {
        let hint = "write it as https://HOST or https://HOST:PORT"
        guard let split = text.firstRange(of: "://") else {
            throw ConfigurationError("the endpoint is not an address", hint: hint)
        }
        scheme = text[..<split.lowerBound].lowercased()
        var rest = text[split.upperBound...]
        if rest.hasSuffix("/") { rest.removeLast() }
        let parts = try Self.parts(rest, hint)
        guard scheme == "https" || scheme == "http" else {
            throw ConfigurationError("the endpoint must begin with https://", hint: hint)
        }
        guard scheme == "https" || Self.isThisMachine(parts.host) else {
            throw ConfigurationError(
                "an endpoint without TLS must be on this machine: what is secret would cross the network in the clear",
                hint: "write https://…")
        }
        authority = String(rest).lowercased()
    }

    /// The endpoint of the key service in a region.
    static func kms(in region: String) -> AWSEndpoint {
        AWSEndpoint(authority: "kms.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : ""))
    }

    init(authority: String) { (scheme, self.authority) = ("https", authority) }

    /// The address.
    public var description: String { "\(scheme)://\(authority)" }

    private static func parts(
        _ text: Substring, _ hint: String
    ) throws(ConfigurationError) -> (host: Substring, port: Int?) {
        var (host, port): (Substring, Substring?) = (text, nil)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[...end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw ConfigurationError("the endpoint is not an address", hint: hint)
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        let characters = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
        let isAddress = host.hasPrefix("[")
        let isPlain = characters.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (0x61...0x7a).contains(letter) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-") && !isAddress || byte == UInt8(ascii: ":") && isAddress
        }
        guard isPlain, (1...253).contains(characters.utf8.count) else {
            throw ConfigurationError(
                "the endpoint must be a host and a port, with no name, path or query", hint: hint)
        }
        guard let port else { return (host, nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port),
            (1...65_535).contains(number)
        else { throw ConfigurationError("the endpoint's port must be a number from 1 to 65535", hint: hint) }
        return (host, number)
    }

    private static func isThisMachine(_ host: Substring) -> Bool {
        if host.lowercased() == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
