# SPDX-License-Identifier: MIT
"""Structures: members that are reordered, added, dropped, renamed, moved into nameless
structures; bit-fields; unions with a tag; annotations.
"""
import dataclasses

BITS = {"int": 32, "unsigned": 32, "unsigned char": 8, "long": 64}


def range_of(kind, width):
    if kind in ("int", "long"):
        return -2**(width - 1), 2**(width - 1) - 1
    return 0, 2**width - 1


class Member:
    """A whole member.  state: "both", "added", "dropped", "lost" (dropped by rule though it
    holds something), "kept" (NOXFER), "skipped" (by rule), "fixed" (to 1, by rule), "plain"
    (SXFER)."""
    def __init__(self, name, new_name, state, shape):
        self.name, self.new_name, self.state, self.shape = name, new_name, state, shape
        self.ends, self.weight = shape.ends, shape.weight

    def declare(self, version):
        note = {"kept": "NOXFER ", "plain": "SXFER "}.get(self.state, "")
        name = self.name if version == "OLD" else self.new_name
        return f"{note}{self.shape.declare(version, name)};"

    def poke(self, name):
        return self.shape.poke(f"{name}.{self.name}")

    def fill(self, world, at, first, after, packed):
        new_name = None if self.state in ("dropped", "lost") else self.new_name
        place = at.member(self.name, new_name, first, after, packed)
        if self.state == "both" or (self.state == "dropped" and at.new):
            self.shape.fill(world, place)
        elif self.state == "plain":
            if world.act(place, f"{place.old} = (void *)0x1234567;"):
                world.check(f"EXPECT({place.new} == (void *)0x1234567);")
        elif self.state != "dropped":
            world.act(place, self.shape.poke(place.old))
            if at.new and self.state == "fixed":
                world.check(f"EXPECT({place.new} == 1);")
            elif at.new and self.state != "lost":
                world.check(f"EXPECT(all_zero(&{place.new}, sizeof({place.new})));")

    def added(self, world, at):
        name = f"{at.new}.{self.new_name}"
        world.check(f"EXPECT(all_zero(&{name}, sizeof({name})));")


class BitMember:
    """A bit-field, or a whole integer in one of the versions (width None)."""
    ends = frozenset()
    weight = 1

    def __init__(self, name, new_name, state, old, new):
        self.name, self.new_name, self.state = name, new_name, state
        self.old, self.new = old, new  # (kind, width)

    def declare(self, version):
        kind, width = self.old if version == "OLD" else self.new
        name = self.name if version == "OLD" else self.new_name
        return f"{kind} {name}{f' : {width}' if width else ''};"

    def poke(self, name):
        return f"{name}.{self.name} = 1;"

    def fill(self, world, at, first, after, packed):
        place = at.member(self.name, self.new_name if self.state == "both" else None, first, after,
                          packed)
        old = range_of(self.old[0], self.old[1] or BITS[self.old[0]])
        if self.state == "dropped":
            if at.new:
                world.fault("ELOSS", place, f"{place.old} = {old[0] or 1}l;")
            return
        new = range_of(self.new[0], self.new[1] or BITS[self.new[0]])
        low, high = max(old[0], new[0]), min(old[1], new[1])
        rng = world.draw.at(place.old)
        value = rng.choice([low, high, 0, rng.randint(low, high)])
        world.set(place, f"({value}l)", f"({value}l)")
        for limit in (old[0] if old[0] < new[0] else None, old[1] if old[1] > new[1] else None):
            if limit is not None:
                world.fault("ERANGE", place, f"{place.old} = ({limit}l);")

    def added(self, world, at):
        world.check(f"EXPECT({at.new}.{self.new_name} == 0);")


class EnumBitMember:
    """A bit-field of an enumeration: converted by name.  Widths by version; None = whole."""
    ends = frozenset()
    weight = 1

    def __init__(self, name, new_name, state, scalar, widths):
        self.name, self.new_name, self.state = name, new_name, state
        self.scalar, self.widths = scalar, widths

    def declare(self, version):
        width = self.widths[version]
        name = self.name if version == "OLD" else self.new_name
        return f"enum {self.scalar.name}_e {name}{f' : {width}' if width else ''};"

    def poke(self, name):
        return None

    def fill(self, world, at, first, after, packed):
        if self.state == "dropped":
            return
        place = at.member(self.name, self.new_name, first, after, packed)
        value = self.scalar.good(world.draw.at(place.old))
        world.set(place, value.old, value.new)
        if self.scalar.enum.gone:
            world.fault("ELOSS", place, f"{place.old} = {self.scalar.enum.gone[0]};")

    def added(self, world, at):
        world.check(f"EXPECT({at.new}.{self.new_name} == 0);")


class TaggedMember:
    """A union and the tag that selects its member.  variants: (name, shape, state)."""
    def __init__(self, name, new_name, state, variants, note):
        self.name, self.new_name, self.state = name, new_name, state
        self.variants, self.note = variants, note  # note: which versions are annotated
        self.ends = frozenset().union(*(v[1].ends for v in variants))
        self.weight = max(v[1].weight for v in variants)

    def declare(self, version):
        name = self.name if version == "OLD" else self.new_name
        lines = []
        for i, (variant, shape, state) in enumerate(self.variants):
            if state == ("added" if version == "OLD" else "dropped"):
                continue
            tag = f' LU_TAG("{name}_tag={i}")' if version in self.note else ""
            lines.append(f"{shape.declare(version, variant)}{tag};")
        if version == "NEW":
            lines.reverse()
        tag = f' LU_TAG("{name}_tag")' if version in self.note else ""
        return f"int {name}_tag; union {{ {' '.join(lines)} }} {name}{tag};"

    def poke(self, name):
        return f"{name}.{self.name}_tag = 1;"

    def fill(self, world, at, first, after, packed):
        tag = at.member(self.name + "_tag", self.new_name + "_tag", first, after, packed)
        place = at.member(self.name, self.new_name, False, frozenset(), True)
        if self.state == "dropped":
            if at.new:
                world.fault("ELOSS", tag, f"{tag.old} = 5;")
            return
        rng = world.draw.at(place.old)
        old = [i for i, v in enumerate(self.variants) if v[2] != "added"]
        both = [i for i in old if self.variants[i][2] != "dropped"]
        if both:
            i = rng.choice(both)
            name, shape, _ = self.variants[i]
            world.set(tag, str(i), str(i))
            # Only one member is in use: nothing may lead into it.  Of a union, messages name
            # any member that lies there.
            part = place.member(name, name, True, frozenset(), True)
            shape.fill(world, dataclasses.replace(part, path=None))
        if "OLD" in self.note:
            self.fill_faults(world, tag, place, set(old) - set(both))

    def fill_faults(self, world, tag, place, dropped):
        for i in dropped:
            clear = f"memset(&{place.old}, 0, sizeof({place.old}));"
            poke = self.variants[i][1].poke(f"{place.old}.{self.variants[i][0]}")
            world.fault("ELOSS", None, f"{tag.old} = {i}; {clear} {poke}")
            world.fault("EAMBIGUOUS", place, f"{tag.old} = 77; {clear} {poke}")

    def added(self, world, at):
        name = f"{at.new}.{self.new_name}"
        world.check(f"EXPECT({name}_tag == 0 && all_zero(&{name}, sizeof({name})));")


class AddressMember:
    """An integer that may hold a pointer, or a pointer in one of the versions.  types: C, by
    version; "" = a pointer to the structure."""
    ends = frozenset()
    weight = 1

    def __init__(self, name, new_name, state, tag, new_tag, types):
        self.name, self.new_name, self.state = name, new_name, state
        self.tags, self.types = {"OLD": tag, "NEW": new_tag}, types

    def declare(self, version):
        name = self.name if version == "OLD" else self.new_name
        kind = self.types[version]
        if kind:
            return f"PXFER({kind}) {name};"
        return f"struct {self.tags[version]} *{name};"

    def poke(self, name):
        return f"{name}.{self.name} = ({self.types['OLD'] or 'void *'})1;"

    def fill(self, world, at, first, after, packed):
        place = at.member(self.name, self.new_name, first, after, packed)
        if self.state == "dropped":
            if at.new:
                world.fault("ELOSS", place, self.poke(at.old))
            return
        rng = world.draw.at(place.old)
        if all(self.types.values()) and rng.random() < 0.4:
            world.set(place, "12345", "12345")
            return
        world.pointer("struct " + self.tags["OLD"], place, self.types["OLD"] or "void *")

    def added(self, world, at):
        world.check(f"EXPECT(!{at.new}.{self.new_name});")


class Struct:
    """A tagged structure in both versions.  `nest` wraps runs of members in nameless
    structures: lists of member indices by version."""

    def __init__(self, name, new_name, members, attributes):
        self.name, self.new_name, self.members = name, new_name, members
        self.attributes = attributes  # by version
        self.old = [m for m in members if m.state != "added"]
        self.new = [m for m in members if m.state not in ("dropped", "lost")]
        self.groups = {"OLD": [], "NEW": []}
        self.weight = sum(m.weight for m in members)
        self.ends = self.old[-1].ends if self.old else frozenset()

    def packed(self):
        return any("packed" in a for a in self.attributes.values())

    def aligned(self, version):
        return "aligned" in self.attributes[version]

    def declare(self, version):
        members = self.old if version == "OLD" else self.new
        lines, opened = [], 0
        for i, m in enumerate(members):
            if i in self.groups[version]:
                lines.append("    struct {")
                opened += 1
            lines.append("    " * (1 + opened) + m.declare(version))
            if opened and (i + 1) % 3 == 0:
                lines.append("    " * opened + "};")
                opened -= 1
        lines += ["    };"] * opened
        tag = self.name if version == "OLD" else self.new_name
        attributes = self.attributes[version]
        return f"struct {attributes}{tag} {{\n" + "\n".join(lines) + "\n};"

    def poke(self, name):
        """Makes a member hold something that needs no more than a statement."""
        for m in self.old:
            poke = m.poke(name)
            if poke:
                return poke
        return None

    def fill(self, world, place):
        before = None
        for m in self.old:
            after = before.ends if before else frozenset()
            m.fill(world, place, before is None, after, self.packed())
            before = m
        for m in self.members:
            if m.state == "added" and place.new:
                m.added(world, place)

