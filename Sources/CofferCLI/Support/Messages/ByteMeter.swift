import Coffer
import Synchronization

/// Shows on a terminal how much of a file is done. Silent elsewhere, and for what takes less than a second.
final class ByteMeter: Sendable {
    private let task: Task<Void, Never>?

    convenience init(_ source: any NamedSource) {
        self.init { Self.line(source.name, source.bytesRead, source.length, $0) }
    }

    /// Shows what `line` says of so many seconds.
    init(_ line: @escaping @Sendable (Double) -> String) {
        guard Terminal.showsErrors else {
            task = nil
            return
        }
        task = Task {
            let start = ContinuousClock.now
            try? await Task.sleep(for: .seconds(1))
            while !Task.isCancelled {
                let elapsed = ContinuousClock.now - start
                let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
                Terminal.writeError("\r\u{1b}[K" + line(seconds))
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private static func line(_ name: String, _ done: Int, _ all: Int?, _ seconds: Double) -> String {
        let rate = Double(done) / seconds
        var line = "\(Terminal.clean(name)): \(done >> 20) MiB, \(Int(rate) >> 20) MiB/s"
        if let all, all > 0, rate > 0 {
            line += ", \(min(100, done * 100 / all)) %, \(Figures.seconds(max(0, Double(all - done) / rate))) left"
        }
        return line
    }

    /// Wipes the line.
    func end() async {
        guard let task else { return }
        task.cancel()
        await task.value
        Terminal.writeError("\r\u{1b}[K")
    }
}
