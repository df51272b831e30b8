# SPDX-License-Identifier: MIT
"""The objects of a world: static ones (in either file, in functions, of one name in two
files), a constant table, on the heap (one, several, with a tail, with a flexible array,
untyped), and functions; where they are in each version.
"""
import build
import shape
from place import Place
from table import Table

FILES = ("main", "other")
HOMES = ("global main", "global main", "static main", "global other", "static other",
         "function main")


class Functions:
    """Functions that pointers lead to.  They may move to the other file, be renamed, vanish."""

    def __init__(self, world):
        self.world = world
        self.all = []
        for i in range(6):
            name = f"{world.prefix}_f{i}"
            rng = world.draw.at(name)
            home = rng.choice(["global main", "global other", "static main"])
            to = rng.choice(["global main", "global other"])
            moves = home != "static main" and world.draw.change(f"{name}.home", 0.4)
            new_name = name
            if rng.random() < 0.15 and world.draw.keep(f"{name}.name") and world.draw.keep(name):
                new_name = name + "_renamed"
                world.rules.append(f"rename-function {name} {new_name}")
            gone = new_name == name and rng.random() < 0.1 and world.draw.keep(f"{name}.gone")
            if not world.draw.keep(name):
                continue
            self.all.append((name, new_name, {"OLD": home, "NEW": to if moves else home},
                             rng.randrange(len(build.SIGNATURES)), gone))

    def of(self, signature, gone):
        return [f for f in self.all if f[3] == signature and f[4] == gone]

    def text(self, version, file):
        """Declarations, then definitions."""
        lines = []
        for name, new_name, homes, signature, gone in self.all:
            if gone and version == "NEW":
                continue
            name = name if version == "OLD" else new_name
            kind, home = homes[version].split()
            head = build.SIGNATURES[signature].format(name)
            if kind == "global":
                lines.append(f"{head};")
            if home == file:
                static = "static " if kind == "static" else ""
                result = "return 0;" if not head.startswith("void") else "return;"
                lines.append(f"{static}{named(head)} {{ {result} }}")
        return lines


def named(head):
    """A prototype with names for its parameters."""
    before, _, after = head.partition("(")
    types = after.rstrip(")").split(", ")
    if types == ["void"]:
        return head
    return f"{before}({', '.join(f'{t} p{i}' for i, t in enumerate(types))})"


class Static:
    """A static object.  homes: "KIND FILE" by version, None = not there."""

    def __init__(self, name, new_name, thing, homes):
        self.name, self.new_name, self.shape = name, new_name, thing
        self.homes = homes

    def called(self, version):
        return self.name if version == "OLD" else self.new_name

    def expression(self, version):
        """How the main file reaches it."""
        home, name = self.homes[version], self.called(version)
        if home in ("global main", "global other", "static main"):
            return name
        return f"(*{name}_at())"

    def path(self, files):
        kind, file = self.homes["OLD"].split()
        if kind == "global":
            return self.name
        if kind == "static":
            return f"{files[file]}:{self.name}"
        return f"{files[file]}:{self.name}_at:{self.name}"

    def text(self, version, file):
        if not self.homes[version]:
            return []
        kind, home = self.homes[version].split()
        name = self.called(version)
        declared = self.shape.declare(version, name)
        at = self.shape.declare(version, f"(*{name}_at(void))")
        if kind == "global":
            return [f"extern {declared};"] + ([f"{declared};"] if home == file else [])
        if kind == "static" and home == "main":
            return [f"static {declared};"] if file == home else []
        lines = [f"{at};"]
        if home != file:
            return lines
        if kind == "static":
            return lines + [f"static {declared};", f"{at} {{ return &{name}; }}"]
        return lines + [f"{at} {{ static {declared}; return &{name}; }}"]


class Objects:
    def __init__(self, world):
        self.world, self.types = world, world.types
        self.statics, self.heaps = [], []
        self.table = Table(world) if world.draw.keep(f"{world.prefix}_table") else None
        self.made = [t for t in self.types.tags if world.draw.keep(f"new {t}")]
        # Types that nobody uses are not described.
        self.used = [n for n in self.types.tags + [s.name for s in self.types.scalars]
                     if world.draw.keep(f"{n} used")]
        rng = world.draw.at("objects")
        for i in range(rng.randint(1, 5)):
            self.static(f"{world.prefix}_g{i}")
        for i in range(rng.randint(1, 6)):
            self.heap(f"{world.prefix}_h{i}")

    # --- static ---

    def static(self, name):
        world, rng = self.world, self.world.draw.at(name)
        thing, struct = self.types.shape(name, rng, 1), rng.choice(self.types.structs)
        if thing.nameless or rng.random() < 0.6:
            thing = shape.StructShape(struct)
        home, to = rng.choice(HOMES), rng.choice(HOMES)
        state = rng.choices(["both", "added", "dropped"], [8, 1, 1])[0]
        if not world.draw.keep(name):
            return
        if not world.draw.keep(f"{name}.state"):
            state = "both"
        homes = {"OLD": home, "NEW": to if world.draw.change(f"{name}.home", 0.4) else home}
        new_name = name
        if state == "both" and world.draw.change(f"{name}.name", 0.1):
            new_name = name + "_renamed"
            world.rules.append(f"rename-global {name} {new_name}")
        if state == "added":
            homes["OLD"] = None
        elif state == "dropped":
            homes["NEW"] = None
        self.statics.append(Static(name, new_name, thing, homes))
        if rng.random() < 0.2 and world.draw.keep(f"{name}.twin"):
            self.twins(f"{name}_twin", rng)

    def twins(self, name, rng):
        """Statics of one name in both files, of different types."""
        for file in FILES:
            thing = shape.ScalarShape(rng.choice(self.types.scalars))
            twin = Static(name, name, thing, dict.fromkeys(("OLD", "NEW"), f"static {file}"))
            self.statics.append(twin)

    # --- heap ---

    def heap(self, name):
        world, rng = self.world, self.world.draw.at(name)
        kind = rng.choice(["one", "one", "many", "variable", "grown", "wrapped", "scalars", "tail",
                           "flexible", "untyped", "text"])
        struct, alias = rng.choice(self.types.structs), rng.choice(self.types.scalars)
        count, extra = rng.randint(2, 6), rng.randint(1, 40)
        if world.draw.keep(name):
            self.heaps.append(Heap(name, kind, struct, alias, count, extra))

    # --- everything ---

    def fill(self):
        files = {"main": "@FILE@.c", "other": "@FILE@-other.c"}
        for s in self.statics:
            self.keep_alive(s)
            if not s.homes["OLD"]:
                self.world.check(f"EXPECT(all_zero(&{s.expression('NEW')}, "
                                 f"sizeof({s.expression('NEW')})));")
                continue
            new = s.expression("NEW") if s.homes["NEW"] else None
            self.fill_one(s.shape, Place(s.expression("OLD"), new, s.path(files)))
        for h in self.heaps:
            h.fill(self.world)
        if self.table:
            self.table.targets()

    def fill_one(self, thing, place):
        if place.new:
            self.world.target("void", place)
        thing.fill(self.world, place)
        if isinstance(thing, shape.ArrayShape) and thing.old and place.new:
            self.world.ends.append((thing.element, place, thing.old, thing.new))

    def keep_alive(self, static):
        """The linker drops what nobody refers to."""
        for version in ("OLD", "NEW"):
            if static.homes[version]:
                text = f"KEEP({static.expression(version)});"
                self.world.allocations.append(f"IF_{version}({text})")

    def text(self, version, file, order):
        """Everything static, and what the heap hangs on."""
        blocks = [s.text(version, file) for s in self.statics]
        if file == "main":
            blocks += [[h.holder(version)] for h in self.heaps]
            for name in self.used:
                tag = self.types.new_tags.get(name, name) if version == "NEW" else name
                blocks.append([f"{'struct ' if name in self.types.tags else ''}{tag} *{name}_used;"])
            blocks.append([f"int {self.world.prefix}_here;"])
            if self.table:
                blocks.append(self.table.text(version))
        order.shuffle(blocks)
        return [line for block in blocks for line in block]


class Heap:
    """Objects on the heap that a global pointer holds."""

    def __init__(self, name, kind, struct, alias, count, extra):
        self.name, self.kind = name, kind
        self.struct, self.alias = struct, alias
        self.count, self.extra = count, extra

    def holder(self, version):
        tag = self.struct.name if version == "OLD" else self.struct.new_name
        if self.kind == "scalars":
            return f"{self.alias.name} *{self.name};"
        if self.kind in ("untyped", "text"):
            return f"{'char' if self.kind == 'text' else 'void'} *{self.name};"
        if self.kind == "flexible":
            return (f"struct {self.name}_vec {{ int n; {'long later; ' if version == 'NEW' else ''}"
                    f"struct {tag} *owner; {self.alias.name} e[]; }} *{self.name};")
        if self.kind == "tail":
            more = "long later; " if version == "NEW" and self.extra % 2 else ""
            return (f"struct {self.name}_head {{ struct {tag} *owner; {more}int n; "
                    f"unsigned char *data; }} *{self.name};")
        return f"struct {tag} *{self.name};"

    def allocation(self):
        name, n = self.name, self.count
        one = f"malloc(sizeof(*{name}))"
        if self.aligned():
            return f"{name} = aligned_alloc(64, sizeof(*{name})); CLEAR({name});"
        return {
            "one": f"{name} = {one}; CLEAR({name});",
            "many": f"{name} = calloc({n}, sizeof(*{name}));",
            "scalars": f"{name} = calloc({n}, sizeof(*{name}));",
            "variable": f"{name} = malloc(some({n}) * sizeof(*{name})); "
                        f"memset({name}, 0, {n} * sizeof(*{name}));",
            "grown": f"{name} = calloc(1, sizeof(*{name})); "
                     f"{name} = realloc({name}, some({n}) * sizeof(*{name})); "
                     f"memset({name}, 0, {n} * sizeof(*{name}));",
            "wrapped": f"{name} = wrapped(sizeof(*{name}));",
            "tail": f"{name} = malloc(sizeof(*{name}) + some({self.extra})); CLEAR({name}); "
                    f"memset({name} + 1, 0, {self.extra});",
            "flexible": f"{name} = calloc(1, sizeof(*{name}) + some({n}) * sizeof({name}->e[0]));",
            "untyped": f"{name} = malloc({self.extra}); memset({name}, {self.extra}, {self.extra});",
            "text": f"{name} = strdup(\"text of {name}\");",
        }[self.kind]

    def aligned(self):
        """More than malloc does?"""
        return self.kind in ("one", "many", "variable", "grown", "wrapped") and \
            (self.struct.aligned("OLD") or self.struct.aligned("NEW"))

    def elements(self):
        return 1 if self.kind in ("one", "wrapped") or self.aligned() else self.count

    def fill(self, world):
        world.allocations.append(self.allocation())
        name = self.name
        if self.kind == "untyped":
            return world.check(f"EXPECT(all_are({name}, {self.extra}, {self.extra}));")
        if self.kind == "text":
            return world.check(f'EXPECT(strcmp({name}, "text of {name}") == 0);')
        if self.kind in ("flexible", "tail"):
            return self.fill_special(world)
        thing = shape.ScalarShape(self.alias) if self.kind == "scalars" else \
            shape.StructShape(self.struct)
        world.check(f"EXPECT((uintptr_t){name} % _Alignof(*{name}) == 0);")
        if self.elements() == 1:
            place = Place(name, name, name).owned()
            world.target("void", place)
            return thing.fill(world, place)
        array = Place(name, name, name, roots=frozenset([name]))
        for i in range(self.elements()):
            place = array.element(i, True, True, thing.ends)
            world.target("void", place)
            thing.fill(world, place)
        return world.ends.append((thing, array, self.elements(), self.elements()))

    def fill_special(self, world):
        """A header, and what follows it."""
        name = self.name
        owner, count, data = (Place(*[f"{name}->{member}"] * 3, roots=frozenset([name]))
                              for member in ("owner", "n", "data"))
        world.set(count, str(self.count), str(self.count))
        world.pointer("struct " + self.struct.name, owner)
        if self.kind == "flexible":
            for i in range(self.count):
                place = Place(*[f"{name}->e[{i}]"] * 3, first=i == 0, roots=owner.roots)
                shape.ScalarShape(self.alias).fill(world, place)
            return
        tail = f"(unsigned char *)({name} + 1)"
        if world.act(data, f"memset({name} + 1, {self.extra}, {self.extra}); "
                           f"{data.old} = {tail} + {self.extra - 1};"):
            world.check(f"EXPECT(all_are({name} + 1, {self.extra}, {self.extra}) && "
                        f"{data.new} == {tail} + {self.extra - 1});")

