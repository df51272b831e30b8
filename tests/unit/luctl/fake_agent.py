# SPDX-License-Identifier: MIT
#
# An agent that says what a test tells it to, over a UNIX socket, and remembers what
# it was asked.  A script is {method: [action, ...]}; actions are
#   ("notify", method, params)   ("result", value)   ("error", code, message, data)
#   ("raw", bytes)               ("close",)
import json
import os
import pathlib
import shutil
import socket
import tempfile
import threading


class FakeAgent:
    """with FakeAgent(script) as agent: ... agent.requests is [(method, params)]."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fa-", dir="/tmp"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.dir / "agent.sock"))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with conn, conn.makefile("rb") as lines:
                try:
                    for line in lines:
                        if not self._answer(conn, json.loads(line)):
                            break
                except OSError:
                    pass

    def _answer(self, conn, request):
        """False: the connection is to be closed."""
        method = request["method"]
        self.requests.append((method, request.get("params")))
        for action, *rest in self.script[method]:
            if action == "close":
                return False
            if action == "raw":
                conn.sendall(rest[0])
                continue
            message = {"jsonrpc": "2.0"}
            if action == "notify":
                message |= {"method": rest[0], "params": rest[1]}
            elif action == "result":
                message |= {"id": request["id"], "result": rest[0]}
            else:
                code, text, data = rest
                message |= {"id": request["id"],
                            "error": {"code": code, "message": text, "data": data}}
            conn.sendall(json.dumps(message).encode() + b"\n")
        return True


def environment(state_dir):
    """The environment luctl is run in: nothing of the caller's that it looks at."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("PROTEAN_", "XDG_", "NO_COLOR"))}
    return env | {"PROTEAN_STATE_DIR": str(state_dir), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
