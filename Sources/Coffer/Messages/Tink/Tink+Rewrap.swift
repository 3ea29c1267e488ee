import CofferCrypto

extension Tink {
    /// Messages of Tink under the primary key of their keyset, or in another format.
    public struct Rewrap: Rewrapping {
        private let old: Tink
        private let new: (any MessageFormat)?

        /// What `old` opens is sealed by `new`; by the primary key of its own keyset where there is none.
        public init(_ old: Tink, to new: (any MessageFormat)?) { (self.old, self.new) = (old, new) }

        /// Whether the message is under the primary key is told by its prefix or by its first segment. One without either
        /// becomes a new message.
        public func plan(_ message: any SeekableMessageSource) async throws -> RewrapPlan {
            let found = try await offloaded { [old] in
                try message.seek(to: 0)
                return try old.maker(of: MessageInput(message))
            }
            let recipients = found.map { [MessageDescription.Recipient(provider: Tink.name, key: "\($0)")] } ?? []
            if new == nil, found == old.keyset.primaryID { return RewrapPlan(.none, recipients: recipients) }
            return RewrapPlan(.reencryption, recipients: recipients) { [old, new] sink in
                try await offloaded { try message.seek(to: 0) }
                try await old.reseal(message, by: new ?? old, into: sink)
            }
        }
    }

    /// The id of the key that made a message, where that can be told without opening all of it.
    private func maker(of input: MessageInput) throws -> UInt32? {
        if keyset.purpose == .streamingAEAD { return try found(in: input)?.id }
        let start = try input.peek(5)
        return keyset.keys.first { $0.prefix != .raw && $0.prefixBytes == start }?.id
    }
}
