# SPDX-License-Identifier: MIT
#
# A campaign: the component built at every version, one guest, one update from each
# version to the next that builds.  What is known of a step is a dict:
#   step, from, to, title      its number; names of the versions; the new one's title
#   outcome, rung              as in luctl's report, or "does not build", "not tried"
#   failed_at, reason, path    of one that was refused or undone, or does not build
#   lost                       what a client saw go wrong, or ""
#   functions, types, globals  {"same", "added", "removed", "changed"}
#   identical                  both versions are the same image
#   objects, bytes, pointers, unreached   what the transfer moved
#   transfer_lines, annotations, rules    what it took besides the types
#   pause_ms, connections, client_bytes   how long a client waited at most; how many there
#                              were; bytes that came back to them
#   vcpu_pause_ms              how long the guest stood still
#   free_pages                 of the guest, afterwards
#   expected                   it came as it should
from builder import DoesNotBuild

PLANNED = ("functions", "types", "globals", "identical", "transfer_lines", "annotations", "rules")
MOVED = ("objects", "bytes", "pointers", "unreached")


class ClientLost(Exception):
    """A client of the guest saw something go wrong; the text says what."""


class Expectations:
    """Outcomes other than "committed", by name of the version that is updated to."""

    def __init__(self, by_name):
        self.by_name = by_name

    def unknown(self, revisions):
        """The names that none of the revisions has."""
        return sorted(self.by_name.keys() - {revision.name for revision in revisions})

    def met(self, step):
        outcome, rung = self.by_name.get(step["to"], ("committed", None))
        return not step.get("lost") and step["outcome"] == outcome and \
            rung in (None, step.get("rung"))


def from_plan(plan):
    return {name: plan[name] for name in PLANNED} if plan else {}


def from_report(report):
    facts = {"outcome": report["outcome"], "rung": report["rung"],
             "vcpu_pause_ms": report["pause_ms"]}
    if report["outcome"] != "committed":
        facts.update(failed_at=report["step"], reason=report["reason"], path=report["path"])
    for component in report["components"]:
        facts.update({name: component[name] for name in MOVED})
    return facts


class Campaign:
    """`open_guest(image)` is a context with a guest that runs the image (guest.Guest); `say(step)`
    is called with every step when it is over."""

    def __init__(self, builder, template, expectations, open_guest, say):
        self.builder, self.template, self.expectations = builder, template, expectations
        self.open_guest, self.say = open_guest, say
        self.steps = []

    def run(self, revisions):
        """Returns the steps."""
        built, rest = self._first(revisions)
        if built is not None:
            with self.open_guest(built[1].image) as guest:
                self._go(guest, built, rest)
        return self.steps

    def _first(self, revisions):
        """((revision, Built) of the first version that builds, the versions after it)."""
        for index, revision in enumerate(revisions):
            built = self._try_build(None, revision)
            if built is not None:
                return (revision, built), revisions[index + 1:]
        return None, []

    def _try_build(self, old, revision):
        try:
            return self.builder.build(revision)
        except DoesNotBuild as error:
            self._over(old, revision, outcome="does not build", reason=str(error))
            return None

    def _over(self, old, revision, **facts):
        step = {"step": len(self.steps) + 1, "from": old.name if old else "", "to": revision.name,
                "title": revision.title, **facts}
        step["expected"] = self.expectations.met(step)
        self.steps.append(step)
        self.say(step)

    def _go(self, guest, running, revisions):
        for index, revision in enumerate(revisions):
            new = self._try_build(running[0], revision)
            if new is None:
                continue
            facts = self._update(guest, running[1], new)
            self._over(running[0], revision, **facts)
            if facts["outcome"] == "committed":
                running = (revision, new)
            if not self._alive(guest, facts):
                self._give_up(running[0], revisions[index + 1:])
                return

    def _update(self, guest, old, new):
        xml, rules = self.template.scenario(new.image, guest.describe(old.image),
                                            guest.describe(new.image))
        plan, report, seen = guest.update(xml)
        return {"rules": rules, **from_plan(plan), **from_report(report), **seen}

    @staticmethod
    def _alive(guest, facts):
        """Can the campaign go on?  Clients that saw something wrong are replaced."""
        if facts["outcome"] == "not undone":
            return False
        if facts["lost"]:
            try:
                guest.reconnect()
            except ClientLost:
                return False
        return True

    def _give_up(self, old, revisions):
        for revision in revisions:
            self._over(old, revision, outcome="not tried", reason="the guest serves no longer")
