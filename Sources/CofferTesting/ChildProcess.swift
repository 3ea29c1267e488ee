import Coffer
import FoundationEssentials
public import Glibc

/// A program in a process of its own.
///
/// Not Foundation's `Process`: that copies 256 bytes of each entry of a directory, however long the entry is, and now and then
/// the program that starts another ends by a signal (Swift 6.3.1; the address sanitizer shows it).
public final class ChildProcess: Sendable {
    /// Its number.
    public let number: pid_t

    /// Starts the program at `path`, in the environment of this process or in `environment`. What it prints goes to the file
    /// `output`, or nowhere; so does what it says of errors.
    public init(
        _ path: String, _ arguments: [String], environment: [String: String]? = nil, output: Int32? = nil
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        let words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        let settings = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + settings).forEach { unsafe free($0) } }
        var number: pid_t = 0
        let result = unsafe posix_spawn(&number, path, &actions, nil, words, settings)
        guard result == 0 else { throw KeyError(.unavailable, "\(path) can't be started") }
        self.number = number
    }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        var info = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(number), &info, WEXITED | WNOHANG | WNOWAIT)
        return unsafe result == 0 && info.si_signo == 0
    }

    /// Waits for its end.
    public func wait() {
        var status: Int32 = 0
        while unsafe waitpid(number, &status, 0) < 0, errno == EINTR {}
    }

    /// What the program at `path` prints until it ends.
    public static func output(
        of path: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> [UInt8] {
        // A file without a name, closed on exec: the end of a pipe could stay open in another child.
        let name = FileManager.default.temporaryDirectory.path + "/coffer-output-\(UUID().uuidString)"
        let file = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KeyError(.unavailable, "the output of \(path) can't be kept") }
        unsafe unlink(name)
        defer { close(file) }
        try ChildProcess(path, arguments, environment: environment, output: file).wait()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        lseek(file, 0, SEEK_SET)
        while true {
            let count = unsafe read(file, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
