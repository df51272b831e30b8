# SPDX-License-Identifier: MIT
"""Scalar types that both versions know by one name and that may change in between:
integers, booleans, floating point, enumerations; their values, and what becomes of
those.
"""
import dataclasses
from fractions import Fraction

# name: (lowest, highest) value
INTS = {
    "signed char": (-128, 127), "unsigned char": (0, 255), "char": (-128, 127),
    "short": (-32768, 32767), "unsigned short": (0, 65535),
    "int": (-2**31, 2**31 - 1), "unsigned": (0, 2**32 - 1),
    "long": (-2**63, 2**63 - 1), "unsigned long": (0, 2**64 - 1),
    "_Bool": (0, 1),
}
FLOATS = {"float": 24, "double": 53, "long double": 64}  # bits of the significand
BYTES = ("signed char", "unsigned char", "char")
ENUM = "enum"


@dataclasses.dataclass
class Value:
    """A constant as the old and as the new version write it."""
    old: str
    new: str


def literal(number):
    """A number as a C constant."""
    if isinstance(number, Fraction) and number.denominator > 1:
        return f"{number.numerator}.0L / {number.denominator}"
    number = int(number)
    if number == -2**63:
        return "(-0x7fffffffffffffffl - 1)"
    return f"{number}{'ul' if number > 2**63 - 1 else 'l'}"


def exact(number, bits):
    """Does a binary number of that many significant bits hold it?"""
    if number.denominator & (number.denominator - 1):
        return False
    n = abs(number.numerator)
    return n == 0 or (n >> ((n & -n).bit_length() - 1)).bit_length() <= bits


def holds(kind, number):
    """Can a scalar of that kind hold the number exactly?"""
    if kind in FLOATS:
        return exact(number, FLOATS[kind])
    low, high = INTS[kind]
    return number.denominator == 1 and low <= number <= high


class Enumeration:
    """Enumerators in both versions: renumbered, renamed by rule, removed, added."""

    def __init__(self, world, name, stays):
        rng = world.draw.at(name)
        names = [f"{name}_E{i}" for i in range(rng.randint(2, 6))]
        start = rng.choice([0, 0, 0, 1, -2])
        self.name = name
        self.old = {n: start + i * rng.randint(1, 3) for i, n in enumerate(names)}
        self.old = dict(zip(names, sorted(set(self.old.values()))))
        self.renamed, self.gone = {}, []
        self.new = dict(self.old)
        if stays and world.draw.change(f"{name}.enum", 0.6):
            self.change(world, rng)

    def change(self, world, rng):
        """Nothing may become of 0 if it stood for something that is gone."""
        later = list(self.old)
        for n in list(later):
            if self.old[n] and len(later) > 2 and rng.random() < 0.2:
                later.remove(n)
                self.gone.append(n)
            elif rng.random() < 0.15:
                self.renamed[n] = n + "_RENAMED"
                world.rules.append(f"rename-enumerator {rng.choice([self.name + '_e.', ''])}{n} "
                                   f"{self.renamed[n]}")
        later = [self.renamed.get(n, n) for n in later]
        later += [f"{self.name}_N{i}" for i in range(rng.randint(0, 2))]
        rng.shuffle(later)
        step = rng.randint(1, 9)
        self.new = {n: i * step + rng.randint(0, step - 1) for i, n in enumerate(later)}

    def by_name(self):
        """Is some old enumerator not what it was?  Then values go by name."""
        return any(self.new.get(self.renamed.get(n, n)) != v for n, v in self.old.items())

    def declare(self, version):
        members = self.old if version == "OLD" else self.new
        return f"enum {self.name}_e {{ " + ", ".join(f"{n} = {v}" for n, v in members.items()) + " }"

    def kept(self):
        return [n for n in self.old if n not in self.gone]

    def value(self, name):
        return Value(name, self.renamed.get(name, name))

    def zero(self):
        """What a thing of this type that was never set becomes."""
        return next((self.renamed.get(n, n) for n, v in self.old.items() if v == 0), "0")


class Scalar:
    """A typedef of a scalar."""

    def __init__(self, world, name):
        rng = world.draw.at(name)
        kinds = list(INTS) + list(FLOATS)
        self.name = name
        self.old = self.new = rng.choice(kinds)
        if rng.random() < 0.2:
            self.old = self.new = ENUM
        to = rng.choice(kinds)
        if world.draw.change(f"{name}.kind", 0.15 if self.old == ENUM else 0.5):
            self.new = to
        self.enum = Enumeration(world, name, self.new == ENUM) if self.old == ENUM else None

    def declare(self, version):
        kind = self.old if version == "OLD" else self.new
        return f"typedef {self.enum.declare(version) if kind == ENUM else kind} {self.name};"

    def is_byte(self):
        """Its pointers may mean bytes of anything."""
        return self.old in BYTES

    def underlying(self, version):
        """The kind that counts for the range."""
        kind = self.old if version == "OLD" else self.new
        if kind != ENUM:
            return kind
        members = self.enum.old if version == "OLD" else self.enum.new
        return "int" if min(members.values()) < 0 else "unsigned"

    def good(self, rng):
        """A value that both versions can hold."""
        if self.old == ENUM and self.new == ENUM:
            return self.enum.value(rng.choice(self.enum.kept()))
        if self.old == ENUM:
            fit = [n for n, v in self.enum.old.items() if holds(self.new, Fraction(v))]
            name = rng.choice(fit) if fit else None
            return Value(name, literal(self.enum.old[name])) if fit else Value("0", "0")
        for _ in range(20):
            number = self.candidate(rng)
            if holds(self.new, number):
                return Value(literal(number), literal(number))
        return Value("0", "0")

    def candidate(self, rng):
        """Some value of the old kind; it likes the limits."""
        if self.old in FLOATS:
            return Fraction(rng.randint(-4000, 4000), rng.choice([1, 1, 4, 16]))
        limits = [INTS[k] for k in (self.old, self.new) if k in INTS]
        low, high = max(x[0] for x in limits), min(x[1] for x in limits)
        number = Fraction(rng.choice([low, high, 0, 1, rng.randint(low, high),
                                      rng.randint(max(low, -1000), min(high, 1000))]))
        return number

    def zero(self):
        """As the new version writes what was never set."""
        return self.enum.zero() if self.old == ENUM and self.new == ENUM else "0"

    def bad(self, rng):
        """(A constant that only the old version can hold, the error), or None."""
        if self.old == ENUM and self.new == ENUM:
            if self.enum.gone:
                return rng.choice(self.enum.gone), "ELOSS"
            unknown = max(max(self.enum.old.values()) + 1, 1) # 0 was never set
            return (str(unknown), "ERANGE") if self.enum.by_name() else None
        odd = [Fraction(x) for x in (-1, 2, 127, 128, 255, 256, 32768, 65536, 2**24 + 1, 2**31,
                                     2**32, 2**53 + 1, 2**63, 2**64 - 1, -129, -2**31 - 1)]
        if self.old in FLOATS:
            odd += [Fraction(1, 2), Fraction(1, 2**10), Fraction(2**30 + 1, 2**30), Fraction(2**70)]
        old, new = self.underlying("OLD"), self.underlying("NEW")
        if self.old == ENUM:
            odd = [Fraction(v) for v in self.enum.old.values()]
        odd = [x for x in odd if holds(old, x) and not holds(new, x)]
        if not odd:
            return None
        number = rng.choice(odd)
        return (f"{number.numerator}.0L" if number > 2**64 else literal(number)), "ERANGE"
