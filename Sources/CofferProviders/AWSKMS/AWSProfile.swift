import Coffer
import CofferCrypto

/// A profile of the AWS command line: what `~/.aws/credentials` and `~/.aws/config` say under one name.
struct AWSProfile {
    /// Its name.
    let name: String
    /// Whether either file has it.
    let isThere: Bool
    private let values: [String: String]

    /// Reads the profile `asked` for, else `AWS_PROFILE`, else `default`. One that was named must be there.
    static func read(
        _ asked: String?, environment: [String: String], read: (String) throws(ConfigurationError) -> [UInt8]?
    ) throws(ConfigurationError) -> AWSProfile {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let named = asked ?? variable("AWS_PROFILE") ?? variable("AWS_DEFAULT_PROFILE")
        let name = named ?? "default"
        let home = variable("HOME").map { "\($0)/.aws/" }
        var (values, isThere): ([String: String], Bool) = ([:], false)
        // What the credentials' file says comes last, and counts.
        for (file, variableName, section) in [
            ("config", "AWS_CONFIG_FILE", name == "default" ? name : "profile \(name)"),
            ("credentials", "AWS_SHARED_CREDENTIALS_FILE", name),
        ] {
            guard let path = variable(variableName) ?? home.map({ $0 + file }), let bytes = try read(path) else {
                continue
            }
            guard let found = INI.section(section, of: String(decoding: bytes, as: UTF8.self)) else { continue }
            isThere = true
            values.merge(found) { $1 }
        }
        guard isThere || named == nil else {
            throw ConfigurationError(
                "there is no AWS profile \(name)", hint: "look into ~/.aws/config and ~/.aws/credentials")
        }
        return AWSProfile(name: name, isThere: isThere, values: values)
    }

    /// What the profile says of `key`.
    subscript(key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// The access key that stands in the profile.
    func credentials() throws(ConfigurationError) -> AWSCredentials {
        if let id = self["aws_access_key_id"], let secret = self["aws_secret_access_key"] {
            return AWSCredentials(
                accessKeyID: id, secret: SecretBytes(text: secret), sessionToken: self["aws_session_token"])
        }
        for other in ["sso_session", "sso_start_url", "credential_process", "role_arn", "web_identity_token_file"] {
            guard self[other] != nil else { continue }
            throw ConfigurationError(
                "the AWS profile \(name) gets its access key by \(other), which coffer can't do",
                hint: "eval \"$(aws configure export-credentials --profile \(name) --format env)\"")
        }
        guard isThere else {
            throw ConfigurationError(
                "there is no access key for AWS",
                hint:
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; roles of machines and containers "
                    + "are not asked for")
        }
        throw ConfigurationError(
            "the AWS profile \(name) has no access key", hint: "write aws_access_key_id and aws_secret_access_key there"
        )
    }
}

/// The notation of the AWS command line's files: `[section]`, `name = value`, lines of comments.
enum INI {
    /// The values of the section `name`, names in lower case; nil where there is no such section. Indented lines, which
    /// belong to the value above them, are left out.
    static func section(_ name: String, of text: String) -> [String: String]? {
        var values: [String: String]?
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            if line.first?.isWhitespace ?? true || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                let words = line.dropFirst().prefix { $0 != "]" }.split(whereSeparator: \.isWhitespace)
                isInside = words.joined(separator: " ") == name
                if isInside { values = values ?? [:] }
            } else if isInside, let split = line.firstIndex(of: "=") {
                let value = line[line.index(after: split)...].drop(while: \.isWhitespace)
                values?[trimmed(line[..<split]).lowercased()] = trimmed(value)
            }
        }
        return values
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return String(text)
    }
}
