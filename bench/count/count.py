# SPDX-License-Identifier: MIT
"""usage: count.py [--update] BUILD REFERENCE [WORKLOAD...]
       count.py --planted BUILD

Counts the instructions that an exchange of each workload takes, in user space, under callgrind, and compares them
with the reference. BUILD is a folder with the target "counted" built. Use ci/count.

Counts repeat to a few instructions: addresses are valgrind's own, the environment is empty, and the variants of
memcpy and the like that the C library takes are those of a plain processor, whatever the machine's is.
"""
import concurrent.futures
import glob
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

import verdict

# Exchanges (MiB, events) of a shorter run and of a longer one: the difference is free of what a process costs.
WORKLOADS = {
    "round_trips": (1000, 3000),
    "memory_round_trips": (1000, 3000),
    "memory_messages": (2000, 6000),
    "life_cycles": (50, 150),
    "fresh_life_cycles": (50, 150),
    "connections": (50, 150),
    "bulk": (1, 3),
    "whole_tests": (20, 60),
    "ordered_events": (4000, 12000),
    "caused_events": (4000, 12000),
    "event_texts": (500, 1500),
}
LIBRARIES = ["libuv", "jansson", "libxxhash", "libpcre2-8", "cmocka"]
WRITES_OF_A_ROUND_TRIP = 2
# The C library's choice, off what all of its processors have; sizes from which it does otherwise depend on caches.
TUNABLES = ("glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX_Fast_Unaligned_Load,-BMI2,-ERMS,-FSRM,-RTM:"
            "glibc.cpu.x86_non_temporal_threshold=0xc0000:"
            "glibc.cpu.x86_rep_movsb_threshold=0x10000000:glibc.cpu.x86_rep_stosb_threshold=0x10000000")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def cached(build, name):
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as cache:
        return re.search(rf"^{name}:\w+=(.*)$", cache.read(), re.MULTILINE).group(1)


def compiler_of(build):
    """As CMake knows it, whatever it is called."""
    (path,) = glob.glob(os.path.join(build, "CMakeFiles", "*", "CMakeCCompiler.cmake"))
    with open(path, encoding="utf-8") as file:
        known = dict(re.findall(r'^set\((CMAKE_C_COMPILER\w*) "(.*)"\)$', file.read(), re.MULTILINE))
    return f"{known['CMAKE_C_COMPILER_ID']} {known['CMAKE_C_COMPILER_VERSION']}"


def vectors():
    """The widest that digests are made with under valgrind, which knows no wider ones."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpu:
        return "avx2" if re.search(r"^flags\b.*\bavx2\b", cpu.read(), re.MULTILINE) else "none"


def toolchain(build):
    """What counts depend on, besides the sources."""
    here = {
        "machine": platform.machine(),
        "vectors": vectors(),
        "compiler": compiler_of(build),
        "flags": f"{cached(build, 'CMAKE_C_FLAGS')} {cached(build, 'CMAKE_C_FLAGS_RELEASE')}".strip(),
        "libc": output_of("getconf", "GNU_LIBC_VERSION"),
        "valgrind": output_of("valgrind", "--version"),
    }
    for library in LIBRARIES:
        here[library] = output_of("pkg-config", "--modversion", library)
    return here


def instructions(program, workload, count, planted):
    """Of a whole process that runs the workload once."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        environment = {"PATH": os.environ["PATH"], "GLIBC_TUNABLES": TUNABLES, "BENCH_PLANTED": f"{planted:09d}"}
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program],
                             input=f"{workload} {count}\n", env=environment, capture_output=True, text=True)
        if run.returncode != 0 or not run.stdout.strip().isdigit():
            sys.exit(f"ci/count: {workload} {count} fails: {run.stdout}{run.stderr}")
        with open(out, encoding="utf-8", errors="replace") as file:
            return int(re.search(r"^summary: (\d+)$", file.read(), re.MULTILINE).group(1))


def count(program, workloads, planted=0):
    """Instructions an exchange, by workload."""
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", 0)) or os.cpu_count()) as pool:
        runs = {name: [pool.submit(instructions, program, name, n, planted) for n in WORKLOADS[name]]
                for name in workloads}
        return {name: verdict.per_exchange(*((n, run.result()) for n, run in zip(WORKLOADS[name], runs[name])))
                for name in workloads}


def say(lines):
    print("\n".join(lines), flush=True)


def update(build, reference, names):
    """Counts twice, so that no reference is one that does not repeat."""
    program = os.path.join(build, "bench", "harness_count")
    counts, again = count(program, names), count(program, names)
    wild = [name for name in names if not verdict.is_same(counts[name], again[name])]
    if wild:
        print(f"ci/count: not repeatable to 0.1 %, nothing written: {', '.join(wild)}", file=sys.stderr)
        return verdict.FAILED
    new = {"toolchain": toolchain(build), "instructions": {name: round(counts[name], 1) for name in names}}
    with open(reference, "w", encoding="utf-8") as file:
        json.dump(new, file, indent=2)
        file.write("\n")
    say([f"{name:<20} {counts[name]:>12.1f}" for name in names] + [f"written: {reference}"])
    return verdict.PASSED


def check(build, reference, names):
    with open(reference, encoding="utf-8") as file:
        known = json.load(file)
    differs = verdict.differences(toolchain(build), known["toolchain"])
    if differs:
        say(differs + ["SKIPPED: nothing was compared, since counts hold for one toolchain; "
                       "`ci/count --update` makes a reference for this one"])
        return verdict.SKIPPED
    references = {name: value for name, value in known["instructions"].items()
                  if name in names or name not in WORKLOADS}
    lines, status = verdict.judge(count(os.path.join(build, "bench", "harness_count"), names), references)
    say([f"{'instructions an':<20} {'exchange':>12} {'reference':>12}"] + lines)
    return status


def planted(build):
    """The check on a slowdown of a tenth of a round trip, spread over its writes; the same without is the reference."""
    program = os.path.join(build, "bench", "harness_count_planted")
    name = "round_trips"
    reference = count(program, [name])
    same, passed = verdict.judge(count(program, [name]), reference)
    slower, failed = verdict.judge(count(program, [name], int(reference[name] / 10 / WRITES_OF_A_ROUND_TRIP)), reference)
    say(["nothing planted:"] + same + ["a tenth planted:"] + slower)
    if (passed, failed) != (verdict.PASSED, verdict.FAILED):
        print("ci/count: the check does not notice a planted slowdown, or sees one where none is", file=sys.stderr)
        return verdict.FAILED
    say(["the check fails on the planted slowdown, and passes without it"])
    return verdict.PASSED


def main(arguments):
    mode = arguments.pop(0) if arguments and arguments[0].startswith("--") else "--check"
    if mode == "--planted" and len(arguments) == 1:
        return planted(arguments[0])
    if mode == "--update" and len(arguments) == 2:
        return update(*arguments, list(WORKLOADS))
    if mode == "--check" and len(arguments) >= 2 and all(name in WORKLOADS for name in arguments[2:]):
        return check(*arguments[:2], arguments[2:] or list(WORKLOADS))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
