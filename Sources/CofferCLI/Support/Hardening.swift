import Glibc

/// What the process does against leaking keys, before it has any.
enum Hardening {
    /// Switches core dumps off.
    ///
    /// The limit is 1, not 0: a kernel that pipes dumps to a handler ignores 0 and honours 1 (`core(5)`); a file of one
    /// byte is never written. `PR_SET_DUMPABLE` would also close `/dev/stdin` to ordinary users.
    static func apply() {
        var limit = rlimit(rlim_cur: 1, rlim_max: 1)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }
}
