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

    /// An empty new file that this process stages `path` in. A private one only its owner may read.
    static func file(for path: String, isPrivate: Bool) throws(PipelineError) -> String {
        let staged = Self.path(for: path)
        try FileSystem.makeFile(staged, isPrivate: isPrivate)
        return staged
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
