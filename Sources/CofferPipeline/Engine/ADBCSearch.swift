/// Where an ADBC driver may be, in the order in which it is looked for.
package enum ADBCSearch {
    /// A library to try.
    struct Place: Hashable {
        let path: String
        /// The function to call, where a manifest names one.
        var entrypoint: String?
        /// Whether it must open: somebody named it.
        var isRequired = false
    }

    static func places(for product: ADBCDriver.Product, _ environment: [String: String]) -> [Place] {
        if let named = environment["COFFER_ADBC_\(product.rawValue.uppercased())"], !named.isEmpty {
            return [Place(path: named, isRequired: true)]
        }
        let system = Place(path: "libadbc_driver_\(product.rawValue).so")
        return [system] + manifests(for: product, environment) + wheels(for: product, environment)
    }

    /// Folders of driver manifests, by the conventions of the ADBC driver managers.
    static func manifestFolders(_ environment: [String: String]) -> [String] {
        var folders = (environment["ADBC_DRIVER_PATH"] ?? "").split(separator: ":").map(String.init)
        for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            if let root = environment[variable], !root.isEmpty { folders.append(root + "/etc/adbc/drivers") }
        }
        if let home = environment["XDG_CONFIG_HOME"], !home.isEmpty {
            folders.append(home + "/adbc/drivers")
        } else if let home = environment["HOME"], !home.isEmpty {
            folders.append(home + "/.config/adbc/drivers")
        }
        return folders + ["/etc/adbc/drivers"]
    }

    private static func manifests(for product: ADBCDriver.Product, _ environment: [String: String]) -> [Place] {
        manifestFolders(environment).flatMap { folder in
            [product.rawValue, "adbc_driver_\(product.rawValue)"].compactMap { name in
                guard let text = SmallFile.read("\(folder)/\(name).toml", limit: 65_536),
                    let manifest = try? DriverManifest(text), let library = manifest.library
                else { return nil }
                let path = library.hasPrefix("/") ? library : "\(folder)/\(library)"
                return Place(path: path, entrypoint: manifest.entrypoint, isRequired: true)
            }
        }
    }

    private static func wheels(for product: ADBCDriver.Product, _ environment: [String: String]) -> [Place] {
        LibrarySearch.sitePackages(environment).flatMap { folder in
            let package = "\(folder)/adbc_driver_\(product.rawValue)"
            return LibrarySearch.entries(of: package).filter { $0.hasSuffix(".so") && $0.contains("adbc_driver") }
                .map { Place(path: "\(package)/\($0)") }
        }
    }
}
