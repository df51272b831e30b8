# SPDX-License-Identifier: MIT
"""One guest under QEMU for the update tests: console in a file, channel on a socket."""
import pathlib
import re
import subprocess
import sys
import tempfile

from channel_peer import Peer

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "net"))
import machine  # noqa: E402
from machine import GuestError, wait_for  # noqa: E402

COUNT = re.compile(r"^\[ *[\d.]+\] (\w+): (\w+) count (\d+)( BROKEN)?$", re.M)


class Guest(machine.Machine):
    """A running guest without network; use with `with`."""

    def __init__(self, kernel, archive, memory=64):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="guest-upd-"))
        self.memory = memory << 20
        self.console_path = self.dir / "console"
        self.channel_path = self.dir / "ch"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-M", "q35,memory-backend=ram", "-accel", "tcg", "-cpu", "max",
             "-m", str(memory), "-object",
             f"memory-backend-file,id=ram,size={memory}M,share=on,mem-path={self.dir}/ram",
             "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
             "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off",
             "-serial", f"file:{self.console_path}", "-kernel", kernel, "-initrd", archive,
             "-device", "virtio-serial-pci",
             "-chardev", f"socket,id=ch,path={self.channel_path},server=on,wait=off",
             "-device", "virtserialport,chardev=ch,name=org.protean.channel.0"],
            stdin=subprocess.DEVNULL)
        try:
            self._attach()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, kind, value, traceback):
        console = self.console()
        self.stop()  # first: the report below may meet a closed pipe
        if kind:
            print("console:\n" + "\n".join(console.splitlines()[-40:]), flush=True)

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
