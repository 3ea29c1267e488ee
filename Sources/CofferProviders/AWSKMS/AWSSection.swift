public import Coffer

/// The section `kms:` or `s3:` of a pipeline or of `coffer.yaml`: `{ endpoint: https://…, region: …, ca: …, profile: … }`.
public struct AWSSection: Sendable {
    /// Another place to call than AWS.
    public var endpoint: AWSEndpoint?
    /// Where buckets are, and keys that are not named by an ARN.
    public var region: String?
    /// A PEM file of certificate authorities.
    public var certificateAuthority: String?
    /// A profile of the AWS command line.
    public var profile: String?

    /// A section in which nothing is written.
    public init() {}

    /// Reads a section called `name`; a relative path begins in `folder`.
    public init(_ node: Node, name: String = "kms", folder: String) throws(ConfigurationError) {
        let section = try Section(node, name, keys: ["endpoint", "region", "ca", "profile"])
        if let node = section["endpoint"] {
            endpoint = try Self.at(node, name) { text throws(ConfigurationError) in try AWSEndpoint(text) }
        }
        if let node = section["region"] {
            region = try Self.at(node, name) { text throws(ConfigurationError) in
                try AWSSettings.check(text)
                return text
            }
        }
        certificateAuthority = try section.text("ca").map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        profile = try section.text("profile")
    }

    private static func at<Value>(
        _ node: Node, _ name: String, _ parse: (String) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value {
        let text = try node.text(name)
        do throws(ConfigurationError) { return try parse(text) } catch {
            throw ConfigurationError(error.message, line: node.line, hint: error.hint)
        }
    }

    /// This section, and what it doesn't say from `other`.
    public func over(_ other: AWSSection) -> AWSSection {
        var section = self
        section.endpoint = endpoint ?? other.endpoint
        section.region = region ?? other.region
        section.certificateAuthority = certificateAuthority ?? other.certificateAuthority
        section.profile = profile ?? other.profile
        return section
    }
}
