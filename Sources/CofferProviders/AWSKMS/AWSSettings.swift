public import Coffer
import CofferCrypto

/// What a client of AWS is told: who it is, where it calls, how long it waits.
public struct AWSSettings: Sendable {
    /// Who calls.
    public let credentials: AWSCredentials
    /// Where keys are that are not named by an ARN; nil where nothing says so.
    public let region: String?
    /// Another place to call than AWS.
    public let endpoint: AWSEndpoint?
    /// A PEM file of the only certificate authorities to trust; nil for the system's.
    public let certificateAuthority: String?
    /// How often and how long.
    public var limits = AWSLimits()

    /// Settings.
    public init(
        credentials: AWSCredentials, region: String?, endpoint: AWSEndpoint? = nil, certificateAuthority: String? = nil
    ) throws(ConfigurationError) {
        if let region { try Self.check(region) }
        self.credentials = credentials
        self.region = region
        self.endpoint = endpoint
        self.certificateAuthority = certificateAuthority
    }

    /// What a `kms:` or `s3:` section says, then the environment, then the files of the AWS command line.
    ///
    /// Access keys come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or from a profile
    /// (`profile:`, `AWS_PROFILE`, else `default`). Profiles that need a login or a program, and roles of machines and
    /// containers, are not supported and say so.
    /// - Parameters:
    ///   - service: as it stands in `AWS_ENDPOINT_URL_KMS`.
    ///   - read: what reads a file whole; nil where it is not there.
    public init(
        _ section: AWSSection = AWSSection(), environment: [String: String], service: String = "KMS",
        read: (String) throws(ConfigurationError) -> [UInt8]?
    ) throws(ConfigurationError) {
        func variable(_ names: String...) -> String? {
            for name in names { if let value = environment[name], !value.isEmpty { return value } }
            return nil
        }
        let profile = try AWSProfile.read(section.profile, environment: environment, read: read)
        if section.profile == nil, let id = variable("AWS_ACCESS_KEY_ID") {
            guard let secret = variable("AWS_SECRET_ACCESS_KEY") else {
                throw ConfigurationError(
                    "the environment has AWS_ACCESS_KEY_ID but no AWS_SECRET_ACCESS_KEY", hint: "set both")
            }
            credentials = AWSCredentials(
                accessKeyID: id, secret: SecretBytes(text: secret), sessionToken: variable("AWS_SESSION_TOKEN"))
        } else {
            credentials = try profile.credentials()
        }
        region = section.region ?? variable("AWS_REGION", "AWS_DEFAULT_REGION") ?? profile["region"]
        if let region { try Self.check(region) }
        let isIgnored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true"
        let configured =
            isIgnored ? nil : variable("AWS_ENDPOINT_URL_\(service)", "AWS_ENDPOINT_URL") ?? profile["endpoint_url"]
        if let configured, section.endpoint == nil {
            endpoint = try AWSEndpoint(configured)
        } else {
            endpoint = section.endpoint
        }
        certificateAuthority = section.certificateAuthority ?? variable("AWS_CA_BUNDLE") ?? profile["ca_bundle"]
    }

    static func check(_ region: String) throws(ConfigurationError) {
        let isRegion = region.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
        }
        guard isRegion, (1...32).contains(region.utf8.count) else {
            throw ConfigurationError("the region must be written like eu-central-1", hint: "region: eu-central-1")
        }
    }
}

extension SecretBytes {
    /// The bytes of a text that came from outside; the text itself can't be wiped.
    init(text: String) {
        let bytes = Array(text.utf8)
        self = unsafe SecretBytes(copying: bytes.span.bytes)
    }
}
