/// Where rows come from: files, a database table, a query. Reading never changes it.
///
/// Calls block the thread they are made on; `cancel` may come from any other thread.
package protocol Source: AnyObject, Sendable {
    /// What it reads, for people: a path or an address, never with a password.
    var location: String { get }

    /// The dataset's name unless the pipeline gives one: the table or the file.
    var defaultDataset: String? { get }

    /// The columns that `open` would deliver, found without reading the rows.
    func describe(_ selection: Selection) throws -> Schema

    /// The largest value of a column as text, nil when there is no row: the upper bound of an incremental read.
    /// Rows that come later belong to the next run. A null in the column is refused: its row would never be read.
    func maximum(of column: String) throws -> String?

    /// From here on every `open` reads the same rows, where the source can give that: a database, in one snapshot. Files are
    /// watched, and `verifyUnchanged` speaks of all times they were opened.
    func hold() throws

    /// Begins to read. The schema of the stream is the one `describe` gave for the same selection.
    func open(_ selection: Selection) throws -> any BatchStream

    /// Throws when what was read is not what it was at `open`: called after the last batch, before the load commits.
    func verifyUnchanged() throws

    /// The files that `open` read, empty for databases.
    var files: [LoadedFile] { get }

    /// The number of rows when it is cheap to know, for progress.
    var expectedRows: Int? { get }

    /// What the database notes of its columns (`COMMENT ON COLUMN`); nothing for files and queries.
    func columnComments() throws -> [(column: String, comment: String)]

    /// Makes a blocked call fail soon.
    func cancel()
}

extension Source {
    package func hold() throws {}
    package func columnComments() throws -> [(column: String, comment: String)] { [] }
}

/// What to read of a source.
package struct Selection: Sendable, Hashable {
    /// Top-level columns in this order; nil for all.
    package var columns: [String]?
    /// Columns to deliver as text as it stands in the file, where it has no types of its own (CSV: `007` stays `007`).
    package var textColumns: Set<String>
    /// Only rows whose cursor lies in a range.
    package var cursor: CursorRange?
    /// Files to leave out because an earlier run has loaded them.
    package var except: Set<LoadedFile>

    /// Everything unless told otherwise.
    package init(
        columns: [String]? = nil, textColumns: Set<String> = [], cursor: CursorRange? = nil,
        except: Set<LoadedFile> = []
    ) {
        self.columns = columns
        self.textColumns = textColumns
        self.cursor = cursor
        self.except = except
    }
}

/// A range of an incremental read; the bounds are texts as `maximum(of:)` gave them.
package struct CursorRange: Sendable, Hashable {
    /// The column that grows.
    package let column: String
    /// Rows beyond this value, nil for all.
    package let after: String?
    /// Whether rows that equal `after` are read again: under merge, where a row seen twice is the same row, so that
    /// one which came late with the same value isn't lost.
    package let includesAfter: Bool
    /// Rows up to and with this value.
    package let through: String

    /// A range.
    package init(column: String, after: String?, includesAfter: Bool = false, through: String) {
        self.column = column
        self.after = after
        self.includesAfter = includesAfter
        self.through = through
    }
}

/// A file that a run has loaded: the same name, size and time mean the same content.
package struct LoadedFile: Sendable, Hashable {
    /// Its path as the pipeline names it.
    package let name: String
    /// Bytes.
    package let size: Int
    /// Nanoseconds since 1970 of its last change.
    package let modified: Int

    /// A file.
    package init(name: String, size: Int, modified: Int) {
        self.name = name
        self.size = size
        self.modified = modified
    }
}

extension Selection {
    /// The selected ones of `columns`, in the order of the selection.
    /// - Throws: ``PipelineError`` that names a column which isn't there.
    func pick<C>(from columns: [C], name: (C) -> String, of what: String) throws(PipelineError) -> [C] {
        guard let wanted = self.columns else { return columns }
        var picked: [C] = []
        for column in wanted {
            guard let found = columns.first(where: { name($0) == column }) else {
                throw PipelineError(
                    .source, "\(what) has no column \(column)",
                    hint: "it has \(columns.map(name).joined(separator: ", "))")
            }
            picked.append(found)
        }
        return picked
    }
}

extension CursorRange {
    /// A cursor that is null somewhere: that row would never be read.
    static func missing(_ column: String) -> PipelineError {
        PipelineError(
            .source, "the cursor \(column) is null in some rows, which an incremental run would never read",
            hint: "fill it, or leave those rows out by query:")
    }
}
