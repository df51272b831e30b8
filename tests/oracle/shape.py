# SPDX-License-Identifier: MIT
"""Types of C: how each version declares them, what a value becomes, and what would go
wrong.  `fill` sets a place's old value and says what must be in the new one; what
only one of the versions can hold is noted as a fault (see world.World.fault).
"""

import dataclasses


class Shape:
    """A type.  `ends`: what an array that ends with it has elements of; `weight`: about how
    many scalars are in it; `nameless`: it cannot be declared twice."""
    ends = frozenset()
    weight = 1
    nameless = False

    def declare(self, version, name):
        raise NotImplementedError

    def fill(self, world, place):
        raise NotImplementedError

    def poke(self, name):
        """A statement that makes it hold something, or None."""
        raise NotImplementedError

    def kind(self):
        """What a pointer to it is a pointer to (see PointerShape), if there are such."""
        return None


class ScalarShape(Shape):
    def __init__(self, scalar):
        self.scalar = scalar

    def declare(self, version, name):
        return f"{self.scalar.name} {name}"

    def poke(self, name):
        return f"{name} = ({self.scalar.name})1;"

    def kind(self):
        return "scalar " + self.scalar.name

    def fill(self, world, place):
        rng = world.draw.at(place.old)
        if not place.new:
            world.loss(place, self)
            return
        world.target(self.kind(), place, self.scalar.is_byte())
        if rng.random() < 0.75 and world.draw.keep(place.old):
            value = self.scalar.good(rng)
            world.set(place, value.old, value.new)
        else:
            world.expect(place, f"== {self.scalar.zero()}")
        bad = self.scalar.bad(rng)
        if bad:
            world.fault(bad[1], place, f"{place.old} = {bad[0]};")


class ArrayShape(Shape):
    """An array of `old` and `new` elements; None = a single object there."""

    def __init__(self, element, old, new):
        self.element, self.old, self.new = element, old, new
        self.weight = max(old or 1, new or 1) * element.weight
        self.nameless = element.nameless
        self.ends = element.ends | frozenset([element_kind(element)]) if old else element.ends

    def declare(self, version, name):
        n = self.old if version == "OLD" else self.new
        return self.element.declare(version, f"{name}[{n}]" if n else name)

    def poke(self, name):
        return self.element.poke(f"{name}[0]" if self.old else name)

    def at(self, place, i):
        return place.element(i, self.old, self.new, self.element.ends)

    def fill(self, world, place):
        old, new = self.old or 1, self.new or 1
        if not place.new:
            world.loss(place, self)
            return
        for i in range(min(old, new)):
            self.element.fill(world, self.at(place, i))
        if old > new:
            cut = self.at(place, new)
            poke = self.element.poke(cut.old)
            if poke:
                world.fault("ELOSS", cut, poke)
            world.gone(self.element, cut)
        for i in range(old, new):
            world.check(f"EXPECT(all_zero(&{place.new}[{i}], sizeof({place.new}[{i}])));")


class TextShape(Shape):
    """Characters with a terminator."""
    ends = frozenset(["byte"])

    def __init__(self, old, new):
        self.old, self.new = old, new

    def declare(self, version, name):
        return f"char {name}[{self.old if version == 'OLD' else self.new}]"

    def poke(self, name):
        return f"{name}[0] = 'x';"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        room = min(self.old, self.new)
        text = "abcdefghijklmnopqrstuvwxyz"[:world.draw.at(place.old).randint(0, room - 1)]
        if world.act(place, f'memcpy({place.old}, "{text}", {len(text) + 1});'):
            world.check(f'EXPECT(strcmp({place.new}, "{text}") == 0);')
        if self.old > self.new and place.path is not None:
            world.fault("ELOSS", place.element(self.new, True, True, frozenset()),
                        f"{place.old}[{self.old - 1}] = 'x';")


class CutShape(TextShape):
    """Text that a rule allows to shorten: what is left is terminated."""

    def fill(self, world, place):
        text = "abcdefghijklmnopqrstuvwxyz"[:world.draw.at(place.old).randint(0, self.old - 1)]
        if world.act(place, f'memcpy({place.old}, "{text}", {len(text) + 1});'):
            world.check(f'EXPECT(strcmp({place.new}, "{text[:self.new - 1]}") == 0);')


class RawUnion(Shape):
    """Copied bit for bit (IXFER), although it may be a pointer and looks like one."""
    nameless = True

    def declare(self, version, name):
        return f'union {{ long number; void *pointer; }} {name} LU_ANNOTATION("ixfer")'

    def poke(self, name):
        return f"{name}.number = 1;"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
        elif world.act(place, f"{place.old}.number = 0x10000000;"):
            world.check(f"EXPECT({place.new}.number == 0x10000000);")


class StructShape(Shape):
    def __init__(self, struct):
        self.struct = struct
        self.ends, self.weight = struct.ends, struct.weight

    def declare(self, version, name):
        tag = self.struct.name if version == "OLD" else self.struct.new_name
        return f"struct {tag} {name}"

    def poke(self, name):
        return self.struct.poke(name)

    def kind(self):
        return "struct " + self.struct.name

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        world.target(self.kind(), place)
        self.struct.fill(world, place)


class PointerShape(Shape):
    """A pointer.  `to`: "struct TAG", "scalar NAME", "pointer TAG" (to a pointer to that
    structure), "void", "text", "entry" (of the world's table of
    constants), "entry .MEMBER" (of one), "function N"."""

    def __init__(self, to, spell):
        self.to, self.spell = to, spell  # spell(version, name): a declaration

    def declare(self, version, name):
        return self.spell(version, name)

    def poke(self, name):
        return f"{name} = (void *)1;"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        if self.to.startswith("struct "):
            world.target("pointer " + self.to[7:], place)
        world.pointer(self.to, place)


class PlainUnion(Shape):
    """A union that nothing tags, the same in both versions: copied."""
    nameless = True
    variants = (("c", "char {}[12]", '"plain text"'), ("l", "long {}", "-77l"),
                ("f", "float {}", "2.5f"))

    def declare(self, version, name):
        body = " ".join(v[1].format(v[0]) + ";" for v in self.variants)
        more = " char later[24];" if version == "NEW" and self.grown else ""
        return f"union {{ {body}{more} }} {name}"

    def __init__(self, grown):
        self.grown = grown

    def poke(self, name):
        return f"{name}.l = 1;"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        name, _, value = world.draw.at(place.old).choice(self.variants)
        if name == "c":
            if world.act(place, f"memcpy({place.old}.c, {value}, sizeof({value}));"):
                world.check(f"EXPECT(strcmp({place.new}.c, {value}) == 0);")
        elif world.act(place, f"{place.old}.{name} = {value};"):
            world.check(f"EXPECT({place.new}.{name} == {value});")


class PointerUnion(Shape):
    """A union of nothing but pointers: one untyped pointer."""
    nameless = True

    def __init__(self, tag, new_tag):
        self.tags = {"OLD": tag, "NEW": new_tag}

    def declare(self, version, name):
        tag = self.tags[version]
        return f"union {{ struct {tag} *s; void *v; }} {name}"

    def poke(self, name):
        return f"{name}.v = (void *)1;"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        world.pointer("void", dataclasses.replace(place, old=f"{place.old}.v",
                                                  new=f"{place.new}.v"))


class MixedUnion(Shape):
    """A union that may hold a pointer: a number is copied, what looks like a pointer not."""
    nameless = True

    def declare(self, version, name):
        return f"union {{ long number; void *pointer; }} {name}"

    def fill(self, world, place):
        if not place.new:
            world.loss(place, self)
            return
        if world.act(place, f"{place.old}.number = 12345;"):
            world.check(f"EXPECT({place.new}.number == 12345);")
        world.fault("EAMBIGUOUS", place, f"{place.old}.pointer = &{world.prefix}_here;")

    def poke(self, name):
        return f"{name}.number = 1;"


def element_kind(shape):
    """What a pointer to an element points to, for Place.after."""
    if isinstance(shape, ScalarShape):
        return "byte" if shape.scalar.is_byte() else "scalar"
    if isinstance(shape, StructShape):
        return "struct " + shape.struct.name
    if isinstance(shape, TextShape):
        return "byte"
    if isinstance(shape, ArrayShape) and not shape.old:
        return element_kind(shape.element)
    return "pointer" if isinstance(shape, PointerShape) else "other"
