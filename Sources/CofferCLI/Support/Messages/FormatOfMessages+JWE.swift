import Coffer

extension FormatOfMessages {
    static let jwe = FormatOfMessages(
        format: JWE.self, title: "a JWE token", label: "JWE, compact", keys: [.jwk], keyHint: "-k jwk:PATH",
        options: [.algorithm], isMarked: false,
        forSealing: { keys, settings in
            var jwe = JWE(keys: try keys.jwks())
            guard let text = settings.algorithm else { return jwe }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
            jwe.algorithm = JWE.Algorithm(rawValue: parts[0])
            jwe.content = parts.count == 2 ? JWE.Content(rawValue: parts[1]) : nil
            guard jwe.algorithm != nil, parts.count == 1 || parts.count == 2 && jwe.content != nil else {
                throw CommandError(
                    "“\(text)” is no algorithm of JWE that is known",
                    hint:
                        "write ALG or ALG/ENC, ALG one of \(names(JWE.Algorithm.self)), ENC of \(names(JWE.Content.self))"
                )
            }
            return jwe
        },
        forOpening: { keys, settings in
            guard settings.algorithm == nil else {
                throw CommandError(
                    "a JWE token tells its algorithm", hint: "“alg” in the JWK says which one it must be")
            }
            return JWE(keys: try keys.jwks())
        })

    private static func names<Name: CaseIterable & RawRepresentable<String>>(_ type: Name.Type) -> String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension MessageKeys {
    fileprivate func jwks() throws -> [JWE.Key] {
        let found = try all { argument -> [JWE.Key]? in
            guard case .jwk(let file) = argument else { return nil }
            let text = try SecretFile.read(file, limit: 1 << 20)
            return try Self.naming(file) { () throws(MessageError) in try JWE.Key.all(in: text) }
        }
        return found.flatMap(\.self)
    }
}
