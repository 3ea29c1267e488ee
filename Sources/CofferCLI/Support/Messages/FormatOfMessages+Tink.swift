import Coffer

extension FormatOfMessages {
    static let tink = FormatOfMessages(
        format: Tink.self, title: "a message of Tink", label: "Tink, if it is that", keys: [.tink, .tinkKMS],
        keyHint: "-k tink:KEYSET.json, or -k tink-kms:KEY for envelopes without a keyset", options: [.associatedData],
        isMarked: false,
        forSealing: { keys, settings in Tink(try await keys.tink(), associatedData: settings.associatedData ?? []) },
        forOpening: { keys, settings in Tink(try await keys.tink(), associatedData: settings.associatedData ?? []) })
}

extension MessageKeys {
    /// The one keyset that is named.
    fileprivate func tink() async throws -> TinkKeyset {
        var found: [TinkKeyset] = []
        for argument in arguments {
            switch argument {
            case .tink(let argument): found.append(try await argument.open(services))
            case .tinkKMS(let key, let dataKey):
                found.append(TinkKeyset(envelopeUnder: TinkServiceKey(key, in: services.keyring), of: dataKey))
            default: continue
            }
        }
        guard let keyset = found.first, found.count == 1 else {
            throw CommandError("a message of Tink is made under one keyset", hint: FormatOfMessages.tink.keyHint)
        }
        return keyset
    }
}
