/// Takes the JSON of a policy apart, member by member.
struct PolicyParser {
    let kind: PolicyDocument.Kind
    let name: String
    private var hasVariables = false
    private var ids: Set<String> = []
    private var position = 0

    init(kind: PolicyDocument.Kind, name: String) { (self.kind, self.name) = (kind, name) }

    mutating func document(_ json: JSON) throws(PolicyError) -> PolicyDocument {
        guard let members = json.members else { throw PolicyError("a policy is a JSON object") }
        try known(members, ["Version", "Id", "Statement"], "a policy")
        var version = PolicyDocument.Version.first
        if let given = json["Version"] {
            guard let text = given.string, let known = PolicyDocument.Version(rawValue: text) else {
                throw PolicyError(
                    "Version is neither 2012-10-17 nor 2008-10-17", hint: #"write "Version": "2012-10-17""#)
            }
            version = known
        }
        hasVariables = version == .current
        var id: String?
        if let given = json["Id"] {
            guard let text = given.string else { throw PolicyError("Id must be a text") }
            id = text
        }
        let statements: [JSON]
        switch json["Statement"] {
        case .array(let elements): statements = elements
        case .object(let members): statements = [.object(members)]
        default: throw PolicyError("Statement must be a statement or a list of them")
        }
        guard !statements.isEmpty else { throw PolicyError("a policy has at least one statement") }
        var parsed: [PolicyStatement] = []
        for (i, statement) in statements.enumerated() {
            position = i + 1
            do {
                parsed.append(try self.statement(statement))
            } catch {
                throw PolicyError(error.message, statement: position, hint: error.hint)
            }
        }
        return PolicyDocument(kind: kind, name: name, version: version, id: id, statements: parsed)
    }

    private mutating func statement(_ json: JSON) throws(PolicyError) -> PolicyStatement {
        guard let members = json.members else { throw PolicyError("a statement is a JSON object") }
        let names = [
            "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
        ]
        try known(members, names, "a statement")
        let id = try self.id(json["Sid"])
        guard let effect = json["Effect"]?.string.flatMap(PolicyStatement.Effect.init) else {
            throw PolicyError("Effect must be Allow or Deny")
        }
        let (actions, excludesActions) = try either(json, "Action", "NotAction")
        let (resources, excludesResources) = try either(json, "Resource", "NotResource")
        var patterns: [Pattern] = []
        for action in actions { patterns.append(try self.action(action)) }
        var templates: [Template] = []
        for resource in resources { templates.append(try self.resource(resource)) }
        return PolicyStatement(
            id: id, position: position, effect: effect,
            label: "\(name), statement \(id.map { "“\($0)”" } ?? "\(position)")",
            principals: try principals(json, effect), actions: patterns, actionNames: actions,
            excludesActions: excludesActions,
            resources: templates, excludesResources: excludesResources, conditions: try conditions(json["Condition"]))
    }

    /// Refuses members whose names are not among `names`.
    private func known(_ members: [JSON.Member], _ names: [String], _ what: String) throws(PolicyError) {
        guard let unknown = members.first(where: { !names.contains($0.name) })?.name else { return }
        throw PolicyError(
            "\(what) has no member \(PolicyError.quote(unknown))",
            hint: Suggestion.nearest(to: unknown, among: names).map { "did you mean \($0)?" })
    }

    /// A `Sid`; an empty one is none, as the tools that write it mean it.
    private mutating func id(_ json: JSON?) throws(PolicyError) -> String? {
        guard let json else { return nil }
        guard let text = json.string else { throw PolicyError("Sid must be a text") }
        if text.isEmpty { return nil }
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
        }
        guard kind == .key || isPlain else {
            throw PolicyError("the Sid of an identity policy has letters and digits only")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw PolicyError("a Sid has no control characters")
        }
        guard ids.insert(text).inserted else {
            throw PolicyError("the Sid \(PolicyError.quote(text)) is there twice")
        }
        return text
    }

    /// The texts of one of two members that exclude each other.
    private func either(_ json: JSON, _ name: String, _ opposite: String) throws(PolicyError) -> ([String], Bool) {
        switch (json[name], json[opposite]) {
        case (let given?, nil): return (try texts(given, name), false)
        case (nil, let given?): return (try texts(given, opposite), true)
        case (nil, nil): throw PolicyError("\(name) is missing")
        default: throw PolicyError("\(name) and \(opposite) exclude each other")
        }
    }

    /// A text, or a list of at least one.
    private func texts(_ json: JSON, _ name: String) throws(PolicyError) -> [String] {
        if let text = json.string { return [text] }
        guard let elements = json.array else { throw PolicyError("\(name) must be a text or a list of texts") }
        guard !elements.isEmpty else { throw PolicyError("\(name) is an empty list") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.string else { throw PolicyError("\(name) must be a text or a list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// `*`, or a service and the name of an operation, which may have wildcards.
    private func action(_ text: String) throws(PolicyError) -> Pattern {
        if text == "*" { return Pattern(wildcards: text) }
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let isName: (UInt8) -> Bool = {
            let lower = Pattern.lowered($0)
            return (0x61...0x7a).contains(lower) || (0x30...0x39).contains($0)
        }
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ isName($0) || $0 == UInt8(ascii: "-") }),
            !parts[1].isEmpty, parts[1].allSatisfy({ isName($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
        else {
            throw PolicyError(
                "\(PolicyError.quote(text)) is no action", hint: "write it like kms:Decrypt or kms:GenerateDataKey*")
        }
        return Pattern(bytes: text.utf8.map { Pattern.wildcard(Pattern.lowered($0)) })
    }

    /// `*`, or an ARN, which may have wildcards and variables; it may end early at a `*`.
    private func resource(_ text: String) throws(PolicyError) -> Template {
        let template = try Template(text, wildcards: true, variables: hasVariables)
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        let isARN = text.hasPrefix("arn:") && (colons >= 5 || text.hasSuffix("*"))
        guard text == "*" || isARN else {
            throw PolicyError(
                "\(PolicyError.quote(text)) is no resource",
                hint: "write * or an ARN like arn:aws:kms:us-east-1:123456789012:key/*")
        }
        return template
    }

    private func conditions(_ json: JSON?) throws(PolicyError) -> [Condition] {
        guard let json else { return [] }
        guard let operators = json.members else { throw PolicyError("Condition must be a JSON object") }
        var conditions: [Condition] = []
        for member in operators {
            guard let test = ConditionOperator(member.name) else {
                throw PolicyError(
                    "\(PolicyError.quote(member.name)) is no condition operator",
                    hint: Suggestion.nearest(to: member.name, among: ConditionOperator.known.keys.sorted()).map {
                        "did you mean \($0)?"
                    })
            }
            guard let keys = member.value.members, !keys.isEmpty else {
                throw PolicyError("\(test.name) must be an object of condition keys and values")
            }
            for key in keys {
                guard key.name.utf8.count <= 512, let colon = key.name.utf8.firstIndex(of: UInt8(ascii: ":")),
                    colon != key.name.utf8.startIndex, key.name.utf8.last != UInt8(ascii: ":")
                else {
                    throw PolicyError(
                        "\(PolicyError.quote(key.name)) is no condition key", hint: "write it like kms:ViaService")
                }
                let values = try self.values(key.value, test.name)
                conditions.append(try Condition(test, key.name, values, variables: hasVariables))
            }
        }
        return conditions
    }

    /// A value or a list of them; numbers and booleans stand for their texts.
    private func values(_ json: JSON, _ name: String) throws(PolicyError) -> [String] {
        let elements = json.array ?? [json]
        guard !elements.isEmpty else {
            throw PolicyError("\(name) compares with an empty list", hint: "leave the condition out, or use Null")
        }
        var values: [String] = []
        for element in elements {
            switch element {
            case .string(let text): values.append(text)
            case .number(let text): values.append(text)
            case .bool(let value): values.append(value ? "true" : "false")
            default: throw PolicyError("\(name) compares with texts, numbers and booleans only")
            }
        }
        return values
    }
}
