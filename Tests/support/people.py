"""People who do not exist, in several countries: tables and texts of which it is known what they hold.

Everything comes from one seed, so that two runs see the same values. Check digits are computed here anew, by the rules of those
who give the numbers out, not by coffer's.
"""
from __future__ import annotations

import base64
import datetime
import random
import string
from dataclasses import dataclass

FIRST = {
    "us": "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth Ashley Brandon Kayla Tyler Destiny Xavier".split(),
    "uk": "Oliver Amelia Harry Isla George Poppy Alfie Freya Nigel Gemma Imogen Rhys".split(),
    "de": "Hans Ursula Jürgen Sabine Lukas Leonie Wolfgang Gisela Maximilian Katharina Detlef Heidrun".split(),
    "fr": "Pierre Camille Jean Nathalie Julien Élodie François Manon Thierry Aurélie Gaspard Solène".split(),
    "es": "José María Antonio Carmen Javier Lucía Sergio Rocío Álvaro Inés Iker Ainhoa".split(),
    "it": "Giuseppe Giulia Marco Francesca Luca Chiara Alessandro Martina Paolo Federica Ludovico Ornella".split(),
    "nl": "Jan Sanne Pieter Femke Daan Lotte Willem Anouk Jeroen Marieke Teun Fenna".split(),
    "pl": "Piotr Anna Krzysztof Katarzyna Tomasz Agnieszka Paweł Małgorzata Michał Zofia Bogumił Halina".split(),
    "se": "Lars Anna Erik Elsa Anders Ingrid Johan Karin Björn Astrid Torbjörn Gunilla".split(),
    "br": "João Maria José Ana Carlos Juliana Paulo Fernanda Rafael Camila Anderson Jaqueline".split(),
    "in": "Rahul Priya Amit Anjali Vijay Neha Sanjay Pooja Arjun Kavita Harpreet Sushmita".split(),
}
LAST = {
    "us": "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Thompson Kowalczuk Abernathy".split(),
    "uk": "Taylor Davies Evans Thomas Roberts Walker Hughes Edwards Green Hall Featherstone Ogilvy".split(),
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Rüttgers Knopf".split(),
    "fr": "Martin Bernard Dubois Moreau Laurent Lefebvre Leroy Roux Fournier Girard Vauquelin Estève".split(),
    "es": "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Ruiz Urkullu Baena".split(),
    "it": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Zanardelli Pucci".split(),
    "nl": "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Zijlstra Terpstra".split(),
    "pl": "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Mazur Brzęczyk Pietrzak".split(),
    "se": "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Lindberg Ekwall Rask".split(),
    "br": "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Bittencourt Quadros".split(),
    "in": "Sharma Kumar Singh Patel Gupta Reddy Nair Iyer Mehta Joshi Bhattacharya Thakur".split(),
}
STREETS = {
    "us": "{n} Main Street|{n} Oak Avenue|{n} Elm Drive|{n} Washington Blvd|{n} Park Lane|{n} Cedar Road|{n} Sunset Court",
    "uk": "{n} High Street|{n} Church Road|{n} Victoria Crescent|{n} Mill Lane|{n} Station Road",
    "de": "Hauptstraße {n}|Bahnhofstr. {n}|Gartenweg {n}|Berliner Allee {n}|Marktplatz {n}",
    "fr": "{n} rue de la Paix|{n} avenue Victor Hugo|{n} boulevard Voltaire|{n} place Bellecour",
    "es": "Calle Mayor {n}|Avenida de América {n}|Plaza España {n}|Paseo Colón {n}",
    "it": "Via Roma {n}|Viale Monza {n}|Piazza Garibaldi {n}|Corso Italia {n}",
    "nl": "Kerkstraat {n}|Prinsengracht {n}|Stationsplein {n}|Beatrixlaan {n}",
    "pl": "ul. Marszałkowska {n}|ulica Długa {n}|al. Jerozolimskie {n}",
    "se": "Storgatan {n}|Kungsgatan {n}|Drottninggatan {n}",
    "br": "Rua das Flores {n}|Avenida Paulista {n}|Travessa Dona Paula {n}",
    "in": "{n} Gandhi Road|{n} Nehru Marg|{n} Lake View Street",
}
LOCALES = list(FIRST)
DOMAINS = "example.org example.com mail.example.net kunde.example.de boite.example.fr correo.example.es example.co.uk example.io".split()
IBANS = {"GB": "bbbbdddddddddddddd", "DE": "d" * 18, "FR": "d" * 10 + "b" + "d" * 12, "ES": "d" * 20, "IT": "b" + "d" * 22,
         "NL": "bbbbdddddddddd", "PL": "d" * 24, "SE": "d" * 20, "BR": "d" * 23 + "bb", "CH": "d" * 17, "NO": "d" * 11}


def luhn(digits: str) -> str:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if position % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def verhoeff(digits: str) -> str:
    multiply = [[(i + j) % 5 if i < 5 and j < 5 else (i + j - 5) % 5 + 5 if i < 5 else (i - 5 - j) % 5 + 5 if j < 5
                 else (i - j) % 5 for j in range(10)] for i in range(10)]
    step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

    def permuted(digit: int, times: int) -> int:
        for _ in range(times):
            digit = step[digit]
        return digit

    check = 0
    for position, digit in enumerate(reversed(digits), start=1):
        check = multiply[check][permuted(int(digit), position % 8)]
    return str([0, 4, 3, 2, 1, 5, 6, 7, 8, 9][check])


class People:
    """Makes values, each with its entity's name as a method."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def pick(self, values):
        return self.random.choice(values)

    def digits(self, count: int, first: str = "0123456789") -> str:
        return self.pick(first) + "".join(self.pick(string.digits) for _ in range(count - 1)) if count else ""

    def grouped(self, digits: str, *lengths: int, by: str) -> str:
        parts, at = [], 0
        for length in lengths:
            parts.append(digits[at:at + length])
            at += length
        return by.join(parts)

    def day(self, earliest: int = 1935, latest: int = 2006) -> datetime.date:
        return datetime.date(earliest, 1, 1) + datetime.timedelta(days=self.random.randrange(365 * (latest - earliest)))

    # Things that everybody has.

    def email(self, locale="us") -> str:
        plain = str.maketrans("áàâäãåçéèêëíîïñóôöõúûüąęłńśźżćÁÉÍÓÚÖÜŁŚŻ", "aaaaaaceeeeiiinoooouuuaelnszzcAEIOUOULSZ")
        first, last = self.pick(FIRST[locale]).translate(plain).lower(), self.pick(LAST[locale]).translate(plain).lower()
        local = self.pick([f"{first}.{last}", f"{first}{self.digits(2)}", f"{first[0]}{last}", f"{first}_{last}", f"{first}+news"])
        return f"{local}@{self.pick(DOMAINS)}"

    def phone(self, locale="us") -> str:
        r = self.random
        area, exchange, line = self.pick([212, 415, 617, 312, 206, 702, 305]), r.randrange(234, 999), self.digits(4)
        if exchange % 100 == 11:
            exchange += 1
        forms = {
            "us": [f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"+1 {area} {exchange} {line}", f"{area}.{exchange}.{line}"],
            "uk": [f"+44 20 7{self.digits(3)} {line}", f"020 7{self.digits(3)} {line}", f"07{self.digits(3, '45789')} {self.digits(6)}"],
            "de": [f"+49 30 {self.digits(7, '23456789')}", f"030/{self.digits(7, '23456789')}", f"0171 {self.digits(7, '23456789')}"],
            "fr": [f"+33 6 {self.grouped(self.digits(8), 2, 2, 2, 2, by=' ')}", f"01 4{self.grouped(self.digits(7), 1, 2, 2, 2, by=' ')}"],
            "es": [f"+34 6{self.digits(2)} {self.digits(3)} {self.digits(3)}", f"91{self.digits(1)} {self.digits(3)} {self.digits(3)}"],
            "it": [f"+39 06 {self.digits(8)}", f"+39 33{self.digits(1)} {self.digits(7)}"],
            "nl": [f"+31 6 {self.digits(8)}", f"020-{self.digits(7, '23456789')}"],
            "pl": [f"+48 5{self.digits(2)} {self.digits(3)} {self.digits(3)}"],
            "se": [f"+46 70 {self.digits(3)} {self.digits(2)} {self.digits(2)}", f"070-{self.digits(3)} {self.digits(2)} {self.digits(2)}"],
            "br": [f"+55 11 9{self.digits(4)}-{self.digits(4)}", f"(11) 9{self.digits(4)}-{self.digits(4)}"],
            "in": [f"+91 9{self.digits(4)} {self.digits(5)}", f"+91-98{self.digits(3)}-{self.digits(5)}"],
        }
        return self.pick(forms[locale])

    def card(self, locale="us") -> str:
        prefix, count = self.pick([("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("37", 15), ("34", 15), ("6011", 16), ("3530", 16)])
        body = prefix + self.digits(count - 1 - len(prefix))
        number = body + luhn(body)
        if count == 15:
            return self.pick([number, self.grouped(number, 4, 6, 5, by=" ")])
        return self.pick([number, self.grouped(number, 4, 4, 4, 4, by=" "), self.grouped(number, 4, 4, 4, 4, by="-")])

    def iban(self, locale="us") -> str:
        country = self.pick(list(IBANS))
        body = "".join(self.pick(string.digits if kind == "d" else string.ascii_uppercase) for kind in IBANS[country])
        number = "".join(str(int(c, 36)) for c in body + country + "00")
        whole = f"{country}{98 - int(number) % 97:02d}{body}"
        return self.pick([whole, " ".join(whole[i:i + 4] for i in range(0, len(whole), 4))])

    def ip(self, locale="us") -> str:
        if self.random.random() < 0.3:
            return ":".join(f"{self.random.randrange(1, 65536):x}" for _ in range(8)) if self.random.random() < 0.6 else \
                f"2001:db8::{self.random.randrange(1, 65536):x}"
        return ".".join(str(self.random.randrange(1, 255)) for _ in range(4))

    def mac(self, locale="us") -> str:
        return self.pick([":", "-"]).join(f"{self.random.randrange(256):02x}" for _ in range(6))

    def url(self, locale="us") -> str:
        path = "".join(self.pick(string.ascii_lowercase) for _ in range(6))
        return f"{self.pick(['https', 'http'])}://{self.pick(['www.', ''])}{self.pick(DOMAINS)}/{path}{self.pick(['', '?id=' + self.digits(3)])}"

    def coordinates(self, locale="us") -> str:
        return f"{self.random.uniform(-89, 89):.5f}, {self.random.uniform(-179, 179):.5f}"

    def secret(self, locale="us") -> str:
        letters = string.ascii_letters + string.digits
        token = "".join(self.pick(letters) for _ in range(40))
        header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
        claims = base64.urlsafe_b64encode(b'{"sub":"' + self.digits(8).encode() + b'"}').decode().rstrip("=")
        return self.pick([
            "AKIA" + "".join(self.pick(string.ascii_uppercase + "234567") for _ in range(16)), f"ghp_{token[:36]}",
            f"sk_live_{token[:24]}", f"xoxb-{self.digits(11)}-{token[:24]}", f"{header}.{claims}.{token}",
        ])

    def name(self, locale="us") -> str:
        return f"{self.pick(FIRST[locale])} {self.pick(LAST[locale])}"

    def address(self, locale="us") -> str:
        return self.pick(STREETS[locale].split("|")).format(n=self.random.randrange(1, 300))

    def birth_date(self, locale="us") -> str:
        day = self.day()
        return day.isoformat() if locale in ("us", "se", "in") else day.strftime("%d.%m.%Y" if locale in ("de", "pl") else "%d/%m/%Y")

    # Numbers that states give out.

    def us_ssn(self, locale="us") -> str:
        area = self.random.choice([n for n in range(1, 900) if n != 666])
        return f"{area:03d}-{self.random.randrange(1, 100):02d}-{self.random.randrange(1, 10000):04d}"

    def uk_nhs(self, locale="uk") -> str:
        while True:
            body = self.digits(9, "123456789")
            check = 11 - sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1))) % 11
            if check != 10:
                number = body + str(check % 11)
                return self.pick([number, self.grouped(number, 3, 3, 4, by=" ")])

    def uk_nino(self, locale="uk") -> str:
        prefix = "GB"
        while prefix in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"):  # never given out
            prefix = self.pick("ABCEGHJKLMNPRSTWXY") + self.pick("ABCEGHJLMPRSTWXY")
        number = prefix + self.digits(6) + self.pick("ABCD")
        return number if self.random.random() < 0.5 else " ".join([number[:2], number[2:4], number[4:6], number[6:8], number[8]])

    def de_tax_id(self, locale="de") -> str:
        digits = self.random.sample(string.digits, 9)
        digits.insert(self.random.randrange(1, 9), self.pick(digits))
        if digits[0] == "0":
            return self.de_tax_id()
        product = 10
        for digit in digits:
            total = (int(digit) + product) % 10 or 10
            product = total * 2 % 11
        number = "".join(digits) + str((11 - product) % 10)
        return self.pick([number, self.grouped(number, 2, 3, 3, 3, by=" ")])

    def fr_nir(self, locale="fr") -> str:
        body = f"{self.pick('12')}{self.digits(2)}{self.random.randrange(1, 13):02d}{self.random.randrange(1, 96):02d}{self.digits(6)}"
        number = f"{body}{97 - int(body) % 97:02d}"
        return self.pick([number, self.grouped(number, 1, 2, 2, 2, 3, 3, 2, by=" ")])

    def es_dni(self, locale="es") -> str:
        letters = "TRWAGMYFPDXBNJZSQVHLCKE"
        number = self.digits(8)
        if self.random.random() < 0.7:
            return number + letters[int(number) % 23]
        first = self.pick("XYZ")
        return first + number[1:] + letters[int(str("XYZ".index(first)) + number[1:]) % 23]

    def it_fiscal_code(self, locale="it") -> str:
        letters, day = string.ascii_uppercase, self.day()
        body = "".join(self.pick("BCDFGLMNPRST") for _ in range(6)) + f"{day.year % 100:02d}" + "ABCDEHLMPRST"[day.month - 1] + \
            f"{day.day + self.pick([0, 40]):02d}" + self.pick("ABCDEFGHL") + f"{self.random.randrange(1, 1000):03d}"
        odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
        value = lambda c: int(c) if c.isdigit() else letters.index(c)  # noqa: E731
        total = sum(odd[value(c)] if i % 2 == 0 else value(c) for i, c in enumerate(body))
        return body + letters[total % 26]

    def nl_bsn(self, locale="nl") -> str:
        while True:
            body = self.digits(8, "123456789")
            check = sum(int(digit) * weight for digit, weight in zip(body, range(9, 1, -1))) % 11
            if check < 10:
                return body + str(check)

    def pl_pesel(self, locale="pl") -> str:
        day = self.day()
        month = day.month + (20 if day.year >= 2000 else 0)
        body = f"{day.year % 100:02d}{month:02d}{day.day:02d}{self.digits(4)}"
        return body + str(-sum(int(digit) * weight for digit, weight in zip(body, [1, 3, 7, 9] * 3)) % 10)

    def se_personnummer(self, locale="se") -> str:
        day = self.day()
        body = f"{day:%y%m%d}{self.digits(3)}"
        number = body + luhn(body)
        return self.pick([f"{number[:6]}-{number[6:]}", f"{day.year // 100}{number[:6]}-{number[6:]}", f"{day.year // 100}{number}"])

    def br_cpf(self, locale="br") -> str:
        number = self.digits(9)
        if len(set(number)) == 1:
            return self.br_cpf()
        for count in (9, 10):
            total = sum(int(digit) * weight for digit, weight in zip(number, range(count + 1, 1, -1)))
            number += str(total * 10 % 11 % 10)
        return self.pick([number, f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"])

    def in_aadhaar(self, locale="in") -> str:
        body = self.digits(11, "23456789")
        number = body + verhoeff(body)
        return self.pick([number, self.grouped(number, 4, 4, 4, by=" ")])


EVERYWHERE = ["email", "phone", "card", "iban", "ip", "mac", "url", "coordinates", "secret", "birth_date", "name", "address"]
NATIONAL = {"us": ["us_ssn"], "uk": ["uk_nhs", "uk_nino"], "de": ["de_tax_id"], "fr": ["fr_nir"], "es": ["es_dni"],
            "it": ["it_fiscal_code"], "nl": ["nl_bsn"], "pl": ["pl_pesel"], "se": ["se_personnummer"], "br": ["br_cpf"],
            "in": ["in_aadhaar"]}
ENTITIES = EVERYWHERE + [entity for entities in NATIONAL.values() for entity in entities]

# What announces each in a sentence, as people write it; and sentences in which nothing is announced.
ANNOUNCED = {
    "email": ["email: {}", "write to {}"], "phone": ["call {}", "tel. {}", "reach me at {}"], "card": ["paid with card {}", "Visa {}"],
    "iban": ["IBAN {}", "transfer to {}"], "ip": ["from IP {}", "host {}"], "mac": ["MAC {}", "device {}"],
    "url": ["see {}", "at {} there is more"], "coordinates": ["GPS {}", "found at {}"], "secret": ["token {}", "api key: {}"],
    "birth_date": ["born {}", "date of birth {}"], "name": ["spoke with {} today", "ask for {} please"],
    "address": ["lives at {} now", "deliver to {} today"], "us_ssn": ["SSN {}", "social security number {}", "file {}"],
    "uk_nhs": ["NHS number {}", "patient NHS {}"], "uk_nino": ["NINO {}", "national insurance {}", "ref {}"],
    "de_tax_id": ["Steuer-ID {}", "IdNr {}"], "fr_nir": ["NIR {}", "sécurité sociale {}"], "es_dni": ["DNI {}", "con NIE {}"],
    "it_fiscal_code": ["codice fiscale {}", "CF {}"], "nl_bsn": ["BSN {}", "burgerservicenummer {}"], "pl_pesel": ["PESEL {}"],
    "se_personnummer": ["personnummer {}", "pnr {}"], "br_cpf": ["CPF {}", "doc {}"], "in_aadhaar": ["Aadhaar {}", "Aadhaar no. {}"],
}
FILLER = [
    "order {n} was shipped in {k} boxes", "the invoice of 2024-03-15 is {n}.50", "version 3.12.{k} failed at 12:30:45",
    "room {k}, 4th floor, ref #{n}", "temperature rose to {k}.5 degrees", "see ticket {n} and commit 9f86d081884c7d65",
    "please wait until Monday", "the report has {k} pages", "build {n} took {k} minutes", "part no. {n}-{k}-X", "",
]


@dataclass(frozen=True)
class Text:
    """A text and the places of what it holds: (entity, start, end), in characters."""

    text: str
    places: tuple[tuple[str, int, int], ...]


def texts(seed: int, count: int) -> list[Text]:
    """Sentences in which up to three things stand among numbers and words that are nothing."""
    people = People(seed)
    found = []
    for _ in range(count):
        locale = people.pick(LOCALES)
        parts, places, at = [], [], 0
        for _ in range(people.random.randrange(1, 4)):
            if people.random.random() < 0.45:
                part = people.pick(FILLER).format(n=people.digits(people.pick([4, 5, 6]), "123456789"), k=people.random.randrange(2, 60))
            else:
                entity = people.pick(EVERYWHERE + NATIONAL[locale] * 3)
                value = getattr(people, entity)(locale)
                sentence = people.pick(ANNOUNCED[entity])
                start = at + sentence.index("{}")
                places.append((entity, start, start + len(value)))
                part = sentence.format(value)
            parts.append(part)
            at += len(part) + 2
        found.append(Text("; ".join(parts), tuple(places)))
    return found


# Columns that hold nothing, though some look like it.
PLAIN = {
    "order_id": lambda p: p.digits(9, "123456789"), "sku": lambda p: f"{p.pick('ABCDEFG')}{p.digits(5)}-{p.digits(2)}",
    "created_ms": lambda p: str(1_600_000_000_000 + p.random.randrange(10**11)), "trace": lambda p: f"{p.random.getrandbits(128):032x}",
    "batch_number": lambda p: p.digits(10, "123456789"), "tracking": lambda p: p.digits(16), "serial": lambda p: p.digits(11, "123456789"),
    "quantity": lambda p: str(p.random.randrange(1, 500)), "price": lambda p: f"{p.random.uniform(1, 5000):.2f}",
    "status": lambda p: p.pick(["shipped", "open", "Cancelled", "on hold"]), "city": lambda p: p.pick("Berlin Boston Lyon Osaka Austin Porto Gdynia".split()),
    "shipped_on": lambda p: p.day(2015, 2024).isoformat(), "release": lambda p: f"{p.random.randrange(9)}.{p.random.randrange(20)}.{p.random.randrange(30)}",
    "product_name": lambda p: p.pick(["Desk lamp", "Garden hose", "Rose bush", "Mark II drill", "Blue chair"]), "uuid": lambda p: str(__import__("uuid").UUID(int=p.random.getrandbits(128))),
    "comment": lambda p: p.pick(FILLER[:9]).format(n=p.digits(5), k=p.random.randrange(2, 60)),
}
# How columns are called where they are called well; others are called `c1`, `c2`, ….
NAMES = {"email": "mail_address", "phone": "phone_no", "card": "pan", "iban": "iban", "ip": "client_ip", "mac": "mac_address", "url": "website",
         "coordinates": "location_gps", "secret": "api_key", "birth_date": "dob", "name": "full_name", "address": "street",
         "us_ssn": "ssn", "uk_nhs": "nhs_number", "uk_nino": "nino", "de_tax_id": "steuer_id", "fr_nir": "nir", "es_dni": "dni",
         "it_fiscal_code": "codice_fiscale", "nl_bsn": "bsn", "pl_pesel": "pesel", "se_personnummer": "personnummer", "br_cpf": "cpf",
         "in_aadhaar": "aadhaar"}
# By content alone nobody can tell a date of birth from another date, or a nine-digit number with one check digit from a serial.
TOLD_BY_NAME = {"birth_date"}


def table(seed: int, rows: int, named: bool) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Column names, rows, and the truth: the entity of each column that holds one. A tenth of the values is missing."""
    people = People(seed)
    truth, makers = {}, []
    for number, entity in enumerate(ENTITIES):
        if not named and entity in TOLD_BY_NAME:
            continue
        column = NAMES[entity] if named else f"c{number}"
        truth[column] = entity
        locale = next((place for place, own in NATIONAL.items() if entity in own), None)
        makers.append((column, lambda entity=entity, locale=locale: getattr(people, entity)(locale or people.pick(LOCALES))))
    for number, (column, maker) in enumerate(PLAIN.items()):
        makers.append((column if named else f"p{number}", lambda maker=maker: maker(people)))
    body = [[make() if people.random.random() > 0.1 else "" for _, make in makers] for _ in range(rows)]
    return [column for column, _ in makers], body, truth
