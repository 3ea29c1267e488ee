import CofferCrypto

/// Hidden names beside a destination for what is not finished: `.NAME.RANDOM.HOST.PID.coffer-tmp`.
///
/// Others may be able to write in the folder. The name can't be guessed, and nothing that is there is opened: no link that
/// somebody has laid beforehand leads what is written elsewhere.
enum Staging {
    private static let ending = ".coffer-tmp"

    /// A name that this process stages `path` under, in the same folder.
    static func path(for path: String) -> String {
        let name = FileSystem.name(of: path)
        let random = Base64URL.encode(Randomness.system.bytes(12))
        return "\(FileSystem.folder(of: path))/.\(name).\(random).\(Process.host).\(Process.number)\(ending)"
    }

    /// An empty new file that this process stages `path` in.
    static func file(for path: String) throws(PipelineError) -> String {
        let staged = Self.path(for: path)
        FileSystem.close(try FileSystem.openNew(staged, mode: 0o666))
        return staged
    }

    /// Has `write` fill a new file that only its owner may read, and puts it in the place of `path`.
    ///
    /// `write` is given a name for the open file itself: whoever may write in the folder can lay another file in its place,
    /// but nothing is ever written there.
    static func replacing<T>(_ path: String, _ write: (_ name: String) throws -> T) throws -> T {
        let staged = Self.path(for: path)
        let file = try FileSystem.openNew(staged, mode: 0o600)
        defer {
            FileSystem.close(file)
            FileSystem.remove(staged)
        }
        let result = try write("/proc/self/fd/\(file)")
        try FileSystem.sync("/proc/self/fd/\(file)")
        try FileSystem.rename(staged, to: path)
        return result
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
