/// Why a load does not fit its table, in the same words for every database.
extension PipelineError {
    static func noKeyColumn(_ name: String) -> PipelineError {
        PipelineError(.destination, "primary_key: there is no column \(name)")
    }

    static func noColumn(_ names: [String], in location: String) -> PipelineError {
        PipelineError(
            .destination, "\(location) has no column \(names.joined(separator: ", "))",
            hint: "add schema: evolve to the destination to add it")
    }

    static func requiredColumn(_ name: String, in location: String) -> PipelineError {
        PipelineError(
            .destination, "\(location) requires a value in column \(name), which the load doesn't have",
            hint: "give it a default, or load it as well")
    }
}

extension WriteMode {
    /// Refuses a merge by a column that is not loaded.
    func requireKey(in schema: Schema) throws(PipelineError) {
        guard case .merge(let key) = self else { return }
        if let missing = key.first(where: { schema.index(of: $0) == nil }) { throw .noKeyColumn(missing) }
    }
}
