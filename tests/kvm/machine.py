# SPDX-License-Identifier: MIT
#
# The nested machine: a Linux with working KVM on hosts that have none.  QEMU's TCG
# emulates a CPU with AMD's SVM; Debian's cloud kernel runs on it with a disk made
# of this machine's QEMU, libvirt driver and whatever the caller adds, and runs
# /job/run from that disk.  Needs no root and leaves nothing behind but its
# directory.
#
# Its clocks count instructions, not the host's time: on a host with other things to
# do the job takes longer, but nothing inside sees that, or times out for it.
import os
import pathlib
import re
import selectors
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
LIBDIR = pathlib.Path("/usr/lib/x86_64-linux-gnu")
ROMS = ["pvh.bin", "bios-256k.bin", "kvmvapic.bin", "linuxboot_dma.bin", "efi-e1000.rom",
        "efi-virtio.rom"]
ROM_DIRS = ["/usr/share/qemu", "/usr/share/seabios", "/usr/lib/ipxe/qemu"]
PASSWD = "root:x:0:0:root:/root:/bin/sh\nlibvirt-qemu:x:64055:64055::/var/lib/libvirt:/bin/false\n"
GROUP = "root:x:0:\nkvm:x:101:\nlibvirt-qemu:x:64055:\n"


class MachineError(Exception):
    """The machine could not be made, or did not finish its job."""


def libraries_of(binary):
    """The shared libraries that ldd resolves for `binary`, and the dynamic linker."""
    done = subprocess.run(["ldd", binary], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False)
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Disk:
    """A folder that becomes the machine's root file system."""

    def __init__(self, root):
        self.root = root
        shutil.rmtree(root, ignore_errors=True)
        for name in ("proc", "sys", "dev", "tmp", "run", "root", "etc", "job", "bin", "lib64",
                     "usr/bin", "var/lib", "var/log", "var/cache"):
            (root / name).mkdir(parents=True)

    def put(self, source, dest=None):
        """Copies one file to `dest` (default: the same path), following symlinks, with the
        libraries that it needs when it is a program."""
        source = pathlib.Path(source)
        target = self.root / str(dest or source).lstrip("/")
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        with open(source, "rb") as file:
            is_elf = file.read(4) == b"\x7fELF"
        if is_elf:
            for library in libraries_of(source):
                self.put(library)

    def put_tree(self, source, dest=None):
        for path in sorted(pathlib.Path(source).rglob("*")):
            if path.is_file():
                self.put(path, pathlib.Path(dest or source) / path.relative_to(source))

    def write(self, dest, text, mode=0o644):
        target = self.root / dest.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def put_base(self):
        """busybox, QEMU with its ROMs, and libvirt's QEMU driver."""
        self.put("/bin/busybox")
        for applet in subprocess.run(["/bin/busybox", "--list"], stdout=subprocess.PIPE, text=True,
                                     check=True).stdout.split():
            link = self.root / "bin" / applet
            if not link.exists():
                link.symlink_to("busybox")
        self.put("/usr/bin/qemu-system-x86_64")
        self.put("/usr/bin/qemu-img")
        self.put(LIBDIR / "qemu/accel-tcg-x86_64.so")
        for rom in ROMS:
            found = [d for d in ROM_DIRS if os.path.exists(f"{d}/{rom}")]
            if not found:
                raise MachineError(f"no {rom} in {', '.join(ROM_DIRS)}")
            self.put(f"{found[0]}/{rom}", f"/usr/share/qemu/{rom}")
        self.put(LIBDIR / "libvirt/connection-driver/libvirt_driver_qemu.so")
        self.put("/usr/lib/libvirt/libvirt_iohelper")
        self.put_tree("/usr/share/libvirt")
        self.write("/etc/passwd", PASSWD)
        self.write("/etc/group", GROUP)
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")

    def image(self, path, mib):
        """Makes the ext4 image that holds the folder."""
        with open(path, "wb") as file:
            file.truncate(mib << 20)
        mke2fs = shutil.which("mke2fs", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        subprocess.run([mke2fs, "-q", "-t", "ext4", "-O", "^has_journal", "-E",
                        "root_owner=0:0", "-d", self.root, path], check=True,
                       stdin=subprocess.DEVNULL)


def make_initramfs(kernel, path):
    """A gzip'ed cpio of busybox, the kernel's modules and our init."""
    tree = path.parent / "initramfs"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "proc", "sys", "dev", "root"):
        (tree / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    shutil.copytree(kernel / "modules", tree / "modules")
    shutil.copy(HERE / "init", tree / "init")
    (tree / "init").chmod(0o755)
    names = "\n".join(str(p.relative_to(tree)) for p in sorted(tree.rglob("*")))
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=tree,
                             input=names.encode(), stdout=subprocess.PIPE, check=True).stdout
    packed = subprocess.run(["gzip", "-1"], input=archive, stdout=subprocess.PIPE, check=True)
    path.write_bytes(packed.stdout)


def qemu_command(kernel, initramfs, image, memory):
    """One processor of 250 million instructions per second (one is all that counted time
    allows).  Without ERMS and FSRM, for `rep movsb` is what TCG is slowest at, and without
    LA57, for every level of page tables is paid for twice."""
    return ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=single,tb-size=512",
            "-icount", "shift=2,sleep=on", "-cpu", "max,+svm,-erms,-fsrm,-la57", "-smp", "1",
            "-m", str(memory), "-nodefaults", "-display", "none",
            "-no-reboot", "-serial", "stdio", "-kernel", str(kernel / "vmlinuz"),
            "-initrd", str(initramfs),
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on",
            "-drive", f"file={image},format=raw,if=none,id=d0,cache=unsafe",
            "-device", "virtio-blk-pci,drive=d0"]


class Output:
    """What the machine prints, in lines, and the exit status of its job."""

    def __init__(self, echo):
        self.echo, self.rest = echo, b""
        self.lines, self.status = [], None

    def take(self, data):
        *whole, self.rest = (self.rest + data).split(b"\n")
        for raw in whole:
            line = raw.decode(errors="replace").rstrip("\r")
            self.lines.append(line)
            self.echo(line)
            if line.startswith("@@exit "):
                self.status = int(line.split()[1])


def read_all(stream, output, seconds, quiet_seconds):
    """Until the machine is off, or the time is over."""
    poll = selectors.DefaultSelector()
    poll.register(stream, selectors.EVENT_READ)
    end = time.monotonic() + seconds
    while True:
        left = min(quiet_seconds, end - time.monotonic())
        data = os.read(stream.fileno(), 65536) if left > 0 and poll.select(left) else b""
        if not data:
            return
        output.take(data)


def boot(command, seconds, quiet_seconds, echo):
    """Runs the machine once; returns (exit status of the job or None, its lines).  It is
    given up, status None, after `seconds`, or when nothing was printed for `quiet_seconds`."""
    output = Output(echo)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu:
        try:
            read_all(qemu.stdout, output, seconds, quiet_seconds)
        finally:
            qemu.kill()
    return output.status, output.lines


def run(command, seconds, quiet_seconds, echo, attempts=2):
    """Boots the machine, a second time if the watchdog had to end it.  A job that ended
    with a status, good or bad, is never repeated."""
    for attempt in range(1, attempts + 1):
        status, lines = boot(command, seconds, quiet_seconds, echo)
        if status is not None:
            return status, lines
        echo(f"nested machine: attempt {attempt} of {attempts} did not finish its job")
    raise MachineError("the nested machine did not finish its job")
