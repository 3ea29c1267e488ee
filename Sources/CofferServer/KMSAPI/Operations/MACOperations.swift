import Coffer
import CofferKMS

extension Operation {
    static let macs = [generateMac, verifyMac]

    private static let input = [
        Member.message(), .key(), Member("MacAlgorithm", .choice(.macAlgorithm), required: true), .grantTokens, .dryRun,
    ]

    private static let generateMac = Operation("GenerateMac", .use, input) { call in
        let key = try await call.key(aliases: true)
        let algorithm = try call.macAlgorithm()
        let mac = try await call.use(key, Conditions("kms:MacAlgorithm", algorithm.rawValue)) {
            try call.check(key, algorithm)
            try call.endOfDryRun()
            return try await call.store.mac(
                call.input.requiredBlob("Message"), under: key.key, algorithm: algorithm)
        }
        return .members(
            ("Mac", .blob(mac)), ("MacAlgorithm", .string(algorithm.rawValue)), ("KeyId", .string(key.arn)))
    }

    private static let verifyMac = Operation(
        "VerifyMac", .use, input + [Member("Mac", .blob(1...6144), required: true)]
    ) { call in
        let key = try await call.key(aliases: true)
        let algorithm = try call.macAlgorithm()
        try await call.use(key, Conditions("kms:MacAlgorithm", algorithm.rawValue)) {
            try call.check(key, algorithm)
            let isGood = try await call.store.verifyMac(
                call.input.requiredBlob("Mac"), for: call.input.requiredBlob("Message"), under: key.key,
                algorithm: algorithm)
            guard isGood else {
                throw Failure(
                    "KMSInvalidMacException", "", reason: "the MAC is not the one of this message by this key")
            }
            try call.endOfDryRun()
        }
        return .members(
            ("KeyId", .string(key.arn)), ("MacValid", true), ("MacAlgorithm", .string(algorithm.rawValue)))
    }
}

extension Call {
    fileprivate func macAlgorithm() throws(Failure) -> MACAlgorithm {
        guard let algorithm = MACAlgorithm(rawValue: input.required("MacAlgorithm")) else { throw .unsupported() }
        return algorithm
    }

    fileprivate func check(_ key: NamedKey, _ algorithm: MACAlgorithm) throws(Failure) {
        try key.checkUsable(for: .generateVerifyMAC, operation.name)
        try key.check(algorithm: algorithm.rawValue, isOneOf: key.description.spec.macAlgorithms.map(\.rawValue))
    }
}
