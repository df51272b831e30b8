# SPDX-License-Identifier: MIT
#
# Judges what the job inside the nested machine printed.  Scenarios 1 to 3 came to
# what they must, the client's connection lived through all of them, and KVM did
# it: QEMU says so (QMP query-kvm, as the agent reports it), the guest's CPUID says
# so, KVM had a running guest, and it did not run on KVM's instruction emulator.
import json
import re

from outcomes import SCENARIOS, check_guest, check_report
from stack import Failure, expect

KVM_SIGNATURE = int.from_bytes(b"KVMK", "little")
RAN = ["net-e1000", "net-crash", "net-corrupt"]


def read_blocks(lines):
    """({name: text of its block}, {name: exit code})."""
    blocks, codes, name = {}, {}, None
    for line in lines:
        if line.startswith("@@begin "):
            name = line.split()[1]
            blocks[name] = ""
        elif line.startswith("@@end"):
            name = None
        elif line.startswith("@@code "):
            codes[line.split()[1]] = int(line.split()[2])
        elif name:
            blocks[name] += line + "\n"
    return blocks, codes


def json_block(blocks, name):
    try:
        return json.loads(blocks[name])
    except (KeyError, ValueError):
        raise Failure(f"no JSON from the machine: {name}: {blocks.get(name)}") from None


def growth(blocks, counter):
    """How much a counter of KVM's grew from the guest's start to the job's end."""
    try:
        return int(blocks[f"{counter}-end"]) - int(blocks[f"{counter}-start"])
    except (KeyError, ValueError):
        raise Failure(f"the machine did not tell KVM's counter of {counter}") from None


def client_summary(blocks):
    words = [json.loads(line) for line in blocks.get("client", "").splitlines() if line]
    expect(words and words[-1].get("ok") is True, f"the client saw: {words[-1:]}")
    return words[-1]


def check_kvm(blocks, lines_seen):
    info = json_block(blocks, "info-start")
    expect(info["accel"] == "kvm", f"QEMU's accelerator was {info['accel']}")
    expect(info["hypervisor_ebx"] == KVM_SIGNATURE,
           f"the guest's CPUID names hypervisor {info['hypervisor_ebx']:#x}, not KVM")
    expect(re.search(r"/kvm/\d+-\d+", blocks.get("kvm-guests", "")), "KVM has no running guest")
    emulated, exits = growth(blocks, "emulated"), growth(blocks, "exits")
    print(f"accelerator {info['accel']} ({info['accel_why']}); {exits} exits, {emulated} emulated "
          f"instructions for {lines_seen} lines")
    expect(exits > 0, "KVM counted no exits")
    # An access to a device's memory is an exit and one emulated instruction; where KVM has
    # no hardware to run on, it emulates thousands between two exits.
    expect(emulated <= exits, f"{emulated} instructions were emulated, in {exits} exits")


def check_job(lines):
    blocks, codes = read_blocks(lines)
    client = client_summary(blocks)
    before = json_block(blocks, "info-start")
    for name in RAN:
        code, *_, changed, _ = SCENARIOS[name]
        report, after = json_block(blocks, f"report-{name}"), json_block(blocks, f"info-{name}")
        expect(codes.get(name) == code, f"{name}: luctl's exit code {codes.get(name)}, not {code}")
        check_report(report, name)
        check_guest(before, after, changed)
        print(f"{name}: {report['outcome']} ({report['rung']}), vCPU stood still "
              f"{report.get('pause_ms', 0):.1f} ms")
        before = after
    expect(codes.get("client") == 0, "the client's exit status")
    expect(codes.get("stop") == 0, "the guest did not stop")
    check_kvm(blocks, client["lines"])
    print(f"client: {client['lines']} lines right, waited at most {client['longest_ms']:.0f} ms")
