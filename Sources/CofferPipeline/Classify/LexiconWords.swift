/// Words of streets, and words after which something follows, in the languages of Western Europe and Poland.
enum LexiconWords {
    /// Kinds of streets that are words of their own.
    static let streets = """
        street st avenue ave road rd lane ln drive dr boulevard blvd court ct square sq terrace way highway hwy parkway pkwy \
        crescent close mews plaza trail loop alley rue chemin allée allee impasse quai faubourg via viale piazza corso contrada borgo \
        vicolo largo strada calle avenida paseo plaza carrera camino ronda rambla pasaje cuesta glorieta rua travessa alameda praça rodovia ulica ul aleja \
        aleje al plac osiedle pl straße strasse str weg platz gasse ring damm ufer straat laan plein gracht kade gatan vägen \
        väg gränd estrada nagar marg bypass turnpike walk row grove gardens
        """

    /// Endings of German, Dutch and Swedish street names, which are one word.
    static let streetEndings: [StaticString] = [
        "straße", "strasse", "str", "weg", "platz", "gasse", "allee", "straat", "laan", "plein", "gracht", "kade",
        "gatan",
        "vägen", "ring", "damm", "gata", "stigen", "torget", "gränd", "steeg", "pad", "hof", "dreef", "singel",
    ]

    static let titles = """
        mr mrs ms miss dr prof sir madam herr frau monsieur madame mme mlle señor señora sr sra don doña signor signora sig \
        dott pan pani heer mevrouw senhor senhora
        """
    static let particles =
        "van von der den de la le du di da dos das del della af zu ten ter el al bin ibn jr sr ii iii phd md"

    /// Words that announce an entity within the next few words.
    static let announcing: [(Entity, String)] = [
        (
            .phone,
            """
            phone tel telephone mobile cell call fax telefon teléfono telefone téléphone telefono gsm handy whatsapp portable tfno telefoon komórka celular móvil cellulare
            """
        ),
        (.email, "email mail"),
        (.card, "card visa mastercard amex karte kreditkarte carte tarjeta carta pan creditcard cartão karta"),
        (.iban, "iban konto compte cuenta conto rekening"),
        (.usSSN, "ssn social security"),
        (.ukNHS, "nhs"),
        (.ukNINO, "nino insurance"),
        (.deTaxID, "steuer steuerid steuernummer idnr identifikationsnummer tin"),
        (.frNIR, "nir sécurité sécu"),
        (.esDNI, "dni nie nif"),
        (.itFiscalCode, "fiscale codice"),
        (.nlBSN, "bsn burgerservicenummer sofinummer"),
        (.plPESEL, "pesel"),
        (.sePersonnummer, "personnummer"),
        (.brCPF, "cpf"),
        (.inAadhaar, "aadhaar uidai uid"),
        (
            .birthDate,
            """
            born birth dob birthday birthdate geboren geburtsdatum geb né née naissance nacido nacida nacimiento nato nata nascita nascido nascida nascimento urodzony urodzona född födelsedatum
            """
        ),
        (.ip, "ip ipv4 ipv6 host"),
        (.coordinates, "gps coordinates latitude longitude lat"),
        (
            .secret,
            """
            key token secret password passwd pwd apikey bearer api passwort kennwort contraseña senha hasło wachtwoord
            """
        ),
    ]
}
