public import ArgumentParser
public import Coffer
import FoundationEssentials
import Glibc

/// A policy in a file.
enum PolicyFile {
    /// Reads the policy at `path`; `-` is standard input. Without a kind it is a key policy where a statement says whom it
    /// is about.
    static func read(_ path: String, kind: PolicyDocument.Kind?) throws -> PolicyDocument {
        let text = try text(path)
        do throws(PolicyError) {
            return try PolicyDocument(parsing: text, kind: kind ?? Self.kind(of: text), named: path)
        } catch {
            throw FileError(file: path, error: ConfigurationError(error.description, hint: error.hint))
        }
    }

    private static func text(_ path: String) throws -> String {
        let most = 1 << 18
        let data: Data?
        if path == "-" {
            data = standardInput(atMost: most + 1)
        } else {
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            data = size.flatMap { $0 <= most ? FileManager.default.contents(atPath: path) : Data(count: most + 1) }
        }
        guard let data else {
            throw CommandError("\(path) can't be read", hint: "check that the file is there and that you may read it")
        }
        guard data.count <= most, let text = String(bytes: data, encoding: .utf8) else {
            throw CommandError("\(path) is no policy: it is too long, or not UTF-8 text")
        }
        return text
    }

    private static func standardInput(atMost most: Int) -> Data {
        var data = Data()
        var chunk = [UInt8](repeating: 0, count: 16384)
        while data.count < most {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            data.append(contentsOf: chunk[..<count])
        }
        return data
    }

    private static func kind(of text: String) -> PolicyDocument.Kind {
        let statement = (try? JSON(parsing: text))?["Statement"]
        let statements = statement?.array ?? [statement].compactMap { $0 }
        return statements.contains { $0["Principal"] != nil || $0["NotPrincipal"] != nil } ? .key : .identity
    }
}

extension PolicyDocument.Kind: ExpressibleByArgument {}
