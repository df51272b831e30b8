# SPDX-License-Identifier: MIT
"""A world: types, objects, pointers between them, what changes, and what must become of
it.  Its text is collected here, by version and file; program.py puts worlds together.
"""
import itertools
import re

import build
from draw import Draw
import objects
import pointers

MAX_FAULTS = 3


def shortened(path):
    """Messages write "->next->next->next" as "->next{3}"."""
    steps = [(step, len(list(same))) for step, same in
             itertools.groupby(re.split(r"(?=->)", path or ""))]
    return "".join(f"{step}{{{n}}}" if n > 2 else step * n for step, n in steps) or None


class World:
    def __init__(self, seed, prefix, without=()):
        self.draw = Draw(f"{seed}.{prefix}", without)
        self.prefix = prefix
        self.rules = []
        self.statements = []  # of the old version, to make the state
        self.checks = []      # of the new version
        self.allocations = [] # of both
        self.faults = []      # (code, path or None, statement of the old version)
        self.shared = set()   # objects on the heap to which several pointers lead
        self.targets = {}     # what a pointer may lead to: kind -> [(place, vague)]
        self.gone_targets = {}  # kind -> [old expression]
        self.ends = []        # arrays: (element, place, old and new length)
        self.owned = 0        # objects that only one pointer leads to
        self.waiting = []     # pointers that still lead nowhere: (kind, place)
        self.types = build.Types(self)
        self.functions = objects.Functions(self)
        self.objects = objects.Objects(self)
        self.objects.fill()
        pointers.connect(self)
        rng = self.draw.at("faults")
        self.faults = [f for f in self.faults if self.draw.keep(f"fault {f[2]}")]
        self.faults = [(code, self.path(place), statement) for code, place, statement
                       in self.chosen(rng)]

    def chosen(self, rng):
        """Some of the faults; one in the few that constants have, if there is one."""
        rare = [f for f in self.faults if self.objects.table and self.objects.table.name in f[2]]
        rare = rng.sample(rare, min(1, len(rare)))
        rest = [f for f in self.faults if f not in rare]
        return rare + rng.sample(rest, min(MAX_FAULTS - len(rare), len(rest)))

    def path(self, place):
        """How a message calls it, or None: that depends on the order of the trace."""
        return None if not place or place.roots & self.shared else shortened(place.path)

    # --- called while objects are filled ---

    def act(self, place, statement):
        if self.draw.keep(f"set {place.old}"):
            self.statements.append(statement)
            return True
        return False

    def set(self, place, old, new):
        if self.act(place, f"{place.old} = {old};"):
            self.checks.append(f"EXPECT({place.new} == {new});")

    def expect(self, place, condition):
        self.check(f"EXPECT({place.new} {condition});")

    def check(self, text):
        self.checks.append(text)

    def fault(self, code, place, statement):
        """What must be refused, naming the place if there is one."""
        self.faults.append((code, place, statement))

    def target(self, kind, place, vague=False):
        """A pointer of that kind may lead here: if its type can tell what is meant.  One
        without a type means the outermost of what starts here, and never an end."""
        word = kind.split()[0]
        meant = kind if word == "struct" else word
        if place.packed or meant in place.after or (place.after and vague):
            return
        self.targets.setdefault(kind, []).append(place)

    def gone(self, shape, place):
        """What a pointer must not lead to."""
        kind = shape.kind()
        if kind and not place.after and not place.packed:
            self.gone_targets.setdefault(kind, []).append(place.old)

    def loss(self, place, shape):
        """A part that the new version lacks: it must hold nothing."""
        poke = shape.poke(place.old)
        if poke:
            self.fault("ELOSS", place, poke)
        self.gone(shape, place)

    def pointer(self, kind, place, integer=""):
        """`integer`: the old version's type, if it is no pointer in both versions."""
        self.waiting.append((kind, place, integer))
