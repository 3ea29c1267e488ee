import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

extension FolderStore {
    /// The files under the folder, without links, folders and what is being written. A page ends with the token of its last
    /// name.
    public func list(prefix: String, after token: String?, limit: Int) throws -> ObjectPage {
        guard (1...1000).contains(limit) else { throw ObjectError(.invalidArgument, "a page has 1 to 1000 objects") }
        var walk = Walk(store: self, prefix: Array(prefix.utf8), after: token.map { Array($0.utf8) }, limit: limit)
        try walk.visit("")
        return ObjectPage(objects: walk.found, next: walk.isFull ? walk.found.last?.name : nil)
    }

    private struct Walk {
        let store: FolderStore
        let prefix: [UInt8]
        let after: [UInt8]?
        let limit: Int
        var found: [ObjectInfo] = []
        var isFull = false

        /// `folder` is empty or ends in a slash.
        mutating func visit(_ folder: String) throws {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: "\(store.location)/\(folder)")
            } catch {
                throw ObjectError(.unavailable, "the folder \(store.location)/\(folder) can't be read")
            }
            var entries: [(name: String, bytes: [UInt8], status: stat)] = []
            for name in names where !Leftovers.isHidden(name) {
                var status = stat()
                guard unsafe lstat("\(store.location)/\(folder)\(name)", &status) == 0 else { continue }
                let kind = status.st_mode & S_IFMT
                guard kind == S_IFDIR || kind == S_IFREG else { continue }
                // A folder stands where its slash puts it among the whole names.
                let full = folder + name + (kind == S_IFDIR ? "/" : "")
                entries.append((full, Array(full.utf8), status))
            }
            for entry in entries.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) where !isFull {
                if entry.bytes.last == UInt8(ascii: "/") {
                    guard leads(entry.bytes) else { continue }
                    try visit(entry.name)
                } else if entry.bytes.starts(with: prefix),
                    after.map({ $0.lexicographicallyPrecedes(entry.bytes) }) ?? true
                {
                    guard found.count < limit else {
                        isFull = true
                        return
                    }
                    found.append(FolderStore.info(entry.name, entry.status))
                }
            }
        }

        /// Whether names in this folder can have the prefix and come after the token.
        private func leads(_ folder: [UInt8]) -> Bool {
            guard folder.starts(with: prefix) || prefix.starts(with: folder) else { return false }
            guard let after else { return true }
            return after.starts(with: folder) || after.lexicographicallyPrecedes(folder)
        }
    }
}
