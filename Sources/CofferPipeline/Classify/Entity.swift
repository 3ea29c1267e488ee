/// What a value can be found to be. Recognizers of the user's own are numbered after these.
package enum Entity: UInt8, CaseIterable, Sendable {
    case email, phone, card, iban, ip, mac, url
    case usSSN, ukNHS, ukNINO, deTaxID, frNIR, esDNI, itFiscalCode, nlBSN, plPESEL, sePersonnummer, brCPF, inAadhaar
    case birthDate, name, address, coordinates, secret
    /// What a hint calls sensitive without saying how.
    case sensitive

    /// How it is written in tables, policies and hints.
    package var name: String {
        switch self {
        case .usSSN: "us_ssn"
        case .ukNHS: "uk_nhs"
        case .ukNINO: "uk_nino"
        case .deTaxID: "de_tax_id"
        case .frNIR: "fr_nir"
        case .esDNI: "es_dni"
        case .itFiscalCode: "it_fiscal_code"
        case .nlBSN: "nl_bsn"
        case .plPESEL: "pl_pesel"
        case .sePersonnummer: "se_personnummer"
        case .brCPF: "br_cpf"
        case .inAadhaar: "in_aadhaar"
        case .birthDate: "birth_date"
        default: "\(self)"
        }
    }

    /// Whether it is one of the numbers that a state gives to a person.
    var isNationalID: Bool { (Self.usSSN.rawValue...Self.inAadhaar.rawValue).contains(rawValue) }

    /// How likely any other value of the same shape passes the checks (check digits, ranges): what a column of random
    /// numbers would show.
    var luck: Double {
        switch self {
        case .card: 0.06
        case .iban: 0.01
        case .usSSN: 0.88
        case .ukNHS, .nlBSN: 0.1
        case .ukNINO: 0.1
        case .deTaxID: 0.05
        case .esDNI: 0.05
        case .plPESEL, .sePersonnummer: 0.03
        case .frNIR, .itFiscalCode, .brCPF: 0.01
        case .inAadhaar: 0.08
        default: 0
        }
    }

    /// Whether a digit or letter is computed from the others, so that many values which pass are no coincidence.
    var isChecked: Bool { luck > 0 && self != .usSSN && self != .ukNINO }

    /// Whether content alone says what it is; a column's name then counts only where its values agree.
    var isTold: Bool {
        switch self {
        case .email, .card, .iban, .ip, .mac, .url, .itFiscalCode, .ukNINO, .esDNI, .frNIR, .brCPF: true
        default: false
        }
    }

    /// Whether it points to one person by itself, so that a coarser value still says too much.
    var isDirect: Bool {
        switch self {
        case .ip, .mac, .url, .birthDate, .address, .coordinates: false
        default: true
        }
    }

    /// Whether it should not be kept in the clear. A web address is found and shown, but seldom personal.
    var isSensitive: Bool { self != .url }
}
