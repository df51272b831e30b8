# SPDX-License-Identifier: MIT
"""One guest under QEMU for the update tests: console in a file, channel on a socket."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from channel_peer import Peer

COUNT = re.compile(r"^\[ *[\d.]+\] (\w+): (\w+) count (\d+)( BROKEN)?$", re.M)


class GuestError(Exception):
    """What the guest did wrong."""


def wait_for(what, probe, seconds=20.0):
    """Polls until probe() is true; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.01)
    raise GuestError(f"no {what} within {seconds:.0f} s")


class Machine:
    """A running guest; use with `with`."""

    def __init__(self, kernel, archive, memory=64):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="guest-upd-"))
        self.console_path = self.dir / "console"
        self.channel_path = self.dir / "ch"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", str(memory),
             "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
             "-serial", f"file:{self.console_path}", "-kernel", kernel, "-initrd", archive,
             "-device", "virtio-serial-pci",
             "-chardev", f"socket,id=ch,path={self.channel_path},server=on,wait=off",
             "-device", "virtserialport,chardev=ch,name=org.protean.channel.0"],
            stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind:
            print("console:\n" + "\n".join(self.console().splitlines()[-30:]), flush=True)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def console(self):
        try:
            return self.console_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def peer(self):
        def connect():
            try:
                return Peer(self.channel_path)
            except OSError:
                return None
        wait_for("channel socket", self.channel_path.exists)
        return wait_for("channel", connect)

    # --- the counters ---

    def counts(self, name):
        """[(version, number)] that the component has printed so far."""
        whole = self.console().rpartition("\n")[0]
        found = [m.groups() for m in COUNT.finditer(whole) if m.group(1) == name]
        if any(f[3] for f in found):
            raise GuestError(f"{name}: state is inconsistent")
        return [(version, int(number)) for _, version, number, _ in found]

    def wait_count(self, name, more=3):
        """Waits until it has counted on; its latest (version, number)."""
        start = len(self.counts(name))
        return wait_for(f"progress of {name}", lambda: self.counts(name)[start + more - 1:])[-1]

    def check_counts(self, *names):
        """No number of the component's was lost, doubled or out of order."""
        for name in names:
            self.wait_count(name)
            numbers = [n for _, n in self.counts(name)]
            if numbers != list(range(1, len(numbers) + 1)):
                raise GuestError(f"{name}: counted {numbers}")
