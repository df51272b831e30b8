# SPDX-License-Identifier: MIT
#
# Steps of a campaign as people read them: a line each as they come, and a table.

OK = "committed"


def number(facts, name, style="{}"):
    value = facts.get(name)
    return "-" if value is None else style.format(value)


def total(facts, name):
    """How many functions, types or globals differ in any way; "-" when it is not known."""
    counts = facts.get(name)
    return str(counts["added"] + counts["removed"] + counts["changed"]) if counts else "-"


def size(count):
    return f"{count / 1024:.1f}k"


def outcome(step):
    """"committed", "undone: hot rollback", "committed, client lost"."""
    rung = step.get("rung", "none")
    text = step["outcome"] + (f": {rung}" if rung not in ("none", "refuse") else "")
    return text + (", client lost" if step.get("lost") else "")


COLUMNS = [
    ("step", ">", lambda s: str(s["step"])),
    ("to", "<", lambda s: s["to"]),
    ("outcome", "<", outcome),
    ("func", ">", lambda s: total(s, "functions")),
    ("type", ">", lambda s: total(s, "types")),
    ("glob", ">", lambda s: total(s, "globals")),
    ("objects", ">", lambda s: number(s, "objects")),
    ("bytes", ">", lambda s: size(s["bytes"]) if "bytes" in s else "-"),
    ("code", ">", lambda s: number(s, "transfer_lines")),
    ("annot", ">", lambda s: number(s, "annotations")),
    ("rules", ">", lambda s: number(s, "rules")),
    ("vcpu ms", ">", lambda s: number(s, "vcpu_pause_ms", "{:.1f}")),
    ("pause ms", ">", lambda s: number(s, "pause_ms", "{:.1f}")),
]


def table(steps):
    """Aligned columns, one row per step."""
    rows = [[title for title, _, _ in COLUMNS]] + \
        [[cell(step) for _, _, cell in COLUMNS] for step in steps]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = []
    for row in rows:
        cells = (f"{text:{align}{width}}"
                 for text, (_, align, _), width in zip(row, COLUMNS, widths))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def line(step):
    """What is told of a step as soon as it is over."""
    name = f"{step['from']} -> {step['to']}" if step["from"] else step["to"]
    title = f" ({step['title']})" if step["title"] else ""
    parts = [f"step {step['step']}: {name}{title}: {outcome(step)}"]
    if step["outcome"] != OK:
        where = f" at {step['failed_at']}" if step.get("failed_at") else ""
        path = f"{step['path']}: " if step.get("path") else ""
        parts.append(f"    reason{where}: {path}{step['reason']}")
    if step.get("lost"):
        parts.append(f"    client: {step['lost']}")
    if not step["expected"]:
        parts.append("    not as expected")
    if step["outcome"] == OK:
        parts.append(f"    {changed(step)}; {took(step)}")
        parts.append(f"    {moved(step)}")
    return "\n".join(parts)


def some(count, noun):
    """"1 rule", "2 rules"."""
    return f"{count} {noun}{'' if int(count) == 1 else 's'}"


def changed(step):
    if step["identical"]:
        return "the same image"
    return "changed: " + ", ".join(some(total(step, f"{what}s"), what)
                                   for what in ("function", "type", "global"))


def took(step):
    return f"took {some(step['transfer_lines'], 'line')} of transfer code, " \
           f"{some(step['annotations'], 'annotation')}, {some(step['rules'], 'rule')}"


def moved(step):
    stood = f"the guest stood still for {step['vcpu_pause_ms']:.1f} ms"
    waited = f", clients waited at most {step['pause_ms']:.1f} ms" if "pause_ms" in step else ""
    return f"moved {some(step['objects'], 'object')}, {some(step['bytes'], 'byte')}; " \
           f"{stood}{waited}"


def summary(steps):
    """"12 steps: 10 committed, 1 undone, 1 does not build; 11 as expected"."""
    counts = {}
    for step in steps:
        counts[step["outcome"]] = counts.get(step["outcome"], 0) + 1
    pauses = [step["pause_ms"] for step in steps if "pause_ms" in step]
    pages = [step["free_pages"] for step in steps if "free_pages" in step]
    text = f"{some(len(steps), 'step')}: " + ", ".join(f"{n} {what}" for what, n in counts.items())
    text += f"; {sum(step['expected'] for step in steps)} as expected"
    text += f"; longest pause {max(pauses):.1f} ms" if pauses else ""
    return text + (f"; free pages {pages[0]} to {pages[-1]}" if pages else "")
