import CProcess
import Glibc

/// What the process does against leaking keys.
enum Hardening {
    /// Before there is any key: switches core dumps off.
    ///
    /// The limit is 1, not 0: a kernel that pipes dumps to a handler ignores 0 and honours 1 (`core(5)`); a file of one
    /// byte is never written. `PR_SET_DUMPABLE` is for a service alone: it would close `/dev/stdin` to ordinary users, and
    /// commands read that.
    static func apply() {
        var limit = rlimit(rlim_cur: 1, rlim_max: 1)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// For a process that stays and keeps keys in its memory: other processes of the same user can't look into it, and it
    /// is not swapped out, where the system lets it be locked.
    ///
    /// All of the memory, because copies of keys are also where BoringSSL and the allocator put them. Only where there is no
    /// limit on it: under one, the first allocation too many would end the process.
    static func protectService() {
        let isLocked = lockMemory()
        if coffer_close_process() != 0 {
            Terminal.say("the memory of this process can't be closed to others of the same user")
        }
        guard !isLocked, hasSwap else { return }
        Terminal.say(
            "memory can't be locked, so keys may get into swap",
            hint: "give the service CAP_IPC_LOCK and LimitMEMLOCK=infinity, or encrypt swap")
    }

    /// RLIMIT_MEMLOCK, which Glibc's module leaves out.
    private static let memoryLock = __rlimit_resource_t(8)

    /// MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT: what is touched is locked, what is only reserved costs nothing.
    private static func lockMemory() -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(memoryLock, &limit) == 0 else { return false }
        guard limit.rlim_cur == .max || mayLockAnything else { return false }
        return mlockall(1 | 2 | 4) == 0
    }

    /// Whether the process has CAP_IPC_LOCK, which no limit holds for.
    private static var mayLockAnything: Bool {
        guard let line = line(in: "/proc/self/status", beginning: "CapEff:") else { return false }
        let digits = line.split(whereSeparator: \.isWhitespace).last ?? ""
        return (UInt64(digits, radix: 16) ?? 0) & 1 << 14 != 0
    }

    /// Whether the machine swaps at all; where that can't be known, it may.
    private static var hasSwap: Bool { line(in: "/proc/swaps", beginning: "/") != nil }

    private static func line(in path: String, beginning start: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = unsafe read(file, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        return text.split(separator: "\n").first { $0.hasPrefix(start) }.map(String.init)
    }
}
