import CofferCrypto

/// The one text that a signature covers, whoever writes the request how.
struct CanonicalRequest {
    /// The text.
    private(set) var bytes: [UInt8]

    /// The text of `request` with these headers, whose names are in lower case and sorted. Nil where one of them is not
    /// there, the path is not absolute, or a percent sign has no digits behind it. Query parameters named in `omitting` are left out.
    init?(_ request: SignatureV4.Request, signing names: [Substring], rules: SignatureV4.Rules, omitting: [String] = [])
    {
        bytes = []
        bytes.reserveCapacity(1024)
        bytes += request.method.utf8
        bytes.append(Self.newline)
        guard appendPath(request.path, rules), appendQuery(request.query, omitting) else { return nil }
        for name in names {
            guard appendHeader(name, of: request.headers) else { return nil }
        }
        bytes.append(Self.newline)
        for (i, name) in names.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ";")) }
            bytes += name.utf8
        }
        bytes.append(Self.newline)
        switch request.body {
        case .sha256(let digest): appendHexadecimal(digest, to: &bytes)
        case .word(let word): bytes += word.utf8
        }
    }

    /// What the signature is computed over.
    func stringToSign(_ time: String, _ scope: SignatureV4.Scope) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text += SignatureV4.algorithm.utf8
        text.append(Self.newline)
        text += time.utf8
        text.append(Self.newline)
        text += time.utf8.prefix(8)
        for part in [scope.region, scope.service, SignatureV4.terminator] {
            text.append(UInt8(ascii: "/"))
            text += part.utf8
        }
        text.append(Self.newline)
        unsafe appendHexadecimal(Digest.sha256(bytes.span.bytes), to: &text)
        return text
    }

    private static let newline = UInt8(ascii: "\n")

    private mutating func appendPath(_ path: String, _ rules: SignatureV4.Rules) -> Bool {
        defer { bytes.append(Self.newline) }
        // Most requests go to the root.
        if path.isEmpty || path == "/" {
            bytes.append(UInt8(ascii: "/"))
            return true
        }
        var raw = Array(path.utf8)
        guard raw.first == UInt8(ascii: "/") else { return false }
        if rules.normalizesPath { raw = Self.normalized(raw) }
        if !rules.encodesPathTwice {
            guard let decoded = PercentEncoding.decode(raw) else { return false }
            raw = decoded
        }
        PercentEncoding.encode(raw, keepsSlash: true, into: &bytes)
        return true
    }

    /// The path without `.`, `..` and empty segments; a slash at its end stays.
    private static func normalized(_ path: [UInt8]) -> [UInt8] {
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        var segments: [ArraySlice<UInt8>] = []
        let parts = path.split(separator: slash, omittingEmptySubsequences: false)
        for part in parts where !part.isEmpty && !part.elementsEqual([dot]) {
            if part.elementsEqual([dot, dot]) { _ = segments.popLast() } else { segments.append(part) }
        }
        var result: [UInt8] = []
        for segment in segments { result += [slash] + segment }
        let isFolder = parts.last.map { $0.isEmpty || $0.elementsEqual([dot]) || $0.elementsEqual([dot, dot]) } ?? true
        if isFolder || result.isEmpty { result.append(slash) }
        return result
    }

    private mutating func appendQuery(_ query: String, _ omitting: [String]) -> Bool {
        defer { bytes.append(Self.newline) }
        guard !query.isEmpty else { return true }
        var parameters: [(name: [UInt8], value: [UInt8])] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = PercentEncoding.decode(part[..<split]),
                let value = PercentEncoding.decode(
                    split < part.endIndex ? part[part.index(after: split)...] : part[split...])
            else { return false }
            if omitting.contains(where: { $0.utf8.elementsEqual(name) }) { continue }
            var encoded: (name: [UInt8], value: [UInt8]) = ([], [])
            PercentEncoding.encode(name, into: &encoded.name)
            PercentEncoding.encode(value, into: &encoded.value)
            parameters.append(encoded)
        }
        parameters.sort { a, b in
            a.name == b.name
                ? a.value.lexicographicallyPrecedes(b.value) : a.name.lexicographicallyPrecedes(b.name)
        }
        for (i, parameter) in parameters.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes += parameter.name
            bytes.append(UInt8(ascii: "="))
            bytes += parameter.value
        }
        return true
    }

    private mutating func appendHeader(_ name: Substring, of headers: [SignatureV4.Request.Header]) -> Bool {
        var isFirst = true
        for header in headers where isSameHeader(header.name, name) {
            if isFirst {
                bytes += name.utf8
                bytes.append(UInt8(ascii: ":"))
            } else {
                bytes.append(UInt8(ascii: ","))
            }
            appendValue(header.value)
            isFirst = false
        }
        bytes.append(Self.newline)
        return !isFirst
    }

    /// Trimmed, and every run of white space as one space.
    private mutating func appendValue(_ value: String) {
        let start = bytes.count
        var isSpacePending = false
        for byte in value.utf8 {
            if byte == 0x20 || (0x09...0x0d).contains(byte) {
                isSpacePending = bytes.count > start
            } else {
                if isSpacePending { bytes.append(0x20) }
                isSpacePending = false
                bytes.append(byte)
            }
        }
    }
}

/// Whether `name`, in any case, is `lowercased`, which is in lower case.
func isSameHeader(_ name: String, _ lowercased: some StringProtocol) -> Bool {
    guard name.utf8.count == lowercased.utf8.count else { return false }
    return zip(name.utf8, lowercased.utf8).allSatisfy { a, b in
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(a) ? a | 0x20 == b : a == b
    }
}
