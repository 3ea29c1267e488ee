import Coffer
import CofferCrypto

extension AWSKMS {
    /// The answer to one operation: tried again, with growing waits, where that may help.
    func call(_ operation: String, _ key: KeyID, _ name: AWSKeyName, _ body: [UInt8]) async throws -> [UInt8] {
        let region = try region(name)
        let endpoint = settings.endpoint ?? AWSEndpoint.kms(in: region)
        let digest = unsafe Digest.sha256(body.span.bytes)
        return try await settings.limits.trying(clock, randomness) { limit in
            do {
                let headers = sign(operation, endpoint, region, digest, byteCount: body.count)
                let answer = try await transport.post(body, to: "\(endpoint)/", headers: headers, limit: limit)
                if answer.status == 200 { return .success(answer.body) }
                let failure = AWSFailure(status: answer.status, body: answer.body)
                let error = failure.error(operation, key)
                guard failure.isPassing else { throw error }
                return .failure(error)
            } catch let error as AWSUnreachable {
                let failure = KeyError(
                    .unavailable, "\(endpoint) can't be asked: \(error.reason)",
                    hint: error.isPassing ? "check the endpoint and the network" : "check the endpoint, and ca:")
                guard error.isPassing else { throw failure }
                return .failure(failure)
            }
        }
    }

    private func sign(
        _ operation: String, _ endpoint: AWSEndpoint, _ region: String, _ digest: [UInt8], byteCount: Int
    ) -> [SignatureV4.Request.Header] {
        var request = SignatureV4.Request(
            method: "POST",
            headers: [
                ("Host", endpoint.authority), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "TrentService.\(operation)"), ("User-Agent", "coffer"),
            ], body: .sha256(digest))
        request.headers += SignatureV4.sign(
            request, with: settings.credentials, scope: .init(region: region, service: "kms"), time: clock.now(),
            keys: signingKeys)
        return request.headers
    }

    private func region(_ name: AWSKeyName) throws(KeyError) -> String {
        guard let region = name.region ?? settings.region else {
            throw KeyError(
                .invalidName, "the region of aws-kms://\(name.id) is not known",
                hint: "set AWS_REGION or kms: { region: … }, or name the key by its ARN")
        }
        return region
    }
}
