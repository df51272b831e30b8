# SPDX-License-Identifier: MIT
"""Worlds as a transfer case (tests/unit/state/case.h): two files of C, each for both
versions.  State 0 is that of all worlds together, and must come through; state
100 * (i + 1) + k is that of world i alone with its fault k, and must be refused.
"""
import re

PRELUDE = """\
#include "case.h"

#pragma clang diagnostic ignored "-Weverything"
#ifdef OLD
#define IF_OLD(statement) statement
#define IF_NEW(statement)
#else
#define IF_OLD(statement)
#define IF_NEW(statement) statement
#endif
#define CLEAR(pointer) memset(pointer, 0, sizeof(*pointer))
#define PLAIN __attribute__((optnone, noinline)) /* long, and of no interest optimised */

static bool all_are(const void *p, int c, unsigned long n)
{
    for (const unsigned char *b = p; n--; b++)
        if (*b != c)
            return false;
    return true;
}

static bool all_zero(const void *p, unsigned long n)
{
    return all_are(p, 0, n);
}

/* A number that the compiler does not know. */
__attribute__((noinline)) static unsigned long some(unsigned long n)
{
    __asm__("" : "+r"(n));
    return n;
}

__attribute__((noinline)) static void *freed(void)
{
    char *volatile p = malloc(40);

    free(p);
    return p;
}

__attribute__((noinline)) static void *wrapped(unsigned long n)
{
    return calloc(1, n);
}
"""


def indent(lines):
    return "".join(f"    {line}\n" for line in lines)


def function(head, lines):
    return f"{head}\n{{\n{indent(lines)}}}\n"


def types(world, version):
    """(name, declaration) of every type, each after those that it needs."""
    new = version == "NEW"
    pairs = [(s.name, s.declare(version)) for s in world.types.scalars]
    for s in world.types.structs:
        name = s.new_name if new else s.name
        pairs.append((name, s.declare(version)))
    if world.objects.table:
        pairs.append((f"{world.prefix}_e", world.objects.table.declare(version)))
    return pairs


def used(pairs, text):
    """The declarations of what the text names, or what those name."""
    lines = []
    for name, declaration in reversed(pairs):
        if re.search(rf"\b{name}(_\w+)?\b", text): # also of its enumerators
            lines.append(declaration)
            text += declaration
    return lines[::-1]


def declarations(world, file):
    """Types and objects of both versions."""
    parts = []
    for version, guard in (("OLD", "#ifdef OLD"), ("NEW", "#else")):
        order = world.draw.at(f"{file} {version}")
        body = world.functions.text(version, file) + world.objects.text(version, file, order)
        if file == "main":
            body += [constructor(world, version, t) for t in world.types.tags]
            body = [line for line in body if line]
        pairs = types(world, version)
        tags = [f"struct {name};" for name, text in pairs if text.startswith("struct")]
        parts += [guard, *tags, *used(pairs, "\n".join(body + world.rules)), *body]
    return "\n".join(parts) + "\n#endif\n"


def constructor(world, version, tag):
    struct = world.types.structs[world.types.tags.index(tag)]
    if tag not in world.objects.made:
        return ""
    name = tag if version == "OLD" else struct.new_name
    make = f"calloc(1, sizeof(struct {name}))"
    if struct.aligned("OLD") or struct.aligned("NEW"):
        make = f"aligned_alloc(64, sizeof(struct {name})); CLEAR(p)"
    return f"static struct {name} *new_{tag}(void) {{ struct {name} *p = {make}; return p; }}"


def kept(world):
    """The linker drops what nobody refers to."""
    lines = [f"KEEP({world.prefix}_here);"]
    for name, new_name, _, _, gone in world.functions.all:
        lines.append(f"IF_OLD(KEEP(*{name});)")
        if not gone:
            lines.append(f"IF_NEW(KEEP(*{new_name});)")
    lines += [f"KEEP({name}_used);" for name in world.objects.used]
    if world.objects.table:
        lines.append(f"KEEP({world.objects.table.name});")
    return lines + [f"KEEP(*new_{t});" for t in world.objects.made]


def world_text(world):
    p = world.prefix
    text = declarations(world, "main")
    text += function(f"static void {p}_setup(void)", kept(world) + world.allocations)
    text += "#ifdef OLD\n"
    text += function(f"PLAIN static void {p}_state(void)", world.statements)
    if world.faults:
        text += function(f"PLAIN static void {p}_fault(long fault)",
                         [f"if (fault == {k}) {{ {f[2]} }}" for k, f in enumerate(world.faults)])
    text += "#else\n"
    text += function(f"PLAIN static int {p}_check(void)", world.checks + ["return 0;"])
    return text + "#endif\n"


def setup(worlds, only):
    lines = []
    for i, w in enumerate(worlds):
        lines.append(f"if (!case_world || case_world / 100 == {i + 1}) {{")
        lines.append(f"    {w.prefix}_setup();")
        lines.append(f"    IF_OLD({w.prefix}_state();)")
        lines.append("}")
        if w.faults:
            lines.append(f"IF_OLD(if (case_world / 100 == {i + 1}) "
                         f"{w.prefix}_fault(case_world % 100);)")
    if only is not None:
        w = worlds[0]
        lines = [f"{w.prefix}_setup();", f"IF_OLD({w.prefix}_state();)"]
        lines += [f"IF_OLD({w.prefix}_fault({only});)"] if w.faults else []
    return function("void setup(void)", lines)


def check(worlds):
    lines = ["int line;"]
    for w in worlds:
        lines += [f"if ((line = {w.prefix}_check()))", "    return line;"]
    return "#ifndef OLD\n" + function("int check(void)", lines + ["return 0;"]) + "#endif\n"


def comment(title, worlds, only):
    lines = [title]
    for i, w in enumerate(worlds):
        lines += [f"rule: {r}" for r in w.rules]
        for k, (code, path, _) in enumerate(w.faults):
            mark = f"@{100 * (i + 1) + k}" if only is None else ""
            lines.append(f"transfer{mark}: {code} {path or '*'}")
    return "/* SPDX-License-Identifier: MIT\n *\n" + "".join(f" * {x}\n" for x in lines) + " */\n"


def states(worlds):
    """Numbers of all states that there are."""
    return [0] + [100 * (i + 1) + k for i, w in enumerate(worlds) for k in range(len(w.faults))]


def render(name, title, worlds, only=None):
    """The texts of NAME.c and NAME-other.c.  With `only`, of one world and one state: its own
    if it has no faults, else the one with that fault."""
    main = comment(title, worlds, only) + PRELUDE
    other = "/* SPDX-License-Identifier: MIT\n *\n * The other file of " + name + ".c.\n */\n" + PRELUDE
    for w in worlds:
        main += "\n" + world_text(w)
        other += "\n" + declarations(w, "other")
    main += "\n" + setup(worlds, only) + "\n" + check(worlds)
    return main.replace("@FILE@", name), other.replace("@FILE@", name)
