# SPDX-License-Identifier: MIT
"""usage: run.py BUILD [FILE[:FUNCTION]...]
       run.py --self-test

Plants the mutants of the files below (plant.py), runs the tests that know each file until one fails, and says
which mutants all tests have passed with. BUILD is a folder that `cmake --build` has filled. Use ci/mutate.
"""
import concurrent.futures
import glob
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import plant

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPLAINED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "explained.txt")
TIME_LIMIT = 10  # seconds of the real time; a test that has stopped, or a mutant that waits for ever
CPU_LIMIT = 2  # seconds of processor time more than the unchanged program takes: a loop made endless
MEMORY_LIMIT = 4 << 30

# The programs that know a file, the quickest and most telling first. "name argument… VARIABLE=value" runs it so.
FORM = ["record_past", "record_joints", "record_order", "record_content", "record_memory", "record_labels",
        "record_ties", "record_normal", "record_normal_races", "harness_orders 100", "record_canonical"]
GRAPH = ["record_labels", "record_joints", "record_memory", "harness_orders 100", "record_symmetry"]
WIRE = ["network_ledger", "network_ledger_room", "contract_end", "contract_read",
        "contract_ends CONTRACT_HOST=127.0.0.1", "contract_ends CONTRACT_HOST=memory:",
        "contract_ends CONTRACT_HOST=unix:", "contract_protocol", "contract_connect", "contract_causes_wire",
        "contract_foreign_ends", "contract_foreign", "world_deliveries", "harness_soak 5"]
PROGRAMS = {
    "harness/network/delivery.c": ["network_delivery", "world_deliveries", "contract_read", "harness_random 50"],
    "harness/network/inbound.c": WIRE,
    "harness/network/ledger.c": WIRE,
    "harness/record/canonical.c": FORM + ["record_redact", "record_redact_memory", "world_deliveries", "report_check"],
    "harness/record/compare.c": ["record_compare", "record_streams", "record_lines", "record_fixture", "report_check",
                                 "report_difference", "report_align", "report_compared"],
    "harness/record/links.c": FORM,
    "harness/record/order.c": FORM + ["record_streams", "world_deliveries"],
    "harness/record/partition.c": GRAPH,
    "harness/record/past.c": FORM,
    "harness/record/relabel.c": FORM,
    "harness/record/streams.c": ["record_streams", "world_deliveries"],
    "harness/record/symmetry.c": GRAPH,
}


class Program:
    """A test program, linked anew with the planted file."""

    def __init__(self, described, command, environment):
        self.described = described
        self.command = command
        self.environment = environment
        self.seconds = 30  # until it is known

    def limit(self):
        cpu = CPU_LIMIT + int(self.seconds + 1)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))

    def passes(self, mutant):
        """Runs it with that mutant, 0 for none, and a folder of its own for temporary files."""
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, MUTANT=str(mutant), TMPDIR=folder, **self.environment)
            process = subprocess.Popen(self.command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       start_new_session=True, preexec_fn=self.limit)
            try:
                return process.wait(TIME_LIMIT + 10 * self.seconds) == 0
            except subprocess.TimeoutExpired:
                return False
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()


def compile_planted(build, path, folder):
    """Plants the file's mutants and compiles it as the build does. Returns them and the object."""
    full = os.path.join(TOP, path)
    with open(os.path.join(build, "compile_commands.json")) as file:
        entry = next(entry for entry in json.load(file) if os.path.realpath(entry["file"]) == full)
    words = shlex.split(entry["command"])
    if os.path.basename(words[0]) == "ccache":
        del words[0]
    flags = [word for word in words[1:words.index("-o")] if not word.startswith("-W")]
    planter = plant.Planter(full, flags)
    source, made = os.path.join(folder, "planted.c"), os.path.join(folder, "planted.o")
    with open(source, "wb") as file:
        file.write(planter.planted)
    subprocess.run([words[0]] + flags + ["-w", "-iquote", os.path.dirname(full), "-o", made, "-c", source],
                   cwd=entry["directory"], check=True)
    return planter.mutants, made


def link(build, described, made, folder, linked):
    """Links a program of the build as before, but with the planted object ahead of the library that has the file."""
    words = described.split()
    environment = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    arguments = [word for word in words[1:] if "=" not in word]
    found = glob.glob(os.path.join(build, "**", "CMakeFiles", words[0] + ".dir", "link.txt"), recursive=True)
    if not found:
        raise RuntimeError("there is no program " + words[0])
    program = os.path.join(folder, words[0])
    if program not in linked:
        with open(found[0]) as file:
            command = shlex.split(file.read())
        command[command.index("-o") + 1] = program
        command.insert(next(i for i, word in enumerate(command) if word.endswith(".a")), made)
        subprocess.run(command, cwd=os.path.dirname(os.path.dirname(os.path.dirname(found[0]))), check=True)
        linked.add(program)
    environment["HARNESS_TEST"] = words[0]
    return Program(described, [program] + arguments, environment)


def read_explained(lines):
    """Those of explained.txt: by file, the keys, each with whether it was found. A reason stands above them."""
    explained = {}
    path = None
    reason = False
    for line in lines:
        if line.startswith("harness/"):
            path = line.strip()
        elif line.startswith("#"):
            reason = True
        elif line.strip() == "":
            reason = False
        elif path is None or not reason:
            raise RuntimeError("explained.txt gives no reason: " + line.strip())
        else:
            explained.setdefault(path, {})[line.strip()] = False
    return explained


def try_mutant(programs, mutant):
    """The program that failed with it, or None."""
    for program in list(programs):  # others put theirs first meanwhile
        if not program.passes(mutant.number):
            # What kills one is likely to kill the next.
            programs[:] = [program] + [other for other in programs if other is not program]
            return program
    return None


def prepare(build, path, folder):
    mutants, made = compile_planted(build, path, folder)
    linked = set()
    programs = [link(build, described, made, folder, linked) for described in PROGRAMS[path]]
    for program in programs:
        begin = time.monotonic()
        if not program.passes(0):
            raise RuntimeError("%s fails without a mutant" % program.described)
        program.seconds = time.monotonic() - begin
    return mutants, programs


def try_mutants(programs, mutants):
    """What has killed each of them, one by one."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda mutant: try_mutant(programs, mutant), mutants)


def judge(path, mutants, killers, explained, function, say):
    """How many were made, killed, explained, have survived, and are explained wrongly; says which of the last two."""
    counts = dict.fromkeys(("made", "killed", "explained", "survived", "wrong"), 0)
    for mutant, killer in zip(mutants, killers):
        counts["made"] += 1
        if mutant.key in explained:
            explained[mutant.key] = True
        if killer is not None:
            counts["killed"] += 1
            if mutant.key in explained:
                counts["wrong"] += 1
                say("explained, but killed by %s: %s" % (killer.described, mutant.key))
        elif mutant.key in explained:
            counts["explained"] += 1
        else:
            counts["survived"] += 1
            say("%s:%d: survived: %s" % (path, mutant.line, mutant.key))
    for key, found in explained.items():
        if not found and function in ("", key.split(":")[0]):
            counts["wrong"] += 1
            say("explained, but there is no such mutant: " + key)
    return counts


def try_file(build, path, function, explained):
    with tempfile.TemporaryDirectory() as folder:
        mutants, programs = prepare(build, path, folder)
        mutants = [mutant for mutant in mutants if function in ("", mutant.function)]
        counts = judge(path, mutants, try_mutants(programs, mutants), explained, function,
                       lambda said: print(said, flush=True))
    print("%s: %s" % (path, sentence(counts)), flush=True)
    return counts


def sentence(counts):
    return "%(made)d mutants: %(killed)d killed, %(explained)d explained, %(survived)d survived" % counts


def main(build, asked):
    os.environ.update(HARNESS_FIXTURES="check", HARNESS_FIXTURES_DIR=os.path.join(TOP, "fixtures"))
    with open(EXPLAINED) as file:
        explained = read_explained(file)
    total = {}
    for path in sorted(set(explained) - set(PROGRAMS)):
        raise RuntimeError("explained.txt has %s, which is not tried" % path)
    for word in asked or PROGRAMS:
        path, _, function = word.partition(":")
        if path not in PROGRAMS:
            raise RuntimeError("%s is none of: %s" % (path, " ".join(PROGRAMS)))
        for name, count in try_file(build, path, function, explained.get(path, {})).items():
            total[name] = total.get(name, 0) + count
    print("all: " + sentence(total))
    return 1 if total["survived"] + total["wrong"] > 0 else 0


SAMPLE = """
int least(int a, int b) {
  return a < b ? a : b;
}
int steps(int a, int b) {
  int steps = 0;
  if (a > 0 && !(b == 7))
    steps += 2;
  return steps;
}
"""
SAMPLE_TEST = """
int least(int a, int b);
int steps(int a, int b);
int main(void) {
  return !(least(1, 2) == 1 && least(2, 1) == 1 && steps(1, 1) == 2 && steps(0, 1) == 0 && steps(1, 7) == 0);
}
"""
EQUIVALENT = "least: a < b => a <= b"


def self_test():
    """In a sample all mutants are killed but one, which is equivalent; explanations are held to what is found."""
    with tempfile.TemporaryDirectory() as folder:
        name = {part: os.path.join(folder, part) for part in ("sample.c", "planted.c", "test.c", "test")}
        for part, text in (("sample.c", SAMPLE), ("test.c", SAMPLE_TEST)):
            with open(name[part], "w") as file:
                file.write(text)
        planter = plant.Planter(name["sample.c"], [])
        with open(name["planted.c"], "wb") as file:
            file.write(planter.planted)
        subprocess.run(["cc", "-w", "-o", name["test"], name["planted.c"], name["test.c"]], check=True)
        program = Program("test", [name["test"]], {})
        killers = list(try_mutants([program], planter.mutants))
        passes = program.passes(0)

    def judged(*explained):
        said = []
        counts = judge("sample.c", planter.mutants, killers, dict.fromkeys(explained, False), "", said.append)
        return counts["killed"] == len(killers) - 1 and counts["survived"], counts["wrong"], len(said)

    if len(killers) < 15 or not passes or judged() != (1, 0, 1) or judged(EQUIVALENT) != (0, 0, 0) or \
            judged(EQUIVALENT, "least: a < b => a >= b", "gone: a => b") != (0, 2, 2):
        print(judge("sample.c", planter.mutants, killers, {}, "", print))
        raise RuntimeError("--self-test: the sample's mutants are not what they were")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else main(os.path.abspath(sys.argv[1]), sys.argv[2:]))
    except (RuntimeError, subprocess.CalledProcessError, OSError) as error:
        sys.exit("ci/mutate: %s" % error)
