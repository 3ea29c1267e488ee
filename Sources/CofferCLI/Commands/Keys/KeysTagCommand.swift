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
        let store = try CofferHome().openStore()
        try KeyOutput(try await store.tag(try key.id(), tags)).print(json: json)
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
        let store = try CofferHome().openStore()
        try KeyOutput(try await store.untag(try key.id(), names)).print(json: json)
    }
}
