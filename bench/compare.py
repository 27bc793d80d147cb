#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Alternates the contenders of peers/README.md and compares their medians.

The machine's speed may change within a second. So each round has one short run of every contender, in an order that
turns from round to round, and what is compared is the median over the rounds of the ratio within a round; the times
printed beside it only say what size things have.
"""
import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"  # Debian's, as are all other peers
ALONE = {"connection_bytes", "memory_connection_bytes"}  # these ask for a fresh process


@dataclass
class Target:
    """harness against `peer`: at least `least` times its rate. Without a peer: at most `most`, as it is measured."""

    peer: str = ""
    least: float = 0
    most: float = 0
    text: str = ""


@dataclass
class Workload:
    name: str
    title: str
    unit: str
    count: int  # of a run: short enough for a round to see one speed of the machine
    rounds: int
    targets: list = field(default_factory=list)
    slow: int = 0  # count for peers that take many times longer; 0: the same
    beats: bool = True  # every other peer is to be beaten
    calls: tuple = ()  # counts of two runs whose system calls are compared; (): not asked for
    only: tuple = ()  # contenders; (): all


def workloads(connections):
    return [
        Workload("round_trips", "round trips of 64 bytes on one connection", "round trip", 2000, 41,
                 [Target("libuv", 1.15), Target("bare", 0.8, text="1.25 × the time of the bare loop")],
                 slow=500, calls=(1000, 3000)),
        Workload("life_cycles", "life cycles, loop or harness kept", "life cycle", 50, 41,
                 [Target("libuv", 1.0)], calls=(100, 300)),
        Workload("fresh_life_cycles", "life cycles, loop or harness made each time", "life cycle", 50, 41,
                 [Target("libuv", 0.9)], calls=(100, 300)),
        Workload("connections", "1,000 connections at once, ten round trips on each", "connection", 1000, 9,
                 calls=(500, 1000)),
        Workload("connections", f"{connections:,} connections at once, ten round trips on each", "connection",
                 connections, 5, [Target("libuv", 1.0)]),
        Workload("connection_bytes", f"memory for each of {connections:,} connections, both ends", "connection",
                 connections, 3, [Target(most=24 * 1024, text="24 KiB a pair")], beats=False),
        Workload("bulk", "bulk through an echo, in pieces of 64 KiB", "MiB", 64, 9, [Target("libuv", 0.9)],
                 calls=(16, 48)),
        Workload("bulk", "the same, 1 GiB", "MiB", 1024, 3, [Target("libuv", 0.9)]),
        Workload("blocking", "clients that block, in eight threads", "client", 400, 21, calls=(200, 600)),
        Workload("whole_tests", "whole tests of cmocka's; in the harness, with the check of a fixture", "test", 50, 21,
                 beats=False),
        Workload("memory_round_trips", "round trips of 64 bytes in memory", "round trip", 20000, 21, beats=False,
                 calls=(1000, 3000)),
        Workload("memory_messages", "messages of 64 bytes one way, in memory", "message", 100000, 21,
                 [Target(most=0.1, text="10 million a second")], beats=False, calls=(1000, 3000)),
    ]


def contenders(folder):
    """Name → command, of all; those that can't be run are in the second, with the reason."""
    def built(name):
        return [str(folder / f"{name}_contender")]

    known = {
        "harness": built("harness"),
        "libuv": built("libuv"),
        "bare": built("bare"),
        "epoll": built("epoll"),
        "tokio": built("tokio"),
        "asio": built("asio"),
        "go": built("go"),
        "node": ["/usr/bin/node", str(HERE / "peers/node_peer.js")],
        "asyncio": [PYTHON, str(HERE / "peers/asyncio_peer.py")],
        "uvloop": [PYTHON, str(HERE / "peers/asyncio_peer.py"), "--uvloop"],
    }
    missing = {}
    for name, command in known.items():
        if not os.access(command[0], os.X_OK):
            missing[name] = f"{command[0]} is not there"
    if "uvloop" not in missing and subprocess.run([PYTHON, "-c", "import uvloop"], capture_output=True).returncode:
        missing["uvloop"] = "Python has no uvloop"
    return {name: command for name, command in known.items() if name not in missing}, missing


class Contender:
    """A program that goes on from workload to workload."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.process = None

    def ask(self, workload, count):
        """Microseconds for one (bytes where the workload says bytes), or None where it has no such workload."""
        if workload in ALONE:
            self.end()
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f"{workload} {count}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if workload in ALONE:
            self.end()
        if answer == "-":
            return None
        if not answer.isdigit():
            sys.exit(f"compare: {self.name} has failed at {workload} {count}")
        return float(answer) if workload in ALONE else int(answer) / 1000 / count

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


def rounds_of(workload, group, rounds):
    """Contender's name → what each round gave; a first round, which is thrown away, shows who takes part."""
    counts = {}
    for contender in group:
        count = workload.count
        if contender.name in ("asyncio", "uvloop", "node") and workload.slow:
            count = workload.slow
        if contender.ask(workload.name, count) is not None:
            counts[contender] = count
    results = {contender.name: [] for contender in counts}
    order = list(counts)
    for i in range(rounds):
        for contender in order[i % len(order):] + order[:i % len(order)]:
            results[contender.name].append(contender.ask(workload.name, counts[contender]))
    return results


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], median(ordered), ordered[len(ordered) - 1 - len(ordered) // 4]


def count_calls(command, name, count):
    with tempfile.NamedTemporaryFile("r") as listing:
        subprocess.run(["strace", "-f", "-qq", "-c", "-o", listing.name] + command, input=f"{name} {count}\n",
                       text=True, check=True, stdout=subprocess.DEVNULL)
        for line in listing:
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total", line)
            if found:
                return int(found.group(1))
    return 0


def calls_of(workload, contender):
    """System calls for one, from the difference of two runs: what a program does before and after drops out."""
    few, many = workload.calls
    return (count_calls(contender.command, workload.name, many)
            - count_calls(contender.command, workload.name, few)) / (many - few)


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value < 1 else f"{value:.2f}"


def print_rows(workload, results, calls):
    unit = "bytes" if workload.name in ALONE else "µs"
    title = f"{unit} a {workload.unit}"
    print(f"  {'':9}{title:>20}  {'half of the runs':<19}  {'harness is … times as fast':<26}"
          + ("  system calls" if calls else ""))
    harness = results["harness"]
    for name, values in sorted(results.items(), key=lambda item: median(item[1])):
        low, middle, high = quartiles(values)
        line = f"  {name:9}{number(middle):>20}  {number(low) + ' to ' + number(high):<19}  "
        if name == "harness" or workload.name in ALONE:
            line += f"{'':<26}"
        else:
            low, middle, high = quartiles([other / own for other, own in zip(values, harness)])
            line += f"{f'{middle:.2f} ({low:.2f} to {high:.2f})':<26}"
        print(line.rstrip() if name not in calls else line + f"  {calls[name]:.2f}")


def judge(workload, results):
    """Prints each target. Returns how many are missed."""
    harness = results["harness"]
    verdicts = []
    for target in workload.targets:
        if target.most:
            value = median(harness)
            what = f"{target.text}: {number(value)}"
            verdicts.append((what, value <= target.most))
        elif target.peer in results:
            value = median(other / own for other, own in zip(results[target.peer], harness))
            what = target.text or f"{target.least:.2f} × the rate of {target.peer}"
            verdicts.append((f"{what}: {value:.2f}", value >= target.least))
    if workload.beats:
        slower = [name for name, values in results.items() if name not in ("harness", "bare") and
                  median(other / own for other, own in zip(values, harness)) < 1]
        verdicts.append(("every peer beaten" + (f", but {', '.join(slower)}" if slower else ""), not slower))
    for what, reached in verdicts:
        print(f"  target {what}: {'reached' if reached else 'NOT REACHED'}")
    return sum(not reached for _, reached in verdicts)


def measure(workload, group, scale, with_calls):
    members = [c for c in group if not workload.only or c.name in workload.only]
    rounds = max(3, round(workload.rounds * scale))
    results = rounds_of(workload, members, rounds)
    calls = {}
    if with_calls and workload.calls:
        calls = {c.name: calls_of(workload, c) for c in members if c.name in results}
    print(f"\n{workload.title}: {rounds} rounds of {workload.count:,}")
    print_rows(workload, results, calls)
    missed = judge(workload, results)
    sys.stdout.flush()
    return missed, {name: median(values) for name, values in results.items()}


def print_whole_test(fresh, whole):
    more = whole["harness"] - fresh["harness"]
    reached = more <= 100
    print(f"\na whole test costs {more:.0f} µs more than its exchange in a fresh harness")
    print(f"  target at most 100 µs: {'reached' if reached else 'NOT REACHED'}")
    return not reached


def print_growth(group, connections):
    """Time and memory for a connection, of a hundred to ten thousand. The kernel's part of it grows, too: that of
    libuv and epoll shows how much."""
    members = [c for c in group if c.name in ("harness", "libuv", "epoll")]
    sizes = [100, 1000, connections]
    times = {c.name: {size: [] for size in sizes} for c in members}
    for _ in range(5):
        for size in sizes:
            for c in members:
                times[c.name][size].append(median(c.ask("connections", size) for _ in range(max(1, 1000 // size))))
    print("\ngrowth with the number of connections: 5 rounds")
    reached = True
    for c in members:
        sizes_bytes = {size: c.ask("connection_bytes", size) for size in sizes}
        for size in sizes:
            resident = "" if sizes_bytes[size] is None else f" and {sizes_bytes[size]:,.0f} bytes"
            print(f"  {c.name:9}{size:6,} connections: {median(times[c.name][size]):6.1f} µs{resident} for each")
        if c.name == "harness":
            few, many = sizes_bytes[sizes[0]], sizes_bytes[sizes[-1]]
            reached = reached and many <= 1.1 * few
    ratios = {c.name: median(many / few for many, few in zip(times[c.name][sizes[-1]], times[c.name][sizes[0]]))
              for c in members}
    reached = reached and ratios["harness"] <= 1.1
    print("  target linear or better (within a tenth): the time for each grows "
          + ", ".join(f"{ratio:.2f} times ({name})" for name, ratio in ratios.items())
          + f": {'reached' if reached else 'NOT REACHED'}")
    return not reached


def print_million(group):
    """A million connections in memory, open at once, with both their coroutines."""
    with open("/proc/meminfo", encoding="ascii") as file:
        free = int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1)) >> 20
    if free < 20:
        print(f"\na million connections at once are skipped: of 20 GiB, {free} are free")
        return 0
    harness = [c for c in group if c.name == "harness"][0]
    each = harness.ask("memory_connection_bytes", 1000000)
    print(f"\na million connections in memory were open at once: {each:,.0f} bytes for each, both ends"
          f"\n  target 24 GiB: {'reached' if each * 1e6 < 24 << 30 else 'NOT REACHED'}")
    return each * 1e6 >= 24 << 30


def main():
    parser = argparse.ArgumentParser(description="Compares the harness with the same by hand and in other runtimes.")
    parser.add_argument("folder", type=Path, help="where the contenders are built")
    parser.add_argument("--only", default="", help="workloads, between commas")
    parser.add_argument("--peers", default="", help="contenders beside the harness, between commas")
    parser.add_argument("--scale", type=float, default=1, help="multiplies the number of rounds")
    parser.add_argument("--no-calls", action="store_true", help="do not count system calls")
    options = parser.parse_args()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = 10000 if hard >= 20100 else (hard - 200) // 2
    commands, missing = contenders(options.folder)
    for name, reason in missing.items():
        print(f"{name} is skipped: {reason}")
    if "harness" in missing:
        sys.exit("compare: build the target contenders first")
    wanted = options.peers.split(",") if options.peers else list(commands)
    group = [Contender(name, command) for name, command in commands.items() if name == "harness" or name in wanted]
    with_calls = not options.no_calls and shutil.which("strace") is not None
    if not with_calls:
        print("system calls are not counted" + ("" if options.no_calls else ": strace is not there"))

    missed = 0
    medians = {}
    for workload in workloads(connections):
        if options.only and workload.name not in options.only.split(","):
            continue
        misses, medians[workload.name] = measure(workload, group, options.scale, with_calls)
        missed += misses
    if "whole_tests" in medians and "fresh_life_cycles" in medians:
        missed += print_whole_test(medians["fresh_life_cycles"], medians["whole_tests"])
    if "connections" in medians:
        missed += print_growth(group, connections)
    if not options.only:
        missed += print_million(group)
    for contender in group:
        contender.end()
    print(f"\n{missed} target{'' if missed == 1 else 's'} not reached" if missed else "\nevery target reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
