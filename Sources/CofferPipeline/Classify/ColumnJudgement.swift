/// Weighs what was seen in a column against what its name and others say of it.
struct ColumnJudgement {
    let counts: KindCounts
    /// The name's evidence.
    let names: [(kind: UInt8, weight: Double)]
    /// What others say, each with its origin.
    let hints: [(kind: UInt8, origin: String)]
    let own: [OwnRecognizer]
    /// Whether values are texts; numbers and dates hold no secrets and no names.
    let isText: Bool
    /// Whether values are numbers with a fraction.
    let isFraction: Bool

    /// What it is, the surest first; nothing below `threshold`.
    func classifications(threshold: Double) -> [Classification] {
        var found = counts.entries.indices.compactMap { classification(UInt8($0)) }.filter {
            $0.confidence >= threshold
        }
        found.sort { ($0.isWithin ? 0 : 1, $0.confidence, $1.kind) > ($1.isWithin ? 0 : 1, $1.confidence, $0.kind) }
        // What most values are is surer than what the column is called: addresses may be those of machines.
        if found.contains(where: { !$0.isWithin && $0.share >= 0.5 && $0.origins.contains("content") && isTold($0) }) {
            found.removeAll { $0.origins == ["name"] }
        }
        // Of several things that most values can be as a whole, the surest is meant.
        if let best = found.first, !best.isWithin, best.share >= 0.5 || counts.values == 0 {
            found =
                [best]
                + found.dropFirst().filter { $0.isWithin || $0.origins.contains { $0 != "content" && $0 != "name" } }
        }
        // A hint that something is sensitive says no more where it is known what.
        if found.count > 1, let at = found.firstIndex(where: { $0.kind == Entity.sensitive.rawValue }) {
            let general = found.remove(at: at)
            found[0].origins += general.origins.filter { !found[0].origins.contains($0) }
            found[0].confidence = max(found[0].confidence, general.confidence)
        }
        return found
    }

    private func isTold(_ found: Classification) -> Bool {
        found.confidence >= 0.6 && Entity(kind: found.kind)?.isTold ?? true
    }

    private func classification(_ kind: UInt8) -> Classification? {
        let entry = counts.entries[Int(kind)]
        let entity = Entity(kind: kind)
        let whole = wholeConfidence(entry, entity)
        let within = withinConfidence(entry, entity)
        let isWithin = within > whole && entry.within >= entry.whole
        let content = max(whole, within)
        let weight = names.first { $0.kind == kind }?.weight ?? 0
        let fit = weight > 0 ? agreement(entry, entity) : 0
        var confidence = 1 - (1 - content) * (1 - weight * fit)
        var origins: [String] = []
        if content >= 0.1 { origins.append("content") }
        if weight * fit >= 0.1 { origins.append("name") }
        for hint in hints where hint.kind == kind {
            confidence = max(confidence, 0.95)
            if !origins.contains(hint.origin) { origins.append(hint.origin) }
        }
        guard confidence > 0 else { return nil }
        let matches = isWithin ? entry.within : max(entry.whole, 0)
        return Classification(
            entity: entity?.name ?? own[Int(kind - Found.own)].name, kind: kind, confidence: min(0.99, confidence),
            share: counts.values == 0 ? 0 : Double(matches) / Double(counts.values), matches: matches,
            places: isWithin ? entry.places : matches, isWithin: isWithin && entry.within > 0, origins: origins,
            examples: entry.examples.map(\.text))
    }

    /// From values that are it as a whole. Values that pass a check no oftener than chance would let them say nothing;
    /// many that pass it make even a weak form sure.
    private func wholeConfidence(_ entry: KindCounts.Entry, _ entity: Entity?) -> Double {
        guard entry.whole > 0, counts.values > 0 else { return 0 }
        var strength = Double(entry.wholeScore) / Double(entry.whole) / 100
        let share = Double(entry.whole) / Double(counts.values)
        guard let entity else { return strength * Self.rising(share, full: 0.1) }
        switch entity {
        case .name: return min(1, share / 0.35) * strength
        case .address: return min(1, share / 0.4) * strength
        case .birthDate: return 0.15 * share
        default: break
        }
        // What is written as such (123-45-6789) is told by that, whatever part of it can be right.
        if entity.isChecked || entity.luck > 0 && strength < 0.5 {
            let rate = Double(entry.whole) / Double(entry.whole + entry.missed)
            let corrected = max(0, (rate - entity.luck) / (1 - entity.luck))
            if entity.isChecked, entry.whole >= 3, corrected > 0.5 {
                var doubt = 1 - strength
                for _ in 1..<min(entry.whole, 8) { doubt *= max(entity.luck, 0.3) }
                strength = 1 - doubt
            }
            return corrected * strength * (strength >= 0.5 ? Self.rising(share, full: 0.1) : share)
        }
        return strength * (strength >= 0.5 ? Self.rising(share, full: 0.1) : share)
    }

    /// A few values among many count a little less: 0.85 for the rarest.
    private static func rising(_ share: Double, full: Double) -> Double { 0.85 + 0.15 * min(1, share / full) }

    private func withinConfidence(_ entry: KindCounts.Entry, _ entity: Entity?) -> Double {
        guard entry.within > 0 else { return 0 }
        let strength = Double(entry.withinScore) / Double(entry.places) / 100
        // Two capitalized words are often no name; seldom found, they say little.
        let isRare = entity == .name && entry.within * 10 < counts.values
        return isRare ? strength * 0.9 : strength
    }

    /// How far the values agree with a column's name, from 0 to 1.
    private func agreement(_ entry: KindCounts.Entry, _ entity: Entity?) -> Double {
        guard counts.values > 0 else { return 0.65 }
        let share = Double(entry.whole) / Double(counts.values)
        guard let entity else { return entry.whole > 0 || counts.entries.isEmpty ? 1 : 0.8 }
        switch entity {
        case .name:
            guard isText else { return 0 }
            let shaped = Double(entry.whole + entry.missed) / Double(counts.values)
            return shaped > 0.3 ? 1 : 0.4
        case .address: return isText && counts.bytes > counts.values * 4 ? 1 : 0.2
        case .secret: return isText && counts.bytes >= counts.values * 4 ? 1 : 0.2
        case .coordinates: return isFraction ? 1 : isText ? 0.8 : 0.2
        case .birthDate: return share > 0.3 ? 1 : 0.2
        case .sensitive: return 1
        default: return entity.isTold ? (share > 0.05 || entry.within > 0 ? 1 : 0.15) : share > 0.3 ? 1 : 0.25
        }
    }
}
