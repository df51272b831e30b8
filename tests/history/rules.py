# SPDX-License-Identifier: MIT
#
# The scenario of one step, made of a template: an ordinary scenario document whose
# image is put in, and of whose rules only those stay that fit the step.  A rule
# fits when what it is about differs between the two versions: a renamed thing is
# gone under its old name and there under its new one, a dropped one is gone, one
# that gets a value is new, one that is skipped, copied or truncated has another type.
import copy
import re
import xml.etree.ElementTree as ET

HEAD = re.compile(r"  (?:(struct|union|enum) (\S+) )?.*size \d+")
MEMBER = re.compile(r"    \+[\d.:]+ (\S+): (.*)")
ENUMERATOR = re.compile(r"    (\w+) = -?\d+")
GLOBAL = re.compile(r"  0x[0-9a-f]+ size (\d+) (\S+)(?: \[(.*)\])?: (.*)")
FUNCTION = re.compile(r"  0x[0-9a-f]+ (\S+)(?: \[(.*)\])?: (.*)")


class Description:
    """What `lu-desc dump` says of an image: name -> type as text, for each kind of thing that a
    rule can name, by all names that it has."""

    def __init__(self, dump):
        self.type, self.member, self.enumerator, self.variable, self.function = \
            {}, {}, {}, {}, {}
        section, tag = "", ""
        for line in dump.splitlines():
            if not line.startswith(" "):
                section = line.partition(" ")[0]
            elif section == "types":
                tag = self._type_line(line, tag)
            elif section == "globals" and (m := GLOBAL.fullmatch(line)):
                self._scoped(self.variable, m[2], m[3], f"{m[1]} {m[4]}")
            elif section == "functions" and (m := FUNCTION.fullmatch(line)):
                self._scoped(self.function, m[1], m[2], m[3])

    def _type_line(self, line, tag):
        """Takes a line of a type; returns the tag of the type that the next line belongs to."""
        if m := MEMBER.fullmatch(line):
            self.member[f"{tag}.{m[1]}"] = m[2]
        elif m := ENUMERATOR.fullmatch(line):
            self.enumerator[m[1]] = self.enumerator[f"{tag}.{m[1]}"] = ""
        elif m := HEAD.match(line):
            tag = m[2] or ""
            self.type[tag] = line
        return tag

    @staticmethod
    def _scoped(table, name, scope, text):
        table[name] = text
        if scope:
            table[f"{scope}:{name}"] = text

    def find(self, kind, name):
        """The type of `name`, or None; kind "object" is a member or a global."""
        if kind == "object":
            return self.member.get(name, self.variable.get(name))
        return getattr(self, "variable" if kind == "global" else kind).get(name)


def member_of(old_name, new_member, tags):
    """"tcp_pcb.old", "new" -> "tcp_pcb.new", or another tag in its place; enumerators may stand
    alone."""
    owner, dot, _ = old_name.rpartition(".")
    return f"{tags.get(owner, owner)}{dot}{new_member}"


def fits(rule, old, new, tags):
    """Does the <rule> apply between the two Descriptions?  `tags`: old to new, of renamed types."""
    if rule.tag == "rename":
        kind, a, b = rule.get("kind"), rule.get("from"), rule.get("to")
        if kind in ("member", "enumerator"):
            b = member_of(a, b, tags)
        return old.find(kind, a) is not None and old.find(kind, b) is None and \
            new.find(kind, a) is None and new.find(kind, b) is not None
    name = rule.get("object")
    before, after = old.find("object", name), new.find("object", name)
    if rule.tag in ("drop", "initial"):
        return before is not None and after is None
    if rule.tag == "value":
        return before is None and after is not None
    return before is not None and after is not None and before != after


class Template:
    """A scenario document; the image and the rules of its first component are chosen per step."""

    def __init__(self, text):
        self.root = ET.fromstring(text)

    def component(self):
        return self.root.find("component").get("name")

    def scenario(self, image, old, new):
        """(XML text, number of rules in it) of a step to `image`."""
        root = copy.deepcopy(self.root)
        component = root.find("component")
        component.set("image", str(image))
        rules = component.find("rules")
        if rules is None:
            return ET.tostring(root, encoding="unicode"), 0
        tags = {rule.get("from"): rule.get("to") for rule in rules.iter("rename")
                if rule.get("kind") == "type" and fits(rule, old, new, {})}
        for rule in list(rules):
            if not fits(rule, old, new, tags):
                rules.remove(rule)
        used = len(rules)
        if not used:
            component.remove(rules)
        return ET.tostring(root, encoding="unicode"), used
