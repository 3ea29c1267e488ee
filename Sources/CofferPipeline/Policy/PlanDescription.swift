package import Coffer

extension FieldPlan {
    /// A line of `--dry-run`.
    package struct Row: Hashable, Sendable {
        /// The column or leaf.
        package let column: String
        /// Its type in the source.
        package let type: String
        /// What is done, with its options.
        package let protection: String
        /// The key as the policy names it.
        package let key: String?
        /// Whether `reveal` gives the value back.
        package let isReversible: Bool
        /// Whether it is kept only because of `unlisted: keep`.
        package let isUnlisted: Bool
    }

    /// What becomes of every leaf, in the source's order.
    package var rows: [Row] {
        leaves.map { leaf in
            let (text, key, isReversible) = leaf.action.described
            return Row(
                column: leaf.path.description, type: leaf.field.typeName, protection: text, key: key,
                isReversible: isReversible, isUnlisted: leaf.isUnlisted)
        }
    }

    /// The columns and leaves that pass as they are.
    var kept: [String] { leaves.filter { $0.action == .keep }.map(\.path.description) }

    /// The shared keys that the plan uses, for a look at whether they are there: wrapping keys and MAC keys.
    package var keys: (wrapping: Set<KeyID>, mac: Set<KeyID>) {
        var found: (wrapping: Set<KeyID>, mac: Set<KeyID>) = ([], [])
        for leaf in leaves {
            switch leaf.action {
            case .randomized(let key, _, _):
                if let shared = key.shared { found.wrapping.insert(shared) }
            case .deterministic(_, let key), .hash(_, let key): found.mac.insert(key)
            case .preserveFormat(let kept): found.mac.insert(kept.domain.macKey)
            case .tokenized(let tokens):
                found.wrapping.insert(tokens.key)
                found.mac.insert(tokens.domain.macKey)
            case .generalize(_, let shift?): found.mac.insert(shift.macKey)
            default: break
            }
        }
        return found
    }
}

extension PlannedLeaf.Action {
    /// In words, with the key's name, and whether it can be undone.
    fileprivate var described: (String, key: String?, isReversible: Bool) {
        switch self {
        case .keep: return ("keep", nil, true)
        case .drop: return ("drop", nil, false)
        case .randomized(let key, let suite, let bind):
            let bound = bind.isEmpty ? "" : " bound to \(bind.map(\.name).joined(separator: ", "))"
            return ("encrypt \(suite.rawValue)\(bound)", key.description, true)
        case .deterministic(let domain, let key):
            return ("encrypt deterministic, domain \(domain)", key.description, true)
        case .mask(let mask):
            return ("mask, \(mask.keepFirst) first and \(mask.keepLast) last kept", nil, false)
        case .hash(let domain, let key): return ("hash, domain \(domain)", key.description, false)
        case .preserveFormat(let kept):
            let misfit = kept.onMisfit == .refuse ? "" : ", others \(kept.onMisfit == .null ? "null" : "encrypted")"
            return (
                "preserve_format \(kept.format.summary), domain \(kept.domain.name)\(misfit)",
                kept.domain.macKey.description, kept.onMisfit != .null
            )
        case .tokenized(let tokens):
            let uses = tokens.isSingleUse ? ", single use" : ""
            let time = tokens.timeToLive.map { ", for \(TimeToLive.text($0))" } ?? ""
            return (
                "tokenize \(tokens.format), domain \(tokens.domain.name)\(uses)\(time)", tokens.key.description, true
            )
        case .generalize(let generalization, let shift):
            return ("generalize \(generalization.summary)", shift?.macKey.description, false)
        case .redact(let constant): return (constant == nil ? "redact to null" : "redact to a constant", nil, false)
        }
    }
}

extension Field {
    /// The type in words.
    var typeName: String {
        if let name = valueExtension, name.hasPrefix("arrow.") { return String(name.dropFirst(6)) }
        return switch valueType {
        case .utf8, .largeUtf8, .utf8View: "text"
        case .binary, .largeBinary, .binaryView: "binary"
        case .fixedBinary(let width): "binary(\(width))"
        case .decimal(let precision, let scale, _): "decimal(\(precision),\(scale))"
        case .date32, .date64: "date"
        case .time: "time"
        case .timestamp(_, let zone): zone == nil ? "timestamp" : "timestamp with time zone"
        case .duration: "duration"
        case .interval: "interval"
        case .list, .largeList, .fixedList: "list"
        case .structure: "struct"
        case .map: "map"
        case .other(let format): format
        default: "\(valueType)"
        }
    }
}
