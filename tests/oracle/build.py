# SPDX-License-Identifier: MIT
"""Draws the types of a world: scalars, structures and their members, and how each
changes between the versions.
"""
import record
import scalar
import shape

MAX_WEIGHT = 40  # scalars in an array, or a structure by value
SIGNATURES = ("int {}(int)", "void {}(void)", "double {}(double, short)", "char *{}(char *, long)")


class Types:
    def __init__(self, world):
        self.world = world
        self.draw = world.draw
        rng = self.draw.at("types")
        self.scalars = [scalar.Scalar(world, f"{world.prefix}_t{i}")
                        for i in range(rng.randint(2, 6))]
        self.enums = [s for s in self.scalars if s.old == s.new == scalar.ENUM]
        self.tags = [f"{world.prefix}_s{i}" for i in range(rng.randint(1, 5))]
        self.new_tags = {t: self.renamed_tag(t) for t in self.tags}
        self.structs = []
        for tag in self.tags:
            self.structs.append(self.struct(tag))

    def renamed_tag(self, tag):
        if not self.draw.change(f"{tag}.tag", 0.08):
            return tag
        self.world.rules.append(f"rename-type {tag} {tag}_new")
        return tag + "_new"

    def struct(self, tag):
        rng = self.draw.at(tag)
        members = [self.member(tag, f"m{i}") for i in range(rng.randint(1, 8))
                   if self.draw.keep(f"{tag}.m{i}")]
        if not any(m.state == "both" for m in members):
            members.append(record.BitMember("filler", "filler", "both", ("int", None), ("int", None)))
        attributes = {"OLD": "", "NEW": ""}
        for version in attributes:
            if rng.random() < 0.08:
                attributes[version] = "__attribute__((packed)) "
            elif rng.random() < 0.05:
                attributes[version] = "__attribute__((aligned(64))) "
        if not self.draw.keep(f"{tag}.attributes"):
            attributes = {"OLD": "", "NEW": ""}
        s = record.Struct(tag, self.new_tags[tag], members, attributes)
        if self.draw.change(f"{tag}.order", 0.6):
            rng.shuffle(s.new)
        for version in ("OLD", "NEW"):
            if rng.random() < 0.25 and self.draw.keep(f"{tag}.nest{version}"):
                s.groups[version] = sorted(rng.sample(range(6), 2))
        return s

    # --- members ---

    def state(self, name):
        rng = self.draw.at(f"{name}.state")
        state = rng.choices(["both", "added", "dropped"], [8, 1, 1])[0]
        return state if state == "both" or self.draw.keep(f"{name}.state") else "both"

    def new_name(self, tag, name, state):
        """The name in the new version, which a rule must say when it is another."""
        if state != "both" or not self.draw.change(f"{tag}.{name}.name", 0.1):
            return name
        self.world.rules.append(f"rename-member {tag}.{name} {name}_renamed")
        return name + "_renamed"

    def member(self, tag, name):
        full = f"{tag}.{name}"
        rng = self.draw.at(full)
        state = self.state(full)
        kind = rng.choices(["plain", "bits", "enum bits", "tagged", "address", "noted"],
                           [12, 2, 1, 1, 1, 1])[0]
        if kind == "noted":
            return self.noted(tag, name, rng)
        new_name = self.new_name(tag, name, state)
        if kind == "bits":
            return record.BitMember(name, new_name, state, *self.bits(full, rng))
        if kind == "enum bits" and self.enums:
            widths = {v: rng.choice([None, 8, 12]) for v in ("OLD", "NEW")}
            return record.EnumBitMember(name, new_name, state, rng.choice(self.enums), widths)
        if kind == "tagged":
            if new_name != name:
                self.world.rules.append(f"rename-member {tag}.{name}_tag {new_name}_tag")
            return self.tagged(full, name, new_name, state, rng)
        if kind == "address":
            return self.address(full, name, new_name, state, rng)
        return record.Member(name, new_name, state, self.shape(full, rng, 2))

    def noted(self, tag, name, rng):
        """What an annotation or a rule says more about than its type."""
        state = rng.choice(["kept", "plain", "lost", "skipped", "fixed", "cut", "raw"])
        thing = shape.ScalarShape(rng.choice(self.scalars))
        numbers = [s for s in self.scalars if s.new in scalar.INTS]
        rule = {"lost": "drop", "skipped": "skip", "cut": "truncate"}.get(state)
        if rule:
            self.world.rules.append(f"{rule} {tag}.{name}")
        if state == "fixed" and numbers:
            thing = shape.ScalarShape(rng.choice(numbers))
            self.world.rules.append(f"value {self.new_tags[tag]}.{name} 1")
        elif state == "fixed":
            state = "kept"
        elif state == "plain":
            thing = shape.PointerShape("void", lambda version, n: f"void *{n}")
        elif state == "cut":
            state, thing = "both", shape.CutShape(rng.randint(6, 20), rng.randint(2, 6))
        elif state == "raw":
            state, thing = "both", shape.RawUnion()
        return record.Member(name, name, state, thing)

    def bits(self, full, rng):
        sides = []
        for _ in range(2):
            kind = rng.choice(["int", "unsigned", "unsigned char", "long"])
            width = rng.randint(1, record.BITS[kind])
            sides.append((kind, width if rng.random() < 0.8 else None))
        return sides if self.draw.keep(f"{full}.change") else [sides[0], sides[0]]

    def tagged(self, full, name, new_name, state, rng):
        variants = []
        for i in range(rng.randint(1, 4)):
            change = rng.choices(["both", "added", "dropped"], [6, 1, 1])[0]
            if not self.draw.keep(f"{full}.v{i}.state"):
                change = "both"
            variants.append((f"v{i}", self.shape(f"{full}.v{i}", rng, 1), change))
        note = rng.choice([("OLD",), ("NEW",), ("OLD", "NEW")])
        for version, other in (("OLD", "added"), ("NEW", "dropped")):
            if all(v[2] == other for v in variants): # no version's union is empty
                variants[0] = variants[0][:2] + ("both",)
        return record.TaggedMember(name, new_name, state, variants, note)

    def address(self, full, name, new_name, state, rng):
        integers = ["unsigned long", "long", "int", "unsigned"]
        types = {v: rng.choice(integers) for v in ("OLD", "NEW")}
        if rng.random() < 0.4 and self.draw.keep(f"{full}.change"):
            types[rng.choice(["OLD", "NEW"])] = ""
        tag = rng.choice(self.tags)
        return record.AddressMember(name, new_name, state, tag, self.new_tags[tag], types)

    # --- shapes ---

    def size(self, full, rng, single):
        """Elements in both versions; None = no array: of a dimension less nobody could tell
        which is gone."""
        old = new = rng.randint(1, 6)
        change, to = rng.random(), rng.randint(1, 9)
        which = rng.randint(0, 1)
        if change < 0.35 and self.draw.keep(f"{full}.size"):
            new = to
        elif single and change < 0.43 and self.draw.keep(f"{full}.size"):
            old, new = (None, new) if which else (old, None)
        return old, new

    def shape(self, full, rng, depth):
        if depth and rng.random() < 0.3:
            element = self.shape(f"{full}[]", rng, depth - 1)
            flat = not isinstance(element, (shape.ArrayShape, shape.TextShape))
            array = shape.ArrayShape(element, *self.size(full, rng, flat))
            return array if array.weight <= MAX_WEIGHT else array.element
        kind = rng.choices(["scalar", "struct", "pointer", "text", "union"], [10, 4, 8, 2, 2])[0]
        small = [s for s in self.structs if s.weight <= MAX_WEIGHT]
        if kind == "struct" and small:
            return shape.StructShape(rng.choice(small))
        if kind == "pointer":
            return self.pointer(rng)
        if kind == "text":
            old, new = self.size(full, rng, False)
            return shape.TextShape(old + 3, new + 3)
        if kind == "union":
            return self.union(full, rng)
        return shape.ScalarShape(rng.choice(self.scalars))

    def union(self, full, rng):
        kind = rng.choice(["plain", "pointers", "mixed"])
        if kind == "plain":
            return shape.PlainUnion(rng.random() < 0.3 and self.draw.keep(f"{full}.grown"))
        tag = rng.choice(self.tags)
        return shape.PointerUnion(tag, self.new_tags[tag]) if kind == "pointers" else \
            shape.MixedUnion()

    def pointer(self, rng):
        tag, alias = rng.choice(self.tags), rng.choice(self.scalars).name
        names = {"OLD": tag, "NEW": self.new_tags[tag]}
        signature = rng.randrange(len(SIGNATURES))
        spell = {
            "struct " + tag: lambda v, n: f"struct {names[v]} *{n}",
            "scalar " + alias: lambda v, n: f"{alias} *{n}",
            "pointer " + tag: lambda v, n: f"struct {names[v]} **{n}",
            "void": lambda v, n: f"void *{n}",
            "text": lambda v, n: f"const char *{n}",
            "entry": lambda v, n: f"const struct {self.world.prefix}_e *{n}",
            "entry .name": lambda v, n: f"const char *const *{n}",
            f"function {signature}": lambda v, n: SIGNATURES[signature].format(f"(*{n})"),
        }
        to = rng.choice(list(spell) + ["struct " + tag])
        return shape.PointerShape(to, spell[to])
