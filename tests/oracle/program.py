# SPDX-License-Identifier: MIT
"""Builds both versions of a case with lucc, at different optimisation levels, and runs
it.
"""
import argparse
import dataclasses
import pathlib
import random
import shlex
import subprocess

WORLDS = 25  # in a program
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")


@dataclasses.dataclass
class Tools:
    lucc: str
    script: str
    runner: str
    cflags: list
    libraries: list


def add_arguments(parser):
    parser.add_argument("--lucc", required=True)
    parser.add_argument("--linker-script", required=True)
    parser.add_argument("--runner", required=True, help="state-case")
    parser.add_argument("--cflags", type=shlex.split, default=[])
    parser.add_argument("libraries", nargs="+")


def tools(args: argparse.Namespace):
    return Tools(args.lucc, args.linker_script, args.runner, args.cflags, args.libraries)


def levels(seed):
    """Of the old and the new version."""
    rng = random.Random(f"{seed}/levels")
    return {"OLD": rng.choice(LEVELS), "NEW": rng.choice(LEVELS)}


def run(command):
    """The command's complaint, or "" if it had none."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return ""
    return done.stdout or f"{command[0]}: exit status {done.returncode}\n"


def build(t: Tools, folder: pathlib.Path, name, level):
    """Makes OLD.elf and NEW.elf in the folder that holds NAME.c and NAME-other.c."""
    for version in ("OLD", "NEW"):
        objects = []
        for source in (f"{name}.c", f"{name}-other.c"):
            objects.append(str(folder / f"{version}-{source}.o"))
            wrong = run([t.lucc, *t.cflags, level[version], f"-D{version}", "-c",
                         str(folder / source), "-o", objects[-1]])
            if wrong:
                return wrong
        wrong = run([t.lucc, "-o", str(folder / f"{version}.elf"), "--component", "case", "-T",
                     t.script, *objects, *t.libraries])
        if wrong:
            return wrong
    return ""


def judge(t: Tools, folder: pathlib.Path, name, states):
    return run([t.runner, str(folder / "OLD.elf"), str(folder / "NEW.elf"),
                str(folder / f"{name}.c"), *map(str, states)])
