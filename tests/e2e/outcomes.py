# SPDX-License-Identifier: MIT
#
# What each shipped scenario must come to, apart from what its own file says, and
# the checks on report and guest that the tests and the demo share.
from stack import COMMITTED, REFUSED, UNDONE, expect

# name: (exit code, outcome, rung, components that change, words that the reason must have)
SCENARIOS = {
    "net-e1000": (COMMITTED, "committed", "none", {"net", "e1000"}, []),
    "net-crash": (UNDONE, "undone", "hot rollback", set(), ["net"]),
    "net-corrupt": (UNDONE, "undone", "restore", set(), []),
    "net-filter-never": (UNDONE, "undone", "cancel", set(), ["net"]),
    "net-invariant": (UNDONE, "undone", "hot rollback", set(), ["net", "pending_writes"]),
    "net-lossy": (UNDONE, "undone", "cancel", set(),
                  ["net", "].recv.state", "rehearsal, reverse check: is NET_REQUEST_WAITING, and "
                   "would come back as NET_REQUEST_NONE"]),
    "net-narrow": (UNDONE, "undone", "cancel", set(),
                   ["net", "].peer_port", "rehearsal, transfer: "]),
    "net-badtype": (REFUSED, "refused", "refuse", set(), []),
}


# What the guest says of its transfer, and the agent of its rehearsal.
MOVED = ("objects", "bytes", "pointers", "unreached", "unreached_bytes", "handled", "allowed")


def rehearsing(stack, scenario, mode):
    """A scenario with that mode of rehearsal, and without its expectation."""
    lines = scenario.read_text().splitlines()
    kept = [line for line in lines if "<rehearse" not in line and "<expect" not in line]
    expect(len(kept) < len(lines) and kept[-1] == "</scenario>", f"{scenario} has another form")
    path = stack.state / f"{scenario.stem}-{mode}.xml"
    path.write_text("\n".join([*kept[:-1], f'<rehearse mode="{mode}"/>', kept[-1], ""]))
    return path


def check_rehearsals(report):
    """Of an update that was rehearsed both ways and committed, without handlers."""
    expect(report.get("rehearse_ms", 0) > 0, f"no time was spent on the rehearsal: {report}")
    for c in report["components"]:
        rehearsal = c["rehearsal"]
        expect(rehearsal["mode"] == "reverse" and rehearsal["passed"] and rehearsal["audited"],
               f"{c['name']}: {rehearsal}")
        moved = [[figures[word] for word in MOVED] for figures in (c, rehearsal)]
        expect(moved[0] == moved[1], f"{c['name']} says {moved[0]}, rehearsed was {moved[1]}")
        expect(rehearsal["reverse"]["objects"] > 0, f"{c['name']}: {rehearsal}")


def check_report(report, name):
    _, outcome, rung, _, words = SCENARIOS[name]
    expect(report["outcome"] == outcome, f"outcome {report['outcome']}, not {outcome}: {report}")
    expect(report["rung"] == rung, f"rung {report['rung']}, not {rung}: {report}")
    expect(report.get("expected_outcome_met") is True, "the scenario's own expectation")
    told = f"{report.get('component')} {report.get('path')} {report.get('reason')}"
    for word in words:
        expect(word in told, f"the report names no {word}: {told}")
    if outcome == "committed":
        check_rehearsals(report)
    if name == "net-badtype":
        expect(report.get("path"), f"no path of the object that cannot be transferred: {report}")


def check_guest(before, after, changed):
    old = {c["name"]: c["build_id"] for c in before["components"]}
    new = {c["name"]: c["build_id"] for c in after["components"]}
    differs = {name for name in old if old[name] != new.get(name)}
    expect(old.keys() == new.keys(), f"components were {sorted(old)}, are {sorted(new)}")
    expect(differs == changed, f"changed: {sorted(differs)}, not {sorted(changed)}")
    expect(after["state"] == "running", f"the guest is {after['state']}")
    expect(after["pid"] == before["pid"], "the guest's process is another one")
    restarts = sum(c["restarts"] for c in after["components"])
    expect(restarts == 0, f"{restarts} components were restarted")
    if not changed:
        expect(after["upd_count"] % 2 == before["upd_count"] % 2, "a swap was not swapped back")
