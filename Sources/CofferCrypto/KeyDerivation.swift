/// Keys made from other keys and from passwords.
public enum KeyDerivation {
    /// HKDF (RFC 5869), extract and expand: `count` bytes, at most 255 digests.
    ///
    /// An empty salt stands for a digest of zeros. Keys that differ in purpose differ in `info`.
    public static func hkdf(
        _ function: HashFunction, key: borrowing SecretBytes, salt: RawSpan, info: RawSpan, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard count >= 0, count <= 255 * function.byteCount else {
            throw CryptoError(.invalidArgument, "HKDF gives at most \(255 * function.byteCount) bytes with this hash")
        }
        return try key.withBytes { (key) throws(CryptoError) in
            unsafe try secret(count) { target in
                unsafe deriveHKDF(
                    function, key: key.buffer, salt: salt.buffer, info: info.buffer, into: target, count: count)
            }
        }
    }

    /// scrypt (RFC 7914): `count` bytes at a cost of 128 · n · r bytes of memory and p times the work.
    ///
    /// `n` is a power of two. More than 1 GiB is refused, so that parameters from a file can't exhaust memory. For a
    /// passphrase typed by a person, n = 2^17, r = 8, p = 1 costs 128 MiB and some tenths of a second.
    public static func scrypt(
        password: RawSpan, salt: RawSpan, n: Int, r: Int, p: Int, count: Int
    ) throws(CryptoError) -> SecretBytes {
        let limit = 1 << 30
        guard n > 1, n & (n - 1) == 0, r > 0, p > 0, count > 0, r < 1 << 20, p < 1 << 20, n <= limit / (128 * r) else {
            throw CryptoError(
                .invalidArgument, "scrypt takes n as a power of two, r and p from 1, and at most 1 GiB of memory")
        }
        return unsafe try secret(count) { target in
            // Room for the blocks beside the table itself, which p sets.
            unsafe deriveScrypt(
                password.buffer, salt: salt.buffer, n: UInt64(n), r: UInt64(r), p: UInt64(p),
                limit: limit + limit / 4, into: target, count: count)
        }
    }

    /// PBKDF2 with HMAC (RFC 8018): `count` bytes. For formats that demand it; scrypt costs an attacker more.
    ///
    /// From 1 to 10,000,000 iterations, so that a number from a command line or file costs seconds at most.
    public static func pbkdf2(
        _ function: HashFunction, password: RawSpan, salt: RawSpan, iterations: Int, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard (1...10_000_000).contains(iterations), (1...1024).contains(count) else {
            throw CryptoError(.invalidArgument, "PBKDF2 takes 1 to 10000000 iterations and gives 1 to 1024 bytes")
        }
        return unsafe try secret(count) { target in
            unsafe derivePBKDF2(
                function, password.buffer, salt: salt.buffer, iterations: UInt32(iterations), into: target,
                count: count)
        }
    }

    /// What `openssl enc` made of a passphrase before it had PBKDF2: a key of 16, 24 or 32 bytes and 16 more, by one round
    /// of SHA-256, or of MD5 before 2016. A guess costs an attacker nothing: only to read files of old.
    public static func opensslKey(
        password: RawSpan, salt: [UInt8], keyByteCount: Int, isMD5: Bool = false
    ) throws(CryptoError) -> SecretBytes {
        guard salt.count == 8, [16, 24, 32].contains(keyByteCount) else {
            throw CryptoError(.invalidArgument, "OpenSSL's derivation takes a salt of 8 bytes and gives keys of AES")
        }
        return unsafe try secret(keyByteCount + AESStream.blockByteCount) { target in
            unsafe deriveOpenSSLKey(
                isMD5: isMD5, password.buffer, salt: salt, keyByteCount: keyByteCount, into: target)
        }
    }

    @unsafe private static func secret(
        _ count: Int, _ fill: (UnsafeMutableRawPointer) -> Bool
    ) throws(CryptoError) -> SecretBytes {
        try SecretBytes(count: count) { (output) throws(CryptoError) in
            let failure = CryptoError(.invalidArgument, "no key can be derived with these parameters")
            unsafe try output.append(count: count, orThrow: failure, fill)
        }
    }
}
