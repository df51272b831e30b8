# SPDX-License-Identifier: MIT
#
# Builds the component on a version of its library, once per content.  An entry of
# the cache holds the image, the files of the tree that it was made of, and the
# digests of everything else that went into it (our headers, the pass, libc); it
# counts only while all of those are as they were.  A build that failed is not kept.
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST_ERROR = re.compile(r"\b(?:fatal )?error: .*|\bundefined symbol: .*|^[\w-]+: .*")


class DoesNotBuild(Exception):
    """The first error that the compiler, or whatever else failed, wrote."""


class Built:
    """An image, and the files of the tree (relative) that it was made of."""

    def __init__(self, entry, made_of):
        self.image = entry / "image.elf"
        self.inputs = made_of["inputs"]


def first_error(output, *folders):
    """The line to show of a failed build's output; paths in the folders made relative."""
    for folder in folders:
        output = output.replace(f"{folder}/", "")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in lines:
        if FIRST_ERROR.search(line):
            return line
    return lines[-1] if lines else "failed without a word"


def read_depfiles(folder):
    """Every prerequisite that the compiler's depfiles below `folder` name."""
    found = set()
    for path in folder.rglob("*.d"):
        text = path.read_text().replace("\\\n", " ").partition(": ")[2]
        found.update(word.replace("\\ ", " ") for word in re.findall(r"(?:\\ |\S)+", text))
    return found


def digest_of(path):
    """SHA-256 of a file; None for what is no file."""
    try:
        return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


class Builder:
    """`command` TREE IMAGE makes the component's image; it is a script that names the tools
    and libraries that it uses ('/quoted'), and leaves depfiles below --private DIR."""

    def __init__(self, command, cache):
        self.command = pathlib.Path(command).resolve()
        self.cache = pathlib.Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.command_digest = digest_of(self.command)

    def _entry(self, revision):
        name = hashlib.sha256(f"{self.command_digest} {revision.key}".encode()).hexdigest()
        return self.cache / name[:32]

    def _tools(self):
        """Files that the script names."""
        words = re.findall(r"'(/[^']+)'", self.command.read_text(errors="replace"))
        return {word for word in words if os.path.isfile(word)}

    def _cached(self, entry):
        try:
            kept = json.loads((entry / "made-of.json").read_text())
        except (OSError, ValueError):
            return None
        if any(digest_of(path) != digest for path, digest in kept["outside"].items()):
            return None
        return Built(entry, kept)

    def build(self, revision):
        """The Built of a revision; DoesNotBuild."""
        entry = self._entry(revision)
        return self._cached(entry) or self._build(revision, entry)

    def _build(self, revision, entry):
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="making-", dir=self.cache))
        try:
            with revision.tree() as tree:
                tree = pathlib.Path(tree).resolve()
                self._run(tree, scratch)
                inputs, outside = self._prerequisites(tree, scratch / "private")
            made_of = {"revision": revision.name, "inputs": inputs, "outside": outside}
            (scratch / "made-of.json").write_text(json.dumps(made_of))
            shutil.rmtree(scratch / "private")
            shutil.rmtree(entry, ignore_errors=True)
            scratch.rename(entry)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return Built(entry, made_of)

    def _run(self, tree, scratch):
        done = subprocess.run([self.command, "--private", scratch / "private", tree,
                               scratch / "image.elf"], text=True, errors="replace", check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise DoesNotBuild(first_error(done.stdout, tree, ROOT))

    def _prerequisites(self, tree, private):
        inputs, outside = set(), self._tools()
        for path in read_depfiles(private):
            path = os.path.realpath(path)
            if path.startswith(f"{tree}/"):
                inputs.add(os.path.relpath(path, tree))
            elif not path.startswith(f"{private}/"):
                outside.add(path)
        return sorted(inputs), {path: digest_of(path) for path in sorted(outside)}
