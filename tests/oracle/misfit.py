# SPDX-License-Identifier: MIT
"""Pairs that no plan may accept: one member somewhere changed into what it cannot
become, or a rule makes no sense; around it, random things that did not change.
"""
import random

import text

# old declaration, new declaration, error
CHANGES = (
    ("int {}", "struct inner {}", "EMISMATCH"),
    ("struct inner {}", "int {}", "EMISMATCH"),
    ("struct inner {}", "struct stranger {}", "EMISMATCH"),
    ("struct inner *{}", "struct stranger *{}", "EMISMATCH"),
    ("struct inner *{}", "long {}", "EMISMATCH"),
    ("unsigned long {}", "void *{}", "EMISMATCH"),
    ("struct inner *{}", "struct inner **{}", "EMISMATCH"),
    ("char {}[8]", "char *{}", "EMISMATCH"),
    ("char *{}", "char {}[8]", "EMISMATCH"),
    ("int (*{})(int)", "struct inner *{}", "EMISMATCH"),
    ("struct inner *{}", "int (*{})(int)", "EMISMATCH"),
    ("unsigned {} : 5", "struct inner *{}", "EMISMATCH"),
    ("struct inner {}", "union both {}", "EMISMATCH"),
    ("double {}", "struct inner *{}", "EMISMATCH"),
    ("enum word {}", "struct inner *{}", "EMISMATCH"),
    ("__int128 {}", "long {}", "EMISMATCH"),
    ("union loose {}", "union loose {}", "EAMBIGUOUS"),
)
TYPES = """\
struct inner { int x; };
struct stranger { int x; };
union both { int x; };
enum word { NO, YES };
#ifdef OLD
union loose { int x; long y; };
#else
union loose { long x; short y; };
#endif
"""
RULES = (
    ("drop outer.nothing", "ENOENT", "outer.nothing"),
    ("rename-type outer nobody", "ENOENT", "nobody"),
    ("rename-member outer.first nobody", "ENOENT", "nobody"),
    ("rename-global top nobody", "ENOENT", "nobody"),
    ("value outer.first 70000", "ERANGE", "outer.first"),
    ("value top 1", "EMISMATCH", "top"),
    ("truncate nobody", "ENOENT", "nobody"),
)


def wrap(rng, old, new, depth):
    """Nests the member in structures: its declarations and its path in them."""
    name = f"n{depth}"
    old, new, path = old.format(name), new.format(name), name
    for i in range(depth):
        way = rng.choice(["value", "array", "pointer", "nameless"])
        around = f"r{i}"
        before = rng.choice(["", "char c; ", "long l; ", "void *p; "]) if i != 0 else "int k; "
        before = before.replace(" c;", f" c{i};").replace(" l;", f" l{i};").replace("*p;", f"*p{i};")
        mark = {"value": "", "array": f"[{rng.randint(1, 4)}]", "pointer": "", "nameless": ""}[way]
        star = "*" if way == "pointer" else ""
        shown = "" if way == "nameless" else f" {star}{around}{mark}"
        old, new = (f"struct {{ {before}{x}; }}{shown}" for x in (old, new))
        if way != "nameless":
            path = f"{around}{'[]' if mark else ''}{'->' if star else '.'}{path}"
    return old, new, path


def render(name, seed):
    """Texts of both files."""
    rng = random.Random(f"{seed}/misfit")
    old, new, code = rng.choice(CHANGES)
    old, new, path = wrap(rng, old, new, rng.randint(0, 3))
    rule, expected = "", f"{code} top.{path}"
    if rng.random() < 0.25:
        rule, code, path = rng.choice(RULES)
        rule, expected, new = f" * rule: {rule}\n", f"{code} {path}", old
    main = (f"/* SPDX-License-Identifier: MIT\n *\n * Random misfit, seed {seed}.\n{rule}"
            f" * plan: {expected}\n */\n" + text.PRELUDE + TYPES +
            f"struct outer {{\n    short first;\n#ifdef OLD\n    {old};\n#else\n    {new};\n#endif\n"
            "} top;\n" + text.function("void setup(void)", ["KEEP(top);"]) +
            "#ifndef OLD\n" + text.function("int check(void)", ["KEEP(top);", "return 0;"]) + "#endif\n")
    other = "/* SPDX-License-Identifier: MIT */\n" + text.PRELUDE
    return main.replace("@FILE@", name), other
