import Coffer

/// Lets in whoever is known and does not ask too often.
struct Doorkeeper: Sendable {
    let authenticators: [any Authenticator]
    let throttle: Throttle?
    let refused: @Sendable (Refusal) -> Void
    let clock: @Sendable () -> Int64

    /// Who asks; throws what somebody unknown is told.
    func admit(_ request: ServerRequest, service: String, operation: String?) throws(AuthenticationFailure) -> Principal
    {
        do throws(AuthenticationFailure) {
            for authenticator in authenticators {
                if let principal = try authenticator.principal(of: request, service: service) {
                    guard throttle?.admits(principal.arn, at: clock()) ?? true else {
                        throw AuthenticationFailure.throttled
                    }
                    return principal
                }
            }
            throw AuthenticationFailure.missing
        } catch {
            refused(
                Refusal(
                    code: error.jsonName, trouble: error.trouble, address: request.address,
                    userAgent: request.header("user-agent"),
                    operation: operation, service: service))
            throw error
        }
    }
}
