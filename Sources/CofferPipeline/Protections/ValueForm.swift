extension Field {
    /// The extension type of the values, whether dictionary-encoded or not.
    var valueExtension: String? { extensionName ?? dictionary.first?.extensionName }

    /// The field of the values themselves: without a dictionary, views as plain texts and bytes.
    var valueField: Field {
        let type: ArrowType =
            switch valueType {
            case .utf8View: .utf8
            case .binaryView: .binary
            default: valueType
            }
        let extra = dictionary.first.map { inner in
            inner.metadata.filter { entry in !metadata.contains { $0.name == entry.name } }
        }
        return Field(name, type, metadata: metadata + (extra ?? []))
    }

    /// The type that randomized cells are bound to (docs/specs/field-encryption.md, 2): a format string, one for all
    /// layouts of texts and one for all of byte strings, and the extension's name where there is one.
    var boundType: String {
        let format =
            switch valueType {
            case .utf8, .largeUtf8, .utf8View: "u"
            case .binary, .largeBinary, .binaryView: "z"
            default: valueType.format
            }
        return valueExtension.map { "\(format) \($0)" } ?? format
    }

    /// Whether values have bytes that a cell can hold.
    var isProtectable: Bool {
        let type = valueType
        return type == .null || type == .bool || type.isVariable || type.fixedWidth != nil
    }

    /// Whether it is JSON kept as a text, in which anything may hide.
    var isOpaqueJSON: Bool { valueExtension == "arrow.json" }
}
