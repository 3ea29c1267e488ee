import Coffer
import CofferCrypto

/// One page of a list, and where the next one begins.
struct Page<Element> {
    let elements: [Element]
    let next: String?

    /// `Truncated` and `NextMarker`, behind the list itself.
    func answer(_ name: String, _ json: (Element) -> JSON) -> JSON {
        .members(
            (name, .array(elements.map(json))), ("NextMarker", next.map(JSON.string)),
            ("Truncated", .bool(next != nil)))
    }
}

extension Call {
    /// The page of `elements` that was asked for. `position` gives each its place: the page after a marker is what comes
    /// behind that place, also where the element that stood there is gone.
    func page<Element>(
        _ elements: [Element], limit: Int, of scope: String = "", position: (Element) -> String
    ) throws(Failure) -> Page<Element> {
        let limit = min(input.integer("Limit") ?? limit, 1000)
        let places = elements.map { (place: Array(position($0).utf8), element: $0) }
            .sorted { $0.place.lexicographicallyPrecedes($1.place) }
        var rest = places[...]
        if let text = input.text("Marker") {
            let last = try Marker(text, operation.name, scope).place
            rest = rest.drop { !last.lexicographicallyPrecedes($0.place) }
        }
        let page = rest.prefix(limit)
        let isCut = page.count < rest.count
        return Page(
            elements: page.map(\.element),
            next: isCut ? page.last.map { Marker(place: $0.place).text(operation.name, scope) } : nil)
    }
}

/// Where a page ended, for the eyes of nobody.
private struct Marker {
    let place: [UInt8]

    init(place: [UInt8]) { self.place = place }

    /// Takes a marker apart; refused where it is of another list.
    init(_ text: String, _ operation: String, _ scope: String) throws(Failure) {
        let prefix = Self.prefix(operation, scope)
        guard let bytes = try? Base64URL.decode(text), bytes.starts(with: prefix) else { throw .invalidMarker }
        place = Array(bytes[prefix.count...])
    }

    func text(_ operation: String, _ scope: String) -> String {
        Base64URL.encode(Self.prefix(operation, scope) + place)
    }

    private static func prefix(_ operation: String, _ scope: String) -> [UInt8] {
        // A digest, so that a marker stays short and says nothing.
        Array(unsafe Digest.sha256(Array("\(operation)\n\(scope)".utf8).span.bytes).prefix(8))
    }
}
