# SPDX-License-Identifier: MIT
"""Where the pointers of a world lead: to objects and parts of them (shared, in cycles),
to new ones on the heap, one past the end of arrays, to functions, literals and
constants; and where they must not.
"""
import shape

MAX_OWNED = 12  # objects that only one pointer leads to


def same(world, place, target_old, target_new, roots=()):
    """Sets a pointer, and says what it must be."""
    if world.act(place, f"{place.old} = {target_old};"):
        world.shared.update(roots)
        world.check(f"EXPECT((uintptr_t){place.new} == (uintptr_t){target_new});")


def own(world, place, tag):
    """A new object that nothing else leads to."""
    struct = next(s for s in world.types.structs if s.name == tag)
    if tag not in world.objects.made or not world.act(place, f"{place.old} = new_{tag}();"):
        return
    world.owned += 1
    world.check(f"EXPECT({place.new} && (uintptr_t){place.new} % _Alignof(*{place.new}) == 0);")
    shape.StructShape(struct).fill(world, place.owned())


def to_text(world, place):
    rng = world.draw.at(place.old)
    text, skip = rng.choice(["alpha", "beta of " + world.prefix, "x"]), rng.choice([0, 0, 1])
    if world.act(place, f'{place.old} = "{text}" + {skip};'):
        world.check(f'EXPECT(strcmp({place.new}, "{text[skip:]}") == 0);')


def to_function(world, place, signature):
    here, gone = (world.functions.of(signature, g) for g in (False, True))
    if here:
        name, new_name = world.draw.pick(place.old, here)[:2]
        same(world, place, name, new_name)
    if gone:
        world.fault("ETARGET", place, f"{place.old} = {gone[0][0]};")


def to_end(world, place, kind):
    """One past the end of an array; False if there is none of that kind."""
    fit = [e for e in world.ends if e[0].kind() == kind]
    if not fit:
        return False
    _, at, n, m = world.draw.pick(place.old, fit, lambda e: e[1].old)
    if n == m:
        same(world, place, f"&{at.old}[{n}]", f"&{at.new}[{n}]", at.roots)
        return True
    if m:
        world.fault("EAMBIGUOUS", place, f"{place.old} = &{at.old}[{n}];")
    return False


def to_object(world, place, kind, integer):
    rng = world.draw.at(place.old)
    cast = f"({integer})(uintptr_t)" if integer else ""
    if not integer and kind.startswith("struct ") and world.owned < MAX_OWNED and \
            rng.random() < 0.25:
        return own(world, place, kind[7:])
    if not integer and rng.random() < 0.15 and to_end(world, place, kind):
        return None
    targets = [t for t in world.targets.get(kind, []) if not (integer and t.first)]
    if not targets:
        return None
    target = world.draw.pick(place.old, targets, lambda p: p.old)
    return same(world, place, f"{cast}&{target.old}", f"&{target.new}", target.roots)


def faults(world, place, kind):
    rng = world.draw.at(place.old + "!")
    bad = rng.choice(["(void *)1", "(void *)0x0ffffff0", "freed()"])
    world.fault("ETARGET", place, f"{place.old} = {bad};")
    gone = world.gone_targets.get(kind)
    if gone:
        world.fault("ETARGET", place, f"{place.old} = &{rng.choice(gone)};")


def connect_one(world, kind, place, integer):
    rng = world.draw.at(place.old + "?")
    if rng.random() < 0.2:
        world.check(f"EXPECT(!{place.new});")
        return
    word, _, what = kind.partition(" ")
    if word == "text":
        to_text(world, place)
    elif word == "function":
        to_function(world, place, int(what))
    elif word == "entry":
        if world.objects.table:
            world.objects.table.connect(place, what, same)
    else:
        to_object(world, place, kind, integer)
    if not integer:
        faults(world, place, kind)


def connect(world):
    """New objects have pointers, too."""
    while world.waiting:
        connect_one(world, *world.waiting.pop(0))
