/// Hidden names beside a destination for what is not finished: `.NAME.HOST.PID.coffer-tmp`.
enum Staging {
    private static let ending = ".coffer-tmp"

    /// The name that this process stages `path` under, in the same folder.
    static func path(for path: String) -> String {
        let name = FileSystem.name(of: path)
        return "\(FileSystem.folder(of: path))/.\(name).\(Process.host).\(Process.number)\(ending)"
    }

    /// Removes what runs that were killed on this machine have left in `folder`.
    static func removeAbandoned(in folder: String) {
        for name in LibrarySearch.entries(of: folder) where name.hasPrefix(".") && name.hasSuffix(ending) {
            let parts = name.dropLast(ending.count).split(separator: ".")
            guard parts.count >= 3, parts[parts.count - 2] == Process.host, let number = Int32(parts[parts.count - 1])
            else { continue }
            if !Process.isRunning(number) { FileSystem.remove("\(folder)/\(name)") }
        }
    }
}
