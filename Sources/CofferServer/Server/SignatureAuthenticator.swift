public import Coffer
import CofferCrypto
public import CofferKMS
import CofferProviders
import Synchronization

/// Recognizes whoever signs with an access key of the store (AWS Signature Version 4, in a header or the query). Identical
/// requests are good for as long as their time is: clients that retry send them.
public struct SignatureAuthenticator: Authenticator {
    private let store: KeyStore
    private let realm: Realm
    private let clock: @Sendable () -> Int64
    private let verifiers: [String: SignatureV4.Verifier]
    private let noted = Noted()

    /// An authenticator for requests to services of `realm`. `clock` counts milliseconds since 1970.
    public init(_ store: KeyStore, _ realm: Realm, clock: @escaping @Sendable () -> Int64) {
        (self.store, self.realm, self.clock) = (store, realm, clock)
        let keys = SigningKeys()
        verifiers = Dictionary(
            uniqueKeysWithValues: ["kms", "sts"].map { service in
                (service, SignatureV4.Verifier(scope: .init(region: realm.region, service: service), keys: keys))
            })
    }

    /// Who signed `request`; nil where it is not signed.
    public func principal(of request: ServerRequest, service: String) throws(AuthenticationFailure) -> Principal? {
        guard let verifier = verifiers[service] else { return nil }
        let signed = SignatureV4.Request(
            method: request.method, path: request.path, query: request.query, headers: request.headers,
            body: .sha256(unsafe Digest.sha256(request.body.span.bytes)))
        do {
            let claim = try verifier.claim(of: signed, at: clock() / 1000)
            guard claim.sessionToken == nil, let key = try store.accessKey(claim.accessKeyID) else {
                throw SignatureError.unknownAccessKey
            }
            try verifier.check(claim, of: signed, secret: key.secret)
            if noted.isTime(for: key.id, at: clock()) { store.noteUse(ofAccessKey: key.id) }
            return key.principal(in: realm)
        } catch let error as SignatureError {
            if error.code == .missingToken { return nil }
            throw AuthenticationFailure(jsonName: error.jsonName, queryName: error.queryName, message: error.message)
        } catch {
            throw .unavailable((error as? KeyError)?.message ?? "an error of the kind \(type(of: error))")
        }
    }
}

/// Which access keys were told to the store of late: it asks its file each time.
private final class Noted: Sendable {
    private let times = Mutex<[String: Int64]>([:])

    /// Whether a minute has passed since the last time.
    func isTime(for id: String, at now: Int64) -> Bool {
        times.withLock { times in
            if let last = times[id], now - last < 60_000, now >= last { return false }
            if times.count >= 10_000 { times = [:] }
            times[id] = now
            return true
        }
    }
}
