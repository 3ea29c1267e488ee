import CofferPipeline
import Synchronization

/// Shows on a terminal how far a run is: rows, rows a second, what is left. Silent elsewhere.
final class ProgressMeter: Sendable {
    private let task: Task<Void, Never>?
    private let ended = Mutex(false)

    init(_ progress: RunProgress, isQuiet: Bool) {
        guard !isQuiet, Terminal.showsErrors else {
            task = nil
            return
        }
        task = Task {
            let start = ContinuousClock.now
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                if Task.isCancelled { return }
                let seconds =
                    Double((ContinuousClock.now - start).components.attoseconds) / 1e18
                    + Double((ContinuousClock.now - start).components.seconds)
                Terminal.writeError("\r\u{1b}[K" + Self.line(progress.rows, progress.expected, seconds))
            }
        }
    }

    private static func line(_ rows: Int, _ expected: Int?, _ seconds: Double) -> String {
        let rate = seconds > 0 ? Double(rows) / seconds : 0
        var line = "\(Figures.count(rows, "row")), \(Figures.grouped(Int(rate)))/s"
        if let expected, expected > 0, rows > 0, rate > 0 {
            let left = max(0, Double(expected - rows) / rate)
            line += ", \(min(100, rows * 100 / expected)) %, \(Figures.seconds(left)) left"
        }
        return line
    }

    /// Wipes the line. Once is enough.
    func end() {
        let first = ended.withLock { ended in
            defer { ended = true }
            return !ended
        }
        guard first, let task else { return }
        task.cancel()
        Terminal.writeError("\r\u{1b}[K")
    }
}
