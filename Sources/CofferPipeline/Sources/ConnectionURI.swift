/// The parts of a libpq connection URI (PostgreSQL manual, 34.1.1.2), strictly: what is unclear is refused.
struct ConnectionURI {
    let user: String?
    let hosts: [String]
    let database: String?
    let parameters: [String: String]
    let hasPassword: Bool

    init(_ text: String) throws(PipelineError) {
        guard let scheme = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else {
            throw PipelineError(
                .policy, "the address of a PostgreSQL database begins with postgresql://",
                hint: "postgres: postgresql://user@host/database")
        }
        var rest = text.dropFirst(scheme.count)
        guard !rest.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F || $0 == "#" }) else {
            throw Self.malformed
        }
        var parameters: [String: String] = [:]
        if let question = rest.firstIndex(of: "?") {
            guard !rest[question...].contains("@") else { throw Self.malformed }  // libpq would see an account there
            for pair in rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false) {
                guard let equals = pair.firstIndex(of: "=") else { throw Self.malformed }
                let name = try Self.decode(pair[..<equals])
                let value = try Self.decode(pair[pair.index(after: equals)...])
                guard !name.isEmpty, parameters.updateValue(value, forKey: name) == nil else { throw Self.malformed }
            }
            rest = rest[..<question]
        }
        var database: String?
        if let slash = rest.firstIndex(of: "/") {
            let name = try Self.decode(rest[rest.index(after: slash)...])
            database = name.isEmpty ? nil : name
            rest = rest[..<slash]
        }
        var user: String?
        var password = false
        if let at = rest.lastIndex(of: "@") {
            let account = rest[..<at]
            guard !account.contains("@") else { throw Self.malformed }
            if let colon = account.firstIndex(of: ":") {
                password = account.index(after: colon) != account.endIndex
                user = try Self.decode(account[..<colon])
            } else {
                user = try Self.decode(account)
            }
            if user == "" { user = nil }
            rest = rest[rest.index(after: at)...]
        }
        var hosts: [String] = []
        if !rest.isEmpty {
            for entry in rest.split(separator: ",", omittingEmptySubsequences: false) {
                hosts.append(try Self.host(entry))
            }
        }
        self.user = user
        self.hosts = hosts
        self.database = database
        self.parameters = parameters
        hasPassword = password || parameters["password"] != nil || parameters["sslpassword"] != nil
    }

    private static let malformed = PipelineError(
        .policy, "the address of the PostgreSQL database is malformed",
        hint: "postgres: postgresql://user@host:5432/database?sslmode=verify-full")

    /// `host`, `host:5432`, `[::1]:5432`.
    private static func host(_ entry: Substring) throws(PipelineError) -> String {
        if entry.first == "[" {
            guard let end = entry.firstIndex(of: "]") else { throw malformed }
            let after = entry[entry.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw malformed }
            return String(entry[entry.index(after: entry.startIndex)..<end])
        }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw malformed }
        return parts.isEmpty ? "" : try decode(parts[0])
    }

    /// Text without percent-encoding.
    private static func decode(_ text: Substring) throws(PipelineError) -> String {
        var bytes: [UInt8] = []
        var left = text.utf8[...]
        while let byte = left.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
                continue
            }
            guard let high = left.popFirst(), let low = left.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), value != 0
            else { throw malformed }
            bytes.append(value)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return decoded
    }
}
