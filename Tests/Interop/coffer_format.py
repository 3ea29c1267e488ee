"""A second implementation of format-preserving encryption (docs/specs/field-encryption.md, 5.4), in arithmetic of any size.

Written from NIST SP 800-38G Rev. 1 and the specification, on `cryptography` alone. Section and step numbers are theirs.
"""

import functools
import string

from coffer_field import Refused, hmac, lp, open_deterministic
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DIGITS = string.digits
# Spaces and ASCII punctuation but for the tilde.
SEPARATORS = set(" " + string.punctuation) - {"~"}
EMAIL = string.digits + string.ascii_lowercase + string.ascii_uppercase
TWO_DIGIT_CODES = {
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86,
    *range(90, 96), 98,
}


class FF1:
    """Algorithms 7 and 8."""

    def __init__(self, key: bytes, radix: int, tweak: bytes):
        self.radix, self.tweak = radix, tweak
        self.cipher = Cipher(algorithms.AES(key), modes.ECB())

    def block(self, data: bytes) -> bytes:
        return self.cipher.encryptor().update(data)

    def prf(self, data: bytes) -> bytes:
        state = bytes(16)
        for at in range(0, len(data), 16):
            state = self.block(bytes(a ^ b for a, b in zip(state, data[at:at + 16])))
        return state

    def number(self, numerals) -> int:
        return functools.reduce(lambda total, one: total * self.radix + one, numerals, 0)

    def numerals(self, number: int, count: int) -> list[int]:
        found = []
        for _ in range(count):
            number, numeral = divmod(number, self.radix)
            found.append(numeral)
        return found[::-1]

    def run(self, numerals, decrypts: bool) -> list[int]:
        n, t = len(numerals), len(self.tweak)
        u, v = n // 2, n - n // 2
        left, right = list(numerals[:u]), list(numerals[u:])
        b = ((self.radix**v - 1).bit_length() + 7) // 8
        d = 4 * ((b + 3) // 4) + 4
        head = bytes([1, 2, 1]) + self.radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big") \
            + t.to_bytes(4, "big")
        for i in reversed(range(10)) if decrypts else range(10):
            m = u if i % 2 == 0 else v
            source = left if decrypts else right
            tail = self.tweak + bytes((-t - b - 1) % 16) + bytes([i]) + self.number(source).to_bytes(b, "big")
            drawn = self.prf(head + tail)
            more = (self.block(bytes(x ^ y for x, y in zip(drawn, j.to_bytes(16, "big")))) for j in range(1, (d + 15) // 16))
            y = int.from_bytes((drawn + b"".join(more))[:d], "big")
            if decrypts:
                changed = (self.number(right) - y) % self.radix**m
                left, right = self.numerals(changed, m), left
            else:
                changed = (self.number(left) + y) % self.radix**m
                left, right = right, self.numerals(changed, m)
        return left + right


class Format:
    """A format in a domain, of whose key the first 32 bytes are FF1's and the others AES-SIV's."""

    def __init__(self, text: str, domain: str, key: bytes, check: bytes):
        self.text, self.key, self.check = text, key, check
        self.tweak = lp(domain) + lp(text)

    def encrypt(self, value: str) -> str:
        return self.permute(value, False)

    def decrypt(self, value: str) -> str:
        if value.startswith("~"):
            return open_deterministic(value[1:], self.key[32:], self.check).decode()
        return self.permute(value, True)

    def ff1(self, radix: int) -> FF1:
        return FF1(self.key[:32], radix, self.tweak)

    def permute(self, value: str, decrypts: bool) -> str:
        kind, _, rest = self.text.partition(" ")
        if kind == "alphabet":
            return self.spell(value, rest, SEPARATORS, decrypts) if value else value
        return getattr(self, kind)(value, decrypts)

    def spell(self, value: str, alphabet: str, separators, decrypts: bool) -> str:
        """Replaces the characters of the alphabet; the others stay."""
        numerals = [alphabet.index(one) for one in value if one in alphabet]
        if any(one not in alphabet and one not in separators for one in value):
            raise Refused
        changed = iter(self.ff1(len(alphabet)).run(numerals, decrypts))
        return "".join(alphabet[next(changed)] if one in alphabet else one for one in value)

    def walk(self, number: int, span: int, decrypts: bool) -> int:
        """A number of 0…span to another."""
        count = 2 if span < 2**32 else 4
        radix = next(r for r in self.near_root(span, count) if r**count > span)
        ff1 = self.ff1(radix)
        while True:
            number = ff1.number(ff1.run(ff1.numerals(number, count), decrypts))
            if number <= span:
                return number

    @staticmethod
    def near_root(span: int, count: int):
        start = max(2, int(span ** (1 / count)) - 2)
        return range(start, start + 6)

    def card(self, value: str, decrypts: bool) -> str:
        digits = [one for one in value if one in DIGITS]
        if luhn(digits[:-1]) != int(digits[-1]):
            raise Refused
        changed = self.spell("".join(digits[:-1]), DIGITS, (), decrypts)
        return put(value, changed + str(luhn(changed)))

    def ssn(self, value: str, decrypts: bool) -> str:
        digits = "".join(one for one in value if one in DIGITS)
        area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
        areas = [one for one in range(1, 900) if one != 666]
        number = (areas.index(area) * 99 + group - 1) * 9999 + serial - 1
        number = self.walk(number, 898 * 99 * 9999 - 1, decrypts)
        number, serial = divmod(number, 9999)
        area, group = divmod(number, 99)
        return put(value, f"{areas[area]:03}{group + 1:02}{serial + 1:04}")

    def phone(self, value: str, decrypts: bool) -> str:
        digits = "".join(one for one in value if one in DIGITS)
        code = 0
        if value.startswith("+"):
            code = 1 if digits[0] in "17" else 2 if int(digits[:2]) in TWO_DIGIT_CODES else 3
        return put(value, digits[:code] + self.spell(digits[code:], DIGITS, (), decrypts))

    def email(self, value: str, decrypts: bool) -> str:
        rest, dot, top = value.rpartition(".")
        has_capitals = any(one in string.ascii_uppercase for one in rest)
        alphabet = EMAIL if has_capitals else EMAIL[:36]
        while True:
            rest = self.spell(rest, alphabet, SEPARATORS, decrypts)
            if not has_capitals or any(one in string.ascii_uppercase for one in rest):
                return rest + dot + top

    def integer(self, value: str, decrypts: bool) -> str:
        low, high = map(int, self.text.split(" ")[1:])
        return str(low + self.walk(int(value) - low, high - low, decrypts))


def put(value: str, digits: str) -> str:
    """Digits in the places of those that were there."""
    found = iter(digits)
    return "".join(next(found) if one in DIGITS else one for one in value)


def luhn(digits) -> int:
    """ISO/IEC 7812-1, annex B."""
    doubled = [int(one) * 2 if i % 2 == 0 else int(one) for i, one in enumerate(reversed(list(digits)))]
    return -sum(one - 9 if one > 9 else one for one in doubled) % 10


def shift(key: bytes, subject: str, limit: int) -> int:
    """By how many days a subject's dates are moved (5.5)."""
    place = int.from_bytes(hmac.new(key, subject.encode(), "sha256").digest()[:8], "big") % (2 * limit)
    return place - limit if place < limit else place - limit + 1
