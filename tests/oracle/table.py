# SPDX-License-Identifier: MIT
"""Tables of constants: entries come, go, move and change between the versions, and a
pointer to one must find the same one.  An entry has an identity here, which the engine
does not know: it only sees what the entry holds.
"""
import dataclasses

from place import Place

INTEGERS = ("short", "unsigned short", "int", "unsigned", "long")
KINDS = ("same", "insert", "remove", "exchange", "shuffle", "change", "change and insert")


@dataclasses.dataclass
class Entry:
    key: int
    name: str
    run: tuple      # names of a function in both versions, or None
    changed: bool   # its numbers are others in the new version
    twin: bool      # another entry holds the same


class Table:
    """const struct PREFIX_e PREFIX_table[], perhaps as a member of a structure."""

    def __init__(self, world):
        self.world, self.prefix = world, world.prefix
        self.name = f"{world.prefix}_table"
        rng = world.draw.at(self.name)
        self.kind = rng.choice(KINDS) if world.draw.keep(f"{self.name}.kind") else "same"
        self.types = {v: rng.choice(INTEGERS) for v in ("OLD", "NEW")}
        self.members = ["key", "name", "run", "ratio", "mark", "pair", "letter"]
        self.order = {v: self.shuffled(rng, f"order{v}") for v in ("OLD", "NEW")}
        self.wrapped = rng.random() < 0.3 and world.draw.keep(f"{self.name}.wrapped")
        self.distinct = self.kind == "change and insert" or rng.random() < 0.5
        self.functions = [f[:2] for f in world.functions.of(0, False)]
        self.count = 0
        self.old = [self.entry(rng) for _ in range(rng.randint(2, 9))]
        self.twins(rng)
        self.new = self.changed(rng)

    def shuffled(self, rng, name):
        """Members of a version, in its order; some are in one version only."""
        order = self.members + (["less"] if name.endswith("OLD") else ["more"])
        rng.shuffle(order)
        return order if self.world.draw.keep(f"{self.name}.{name}") else self.members

    # --- entries ---

    def entry(self, rng, function=True):
        self.count += 1
        name = f"{self.prefix} entry {self.count}" if self.distinct or rng.random() < 0.5 else \
            rng.choice(["shared", "", None])
        run = rng.choice(self.functions) if self.functions and function else None
        return Entry(self.count * 3, name, run, False, False)

    def twins(self, rng):
        """The same again, elsewhere."""
        if self.distinct or rng.random() < 0.6:
            return
        entry = rng.choice(self.old)
        entry.twin = True
        self.old.insert(rng.randint(0, len(self.old)), entry)

    def changed(self, rng):
        new = list(self.old)
        if self.kind in ("remove", "exchange"):
            for _ in range(rng.randint(1, len(new) - 1)):
                new.pop(rng.randrange(len(new)))
        if self.kind in ("insert", "exchange", "change and insert"):
            for _ in range(rng.randint(1, 4)):
                new.insert(rng.randint(0, len(new)), self.entry(rng, "change" not in self.kind))
        if self.kind == "shuffle":
            rng.shuffle(new)
        if self.kind.startswith("change"):
            for entry in self.old:
                entry.changed = rng.random() < 0.5 and not entry.twin
        return new

    # --- what becomes of pointers ---

    def found(self, i):
        """Where old entry i is now; None: it is gone, or it can't be known."""
        entry = self.old[i]
        if entry.twin or entry not in self.new:
            return None
        return self.new.index(entry)

    def is_gone(self, i):
        """Surely?  What came in its place could be taken for it."""
        return self.old[i] not in self.new and self.kind == "remove" and not self.old[i].twin

    def at(self, i):
        return f"{self.name}{'.list' if self.wrapped else ''}[{i}]"

    def targets(self):
        """For pointers to anything."""
        for i in range(1, len(self.old)):
            if self.found(i) is not None:
                place = Place(self.at(i), self.at(self.found(i)), None)
                self.world.targets.setdefault("void", []).append(place)

    def connect(self, place, member, same):
        """Points to an entry, to a member of it, or to the end of the table."""
        rng = self.world.draw.at(place.old)
        i = rng.randint(0, len(self.old))
        if i == len(self.old):
            if not member:
                same(self.world, place, f"&{self.at(i)}", f"&{self.at(len(self.new))}")
            return
        found = self.found(i)
        if self.is_gone(i):
            code = "EAMBIGUOUS" if i == 0 and not member else "ETARGET"
            self.world.fault(code, place, f"{place.old} = &{self.at(i)}{member};")
        elif found is not None and i == 0 and found != 0 and not member:
            self.world.fault("EAMBIGUOUS", place, f"{place.old} = &{self.at(0)};")
        elif found is not None:
            same(self.world, place, f"&{self.at(i)}{member}", f"&{self.at(found)}{member}")

    # --- text ---

    def declare(self, version):
        types = {"key": f"{self.types[version]} key", "name": "const char *name",
                 "run": "int (*run)(int)", "ratio": "float ratio" if version == "OLD" else
                 "double ratio", "mark": f"unsigned mark : {5 if version == 'OLD' else 9}",
                 "pair": "struct { char first; long second; } pair[2]", "letter": "char letter[3]",
                 "less": "int less", "more": "unsigned char more"}
        members = "\n".join(f"    {types[m]};" for m in self.order[version])
        return f"struct {self.prefix}_e {{\n{members}\n}};"

    def entry_text(self, version, entry):
        changed = 1 if entry.changed and version == "NEW" else 0
        run = entry.run and entry.run[version == "NEW"]
        noise = self.world.draw.at(f"{self.name}.{version}.{entry.key}").randrange(9)
        values = {"key": entry.key + changed, "name": f'"{entry.name}"' if entry.name is not None
                  else 0, "run": run or 0, "ratio": f"{entry.key}.5f", "mark": entry.key % 8,
                  "pair": f"{{{{1, {entry.key % 5}}}, {{2, {3 + changed}}}}}", "letter": '"ab"',
                  "less": noise, "more": noise + 1}
        return "{" + ", ".join(f".{m} = {values[m]}" for m in self.order[version]) + "}"

    def text(self, version):
        entries = self.old if version == "OLD" else self.new
        body = "{" + ", ".join(self.entry_text(version, e) for e in entries) + "}"
        struct = f"struct {self.prefix}_e"
        if self.wrapped:
            return [f"const struct {{ long before; {struct} list[{len(entries)}]; int after; }} "
                    f"{self.name} = {{{len(entries)}, {body}, -1}};"]
        return [f"const {struct} {self.name}[{len(entries)}] = {body};"]
