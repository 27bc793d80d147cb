# SPDX-License-Identifier: MIT
"""Instruction counts against their reference: numbers in, lines and an exit status out."""

PASSED, FAILED, SKIPPED = 0, 1, 77
LIMIT = 3.0  # per cent: more than this is a failure, less than its negative is worth a new reference


def per_exchange(short, long):
    """Instructions an exchange costs; each is (exchanges, instructions of the whole run)."""
    return (long[1] - short[1]) / (long[0] - short[0])


def percent(count, reference):
    """By how much count is above the reference."""
    return 100.0 * (count - reference) / reference


def is_same(one, other):
    """Whether two counts of one program are as near as counts repeat."""
    return abs(percent(one, other)) < 0.1


def differences(here, there):
    """What differs between the toolchain here and that of the reference, a line each."""
    return [f"{key} is {here.get(key, 'absent')}, the reference's is {there.get(key, 'absent')}"
            for key in sorted(set(here) | set(there)) if here.get(key) != there.get(key)]


def judge_one(name, count, reference):
    """A line and whether it is a failure."""
    if reference is None:
        return f"{name:<20} {count:>12.1f}  has no reference", True
    if count is None:
        return f"{name:<20} {'-':>12}  was not counted, and has a reference", True
    change = percent(count, reference)
    line = f"{name:<20} {count:>12.1f} {reference:>12.1f} {change:>+7.2f} %"
    if change > LIMIT:
        return f"{line}  MORE than {LIMIT:g} % above", True
    if change < -LIMIT:
        return f"{line}  much below", False
    return line, False


def judge(counts, references):
    """Counts by workload against their references. Returns lines and an exit status."""
    lines, failed, below = [], [], []
    for name in list(counts) + [name for name in references if name not in counts]:
        line, wrong = judge_one(name, counts.get(name), references.get(name))
        lines.append(line)
        if wrong:
            failed.append(name)
        elif percent(counts[name], references[name]) < -LIMIT:
            below.append(name)
    if below:
        lines.append(f"much below the reference: {', '.join(below)}; `ci/count --update` makes that the reference")
    if failed:
        lines.append(f"FAILED: {', '.join(failed)}; where that is meant, `ci/count --update` accepts it")
    elif counts:
        lines.append(f"passed: {len(counts)} counts, none more than {LIMIT:g} % above its reference")
    else:
        lines.append("FAILED: nothing was counted")
    return lines, FAILED if failed or not counts else PASSED
