import Coffer

extension Input {
    /// The input as the record shows it: names as AWS CloudTrail writes them, no blobs and no grant tokens.
    func recorded(_ members: [Member]) -> JSON {
        .object(
            members.compactMap { member in
                guard member.name != "GrantTokens", let value = value(member.name) else { return nil }
                switch member.kind {
                case .blob, .structure: return nil
                default: return JSON.Member(member.path, value)
                }
            })
    }
}
