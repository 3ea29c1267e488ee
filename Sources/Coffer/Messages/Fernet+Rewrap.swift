extension Fernet {
    /// Tokens under the first of several keys. When a token was made stays as it is, and with it how long it lives.
    public struct Rewrap: Rewrapping {
        private let format: Fernet

        /// What one of the keys of `format` opens comes under the first one.
        public init(_ format: Fernet) { self.format = format }

        /// What there is to do.
        public func plan(_ message: any SeekableMessageSource) async throws -> RewrapPlan {
            let token = try await offloaded {
                try message.seek(to: 0)
                return try Fernet.parsed(message)
            }
            guard let first = format.keys.first, !Fernet.verifies(token, first) else {
                return RewrapPlan(.none, recipients: [])
            }
            return RewrapPlan(.reencryption, recipients: []) { [format] sink in
                try await offloaded {
                    let plaintext = try format.opened(token)
                    try format.give(try format.token(of: plaintext, madeAt: Fernet.time(of: token)), to: sink)
                }
            }
        }
    }
}
