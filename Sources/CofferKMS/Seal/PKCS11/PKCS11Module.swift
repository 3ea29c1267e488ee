import CPKCS11
import Coffer
import Glibc
import Synchronization

/// A PKCS #11 module, opened at run time and never closed again.
@safe final class PKCS11Module: Sendable {
    let path: String
    nonisolated(unsafe) let functions: UnsafeMutablePointer<ck_function_list>
    private static let loaded = Mutex<[String: PKCS11Module]>([:])

    /// The module at `path`, an absolute one: the search for names is the loader's, and others may have a say in it.
    static func load(_ path: String) throws(KeyError) -> PKCS11Module {
        guard path.hasPrefix("/") else {
            throw KeyError(
                .invalidArgument, "the PKCS #11 module is given without its folder",
                hint: "write the whole path, like /usr/lib/softhsm/libsofthsm2.so")
        }
        return try loaded.withLock { (modules) throws(KeyError) in
            if let module = modules[path] { return module }
            let module = try PKCS11Module(path)
            modules[path] = module
            return module
        }
    }

    private init(_ path: String) throws(KeyError) {
        self.path = path
        guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL),
            let symbol = unsafe dlsym(library, "C_GetFunctionList"),
            let getList = unsafe unsafeBitCast(symbol, to: ck_get_function_list?.self)
        else {
            throw KeyError(.unavailable, "\(path) can't be opened as a PKCS #11 module", hint: "is it installed?")
        }
        var list: UnsafeMutablePointer<ck_function_list>?
        guard unsafe getList(&list) == PKCS11.ok, let list = unsafe list, unsafe list.pointee.version.major == 2 else {
            throw KeyError(.unavailable, "\(path) is not a PKCS #11 module of version 2")
        }
        unsafe functions = list
        // The module may use the locks of the system: it is called from any thread.
        var arguments = unsafe ck_initialize_arguments()
        unsafe arguments.flags = 2
        let code = unsafe list.pointee.initialize(&arguments)
        guard code == PKCS11.ok || code == PKCS11.alreadyInitialized else {
            throw PKCS11.error(code, "the PKCS #11 module does not start")
        }
    }

    /// The slot of the token with this label.
    func slot(of label: String) throws(KeyError) -> UInt {
        var count: UInt = 0
        try PKCS11.check(unsafe functions.pointee.get_slot_list(1, nil, &count), "the tokens can't be listed")
        var slots = [UInt](repeating: 0, count: Int(count) + 1)
        count = UInt(slots.count)
        try PKCS11.check(unsafe functions.pointee.get_slot_list(1, &slots, &count), "the tokens can't be listed")
        for slot in slots.prefix(Int(count)) {
            var info = ck_token_info()
            guard unsafe functions.pointee.get_token_info(slot, &info) == PKCS11.ok else { continue }
            let text = unsafe withUnsafeBytes(of: &info.label) { unsafe String(decoding: $0, as: UTF8.self) }
            if text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ") == label {
                return slot
            }
        }
        throw KeyError(
            .unavailable, "there is no token “\(label)” in \(path)", hint: "is it plugged in, and is that its label?")
    }

    /// Whether the token encrypts and decrypts with `mechanism`.
    func offers(_ mechanism: UInt, in slot: UInt) -> Bool {
        var info = ck_mechanism_info()
        guard unsafe functions.pointee.get_mechanism_info(slot, mechanism, &info) == PKCS11.ok else { return false }
        return info.flags & 0x300 == 0x300
    }
}

/// Numbers of PKCS #11 that are used.
enum PKCS11 {
    static let ok: UInt = 0
    static let alreadyInitialized: UInt = 0x191
    static let alreadyLoggedIn: UInt = 0x100
    static let mechanismInvalid: UInt = 0x70
    /// CKM_AES_KEY_GEN, CKM_AES_CBC_PAD and CKM_AES_GCM.
    static let aesKeyGen: UInt = 0x1080
    static let aesCBCPad: UInt = 0x1085
    static let aesGCM: UInt = 0x1087

    static func check(_ code: UInt, _ what: String) throws(KeyError) {
        guard code == ok else { throw error(code, what) }
    }

    static func error(_ code: UInt, _ what: String) -> KeyError {
        switch code {
        case 0xa0, 0xa1, 0xa2:
            KeyError(
                .storeRefused, "the token does not take the PIN",
                hint: "mind that a token locks itself after some wrong ones")
        case 0xa4: KeyError(.unavailable, "the token is locked after too many wrong PINs")
        case 0xa3: KeyError(.unavailable, "the PIN of the token has expired")
        case 0x30, 0x32, 0xe0: KeyError(.unavailable, "\(what): the token does not answer")
        default: KeyError(.unavailable, "\(what) (PKCS #11 error 0x\(String(code, radix: 16)))")
        }
    }
}
