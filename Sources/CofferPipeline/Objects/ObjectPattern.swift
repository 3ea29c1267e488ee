import Coffer

/// Names of objects as people write several: `*` and `?` stand for anything but a slash, `**` for anything, `[a-z]` for one of
/// these.
struct ObjectPattern {
    private let pattern: [Character]
    /// What every name begins with.
    let prefix: String
    /// Whether it stands for more than one name.
    let isPattern: Bool

    init(_ text: String) {
        pattern = Array(text)
        prefix = String(text.prefix { !"*?[".contains($0) })
        isPattern = prefix.count < pattern.count
    }

    func matches(_ name: String) -> Bool { matches(pattern[...], Array(name)[...]) }

    private func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        // Back to the last star, which takes one character more: never deeper than one.
        var (pattern, name) = (pattern, name)
        var star: (pattern: ArraySlice<Character>, name: ArraySlice<Character>, crosses: Bool)?
        var wide: (pattern: ArraySlice<Character>, name: ArraySlice<Character>)?
        while true {
            if pattern.first == "*" {
                let crosses = pattern.dropFirst().first == "*"
                pattern = pattern.dropFirst(crosses ? 2 : 1)
                star = (pattern, name, crosses)
                if crosses { wide = (pattern, name) }
                continue
            }
            if pattern.isEmpty && name.isEmpty { return true }
            if let character = name.first, let rest = Self.step(pattern, character) {
                pattern = rest
                name = name.dropFirst()
                continue
            }
            if let last = star, let next = last.name.first, last.crosses || next != "/" {
                star = (last.pattern, last.name.dropFirst(), last.crosses)
            } else if let last = wide, !last.name.isEmpty {
                star = (last.pattern, last.name.dropFirst(), true)
            } else {
                return false
            }
            guard let again = star else { return false }
            if again.crosses { wide = (again.pattern, again.name) }
            (pattern, name) = (again.pattern, again.name)
        }
    }

    /// The pattern behind what `character` fits; nil where it doesn't.
    private static func step(_ pattern: ArraySlice<Character>, _ character: Character) -> ArraySlice<Character>? {
        guard let first = pattern.first else { return nil }
        switch first {
        case "?": return character == "/" ? nil : pattern.dropFirst()
        case "[":
            guard let end = pattern.dropFirst(2).firstIndex(of: "]") else {
                return first == character ? pattern.dropFirst() : nil
            }
            var set = pattern[(pattern.startIndex + 1)..<end]
            let isNot = set.first == "!"
            if isNot { set = set.dropFirst() }
            var isIn = false
            while let low = set.popFirst() {
                if set.first == "-", let high = set.dropFirst().first {
                    set = set.dropFirst(2)
                    isIn = isIn || (low...max(low, high)).contains(character)
                } else {
                    isIn = isIn || low == character
                }
            }
            return isIn != isNot && character != "/" ? pattern[(end + 1)...] : nil
        default: return first == character ? pattern.dropFirst() : nil
        }
    }
}
