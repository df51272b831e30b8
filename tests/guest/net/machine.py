# SPDX-License-Identifier: MIT
"""One guest under QEMU (TCG, user networking) for the network tests.

Machine starts QEMU without the agent and ends it; its memory is a shared file, so
that a test can make a component fault from outside (wreck) and look at the
introspection block (guestos/abi/lu/inspect.h).  Nothing here sleeps for an
event: everything polls with a deadline.
"""
import json
import mmap
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "update"))
import channel_peer as ch  # noqa: E402

INSPECT_PHYS = 0x100000
INSPECT_MAGIC = 0x4E41455450524F54
SLOT = struct.Struct("<IIQIIII20s16sI")
IMAGE_FIRST, IMAGE_END = 0x00400000, 0x10000000
ADDRESS = 0x000FFFFFFFFFF000
PRESENT, USER, LARGE = 1, 4, 0x80


class GuestError(Exception):
    """What the guest did wrong."""


def wait_for(what, probe, seconds=20.0):
    """Polls until probe() is true; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise GuestError(f"no {what} within {seconds:.0f} s")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Machine:
    """A running guest; use with `with`."""

    def __init__(self, kernel, archive, bridge=False, memory=64):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="guest-net-"))
        self.port = free_port()
        self.memory = memory << 20
        nic = "e1000,netdev=n0"
        extra = []
        if bridge:  # as libvirt places it: behind a PCIe-to-PCI bridge on a root port
            extra = ["-device", "pcie-root-port,id=rp1,chassis=1",
                     "-device", "pcie-pci-bridge,id=br1,bus=rp1"]
            nic += ",bus=br1,addr=1"
        self.console_path = self.dir / "console"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-M", "q35,memory-backend=ram", "-accel", "tcg", "-cpu", "max",
             "-m", str(memory), "-object",
             f"memory-backend-file,id=ram,size={memory}M,share=on,mem-path={self.dir}/ram",
             "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
             "-serial", f"file:{self.console_path}",
             "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off",
             "-kernel", kernel, "-initrd", archive,
             "-device", "virtio-serial-pci",
             "-chardev", f"socket,id=ch,path={self.dir}/channel,server=on,wait=off",
             "-device", "virtserialport,chardev=ch,name=org.protean.channel.0", *extra,
             "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.port}-:7", "-device", nic],
            stdin=subprocess.DEVNULL)
        try:
            self._attach()
        except BaseException:
            self.stop()
            raise

    def _attach(self):
        wait_for("RAM file", (self.dir / "ram").exists, 10)
        wait_for("RAM", lambda: (self.dir / "ram").stat().st_size == self.memory, 10)
        with open(self.dir / "ram", "r+b") as ram:
            self.ram = mmap.mmap(ram.fileno(), self.memory)
        self.qmp_socket = socket.socket(socket.AF_UNIX)
        wait_for("QMP socket", self._qmp_connect, 10)
        self.qmp_file = self.qmp_socket.makefile("rw")
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")

    def _qmp_connect(self):
        try:
            self.qmp_socket.connect(str(self.dir / "qmp"))
            return True
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind:
            print("console:\n" + "\n".join(self.console().splitlines()[-40:]), flush=True)
        self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def console(self):
        try:
            return self.console_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def qmp(self, command):
        self.qmp_file.write(json.dumps({"execute": command}) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise GuestError(f"QMP {command}: {answer['error']}")

    # --- introspection ---

    def slots(self):
        """{name: (endpoint, root)} of the living components."""
        magic, _, _, _, table, n = struct.unpack_from("<QIIQQI", self.ram, INSPECT_PHYS)
        if magic != INSPECT_MAGIC:
            raise GuestError("no introspection block")
        found = {}
        for i in range(n):
            slot = SLOT.unpack_from(self.ram, table + i * SLOT.size)
            if slot[0]:
                found[slot[8].partition(b"\0")[0].decode()] = (slot[0], slot[2])
        return found

    def _walk(self, table, level, base):
        for i in range(512):
            entry, = struct.unpack_from("<Q", self.ram, table + 8 * i)
            va = base | i << (12 + 9 * level)
            if not entry & PRESENT or not entry & USER or va >= IMAGE_END:
                continue
            if level == 0 or entry & LARGE:
                yield va, table + 8 * i
            else:
                yield from self._walk(entry & ADDRESS, level - 1, va)

    def wreck(self, name):
        """Takes the component's image away from it: its next instruction faults.
        Returns its endpoint."""
        self.qmp("stop")
        endpoint, root = self.slots()[name]
        for va, at in self._walk(root & ADDRESS, 3, 0):
            if va >= IMAGE_FIRST:
                self.ram[at] &= ~USER & 0xFF
        self.qmp("cont")
        return endpoint

    def peer(self):
        """The agent's end of the channel, after hello."""
        peer = ch.Peer(self.dir / "channel")
        peer.hello(7)
        return peer

    # --- the echo service ---

    def connect(self, timeout=20.0):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def try_echo(self, timeout=1.0):
        """A connection on which the first line came back, or None."""
        try:
            s = self.connect(timeout)
        except OSError:
            return None
        try:
            s.sendall(b"hello\n")
            if recv_exactly(s, 8) == b"1 hello\n":
                s.settimeout(20.0)
                return s
        except OSError:
            pass
        s.close()
        return None

    def wait_echo(self, seconds=30.0):
        return wait_for("answer from the echo service", self.try_echo, seconds)


def recv_exactly(s, n):
    data = bytearray()
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            break
        data += part
    return bytes(data)
