import Coffer

extension NewGrant {
    /// The same with its operations in one order; refused where it is out of bounds.
    func checked() throws(KeyError) -> NewGrant {
        guard !operations.isEmpty else { throw KeyError(.invalidArgument, "a grant is for one operation or more") }
        for principal in [grantee, retiring, issuer].compactMap({ $0 }) {
            guard principal.hasPrefix("arn:"), (20...256).contains(principal.utf8.count),
                principal.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "*") })
            else {
                throw KeyError(
                    .invalidArgument, "that is not the ARN of a principal",
                    hint: "write it as arn:aws:iam::ACCOUNT:user/NAME")
            }
        }
        if let name {
            guard (1...256).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else {
                throw KeyError(
                    .invalidArgument, "that is not the name of a grant",
                    hint: "write up to 256 letters, digits and : / _ -")
            }
        }
        for pairs in [constraints.equals, constraints.subset].compactMap({ $0 }) {
            guard pairs.count <= 8, pairs.allSatisfy({ $0.key.utf8.count + $0.value.utf8.count <= 384 }) else {
                throw KeyError(
                    .invalidArgument, "a constraint has at most 8 pairs, of at most 384 characters each")
            }
        }
        var new = self
        new.operations = Grant.Operation.allCases.filter(operations.contains)
        return new
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: ":/_-".utf8.contains(byte)
        }
    }
}

extension Grant.Operation {
    /// What a key for `usage` can do.
    static func possible(for usage: KeyDescription.Usage) -> Set<Grant.Operation> {
        let always: Set<Grant.Operation> = [.createGrant, .retireGrant, .describeKey]
        switch usage.rawValue {
        case "ENCRYPT_DECRYPT":
            return always.union([
                .decrypt, .encrypt, .generateDataKey, .generateDataKeyWithoutPlaintext, .reEncryptFrom, .reEncryptTo,
                .generateDataKeyPair, .generateDataKeyPairWithoutPlaintext, .getPublicKey,
            ])
        case "GENERATE_VERIFY_MAC": return always.union([.generateMac, .verifyMac])
        case "SIGN_VERIFY": return always.union([.sign, .verify, .getPublicKey])
        default: return always
        }
    }
}
