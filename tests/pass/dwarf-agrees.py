#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a component's description with its debug information.

dwarf-agrees.py LU-DESC IMAGE DEBUG-FILE: every structure, union, member and
enumerator that `lu-desc dump IMAGE` prints must be in DEBUG-FILE, as llvm-dwarfdump
reads it, with the same size, offset or value; every variable and function must be a
symbol of IMAGE, with the same address.
"""
import re
import subprocess
import sys

DWARFDUMP = "llvm-dwarfdump-19"
NM = "llvm-nm-19"


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read_description(text):
    """({(kind, tag): [(size, {member: (bit, width)})]}, {(name, address)})"""
    records, variables, members = {}, set(), None
    for line in text.splitlines():
        head = re.match(r"  (struct|union|enum) (\w+) size (\d+) align", line)
        member = re.match(r"    \+(\d+)(?:\.(\d+):(\d+))? (\S+): ", line)
        value = re.match(r"    (\w+) = (-?\d+)$", line)
        variable = re.match(r"  0x([0-9a-f]+) (?:size \d+ )?(\w+)(?: \[\S+\])?: ", line)
        if head:
            members = {}
            records.setdefault((head[1], head[2]), []).append((int(head[3]), members))
        elif member and members is not None:
            members[member[4]] = (int(member[1]) * 8 + int(member[2] or 0), int(member[3] or 0))
        elif value and members is not None:
            members[value[1]] = int(value[2])
        elif not line.startswith("    "):
            members = None
            if variable:
                variables.add((variable[2], int(variable[1], 16)))
    return records, variables


def number(text):
    return int(text.split()[0].strip("()"), 0)


def member_place(attrs):
    if "DW_AT_data_bit_offset" in attrs:
        return number(attrs["DW_AT_data_bit_offset"]), number(attrs["DW_AT_bit_size"])
    return number(attrs["DW_AT_data_member_location"]) * 8, 0


def read_dwarf(text):
    """The records, as read_description.  A typedef names what has no tag."""
    kinds = {"DW_TAG_structure_type": "struct", "DW_TAG_union_type": "union",
             "DW_TAG_enumeration_type": "enum"}
    by_offset, named, path = {}, [], []
    for block in text.split("\n\n"):
        head = re.match(r"0x([0-9a-f]+):( +)(DW_TAG_\w+)", block)
        if not head:
            continue
        attrs = dict(re.findall(r"(DW_AT_\w+)\t\((.*)\)", block))
        name = attrs.get("DW_AT_name", "").strip('"')
        depth, tag, members = len(head[2]), head[3], None
        path = [entry for entry in path if entry[0] < depth]
        if tag in kinds and "DW_AT_declaration" not in attrs:
            members = {}
            record = (number(attrs["DW_AT_byte_size"]), members)
            by_offset[int(head[1], 16)] = (kinds[tag], record)
            if name:
                named.append((name, int(head[1], 16)))
        elif tag == "DW_TAG_member" and path[-1][1] is not None:
            path[-1][1][name or "''"] = member_place(attrs)
        elif tag == "DW_TAG_enumerator":
            path[-1][1][name] = number(attrs["DW_AT_const_value"])
        elif tag == "DW_TAG_typedef" and "DW_AT_type" in attrs:
            named.append((name, number(attrs["DW_AT_type"])))
        path.append((depth, members))
    records = {}
    for name, offset in named:
        if offset in by_offset:
            kind, record = by_offset[offset]
            records.setdefault((kind, name), []).append(record)
    return records


def read_symbols(text):
    """{(name, address)}; statics of functions are called "function.name" or "function.name.1"."""
    symbols = set()
    for line in text.splitlines():
        address, _, name = line.split(maxsplit=2)
        symbols |= {(part, int(address, 16)) for part in name.split(".")}
    return symbols


def main():
    tool, image, debug = sys.argv[1:]
    ours, our_variables = read_description(output_of(tool, "dump", image))
    theirs = read_dwarf(output_of(DWARFDUMP, "--debug-info", debug))
    symbols = read_symbols(output_of(NM, "--defined-only", image))
    wrong = [f"{kind} {tag}: {record}, debug information has {theirs.get((kind, tag))}"
             for (kind, tag), records in ours.items() for record in records
             if record not in theirs.get((kind, tag), [])]
    wrong += [f"{name} at {address:#x}" for name, address in sorted(our_variables - symbols)]
    print("\n".join(wrong))
    members = sum(len(record[1]) for records in ours.values() for record in records)
    print(f"{len(ours)} types, {members} members, {len(our_variables)} variables and functions: "
          f"{len(wrong)} differ")
    return 1 if wrong or len(ours) < 20 or members < 150 or len(our_variables) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
