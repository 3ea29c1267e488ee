import CPKCS11
import Coffer
import CofferCrypto

/// One session with a token, logged in; closed when it goes.
@safe struct PKCS11Session: ~Copyable {
    private let module: PKCS11Module
    private let slot: UInt
    private let handle: UInt

    /// Opens a session and logs in. `canWrite` is for making a key.
    static func open(
        _ module: PKCS11Module, token: String, pin: borrowing SecretBytes, canWrite: Bool = false
    ) throws(KeyError) -> PKCS11Session {
        let session = try PKCS11Session(module, slot: module.slot(of: token), canWrite: canWrite)
        try session.logIn(pin)
        return session
    }

    private init(_ module: PKCS11Module, slot: UInt, canWrite: Bool) throws(KeyError) {
        var handle: UInt = 0
        // CKF_SERIAL_SESSION, and CKF_RW_SESSION.
        let code = unsafe module.functions.pointee.open_session(slot, canWrite ? 6 : 4, nil, nil, &handle)
        try PKCS11.check(code, "the token opens no session")
        (self.module, self.slot, self.handle) = (module, slot, handle)
    }

    private borrowing func logIn(_ pin: borrowing SecretBytes) throws(KeyError) {
        let (functions, handle) = unsafe (module.functions, handle)
        let code = pin.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { pin in
                // The interface has no `const`; it only reads.
                let start = unsafe UnsafeMutableRawPointer(mutating: pin.baseAddress)
                return unsafe functions.pointee.login(
                    handle, 1, start?.assumingMemoryBound(to: UInt8.self), UInt(pin.count))
            }
        }
        guard code == PKCS11.ok || code == PKCS11.alreadyLoggedIn else {
            throw PKCS11.error(code, "the token lets nobody in")
        }
    }

    deinit { _ = unsafe module.functions.pointee.close_session(handle) }

    func offers(_ mechanism: UInt) -> Bool { module.offers(mechanism, in: slot) }

    /// The AES key with this label; nil where there is none.
    borrowing func key(_ label: String) throws(KeyError) -> UInt? {
        var (keyClass, keyType): (UInt, UInt) = (4, 0x1f)
        var bytes = Array(label.utf8)
        var objects: [UInt] = [0, 0]
        var count: UInt = 0
        let code = unsafe Self.attributes(&keyClass, &keyType, &bytes) { attributes, n in
            unsafe module.functions.pointee.find_objects_init(handle, attributes, n)
        }
        try PKCS11.check(code, "the token can't be searched")
        let found = unsafe module.functions.pointee.find_objects(handle, &objects, 2, &count)
        _ = unsafe module.functions.pointee.find_objects_final(handle)
        try PKCS11.check(found, "the token can't be searched")
        guard count < 2 else {
            throw KeyError(
                .storeRefused, "the token has several AES keys “\(label)”", hint: "leave the one that is meant")
        }
        return count == 1 ? objects[0] : nil
    }

    /// Makes an AES-256 key that stays in the token.
    borrowing func makeKey(_ label: String) throws(KeyError) -> UInt {
        var (keyClass, keyType): (UInt, UInt) = (4, 0x1f)
        var bytes = Array(label.utf8)
        var mechanism = unsafe ck_mechanism(mechanism: PKCS11.aesKeyGen, parameter: nil, parameter_length: 0)
        var key: UInt = 0
        let code = unsafe Self.attributes(&keyClass, &keyType, &bytes, isNew: true) { attributes, n in
            unsafe module.functions.pointee.generate_key(handle, &mechanism, attributes, n, &key)
        }
        try PKCS11.check(code, "the token makes no AES key")
        return key
    }

    /// Class, type and label; for a new key also what keeps it in the token.
    private static func attributes(
        _ keyClass: inout UInt, _ keyType: inout UInt, _ label: inout [UInt8], isNew: Bool = false,
        _ body: (UnsafeMutablePointer<ck_attribute>, UInt) -> UInt
    ) -> UInt {
        var (yes, no): (UInt8, UInt8) = (1, 0)
        var length: UInt = 32
        return unsafe withUnsafeMutablePointer(to: &keyClass) { keyClass in
            unsafe withUnsafeMutablePointer(to: &keyType) { keyType in
                unsafe withUnsafeMutablePointer(to: &length) { length in
                    unsafe withUnsafeMutablePointer(to: &yes) { yes in
                        unsafe withUnsafeMutablePointer(to: &no) { no in
                            unsafe label.withUnsafeMutableBytes { label in
                                let word = UInt(MemoryLayout<UInt>.size)
                                var list = unsafe [
                                    unsafe ck_attribute(type: 0, value: keyClass, value_length: word),
                                    unsafe ck_attribute(type: 0x100, value: keyType, value_length: word),
                                    unsafe ck_attribute(
                                        type: 3, value: label.baseAddress, value_length: UInt(label.count)),
                                ]
                                if isNew {
                                    unsafe list.append(ck_attribute(type: 0x161, value: length, value_length: word))
                                    // TOKEN, PRIVATE, SENSITIVE, ENCRYPT, DECRYPT; not EXTRACTABLE.
                                    for type: UInt in [1, 2, 0x103, 0x104, 0x105] {
                                        unsafe list.append(ck_attribute(type: type, value: yes, value_length: 1))
                                    }
                                    unsafe list.append(ck_attribute(type: 0x162, value: no, value_length: 1))
                                }
                                let count = UInt(unsafe list.count)
                                return unsafe list.withUnsafeMutableBufferPointer {
                                    unsafe body($0.baseAddress!, count)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension PKCS11Session {
    /// `input` under the key; nil where it does not open, or the key does not take the mechanism. AES-GCM with a tag of 16
    /// bytes, or AES-CBC with padding.
    borrowing func run(
        _ mechanism: UInt, iv: [UInt8], additionalData: [UInt8], key: UInt, isSealing: Bool,
        _ input: borrowing SecretBytes
    ) throws(KeyError) -> SecretBytes? {
        var count = UInt(input.count + 32)
        var codes: (start: UInt, end: UInt) = (0, 0)
        let (functions, handle) = unsafe (module.functions, handle)
        let output = SecretBytes(count: Int(count)) { output in
            unsafe output.withUnsafeMutableBytes { target, used in
                used = target.count
                let target = unsafe target.bindMemory(to: UInt8.self).baseAddress
                input.withBytes { bytes in
                    unsafe bytes.withUnsafeBytes { source in
                        // The interface has no `const`; it only reads.
                        let start = unsafe UnsafeMutableRawPointer(mutating: source.baseAddress)
                        let source = unsafe (start?.assumingMemoryBound(to: UInt8.self), UInt(source.count))
                        codes = unsafe Self.with(mechanism, iv, additionalData) { mechanism in
                            let code =
                                isSealing
                                ? unsafe functions.pointee.encrypt_init(handle, mechanism, key)
                                : unsafe functions.pointee.decrypt_init(handle, mechanism, key)
                            guard code == PKCS11.ok else { return (code, code) }
                            return isSealing
                                ? unsafe (code, functions.pointee.encrypt(handle, source.0, source.1, target, &count))
                                : unsafe (code, functions.pointee.decrypt(handle, source.0, source.1, target, &count))
                        }
                    }
                }
            }
        }
        if codes.start == PKCS11.mechanismInvalid { return nil }
        try PKCS11.check(codes.start, "the token does not work with its key")
        if isSealing { try PKCS11.check(codes.end, "the token does not encrypt") }
        guard codes.end == PKCS11.ok, count <= output.count else { return nil }
        return output.withBytes { SecretBytes(copying: $0.extracting(..<Int(count))) }
    }

    @unsafe private static func with<Result>(
        _ mechanism: UInt, _ iv: [UInt8], _ additionalData: [UInt8],
        _ body: (UnsafeMutablePointer<ck_mechanism>) -> Result
    ) -> Result {
        var (iv, additionalData) = (iv, additionalData)
        return unsafe iv.withUnsafeMutableBufferPointer { iv in
            unsafe additionalData.withUnsafeMutableBufferPointer { data in
                var gcm = unsafe ck_gcm_parameters(
                    iv: iv.baseAddress, iv_length: UInt(iv.count), iv_bits: UInt(iv.count) * 8, aad: data.baseAddress,
                    aad_length: UInt(data.count), tag_bits: 128)
                return unsafe withUnsafeMutablePointer(to: &gcm) { gcm in
                    var parameters = unsafe ck_mechanism(
                        mechanism: mechanism, parameter: iv.baseAddress, parameter_length: UInt(iv.count))
                    if mechanism == PKCS11.aesGCM {
                        unsafe parameters.parameter = UnsafeMutableRawPointer(gcm)
                        unsafe parameters.parameter_length = UInt(MemoryLayout<ck_gcm_parameters>.size)
                    }
                    return unsafe body(&parameters)
                }
            }
        }
    }
}
