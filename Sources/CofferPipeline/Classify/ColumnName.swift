/// What the name of a column says of its values.
enum ColumnName {
    /// Words of names, all of which must stand in it (`birth date`), for each entity; the surest first.
    private static let words: [(Entity, Double, [String])] = [
        (.email, 0.9, ["email", "e mail", "mail", "correo", "courriel", "epost"]),
        (
            .phone, 0.9,
            [
                "phone", "telephone", "mobile", "cell", "cellphone", "tel", "fax", "telefon", "telefono", "telefone",
                "handy", "msisdn", "whatsapp", "celular", "movil", "telefonnummer", "mobil",
            ]
        ),
        (.iban, 0.9, ["iban"]),
        (
            .card, 0.85,
            [
                "card number", "cardnumber", "credit card", "creditcard", "debit card", "pan", "cc number", "ccn",
                "cc num",
                "card no", "kreditkarte", "tarjeta", "carte bancaire", "kartennummer",
            ]
        ),
        (.usSSN, 0.9, ["ssn", "social security", "socialsecurity", "socialsecuritynumber"]),
        (.ukNHS, 0.9, ["nhs"]),
        (.ukNINO, 0.9, ["nino", "national insurance"]),
        (
            .deTaxID, 0.9,
            [
                "steuer id", "steuerid", "steuernummer", "steuer nummer", "steueridentifikationsnummer", "idnr",
                "de tax id",
            ]
        ),
        (.frNIR, 0.9, ["nir", "securite sociale", "insee", "numero secu"]),
        (.esDNI, 0.9, ["dni", "nie", "nif"]),
        (.itFiscalCode, 0.9, ["codice fiscale", "codicefiscale", "fiscal code"]),
        (.nlBSN, 0.9, ["bsn", "burgerservicenummer", "sofinummer"]),
        (.plPESEL, 0.9, ["pesel"]),
        (.sePersonnummer, 0.9, ["personnummer", "personnr"]),
        (.brCPF, 0.9, ["cpf"]),
        (.inAadhaar, 0.9, ["aadhaar", "aadhar", "uidai"]),
        (
            .birthDate, 0.9,
            [
                "dob", "birthday", "birthdate", "birth date", "date birth", "birth", "geburtsdatum", "geboren",
                "geburtstag",
                "date naissance", "naissance", "fecha nacimiento", "nacimiento", "data nascita", "nascita",
                "nascimento",
                "geboortedatum", "fodelsedatum", "data urodzenia", "born",
            ]
        ),
        (
            .address, 0.85,
            [
                "address", "street", "addr", "adresse", "strasse", "direccion", "indirizzo", "endereco", "adres", "rue",
                "calle", "domicilio", "anschrift", "postal address", "address line", "adress", "gata", "ulica",
            ]
        ),
        (.ip, 0.8, ["ip", "ip address", "ipaddress", "ipv4", "ipv6", "client ip", "remote addr"]),
        (.mac, 0.8, ["mac", "mac address", "macaddress"]),
        (.url, 0.6, ["url", "website", "homepage", "link"]),
        (
            .name, 0.85,
            [
                "first name", "firstname", "last name", "lastname", "full name", "fullname", "surname", "forename",
                "given name", "givenname", "family name", "familyname", "middle name", "maiden name", "vorname",
                "nachname",
                "familienname", "prenom", "apellido", "apellidos", "nombre", "cognome", "nome", "sobrenome", "voornaam",
                "achternaam", "imie", "nazwisko", "fornamn", "efternamn", "customer name", "patient name",
                "employee name",
                "contact name", "person name", "cardholder", "account holder", "nom", "achternaam",
            ]
        ),
        (
            .secret, 0.9,
            [
                "password", "passwd", "pwd", "secret", "api key", "apikey", "access key", "private key", "token",
                "access token", "auth token", "credentials", "passwort", "kennwort", "contrasena", "senha",
                "security key",
                "client secret", "secret key", "refresh token", "passphrase", "pin code", "otp",
            ]
        ),
        (
            .coordinates, 0.85,
            ["latitude", "longitude", "lat", "lon", "lng", "coordinates", "geolocation", "gps", "latlng"]
        ),
        (.name, 0.4, ["name", "author", "contact", "owner"]),
    ]

    /// Words beside which a name is that of a thing: `product_name`, `file_name`.
    private static let things: Set<String> = [
        "product", "file", "table", "column", "company", "business", "brand", "item", "category", "event", "host",
        "domain",
        "country", "city", "state", "region", "department", "team", "project", "city", "color", "plan", "type",
        "status",
        "hash", "count", "id", "is", "has", "valid", "verified", "flag", "template", "format", "length", "size",
        "class",
    ]

    /// Entities that `path` may hold, each with a weight from 0 to 1.
    static func evidence(_ path: FieldPath, own: [OwnRecognizer]) -> [(kind: UInt8, weight: Double)] {
        var names = [path.column]
        for step in path.steps { if case .field(let name) = step { names.append(name) } }
        return evidence(names.last ?? path.column, below: names.dropLast().last, own: own)
    }

    static func evidence(
        _ name: String, below parent: String?, own: [OwnRecognizer]
    ) -> [(kind: UInt8, weight: Double)] {
        let words = words(of: name)
        var found: [(kind: UInt8, weight: Double)] = []
        for (index, recognizer) in own.enumerated() {
            if recognizer.columnNames.contains(where: { Self.words(of: $0) == words }) {
                found.append((Found.own + UInt8(index), 0.9))
            }
        }
        let isThing = words.contains { things.contains($0) }
        for (entity, weight, patterns) in Self.words {
            guard patterns.contains(where: { contains(words, $0) }) else { continue }
            guard !found.contains(where: { $0.kind == entity.rawValue }) else { continue }
            found.append((entity.rawValue, isThing ? weight * 0.25 : weight))
        }
        if found.isEmpty, let parent {
            return evidence(parent, below: nil, own: own).map { ($0.kind, $0.weight * 0.5) }
        }
        return found
    }

    private static func contains(_ words: [String], _ pattern: String) -> Bool {
        let parts = pattern.split(separator: " ").map(String.init)
        guard parts.count <= words.count else { return false }
        return (0...(words.count - parts.count)).contains { Array(words[$0..<($0 + parts.count)]) == parts }
    }

    /// The words of a name in small letters, without accents: `birthDate`, `birth_date` and `BIRTH-DATE` are the same.
    static func words(of name: String) -> [String] {
        var words: [String] = [""]
        var previous: Unicode.Scalar = " "
        for scalar in name.decomposed.prefix(200) {
            let isLetter = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            guard isLetter else {
                if !scalar.properties.isDiacritic, words.last != "" { words.append("") }
                previous = " "
                continue
            }
            if scalar.properties.isUppercase, previous.properties.isLowercase, words.last != "" { words.append("") }
            words[words.count - 1] += scalar.properties.lowercaseMapping
            previous = scalar
        }
        return words.map { unnumbered($0) }.filter { !$0.isEmpty && !fillers.contains($0) }
    }

    /// `phone2` is a phone; `ipv4` and a bare number stay what they are.
    private static func unnumbered(_ word: String) -> String {
        var stem = Substring(word)
        while let last = stem.utf8.last, last.isNumeral { stem.removeLast() }
        return stem.isEmpty || stem == "ipv" ? word : String(stem)
    }

    private static let fillers: Set<String> = ["of", "de", "do", "di", "da", "the", "du", "la", "1", "2"]
}

extension String {
    /// Its scalars, letters of Latin-1 without their accents.
    fileprivate var decomposed: [Unicode.Scalar] {
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "á": "a", "à": "a", "â": "a", "ä": "a", "ã": "a", "å": "a", "ç": "c", "é": "e", "è": "e", "ê": "e",
            "ë": "e",
            "í": "i", "ì": "i", "î": "i", "ï": "i", "ñ": "n", "ó": "o", "ò": "o", "ô": "o", "ö": "o", "õ": "o",
            "ú": "u",
            "ù": "u", "û": "u", "ü": "u", "ę": "e", "ą": "a", "ł": "l", "ń": "n", "ś": "s", "ż": "z", "ź": "z",
            "ć": "c",
        ]
        return unicodeScalars.map { plain[$0] ?? $0 }
    }
}
