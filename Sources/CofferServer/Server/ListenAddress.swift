import Coffer

/// Where the server listens: `127.0.0.1:8443`, `[::1]:8443`, `localhost:0`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name.
    public let host: String
    /// A port; 0 has the system choose one.
    public let port: Int

    /// Where nothing is said.
    public static let standard = ListenAddress(host: "127.0.0.1", port: 8443)

    init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Parses an address; nil if `text` is none.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else {
            guard !host.contains(":") else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return nil
        }
        (self.host, self.port) = (String(host), Int(port))
    }

    /// Parses the address in `node`.
    init(_ node: Node) throws(ConfigurationError) {
        guard let address = ListenAddress(try node.text("listen")) else {
            throw ConfigurationError("listen must be an address and a port", line: node.line, hint: "127.0.0.1:8443")
        }
        self = address
    }

    /// Whether only this machine can connect to it.
    public var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// As it is written.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
