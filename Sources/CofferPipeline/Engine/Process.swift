#if canImport(Glibc)
    import Glibc
#endif

/// This process.
enum Process {
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
}

/// The machine.
enum Machine {
    /// Cores that are on line.
    static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
