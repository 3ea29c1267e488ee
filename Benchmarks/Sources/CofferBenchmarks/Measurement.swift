/// One figure: how often something was done in a second, on one core.
struct Measurement {
    /// What the peers' figures are set beside.
    enum Purpose: String {
        case randomized, deterministic, hash, mask, other
        case preserveFormat = "preserve_format"
        case generalize
    }

    let purpose: Purpose
    let name: String
    let perSecond: Double
    let goal: Double?

    /// A line of JSON. The names are our own and need no escapes.
    var json: String {
        let goal = goal.map { ", \"goal\": \(Int($0))" } ?? ""
        return "{\"purpose\": \"\(purpose)\", \"name\": \"\(name)\", \"per_second\": \(Int(perSecond))\(goal)}"
    }
}

/// Runs `body`, which does `count` of something, for a fifth of a second, five times over, and takes the best: the others
/// measured what else the machine was doing.
func measure(
    _ purpose: Measurement.Purpose, _ name: String, goal: Double? = nil, count: Int, _ body: () throws -> Void
) rethrows -> Measurement {
    let clock = ContinuousClock()
    try body()
    var best = 0.0
    for _ in 0..<5 {
        var done = 0
        var elapsed = Duration.zero
        let start = clock.now
        repeat {
            try body()
            done += count
            elapsed = start.duration(to: clock.now)
        } while elapsed < .milliseconds(200)
        best = max(best, Double(done) / (elapsed / .seconds(1)))
    }
    return Measurement(purpose: purpose, name: name, perSecond: best, goal: goal)
}
