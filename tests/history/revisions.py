# SPDX-License-Identifier: MIT
#
# Which versions of a library a campaign goes through, in which order, and where
# their sources are: the folders in a folder, or revisions of a git repository
# (bare ones too).  A repository is only read: no work tree, no checkout.
import contextlib
import hashlib
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import textwrap


class BadInput(Exception):
    """What the user gave makes no campaign; the text says what was expected."""


class Revision:
    """One version.  `name` is what the user calls it, `title` one line about it, `key` the same
    for equal contents."""

    def __init__(self, name, title, key, open_tree):
        self.name = name
        self.title = title
        self.key = key
        self._open_tree = open_tree

    def tree(self):
        """A context in which its sources lie in the folder that it gives; they are not to be
        changed, and may be gone afterwards."""
        return self._open_tree()


def natural(name):
    """Sort key that puts lwip-2.1.10 after lwip-2.1.9."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part)
            for part in re.split(r"(\d+)", name) if part]


def read_names(text):
    """Names, one a line; what follows a # on a line of its own or after a space is a comment."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def every_nth(items, step):
    """The first, every step-th after it, and the last whatever the step."""
    picked = items[::step]
    return picked if not items or (len(items) - 1) % step == 0 else picked + items[-1:]


class Folder:
    """Source trees that are the folders in `path`."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def all_names(self):
        """The folders, in natural order; those whose name begins with a dot do not count."""
        names = [p.name for p in self.path.iterdir() if p.is_dir() and not p.name.startswith(".")]
        if not names:
            raise BadInput(f"{self.path}: no folder in it, expected one per version")
        return sorted(names, key=natural)

    def revision(self, name):
        tree = self.path / name
        if "/" in name or not tree.is_dir():
            raise BadInput(f"{self.path}: no folder '{name}' in it")
        return Revision(name, "", self._digest(tree), lambda: contextlib.nullcontext(tree))

    @staticmethod
    def _digest(tree):
        digest = hashlib.sha256()
        for path in sorted(p for p in tree.rglob("*") if p.is_file()):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(tree)}\0{len(data)}\0".encode())
            digest.update(data)
        return digest.hexdigest()


class Repository:
    """Revisions of a git repository."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def _git(self, *words):
        done = subprocess.run(["git", "-C", self.path, *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise BadInput(f"{self.path}: git {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def revision(self, name):
        try:
            commit = self._git("rev-parse", "--verify", "--quiet", "--end-of-options",
                               f"{name}^{{commit}}")
        except BadInput:
            raise BadInput(f"{self.path}: no revision '{name}' in it") from None
        short = name if not commit.startswith(name) else commit[:10]
        title = textwrap.shorten(self._git("log", "-1", "--format=%cs %s", commit), 90)
        key = self._git("rev-parse", f"{commit}^{{tree}}")
        return Revision(short, title, key, lambda: self._extracted(commit))

    def between(self, first, last, files):
        """Commits after `first` up to `last`, oldest first, that change one of `files`."""
        log = self._git("rev-list", "--reverse", "--topo-order", f"{first}..{last}", "--", *files)
        return log.splitlines()

    @contextlib.contextmanager
    def _extracted(self, commit):
        tree = pathlib.Path(tempfile.mkdtemp(prefix="pe-tree-"))
        try:
            with subprocess.Popen(["git", "-C", self.path, "archive", "--format=tar", commit],
                                  stdout=subprocess.PIPE) as git:
                with tarfile.open(fileobj=git.stdout, mode="r|") as tar:
                    for member in tar:
                        if member.isfile() or member.isdir():
                            tar.extract(member, tree)
            if git.returncode:
                raise BadInput(f"{self.path}: git archive {commit} ended with {git.returncode}")
            yield tree
        finally:
            shutil.rmtree(tree)


def open_source(path):
    """The Repository or Folder that is at `path`."""
    path = pathlib.Path(path)
    if not path.is_dir():
        raise BadInput(f"{path}: no such folder, expected source trees or a git repository")
    if (path / ".git").exists() or (path / "HEAD").is_file() and (path / "objects").is_dir():
        return Repository(path)
    return Folder(path)


def parse_range(text):
    """('A', 'B') of "A..B"."""
    first, dots, last = text.partition("..")
    if not dots or not first or not last or last.startswith("."):
        raise BadInput(f"range '{text}': expected FIRST..LAST")
    return first, last
