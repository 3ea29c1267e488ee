#if canImport(Glibc)
    import Glibc
#endif

/// Where the engine's library may be, in the order in which it is looked for.
package enum LibrarySearch {
    /// A place to look.
    struct Candidate {
        let path: String
        /// Whether it is a Python extension, which leaves Python's names undefined.
        let isWheel: Bool
        /// Whether it must be there: the user named it.
        let isRequired: Bool

        /// The opened library; nil where it isn't there and need not be.
        func open() throws(PipelineError) -> UnsafeMutableRawPointer? {
            if isWheel { try PythonStub.load(for: path) }
            if let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) { return unsafe handle }
            guard isRequired || isWheel else { return nil }
            throw PipelineError(.engine, "\(path) can't be opened as a library")
        }
    }

    static func duckDB(_ environment: [String: String]) -> [Candidate] {
        if let named = environment["COFFER_DUCKDB"], !named.isEmpty {
            return [Candidate(path: named, isWheel: named.contains("_duckdb."), isRequired: true)]
        }
        let system = Candidate(path: "libduckdb.so", isWheel: false, isRequired: false)
        let wheels = sitePackages(environment).flatMap { folder in
            entries(of: folder).filter { $0.hasPrefix("_duckdb.") && $0.hasSuffix(".so") }
                .map { Candidate(path: "\(folder)/\($0)", isWheel: true, isRequired: false) }
        }
        return [system] + wheels
    }

    /// `site-packages` of the active virtual environment, then of a `.venv` here or above, then beside the program.
    ///
    /// What is found there is run. A `.venv` that another user has put above the current folder is passed over.
    package static func sitePackages(_ environment: [String: String]) -> [String] {
        var roots: [String] = []
        if let active = environment["VIRTUAL_ENV"], !active.isEmpty { roots.append(active) }
        for start in [currentFolder(), programFolder()] {
            var folder = start
            while !folder.isEmpty {
                if FileSystem.isOwn(folder + "/.venv") { roots.append(folder + "/.venv") }
                guard let slash = folder.lastIndex(of: "/") else { break }
                folder = String(folder[..<slash])
            }
        }
        return roots.flatMap { root in
            entries(of: root + "/lib").filter { $0.hasPrefix("python3") }.map { "\(root)/lib/\($0)/site-packages" }
        }
    }

    /// The names in a folder, sorted; none where it can't be read.
    package static func entries(of folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func currentFolder() -> String {
        guard let path = unsafe getcwd(nil, 0) else { return "" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    private static func programFolder() -> String {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return "" }
        defer { unsafe free(path) }
        let text = unsafe String(cString: path)
        return text.lastIndex(of: "/").map { String(text[..<$0]) } ?? ""
    }
}
