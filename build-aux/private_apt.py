# SPDX-License-Identifier: MIT
#
# Runs apt with lists of our own, so that source packages and packages of other
# suites can be fetched without touching the machine's configuration and without
# root.  The entries are derived from the machine's own sources: those that serve
# the base suite of this Debian release (component main), with the type or the
# suite replaced.  Everything lives in a directory of the shared cache.
import os
import pathlib
import subprocess
import time


class AptError(Exception):
    """What went wrong, for the user."""


def cache_dir():
    """$PROTEAN_CACHE, else the user's cache directory; shared by all build directories."""
    own = os.environ.get("PROTEAN_CACHE")
    if own:
        path = pathlib.Path(own)
    elif os.environ.get("XDG_CACHE_HOME"):
        path = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "protean"
    elif os.environ.get("HOME", "/") != "/":
        path = pathlib.Path(os.environ["HOME"]) / ".cache" / "protean"
    else:
        path = pathlib.Path("/var/tmp") / f"protean-{os.getuid()}"
    path = path.absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def release_codename():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip('"')
    raise AptError("/etc/os-release has no VERSION_CODENAME: this is no Debian release")


def _one_line_entry(line):
    """(options, uri, suite, components) of a "deb [options] uri suite component..." line."""
    line = line.split("#", 1)[0].strip()
    if not line.startswith("deb ") and not line.startswith("deb\t"):
        return None
    rest = line[3:].strip()
    options = ""
    if rest.startswith("["):
        options, _, rest = rest[1:].partition("]")
    words = rest.split()
    return (options.strip(), words[0], words[1], words[2:]) if len(words) >= 3 else None


def _stanzas(text):
    """The deb822 stanzas of a .sources file, as dictionaries with lower-case keys."""
    fields, key = {}, None
    for line in text.splitlines() + [""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, key = {}, None
        elif line[0] in " \t" and key:
            fields[key] += "\n" + line
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            fields[key] = value.strip()


def _one_line_sources(path, codename, kind, suite):
    for line in path.read_text(errors="replace").splitlines():
        entry = _one_line_entry(line)
        if not entry or entry[2] != codename or "main" not in entry[3]:
            continue
        options, uri, _, _ = entry
        if uri.startswith("cdrom:"):
            continue
        yield {"types": kind, "uris": uri, "suites": suite, "components": "main", **dict(
            (option_name(k), v.replace(",", " "))
            for k, _, v in (o.partition("=") for o in options.split()))}


def option_name(option):
    """The deb822 field of a one-line option: signed-by -> signed-by, arch -> architectures."""
    return {"arch": "architectures", "lang": "languages", "target": "targets"}.get(option, option)


def _deb822_sources(path, codename, kind, suite):
    for fields in _stanzas(path.read_text(errors="replace")):
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        if codename not in fields.get("suites", "").split():
            continue
        if "main" not in fields.get("components", "").split():
            continue
        yield {**fields, "types": kind, "suites": suite, "components": "main"}


def derive_sources(kind, suite=None, etc=pathlib.Path("/etc/apt"), codename=None):
    """deb822 text with the machine's base-suite entries, as `kind` ("deb" or "deb-src"),
    for `suite` (default: the machine's own release)."""
    codename = codename or release_codename()
    suite = suite or codename
    found = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            found += _one_line_sources(path, codename, kind, suite)
        elif path.suffix == ".sources" and path.is_file():
            found += _deb822_sources(path, codename, kind, suite)
    if not found:
        raise AptError(f"no entry for {codename} main in {etc}/sources.list or sources.list.d")
    stanzas = ["".join(f"{k.title()}: {v}\n" for k, v in entry.items()) for entry in found]
    return "\n".join(dict.fromkeys(stanzas))


class PrivateApt:
    """apt-get and apt-cache on one derived list."""

    def __init__(self, kind, suite=None):
        self.text = derive_sources(kind, suite)
        self.dir = cache_dir() / "apt" / f"{suite or release_codename()}-{kind}"
        for sub in ("lists/partial", "cache/archives/partial", "parts"):
            (self.dir / sub).mkdir(parents=True, exist_ok=True)
        self.list = self.dir / "derived.sources"

    def _options(self):
        user = "root" if os.getuid() == 0 else ""
        settings = {
            "Dir::Etc::sourcelist": self.list, "Dir::Etc::sourceparts": self.dir / "parts",
            "Dir::State::lists": self.dir / "lists", "Dir::Cache": self.dir / "cache",
            "Acquire::Languages": "none", "APT::Sandbox::User": user,
            "Acquire::Retries": "3", "APT::Get::List-Cleanup": "true",
        }
        return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]

    def run(self, *words, cwd=None):
        """Runs `words` (apt-get or apt-cache first); returns its output, raises AptError."""
        done = subprocess.run([words[0], "-q", *self._options(), *words[1:]], cwd=cwd, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise AptError(f"{' '.join(words)} failed:\n{done.stdout.strip()}")
        return done.stdout

    def update(self, max_age_hours=0):
        """Fetches the index unless the one at hand is younger than `max_age_hours`."""
        stamp = self.dir / "updated"
        unchanged = self.list.exists() and self.list.read_text() == self.text
        if unchanged and stamp.exists() and \
                time.time() - stamp.stat().st_mtime < max_age_hours * 3600:
            return
        self.list.write_text(self.text)
        self.run("apt-get", "-o", "APT::Update::Error-Mode=any", "update")
        stamp.touch()
