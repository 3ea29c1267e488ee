import Coffer
import CofferPipeline
import FoundationEssentials

extension PipelineFile {
    /// Reads the file at `path`; relative paths in it begin in its folder. `-` is standard input.
    static func read(_ path: String) throws -> PipelineFile {
        let root = try YAML.read(path)
        let folder = Folders.absolute(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
        let name = path.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? "pipeline"
        do {
            return try PipelineFile(root, folder: folder, defaultName: name) { try $0.resolve(relativeTo: folder) }
        } catch let error as ConfigurationError {
            throw FileError(file: path, error: error)
        }
    }

    /// All tables, or the one called `name`.
    func selecting(_ name: String?) throws -> [TablePipeline] {
        guard let name else { return tables }
        guard let table = tables.first(where: { $0.name == name }) else {
            let names = tables.compactMap(\.name)
            throw CommandError(
                "the file has no table \(name)",
                hint: names.isEmpty ? "it has one table without a name" : "its tables: \(names.joined(separator: ", "))"
            )
        }
        return [table]
    }
}

/// Folders as absolute paths.
enum Folders {
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let current = FileManager.default.currentDirectoryPath
        return path == "." || path.isEmpty ? current : "\(current)/\(path)"
    }
}

extension TablePipeline {
    /// Whether the user allowed rows to cross a network in the clear, and they will.
    var usesPlaintext: Bool {
        var addresses: [DatabaseAddress] = []
        if case .database(let address, _) = source.place { addresses.append(address) }
        if case .database(let address, _) = destination.place { addresses.append(address) }
        return addresses.contains {
            if case .postgres(let address) = $0 { address.allowsPlaintext } else { false }
        }
    }
}
