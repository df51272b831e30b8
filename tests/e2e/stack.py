# SPDX-License-Identifier: MIT
#
# What the end-to-end tests and the demo stand on: an agent with a state directory
# of its own, luctl talking to it, guests, and clients (line-client, stream-load)
# whose TCP connections must survive everything.  `with Stack(build) as stack:` leaves no
# process and no file behind, however it ends.
import contextlib
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMITTED, ERROR, REFUSED, UNDONE, NOT_UNDONE, NO_AGENT, NOT_FOUND = range(7)


class Failure(Exception):
    """An expectation that did not hold."""


def expect(truth, what):
    if not truth:
        raise Failure(what)


def wait_for(what, seconds, condition):
    """Polls `condition` (every 20 ms) until it returns something true; returns that."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """A client of the guest that checks what it gets and tells it in lines of JSON
    (line-client, stream-load); `mark` closes a phase, `finish` its connections."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.answers.put(json.loads(line))
        self.answers.put(None)

    def _answer(self, seconds):
        try:
            answer = self.answers.get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"the client's connection is stuck for {seconds} s") from None
        expect(answer is not None, "the client ended without a word")
        expect(answer.get("ok", True), f"the client saw: {answer.get('why')}")
        return answer

    def mark(self, name, seconds=60):
        """Waits until everything sent so far was answered; {"longest_ms", ...} since the last
        mark."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"mark {name}\n")
            self.process.stdin.flush()
        return self._answer(seconds)

    def finish(self, seconds=60):
        """Ends the connections after the last reply; {"longest_ms", ...} of all."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        answer = self._answer(seconds)
        expect("ok" in answer, "the client's last word is missing")
        self.process.wait(10)
        return answer

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()


class Stack:
    """One agent, its guests, and what must be cleaned up after them."""

    def __init__(self, build, image_dir=None):
        self.build = pathlib.Path(build).resolve()
        self.agent_program = self.build / "hv-agent/hv-agent"
        self.luctl_program = self.build / "luctl/luctl"
        self.image_dir = pathlib.Path(image_dir or self.build / "images")
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="pe-", dir="/tmp"))
        self.env = {**os.environ, "PROTEAN_STATE_DIR": str(self.state),
                    "PROTEAN_IMAGE_DIR": str(self.image_dir)}
        self.agent = None
        self.agent_log = open(self.state / "agent.log", "ab")
        self.guest_pids = set()
        self.clients = []
        self.sockets = contextlib.ExitStack()

    def __enter__(self):
        try:
            self.start_agent()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.show_evidence()
        self.close()

    def show_evidence(self):
        """What a failed test's reader wants to see."""
        self.agent_log.flush()
        for path in sorted(self.state.rglob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-60:]
            print(f"--- {path.relative_to(self.state)}", *tail, sep="\n", file=sys.stderr)

    def close(self):
        self.sockets.close()
        for client in self.clients:
            client.kill()
        for pid in self.guest_pids:
            if self.is_guest(pid):
                os.kill(pid, signal.SIGKILL)
        if self.agent and self.agent.poll() is None:
            self.agent.terminate()
            try:
                self.agent.wait(10)
            except subprocess.TimeoutExpired:
                self.agent.kill()
                self.agent.wait()
        self.agent_log.close()
        shutil.rmtree(self.state, ignore_errors=True)

    def is_guest(self, pid):
        try:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return b"qemu-system" in words and str(self.state).encode() in words

    # The agent.

    def start_agent(self):
        self.agent = subprocess.Popen(
            [self.agent_program, "--state-dir", self.state, "--image-dir", self.image_dir,
             "--foreground"], stdin=subprocess.DEVNULL, stdout=self.agent_log,
            stderr=subprocess.STDOUT)

        def answers():
            expect(self.agent.poll() is None, f"hv-agent ended, status {self.agent.returncode}")
            return self.try_luctl("guest", "list")[0] == COMMITTED

        wait_for("the agent answers", 60, answers)

    def kill_agent(self):
        self.agent.kill()
        self.agent.wait()

    def agent_rss_kib(self):
        for line in pathlib.Path(f"/proc/{self.agent.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise Failure("the agent has no VmRSS")

    # luctl.

    def try_luctl(self, *words, seconds=120):
        """(exit code, stdout, stderr) of luctl."""
        done = subprocess.run([self.luctl_program, *map(str, words)], env=self.env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=seconds, check=False)
        return done.returncode, done.stdout, done.stderr

    def luctl(self, *words, code=COMMITTED, seconds=120):
        """The JSON that luctl --json prints; its exit code must be `code`."""
        got, out, err = self.try_luctl("--json", *words, seconds=seconds)
        expect(got == code, f"luctl {' '.join(map(str, words))}: exit code {got}, not {code}\n"
                            f"{out}{err}")
        lines = [line for line in out.splitlines() if line.strip()]
        try:
            return json.loads(out) if out.strip() else {}
        except json.JSONDecodeError:
            return json.loads(lines[-1])

    # Guests.

    def start_guest(self, name="g", accel="tcg", memory_mib=64):
        """Starts a guest whose echo service is at the returned port."""
        port = free_port()
        info = self.luctl("guest", "start", name, "--accel", accel, "--memory", memory_mib,
                          "--forward", f"{port}:7")
        self.guest_pids.add(self.info(name)["pid"])
        return port, info

    def info(self, name="g"):
        return self.luctl("guest", "info", name)

    def build_ids(self, name="g"):
        return {c["name"]: c["build_id"] for c in self.info(name)["components"]}

    def _client(self, program, *words):
        client = Client([self.build / "tests/e2e" / program, *map(str, words)])
        self.clients.append(client)
        client.mark("connected")
        return client

    def witness(self, port, through_socat=True, interval_ms=10):
        """A line-client that has had its first replies."""
        transport = ["--", "socat", "-", f"TCP:127.0.0.1:{port}"] if through_socat else \
            ["--port", port]
        return self._client("line-client", "--interval-ms", interval_ms, *transport)

    def bystander(self, port):
        """A connection that has had a reply and asks nothing more: a read waits on it, whatever
        the witness is about."""
        peer = self.sockets.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        peer.sendall(b"present\n")
        with peer.makefile("rb") as replies:
            expect(replies.readline().endswith(b"present\n"), "the echo service says otherwise")

    def load(self, port, connections):
        """A stream-load each of whose connections has had its first bytes."""
        return self._client("stream-load", "--port", port, "--connections", connections)

    def last_report(self, name="g"):
        txn = self.luctl("history", "--guest", name)["transactions"][0]["txn"]
        return self.luctl("history", txn)


def run_test(body):
    """Runs `body(build, arguments)`; a Failure is told in one line."""
    build, *arguments = sys.argv[1:]
    try:
        body(pathlib.Path(build), arguments)
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
