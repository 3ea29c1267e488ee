import Coffer
import CofferCrypto
import FoundationEssentials
import Glibc

/// The passphrase of a key store: `$COFFER_PASSPHRASE`, the first line of the file `$COFFER_PASSPHRASE_FILE`, or asked for.
enum Passphrase {
    /// For a store that is there.
    static func existing() throws -> SecretBytes { try given() ?? asked("passphrase of the key store: ") }

    /// For a new store: asked for twice.
    static func new() throws -> SecretBytes {
        if let given = try given() { return given }
        let first = try asked("passphrase for the new key store: ")
        let second = try asked("once more: ")
        guard first.isEqual(to: second) else {
            throw CommandError("the two passphrases differ", hint: "nothing was made; try again")
        }
        return first
    }

    private static func given() throws -> SecretBytes? {
        let environment = ProcessInfo.processInfo.environment
        let text: String
        if let value = environment["COFFER_PASSPHRASE"], !value.isEmpty {
            text = value
        } else if let path = environment["COFFER_PASSPHRASE_FILE"], !path.isEmpty {
            text = try SecretReference.file(path).resolve()
        } else {
            return nil
        }
        return secret(Array(text.utf8))
    }

    /// Asks on the terminal, which shows nothing of the answer.
    private static func asked(_ question: String) throws -> SecretBytes {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else {
            throw CommandError(
                "the passphrase can't be asked for without a terminal",
                hint: "set COFFER_PASSPHRASE, or COFFER_PASSPHRASE_FILE to a file that holds it")
        }
        defer { close(terminal) }
        var before = termios()
        guard unsafe tcgetattr(terminal, &before) == 0 else {
            throw CommandError("the terminal can't hide what is typed")
        }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO | ISIG)
        unsafe tcsetattr(terminal, TCSAFLUSH, &hidden)
        defer { unsafe tcsetattr(terminal, TCSAFLUSH, &before) }
        Terminal.writeError(question)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(terminal, &byte, 1) == 1, byte != UInt8(ascii: "\n"), line.count < 1024 {
            // Signals are off while the answer is hidden, so that the terminal is never left hiding; Ctrl-C is a byte.
            if byte == 3 {
                Terminal.writeError("\n")
                throw CancellationError()
            }
            line.append(byte)
        }
        Terminal.writeError("\n")
        return secret(line)
    }

    private static func secret(_ bytes: [UInt8]) -> SecretBytes { unsafe SecretBytes(copying: bytes.span.bytes) }
}

/// A secret with several users.
final class Shared: Sendable {
    let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }
}
