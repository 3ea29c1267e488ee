import CArrow

#if canImport(Glibc)
    import Glibc
#endif

/// Gives DuckDB's Python wheel the names of Python that it leaves undefined, so that it opens without a Python.
///
/// The wheel's library exports DuckDB's whole C API. Its undefined `Py…` names are read from its own symbol table,
/// and a library that defines just these, each as 64 zero bytes, is made in memory and opened first. Nothing of
/// Python is ever called through them.
enum PythonStub {
    static func load(for library: String) throws(PipelineError) {
        let refusal = PipelineError(.engine, "\(library) can't be opened as a library")
        guard let elf = ELFFile(library) else { throw refusal }
        let names = elf.undefinedSymbols.filter { $0.hasPrefix("Py") || $0.hasPrefix("_Py") }
        guard let first = names.first, unsafe dlsym(nil, first) == nil else { return }
        let image = StubLibrary.image(defining: names, machine: elf.machine)
        let file = unsafe memfd_create("coffer-python-names", 1)  // closed on exec
        guard file >= 0 else { throw refusal }
        defer { Glibc.close(file) }
        let written = unsafe image.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        guard written == image.count, unsafe dlopen("/proc/self/fd/\(file)", RTLD_NOW | RTLD_GLOBAL) != nil else {
            throw refusal
        }
    }
}

/// As much of a 64-bit little-endian ELF file as tells its undefined symbols.
struct ELFFile {
    let machine: UInt16
    let undefinedSymbols: [String]

    init?(_ path: String) {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        func read(_ offset: UInt64, _ count: UInt64) -> [UInt8]? {
            guard count <= 64 << 20, offset < UInt64(Int64.max) else { return nil }
            var bytes = [UInt8](repeating: 0, count: Int(count))
            let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, $0.count, Int(offset)) }
            return got == Int(count) ? bytes : nil
        }
        guard let header = read(0, 64), header[0..<6] == [0x7f, 0x45, 0x4c, 0x46, 2, 1] else { return nil }
        machine = header.number(18)
        let (sectionSize, sectionCount): (UInt16, UInt16) = (header.number(58), header.number(60))
        guard sectionSize == 64, let sections = read(header.number(40), UInt64(sectionCount) * 64) else { return nil }
        for i in 0..<Int(sectionCount) where sections.number(i * 64 + 4) as UInt32 == 11 {
            let strings = Int(sections.number(i * 64 + 40) as UInt32)
            guard strings < Int(sectionCount),
                let symbols = read(sections.number(i * 64 + 24), sections.number(i * 64 + 32)),
                let names = read(sections.number(strings * 64 + 24), sections.number(strings * 64 + 32))
            else { return nil }
            undefinedSymbols = (0..<symbols.count / 24).compactMap { k in
                guard symbols.number(k * 24 + 6) as UInt16 == 0 else { return nil }
                let start = Int(symbols.number(k * 24) as UInt32)
                guard start > 0, start < names.count else { return nil }
                return String(decoding: names[start...].prefix { $0 != 0 }, as: UTF8.self)
            }
            return
        }
        return nil
    }
}

extension [UInt8] {
    /// The little-endian number at `offset`.
    fileprivate func number<N: FixedWidthInteger>(_ offset: Int) -> N {
        (0..<MemoryLayout<N>.size).reduce(0) { $0 | N(truncatingIfNeeded: self[offset + $1]) << (8 * $1) }
    }

    fileprivate mutating func append<N: FixedWidthInteger>(number: N) {
        for i in 0..<MemoryLayout<N>.size { append(UInt8(truncatingIfNeeded: number >> (8 * i))) }
    }
}

/// A shared library with nothing in it but named, zeroed data (System V ABI, ELF-64).
enum StubLibrary {
    static func image(defining names: [String], machine: UInt16) -> [UInt8] {
        // Layout: header, 4 program headers, dynamic section, hash, symbols, strings | zeroed data on the next page.
        let dynamicAt = 64 + 4 * 56
        let hashAt = dynamicAt + 6 * 16
        let symbolsAt = (hashAt + 4 * (2 + 1 + names.count + 1) + 7) & ~7
        let stringsAt = symbolsAt + 24 * (names.count + 1)
        var strings: [UInt8] = [0]
        var starts: [UInt32] = []
        for name in names {
            starts.append(UInt32(strings.count))
            strings += Array(name.utf8) + [0]
        }
        let end = stringsAt + strings.count
        let dataAt = (end + 0xffff) & ~0xffff
        let dataSize = names.count * 64

        var out: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        out.append(number: UInt16(3))  // shared object
        out.append(number: machine)
        out.append(number: UInt32(1))
        for value in [0, 64, 0] { out.append(number: UInt64(value)) }  // entry, program headers, sections
        out.append(number: UInt32(0))
        for value in [64, 56, 4, 64, 0, 0] { out.append(number: UInt16(value)) }
        func segment(_ type: UInt32, _ flags: UInt32, _ at: Int, _ inFile: Int, _ inMemory: Int, _ align: Int) {
            out.append(number: type)
            out.append(number: flags)
            for value in [inFile == 0 ? 0 : at, at, at, inFile, inMemory, align] { out.append(number: UInt64(value)) }
        }
        segment(1, 6, 0, end, end, 0x10000)
        segment(1, 6, dataAt, 0, dataSize, 0x10000)
        segment(2, 6, dynamicAt, 6 * 16, 6 * 16, 8)
        segment(0x6474_e551, 6, 0, 0, 0, 16)  // a stack that isn't executable
        for (tag, value) in [(4, hashAt), (5, stringsAt), (6, symbolsAt), (10, strings.count), (11, 24), (0, 0)] {
            out.append(number: UInt64(tag))
            out.append(number: UInt64(value))
        }
        // One hash bucket: a chain through every symbol.
        for value in [1, names.count + 1, names.isEmpty ? 0 : 1, 0] { out.append(number: UInt32(value)) }
        for i in 0..<names.count { out.append(number: UInt32(i + 1 < names.count ? i + 2 : 0)) }
        out += [UInt8](repeating: 0, count: symbolsAt - out.count + 24)
        for (i, start) in starts.enumerated() {
            out.append(number: start)
            out += [0x11, 0]  // global data, default visibility
            out.append(number: UInt16(1))
            out.append(number: UInt64(dataAt + i * 64))
            out.append(number: UInt64(64))
        }
        return out + strings
    }
}
