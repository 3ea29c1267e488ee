import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys tag`.
struct KeysTagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tag", abstract: "Give a key tags.")

    @OptionGroup var key: KeyArgument

    @Argument(
        help: ArgumentHelp("What it is tagged with; a name that is there gets the new value.", valueName: "name=value"))
    var tags: [String]

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let tags = try tags.map(KeyTag.init(written:))
        let id = try key.id()
        let keys = try await CofferHome().openGuarded()
        let tagged = try await keys.change(
            "TagResource", id, .members(("tags", .texts(Dictionary(tags.map { ($0.name, $0.value) }) { $1 })))
        ) { try await $0.tag(id, tags) }
        try KeyOutput(tagged).print(json: json)
    }
}

/// `coffer keys untag`.
struct KeysUntagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "untag", abstract: "Take tags from a key.")

    @OptionGroup var key: KeyArgument

    @Argument(help: ArgumentHelp("The names of the tags.", valueName: "name"))
    var names: [String]

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (id, names) = (try key.id(), names)
        let keys = try await CofferHome().openGuarded()
        let untagged = try await keys.change(
            "UntagResource", id, .members(("tagKeys", .array(names.map { .string($0) })))
        ) { try await $0.untag(id, names) }
        try KeyOutput(untagged).print(json: json)
    }
}
