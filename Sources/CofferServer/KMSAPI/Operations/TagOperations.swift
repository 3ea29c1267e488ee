import Coffer
import CofferKMS

extension Operation {
    static let tags = [tagResource, untagResource, listResourceTags]

    private static let tagResource = Operation("TagResource", .change, [.key(), .tags(required: true)]) { call in
        let tags = try call.tags()
        let key = try await call.key()
        var conditions = Conditions()
        conditions.add(tags: tags)
        try await call.change(
            key, conditions,
            check: {
                try key.checkNotPendingDeletion()
                let names = Set(key.description.tags.keys).union(tags.map(\.name))
                if names.count > KeyTag.limit { throw Failure.tag("Too many tags") }
            }
        ) { _ = try await call.store.tag(key.key, tags) }
        return nil
    }

    private static let untagResource = Operation(
        "UntagResource", .change, [.key(), Member("TagKeys", .texts(.text(1...128), count: 0...200), required: true)]
    ) { call in
        let names = call.input.texts("TagKeys")
        let key = try await call.key()
        var conditions = Conditions()
        conditions.set("aws:TagKeys", names.sorted())
        try await call.change(key, conditions, check: { try key.checkNotPendingDeletion() }) {
            _ = try await call.store.untag(key.key, names)
        }
        return nil
    }

    private static let listResourceTags = Operation("ListResourceTags", .use, [.key(), .limit, .marker]) { call in
        let key = try await call.key()
        return try await call.use(key) {
            let tags = Array(key.description.tags)
            return try call.page(tags, limit: 50, of: key.id, position: \.key).answer("Tags") { tag in
                .members(("TagKey", .string(tag.key)), ("TagValue", .string(tag.value)))
            }
        }
    }
}

extension Call {
    /// The tags of the request, refused as AWS refuses them.
    func tags() throws(Failure) -> [KeyTag] {
        var tags: [KeyTag] = []
        var names: Set<String> = []
        for tag in input.structures("Tags") {
            let (name, value) = (tag["TagKey"]?.string ?? "", tag["TagValue"]?.string ?? "")
            guard names.insert(name).inserted else { throw .tag("Duplicate tag keys") }
            guard !name.lowercased().hasPrefix("aws:") else { throw .tag("Tags beginning with aws: are reserved") }
            do { tags.append(try KeyTag(name: name, value: value)) } catch {
                throw .tag("A tag has a character that is not allowed")
            }
        }
        guard tags.count <= KeyTag.limit else { throw .tag("Too many tags") }
        return tags
    }
}
