# SPDX-License-Identifier: MIT
"""The agent's end of the channel, for tests: frames of guestos/abi/lu/channel.h.

Peer speaks over the UNIX socket of QEMU's chardev.  request() sends a frame and
returns the answer to it; what comes unasked meanwhile is kept in `unasked`.
"""
import itertools
import socket
import struct
import time
import zlib

MAGIC, VERSION, MAX_PAYLOAD = 0x4C554348, 2, 32768
HEADER = struct.Struct("<IHHIIIIII")
(HELLO, STATUS, QUERY, STAGE_BEGIN, STAGE_DATA, STAGE_RULES, STAGE_END, PREPARE, READY, PROCEED,
 PROGRESS, INITED, COMMIT, COMMITTED, UNDO, UNDONE, RESTORED, FAILED, OK, HEARTBEAT, LEASE, EVENT,
 ERROR) = range(1, 24)
STEPS = ["none", "validate", "plan", "stage", "prepare", "snapshot", "metadata", "trace", "transfer",
         "control", "init", "check", "commit", "cleanup"]
RUNGS = ["none", "refuse", "cancel", "hot rollback", "restore"]
ERRORS = {2: "ENOENT", 5: "EIO", 16: "EBUSY", 22: "EINVAL", 71: "EPROTO", 74: "EBADMSG",
          38: "ENOSYS", 110: "ETIMEDOUT", 125: "ECANCELED", 130: "EFORMAT", 131: "EMISMATCH",
          133: "ETARGET", 135: "ECRASH", 137: "EINVARIANT"}

STATUS_HEAD = struct.Struct("<IIQIIQII4Q")
COMPONENT = struct.Struct("<16sIIII20sI")
STAGE = struct.Struct("<QII16sQII20sI")
RANGE = struct.Struct("<IIQQ")
FAILED_BODY = struct.Struct("<QIIiI16s128s192s")
RESULT = struct.Struct("<16s8Q")
FILTER_MAX, MAX_HOLDS = 1024, 8


class PeerError(Exception):
    """The guest did not do what was expected of it."""


def text(raw):
    return raw.partition(b"\0")[0].decode(errors="replace")


class Frame:
    def __init__(self, kind, epoch, seq, reply_to, payload):
        self.kind, self.epoch, self.seq, self.reply_to = kind, epoch, seq, reply_to
        self.payload = payload

    def failed(self):
        """Fields of LU_CH_FAILED and LU_CH_ERROR."""
        txn, step, rung, error, kind, component, path, why = FAILED_BODY.unpack(self.payload)
        return {"txn": txn, "step": STEPS[step], "rung": RUNGS[rung],
                "error": ERRORS.get(-error, error), "frame": kind, "component": text(component),
                "path": text(path), "text": text(why)}

    def status(self):
        f = STATUS_HEAD.unpack_from(self.payload)
        components = {}
        for i in range(f[1]):
            c = COMPONENT.unpack_from(self.payload, STATUS_HEAD.size + i * COMPONENT.size)
            components[text(c[0])] = {"ep": c[1], "run_state": c[2], "pages": c[3],
                                      "restarts": c[4], "build_id": c[5]}
        return {"txn": f[2], "step": STEPS[f[3]], "hypervisor": struct.pack("<I", f[4]),
                "last": (f[5], f[6], RUNGS[f[7]]), "free_pages": f[9], "components": components}

    def results(self):
        return [RESULT.unpack_from(self.payload, at)
                for at in range(8, len(self.payload), RESULT.size)]

    def rung(self):
        return RUNGS[struct.unpack_from("<QI", self.payload)[1]]

    def __repr__(self):
        if self.kind in (FAILED, ERROR):
            return f"{'FAILED' if self.kind == FAILED else 'ERROR'} {self.failed()}"
        return f"frame {self.kind} of {len(self.payload)} bytes"


def build_id(image):
    """The GNU build id of an ELF file."""
    at = image.find(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0")
    if at < 0:
        raise PeerError("the image has no build id")
    return image[at + 16:at + 36]


class Peer:
    def __init__(self, path, timeout=20.0):
        self.timeout = timeout
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.epoch, self.seq = 0, 0
        self.txns = itertools.count(100)
        self.buffer = bytearray()
        self.synced = False  # a connection may begin in the middle of a frame
        self.unasked = []

    def close(self):
        self.socket.close()

    # --- frames ---

    def pack(self, kind, payload=b"", epoch=None, version=VERSION):
        self.seq += 1
        head = struct.pack("<IHHIIIII", MAGIC, version, kind,
                           self.epoch if epoch is None else epoch, self.seq, 0, len(payload),
                           zlib.crc32(payload))
        return head + struct.pack("<I", zlib.crc32(head)) + payload

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, kind, payload=b"", **fields):
        self.send_raw(self.pack(kind, payload, **fields))
        return self.seq

    def _whole(self):
        """The next frame in the buffer, or None."""
        if not self.synced:
            at = self.buffer.find(struct.pack("<I", MAGIC))
            del self.buffer[:at if at >= 0 else max(len(self.buffer) - 3, 0)]
            self.synced = at >= 0
        if len(self.buffer) < HEADER.size:
            return None
        magic, version, kind, epoch, seq, reply_to, size, payload_crc, header_crc = \
            HEADER.unpack_from(self.buffer)
        if magic != MAGIC or version != VERSION or size > MAX_PAYLOAD or \
                zlib.crc32(self.buffer[:28]) != header_crc:
            raise PeerError(f"the guest sent garbage: {bytes(self.buffer[:32])!r}")
        if len(self.buffer) < HEADER.size + size:
            return None
        payload = bytes(self.buffer[HEADER.size:HEADER.size + size])
        del self.buffer[:HEADER.size + size]
        if zlib.crc32(payload) != payload_crc:
            raise PeerError(f"frame {kind}: wrong payload checksum")
        return Frame(kind, epoch, seq, reply_to, payload)

    def receive(self, seconds=None):
        """The next frame of this epoch, or None when none comes in time."""
        end = time.monotonic() + (self.timeout if seconds is None else seconds)
        while True:
            frame = self._whole()
            if frame and frame.epoch == self.epoch:
                return frame
            if frame:
                continue
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return None
            if not data:
                raise PeerError("the channel was closed")
            self.buffer += data

    def wait(self, wanted, what):
        """The next frame for which wanted(frame); others go to `unasked`."""
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            frame = self.receive(max(end - time.monotonic(), 0))
            if frame is None:
                break
            if wanted(frame):
                return frame
            self.unasked.append(frame)
        raise PeerError(f"no {what} from the guest within {self.timeout:.0f} s; "
                        f"it sent {self.unasked[-5:]}")

    def request(self, kind, payload=b"", expect=None, **fields):
        seq = self.send(kind, payload, **fields)
        frame = self.wait(lambda f: f.reply_to == seq and f.kind != PROGRESS, f"answer to {kind}")
        if expect is not None and frame.kind != expect:
            raise PeerError(f"request {kind}: got {frame}, expected frame {expect}")
        return frame

    def next_unasked(self, kind):
        for i, frame in enumerate(self.unasked):
            if frame.kind == kind:
                return self.unasked.pop(i)
        return self.wait(lambda f: f.kind == kind, f"frame {kind}")

    # --- the conversation ---

    def hello(self, epoch):
        self.epoch, self.seq = epoch, 0
        payload = struct.pack("<IIQ", VERSION, epoch, time.time_ns()) + bytes(range(32))
        return self.request(HELLO, payload, STATUS).status()

    def query(self):
        return self.request(QUERY, expect=STATUS).status()

    def restored(self, txn, epoch, advance_ns):
        self.epoch, self.seq = epoch, 0
        payload = struct.pack("<QIIQQ", txn, epoch, 0, advance_ns, time.time_ns()) + bytes(32)
        return self.request(RESTORED, payload, UNDONE)

    def stage_begin(self, txn, index, count, name, image, old_id, rules=b"", extra=()):
        payload = STAGE.pack(txn, index, count, name.encode(), len(image), zlib.crc32(image),
                             len(rules), old_id, len(extra))
        for first, last in extra:
            payload += RANGE.pack(2, 0, first, last)
        return self.request(STAGE_BEGIN, payload + bytes(RANGE.size * (4 - len(extra))))

    def stage(self, txn, index, count, name, image, old_id, rules=b"", extra=()):
        """The answer: OK, or FAILED as soon as it comes."""
        answer = self.stage_begin(txn, index, count, name, image, old_id, rules, extra)
        if answer.kind != OK:
            return answer
        for at in range(0, len(image), 16384):
            self.send(STAGE_DATA, struct.pack("<Q", at) + image[at:at + 16384])
        if rules:
            self.send(STAGE_RULES, rules)
        return self.request(STAGE_END)

    def prepare(self, txn, filters, deadline_ms=3000, transfer_ms=5000):
        payload = struct.pack("<QII", txn, deadline_ms, len(filters))
        for code in filters:
            payload += struct.pack("<IIQII", transfer_ms, 0, txn, len(code), 0)
            payload += bytes(16 * MAX_HOLDS) + code + bytes(FILTER_MAX - len(code))
        return self.request(PREPARE, payload)

    def about(self, kind, txn, expect=None):
        """PROCEED, COMMIT, UNDO."""
        return self.request(kind, struct.pack("<Q", txn), expect)

    def lease(self, txn):
        self.send(LEASE, struct.pack("<Q", txn))

    def update(self, images, filters=None, until=COMMIT, **deadlines):
        """A transaction over {name: image}; the last answer: COMMITTED, or the first
        FAILED, or the answer to `until`.  (transaction, frame)"""
        txn = next(self.txns)
        running = self.query()["components"]
        for index, (name, image) in enumerate(images.items()):
            answer = self.stage(txn, index, len(images), name, image, running[name]["build_id"])
            if answer.kind != OK:
                return txn, answer
        if until == STAGE_END:
            return txn, answer
        answer = self.prepare(txn, filters or [b""] * len(images), **deadlines)
        for kind, wanted in ((PROCEED, READY), (COMMIT, INITED)):
            if answer.kind != wanted or until == PREPARE:
                return txn, answer
            answer = self.about(kind, txn)
            if until == kind:
                break
        return txn, answer
