/// Two lower-case digits for each byte, for ids and digests: not for secrets.
public enum Hexadecimal {
    /// The digits of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        unsafe String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (i, byte) in bytes.enumerated() {
                unsafe text[2 * i] = digit(byte >> 4)
                unsafe text[2 * i + 1] = digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
