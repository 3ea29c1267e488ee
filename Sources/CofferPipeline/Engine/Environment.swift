#if canImport(Glibc)
    import Glibc
#endif

/// The process's environment variables.
package enum Environment {
    /// As they are now.
    package static var current: [String: String] {
        var variables: [String: String] = [:]
        var at = unsafe environ
        while let entry = unsafe at.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe at += 1
        }
        return variables
    }
}
