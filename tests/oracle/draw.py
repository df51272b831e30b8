# SPDX-License-Identifier: MIT
"""Random choices by name.

What is drawn for one thing depends on the seed and that thing's name alone, not on
what else there is: a world stays the same when parts of it are left out, so that a
failing one can be made smaller (see reduce).
"""
import hashlib
import random


class Draw:
    """Choices of one world; `without` holds the names of what is left out of it."""

    def __init__(self, seed, without=()):
        self.seed = seed
        self.without = set(without)
        self.parts = []  # names of everything that could be left out, as they came up

    def at(self, name):
        """A generator of its own for a thing of that name."""
        return random.Random(f"{self.seed}/{name}")

    def keep(self, name):
        """Is this part in?  Parts may be nested: "g1" holds "g1.values"."""
        self.parts.append(name)
        return name not in self.without

    def change(self, name, probability):
        """Does this change between the versions happen?"""
        return self.at(name).random() < probability and self.keep(name)

    def pick(self, name, candidates, key=str):
        """One of the candidates, the same one as long as it is among them."""

        def weight(candidate):
            text = f"{self.seed}/{name}/{key(candidate)}"
            return hashlib.blake2b(text.encode(), digest_size=8).digest()

        return min(candidates, key=weight)
