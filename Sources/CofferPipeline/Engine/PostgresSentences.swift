extension ADBCFailure {
    /// PostgreSQL's conditions by SQLSTATE (its manual, appendix A), those that need different ways out.
    func postgres(_ code: PipelineError.Code, _ what: String, _ place: String) -> PipelineError {
        switch state {
        case "22021":
            PipelineError(
                code, "\(place): a text holds a NUL character or is not UTF-8, which PostgreSQL can't store",
                hint: "remove it in the source, or encrypt the column")
        case "22P05":
            PipelineError(
                code, "\(place): nested data holds a NUL character, which jsonb can't store",
                hint: "remove it in the source, or encrypt the field")
        case "22003": PipelineError(code, "\(place): a number is out of the column's range")
        case "22001": PipelineError(code, "\(place): a text is longer than the column allows")
        case "22P02", "22P03", "22007", "22008", "22018", "22P04", "22023", "2200F":
            PipelineError(code, "\(place): a value does not fit the column's type")
        case "23502":
            PipelineError(
                code, "\(place): a value is missing where the table requires one",
                hint: "give the column a default, or load it as well")
        case "23505":
            PipelineError(
                code, "\(what): a row's key is there already, and the table allows it once",
                hint: "use write: merge with primary_key")
        case "23503": PipelineError(code, "\(what): a foreign key stands in the way")
        case "23514", "23P01": PipelineError(code, "\(what): a row breaks a constraint of the table")
        case "428C9": PipelineError(code, "\(place): the database computes the column itself", hint: "drop it")
        case "42804", "42846": PipelineError(code, "\(place): the column is of a type that these values don't go into")
        case "42501":
            PipelineError(code, "\(what): permission denied", hint: "GRANT what is missing to the user that connects")
        case "54000", "54011":
            PipelineError(code, "\(what): the rows have more columns or bytes than a page of PostgreSQL holds")
        case "42P01": PipelineError(code, "\(what): there is no such table")
        case "42703": PipelineError(code, "\(what): there is no such column")
        case "42601": PipelineError(code, "\(what): PostgreSQL does not understand the query")
        case "25006": PipelineError(code, "\(what): the server allows reading only")
        case "40001", "40P01": PipelineError(code, "\(what): another transaction was in the way", hint: "try again")
        case "55P03": PipelineError(code, "\(what): the table is locked", hint: "try again later")
        case "57014": PipelineError(.interrupted, "\(what): interrupted; nothing was changed")
        case "53100": PipelineError(code, "\(what): no space left on the server's disk")
        case "53200": PipelineError(.tooLarge, "\(what): the server ran out of memory")
        case "53300": PipelineError(.connection, "\(what): the server has too many connections")
        case _ where isConnectionLost:
            PipelineError(.connection, "\(what): the connection was lost; nothing was changed", hint: "run it again")
        default:
            PipelineError(code, "\(what): PostgreSQL refused it\(state.isEmpty ? "" : " (SQLSTATE \(state))")")
        }
    }

    /// Whether the server is gone or the way to it.
    var isConnectionLost: Bool {
        state.hasPrefix("08") || ["57P01", "57P02", "57P03"].contains(state)
            || [
                "server closed the connection", "connection to server", "no connection to the server", "SSL SYSCALL",
                "could not receive data", "could not send data", "terminating connection",
            ].contains { text.contains($0) }
    }

    /// Why a connection could not be made.
    func refusedConnection(_ location: String) -> PipelineError {
        func refuse(_ why: String, _ hint: String?) -> PipelineError {
            PipelineError(.connection, "\(location): \(why)", hint: hint)
        }
        let cases: [(marks: [String], why: String, hint: String?)] = [
            (
                ["password authentication failed", "no password supplied", "authentication failed"],
                "the server does not accept the user or the password", "use .pgpass, PGPASSWORD, env: or file:"
            ),
            (["no pg_hba.conf entry"], "the server does not let this user in from here", "see its pg_hba.conf"),
            (
                ["root certificate file"], "there is no root certificate to check the server's with",
                "put it in ~/.postgresql/root.crt, or add sslrootcert=system to the address"
            ),
            (
                ["certificate verify failed", "does not match host name", "certificate"],
                "the server's certificate is not to be trusted", "see sslrootcert"
            ),
            (["server does not support SSL"], "the server does not offer TLS", nil),
            (["could not translate host name"], "there is no host of this name", nil),
            (
                ["Connection refused", "No such file or directory"], "no server listens there",
                "is PostgreSQL running?"
            ),
            (["timeout expired", "timed out"], "the server does not answer", nil),
            (["too many clients", "remaining connection slots"], "the server has too many connections", nil),
            (["role \""], "there is no such user", nil), (["database \""], "there is no such database", nil),
            (["invalid URI", "invalid connection option", "invalid sslmode"], "the address is malformed", nil),
        ]
        for entry in cases where entry.marks.contains(where: text.contains) { return refuse(entry.why, entry.hint) }
        return refuse("the connection failed", nil)
    }
}
