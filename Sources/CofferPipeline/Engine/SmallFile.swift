#if canImport(Glibc)
    import Glibc
#endif

/// A small text file, read whole.
enum SmallFile {
    /// Its text; nil where it can't be read, is longer than `limit` bytes or not UTF-8.
    static func read(_ path: String, limit: Int) -> String? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, count in
            count = unsafe fread(buffer.baseAddress, 1, limit + 1, file)
        }
        return bytes.count > limit ? nil : String(validating: bytes, as: UTF8.self)
    }
}

extension SmallFile {
    /// Removes a file of no bytes, which a database makes before its first transaction.
    static func remove(_ path: String, ifEmpty: Bool) {
        guard !ifEmpty || FileSystem.status(path)?.st_size == 0 else { return }
        _ = unsafe unlink(path)
    }
}
