# SPDX-License-Identifier: MIT
#
# The guest of a campaign: boots with the first version of the component, keeps
# clients connected, and is updated one step at a time.
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from campaign import ClientLost  # noqa: E402
from rules import Description  # noqa: E402
from stack import COMMITTED, ROOT, Failure, Stack  # noqa: E402

PASSING_MS = 3  # between two lines of the client that comes and goes


def image_folder(build, component, image):
    """A temporary image directory like the build's, whose boot archive has `image` in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pe-images-"))
    shutil.copy(build / "images/kernel.elf", folder)
    shutil.copy(image, folder / f"{component}.elf")
    for path in (build / "images").glob("*.elf"):
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    subprocess.run([build / "guestos/image/lu-mkarchive", "--schema", ROOT / "schemas/system.rng",
                    "--manifest", ROOT / "guestos/image/system.xml", "--out", folder / "boot.arc",
                    *folder.glob("*.elf")], check=True)
    return folder


class Load:
    """Clients that see every byte come back right: `count` connections on which as much as the
    guest takes is under way in both directions from start to end, and one that is opened before
    a step and closed after it."""

    def __init__(self, stack, port, count):
        self.stack, self.port, self.count = stack, port, count
        self.streams = stack.load(port, count)
        self.passing = None

    def begin_step(self):
        self.passing = self.stack.witness(self.port, through_socat=False, interval_ms=PASSING_MS)
        self.streams.mark("before")

    def end_step(self):
        """What the clients saw since begin_step."""
        streams, passing = self.streams.mark("after"), self.passing.finish()
        self._end(self.passing)
        return {"connections": self.count + 1, "client_bytes": streams["bytes"],
                "pause_ms": max(streams["longest_ms"], passing["longest_ms"])}

    def _end(self, client):
        if client in self.stack.clients:
            self.stack.clients.remove(client)
            client.kill()

    def close(self):
        self._end(self.streams)
        self._end(self.passing)


class Guest:
    """Use with `with`.  The guest runs `image` and has `connections` clients."""

    def __init__(self, build, component, image, connections, accel):
        self.build, self.connections = pathlib.Path(build).resolve(), connections
        self.cleanup = contextlib.ExitStack()
        try:
            folder = image_folder(self.build, component, image)
            self.cleanup.callback(shutil.rmtree, folder)
            self.stack = self.cleanup.enter_context(Stack(build, image_dir=folder))
            self.port, _ = self.stack.start_guest(accel=accel)
            self.load = Load(self.stack, self.port, connections)
        except BaseException:
            self.cleanup.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.cleanup.__exit__(*exception)

    def describe(self, image):
        """The Description of an image."""
        return Description(subprocess.run([self.build / "pass/lu-desc", "dump", image], text=True,
                                          check=True, stdout=subprocess.PIPE).stdout)

    def update(self, scenario):
        """Applies the scenario text under load: (plan, report, facts that guest and clients know
        of).  The plan is None when there is none, the fact "lost" what a client saw go wrong."""
        path = self.stack.state / "step.xml"
        path.write_text(scenario)
        code, out, _ = self.stack.try_luctl("--json", "plan", path, "--guest", "g")
        plan = json.loads(out)["components"][0] if code == COMMITTED else None
        seen = {"lost": ""}
        try:
            self.load.begin_step()
            self.stack.try_luctl("--json", "apply", path, "--guest", "g")
            seen.update(self.load.end_step())
        except Failure as failure:
            self.stack.show_evidence()
            seen["lost"] = str(failure)
        return plan, self.stack.last_report(), {**seen, **self._pages()}

    def _pages(self):
        code, out, _ = self.stack.try_luctl("--json", "guest", "info", "g")
        return {"free_pages": json.loads(out)["free_pages"]} if code == COMMITTED else {}

    def reconnect(self):
        """New clients in place of those that saw something go wrong; ClientLost when the guest
        does not serve any more."""
        self.load.close()
        try:
            self.load = Load(self.stack, self.port, self.connections)
        except Failure as failure:
            raise ClientLost(str(failure)) from None
