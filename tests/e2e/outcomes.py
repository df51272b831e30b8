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
    "net-badtype": (REFUSED, "refused", "refuse", set(), []),
}


def check_report(report, name):
    _, outcome, rung, _, words = SCENARIOS[name]
    expect(report["outcome"] == outcome, f"outcome {report['outcome']}, not {outcome}: {report}")
    expect(report["rung"] == rung, f"rung {report['rung']}, not {rung}: {report}")
    expect(report.get("expected_outcome_met") is True, "the scenario's own expectation")
    told = f"{report.get('component')} {report.get('path')} {report.get('reason')}"
    for word in words:
        expect(word in told, f"the report names no {word}: {told}")
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
