import CofferCrypto
import CofferProviders

/// How many signed requests are verified in a second, on one core: as boto3 sends them to a key service.
struct SignatureBenchmarks {
    func run() throws -> Measurement {
        let secret = unsafe SecretBytes(copying: Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8).span.bytes)
        let credentials = AWSCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secret: secret.copy())
        let scope = SignatureV4.Scope(region: "eu-central-1", service: "kms")
        let body = Array(
            #"{"KeyId":"alias/default","KeySpec":"AES_256","EncryptionContext":{"dataset":"customers"}}"#.utf8)
        let now: Int64 = 1_800_000_000
        var request = SignatureV4.Request(
            method: "POST",
            headers: [
                ("host", "127.0.0.1:8443"), ("x-amz-target", "TrentService.GenerateDataKey"),
                ("content-type", "application/x-amz-json-1.1"), ("accept-encoding", "identity"),
                ("user-agent", "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7"),
            ], body: .sha256(unsafe Digest.sha256(body.span.bytes)))
        request.headers += SignatureV4.sign(request, with: credentials, scope: scope, time: now).map {
            ($0.name.lowercased(), $0.value)
        }
        let verifier = SignatureV4.Verifier(scope: scope)
        return try measure(.other, "requests verified (SigV4)", goal: 100_000, count: 1000) {
            for _ in 0..<1000 {
                request.body = .sha256(unsafe Digest.sha256(body.span.bytes))
                try verifier.check(verifier.claim(of: request, at: now), of: request, secret: secret)
            }
        }
    }
}
