/// What must hold of the rows of a merge before the first one changes anything.
enum StagedKeys {
    static func check(_ key: [String], in staged: String, rows: (String) throws -> [[String?]]) throws {
        let list = key.joined(separator: ", ")
        let nulls = key.map { "\(SQL.name($0)) IS NULL" }.joined(separator: " OR ")
        if try !rows("SELECT 'null' FROM \(staged) WHERE \(nulls) LIMIT 1").isEmpty {
            throw PipelineError(.destination, "a row has no value in its primary key (\(list))")
        }
        let twice = "SELECT 'twice' FROM \(staged) GROUP BY \(SQL.names(key)) HAVING count(*) > 1 LIMIT 1"
        if try !rows(twice).isEmpty {
            throw PipelineError(
                .destination, "two rows of the load have the same primary key (\(list))",
                hint: "choose one in the source with query:")
        }
    }
}
