# SPDX-License-Identifier: MIT
"""An object or a part of one: how the old and the new version reach it, and what the
engine calls it in a message.
"""
import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class Place:
    old: str
    new: typing.Optional[str]   # None: the new version has no place for it
    path: typing.Optional[str]  # None: it depends on the order of the trace
    arrow: bool = False         # the next step of the path is "->"
    packed: bool = False        # has no address that a pointer may hold
    first: bool = False         # starts where something larger starts
    after: frozenset = frozenset()  # arrays of these end where it starts: see Shape.ends
    roots: frozenset = frozenset()  # objects on the heap that the path goes through

    def step(self, name):
        if self.path is None:
            return None
        return f"{self.path}{'->' if self.arrow else '.'}{name}" if name else self.path

    def member(self, name, new_name, first, after, packed):
        """new_name None: the new structure does not have it."""
        return dataclasses.replace(
            self, old=f"{self.old}.{name}",
            new=f"{self.new}.{new_name}" if self.new and new_name else None,
            path=self.step(name), arrow=False, packed=self.packed or packed, first=first,
            after=(after | self.after) if first else after)

    def element(self, i, old_array, new_array, after):
        """Element i; a version in which it is no array has only the first."""
        new = f"{self.new}[{i}]" if new_array else self.new
        path = self.path
        if path is not None and old_array:
            path += f"[{i}]"
        return dataclasses.replace(
            self, old=f"{self.old}[{i}]" if old_array else self.old, new=new if self.new else None,
            path=path, arrow=self.arrow and not old_array,
            first=i == 0 and (bool(old_array) or self.first),
            after=after if i else self.after)

    def owned(self):
        """The object that a pointer which is kept here leads to, if nothing else does."""
        return Place(old=f"(*{self.old})", new=f"(*{self.new})", path=self.path, arrow=True,
                     roots=self.roots | frozenset([self.old]))
