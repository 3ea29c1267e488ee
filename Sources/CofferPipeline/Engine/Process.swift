#if canImport(Glibc)
    import Glibc
#endif

/// This process, and what it asks the machine.
package enum Process {
    /// Its number.
    static var number: Int32 { getpid() }

    /// The machine's name, in letters, digits and dashes.
    static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        let text =
            unsafe gethostname(&name, 255) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }()

    /// Whether a process of that number is running on this machine.
    static func isRunning(_ number: Int32) -> Bool { kill(number, 0) == 0 || errno == EPERM }

    /// Lets this thread, which must not be a task's, wait.
    static func sleep(milliseconds: UInt32) { _ = usleep(milliseconds * 1000) }

    /// Milliseconds since 1970.
    package static var clock: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

/// The machine.
enum Machine {
    /// Cores that are on line.
    static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
