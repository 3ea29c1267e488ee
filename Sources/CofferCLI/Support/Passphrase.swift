import Coffer
import CofferCrypto
import FoundationEssentials
import Glibc

/// A passphrase, of a key store where nothing else is said: `$COFFER_PASSPHRASE`, the first line of the file
/// `$COFFER_PASSPHRASE_FILE`, or asked for.
enum Passphrase {
    /// For a store that is there.
    static func existing() throws -> SecretBytes { try given() ?? asked("passphrase of the key store: ") }

    /// For a new store: asked for twice.
    static func new(
        variable: String = "COFFER_PASSPHRASE", _ question: String = "new passphrase of the key store: "
    ) throws -> SecretBytes {
        if let given = try given(variable) { return given }
        let first = try asked(question, variable)
        let second = try asked("once more: ", variable)
        guard first.isEqual(to: second) else {
            throw CommandError("the two passphrases differ", hint: "nothing was made; try again")
        }
        return first
    }

    /// In the place of the one that a store has: `$COFFER_NEW_PASSPHRASE`, the first line of the file
    /// `$COFFER_NEW_PASSPHRASE_FILE`, or asked for twice.
    static func replacement() throws -> SecretBytes { try new(variable: "COFFER_NEW_PASSPHRASE") }

    /// Of a PKCS #11 token: `$COFFER_PKCS11_PIN`, the first line of the file `$COFFER_PKCS11_PIN_FILE`, or asked for.
    static func pin() throws -> SecretBytes {
        try given("COFFER_PKCS11_PIN") ?? asked("PIN of the token: ", "COFFER_PKCS11_PIN")
    }

    /// Of messages: a new one is asked for twice.
    static func ofMessages(isNew: Bool) throws -> SecretBytes {
        if isNew { return try new("new passphrase of what is encrypted: ") }
        return try given() ?? asked("passphrase of what is decrypted: ")
    }

    private static func given(_ variable: String = "COFFER_PASSPHRASE") throws -> SecretBytes? {
        let environment = ProcessInfo.processInfo.environment
        let text: String
        if let value = environment[variable], !value.isEmpty {
            text = value
        } else if let path = environment[variable + "_FILE"], !path.isEmpty {
            text = try SecretReference.file(path).resolve()
        } else {
            return nil
        }
        return secret(Array(text.utf8))
    }

    /// Asks on the terminal, which shows nothing of the answer.
    private static func asked(_ question: String, _ variable: String = "COFFER_PASSPHRASE") throws -> SecretBytes {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else {
            throw CommandError(
                "the passphrase can't be asked for without a terminal",
                hint: "set \(variable), or \(variable)_FILE to a file that holds it")
        }
        defer { close(terminal) }
        var before = termios()
        guard unsafe tcgetattr(terminal, &before) == 0 else {
            throw CommandError("the terminal can't hide what is typed")
        }
        var hidden = before
        // Byte by byte and without signals, so that Ctrl-C never leaves a terminal behind that hides what is typed.
        hidden.c_lflag &= ~tcflag_t(ECHO | ISIG | ICANON)
        unsafe tcsetattr(terminal, TCSAFLUSH, &hidden)
        defer { unsafe tcsetattr(terminal, TCSAFLUSH, &before) }
        _ = unsafe write(terminal, question, question.utf8.count)
        defer { _ = unsafe write(terminal, "\n", 1) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(terminal, &byte, 1) == 1, line.count < 1024 {
            switch byte {
            case 3: throw CancellationError()
            case 4, 10, 13: return secret(line)
            case 8, 127: removeLastCharacter(&line)
            case 21: line = []
            default: line.append(byte)
            }
        }
        return secret(line)
    }

    /// A character may be several bytes of UTF-8.
    private static func removeLastCharacter(_ line: inout [UInt8]) {
        while let last = line.popLast(), last & 0xc0 == 0x80 {}
    }

    private static func secret(_ bytes: [UInt8]) -> SecretBytes { unsafe SecretBytes(copying: bytes.span.bytes) }
}

/// A secret with several users.
final class Shared: Sendable {
    let secret: SecretBytes

    init(_ secret: consuming SecretBytes) { self.secret = secret }
}
