"""``python tools/mutate.py``: change the code in a sample of places, one at a time, and see which tests notice.

Each mutant (``tools/mutants.py``) is written into a copy of the repository, where the test files that reach the changed
line run, those first that reach most of its module. Which file reaches which line is measured by running each by itself
under coverage, and kept in ``build/mutate/`` until the file changes: the first run takes half an hour longer. Slow
tests are left out.

    killed     a test of behaviour fails
    snapshot   only the tests that compare with the committed output or a snapshot fail
    timed out  the tests ran ten times as long as they should
    survived   no test fails

Exit status 1 where less than 85 % are killed by behaviour. ``tools/equivalent-mutants.yaml`` lists the changes that
nobody could notice; they are not drawn.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import Queue
from typing import Any, TypeVar

import yaml
from mutants import Mutant, mutants
from scratch import NOTHING_TO_RUN, STOPPING, Copy, failed_test

ROOT = Path(__file__).resolve().parent.parent
CODE = "constructs/quantacirc_cdk"
LEFT_OUT = ("scaffold/templates/", "version.py")
MEASURED = ROOT / "build" / "mutate" / "measured.jsonl"
EQUIVALENT = ROOT / "tools" / "equivalent-mutants.yaml"
SNAPSHOTS = ("tests/project/test_output.py", "tests/project/test_api.py")
"""The tests that compare with committed output: what only they notice, no test says to be wrong."""
REQUIRED = 85
"""Percent of the mutants that tests of behaviour must kill."""
BATCH, SLACK = 25, 120
"""Seconds of tests in one run of pytest, and seconds that it may take beside ten times these."""
OUTCOMES = ("killed", "snapshot", "timed out", "survived")

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Reach:
    """What one file of tests was measured to do."""

    name: str
    seconds: float
    lines: dict[str, int]
    """For each file of the code, the lines that run, as the bits of a number."""


# What the tests reach


def measure(copies: list[Copy], again: bool) -> list[Reach]:
    """Return what each file of tests reaches; run each that is new or has changed by itself, or all of them."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    names.sort(key=lambda name: not (ROOT / CODE / Path(name).parts[1]).is_dir())  # those of packages first
    known = {} if again else read_measured()
    missing = [name for name in names if name not in known]
    if missing:
        print(f"measuring {len(missing)} files of tests", flush=True)
        MEASURED.parent.mkdir(parents=True, exist_ok=True)
        MEASURED.write_text("".join(f"{json.dumps(one)}\n" for one in known.values()))
        for_each(missing, copies, record)
        known = read_measured()
    hashes = {path.relative_to(ROOT).as_posix(): digest(path) for path in (ROOT / CODE).rglob("*.py")}
    return [
        Reach(
            name,
            known[name]["seconds"],
            # where the code has changed since, all its lines count as reached
            {
                file: int(bits, 16) if hashes.get(file) == text else -1
                for file, (text, bits) in known[name]["lines"].items()
            },
        )
        for name in names
        if name in known and known[name]["passes"]
    ]


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16]


def read_measured() -> dict[str, Any]:
    """Read what was measured of the files of tests that are still the same."""
    lines = MEASURED.read_text().splitlines() if MEASURED.exists() else []
    known = {one["name"]: one for one in map(json.loads, lines)}
    return {name: one for name, one in known.items() if (path := ROOT / name).is_file() and digest(path) == one["hash"]}


def record(copy: Copy, name: str) -> None:
    """Run a file of tests by itself under coverage, and add a line to what was measured."""
    from coverage import CoverageData

    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch, "coveragerc")
        settings.write_text(
            f"[run]\nsource = {copy.root / CODE}\nparallel = true\ndata_file = {scratch}/data\npatch = _exit, fork\n"
            "disable_warnings = no-data-collected,module-not-imported,module-not-measured\n"
        )
        run = copy.pytest([name], 1800, COVERAGE_PROCESS_START=str(settings))
        one = {"name": name, "hash": digest(copy.root / name), "seconds": round(run.seconds, 1)}
        lines: dict[str, int] = {}
        for path in Path(scratch).glob("data.*"):
            data = CoverageData(str(path))
            data.read()
            for file in data.measured_files():
                where = Path(file).relative_to(copy.root).as_posix()
                lines[where] = lines.get(where, 0) | sum(1 << line for line in data.lines(file) or ())
    one["passes"] = run.status == 0
    one["lines"] = {file: [digest(copy.root / file), hex(bits)] for file, bits in lines.items() if bits}
    if run.status not in (0, NOTHING_TO_RUN):
        print(f"left out: {name}: {'stopped' if run.status is None else failed_test(run.output)}", flush=True)
    with MEASURED.open("a") as file:
        file.write(f"{json.dumps(one)}\n")


def runs_for(mutant: Mutant, files: list[Reach], seconds: float) -> Iterator[tuple[list[str], float]]:
    """Yield the runs of pytest that may kill a mutant: files, with the seconds that they take; the snapshots last."""
    inner = Path(mutant.file).relative_to(CODE)
    last = mutant.line + mutant.old.count("\n")
    bits = ((1 << last + 1) - 1) ^ ((1 << mutant.line) - 1)
    reaching = [file for file in files if file.lines.get(mutant.file, 0) & bits and file.name not in SNAPSHOTS]

    def worth(file: Reach) -> float:
        lines, test = file.lines[mutant.file], Path(file.name).relative_to("tests")
        near = 4 ** sum(one == other for one, other in zip(inner.parts, test.parts, strict=False))
        named = 100 if test.stem in (f"test_{inner.stem}", f"test_{inner.parent.name}") else 1
        return -near * named * (1000 if lines < 0 else lines.bit_count()) / (file.seconds + 1)

    batch: list[str] = []
    taken = total = 0.0
    for file in sorted(reaching, key=lambda file: (worth(file), file.name)):
        if total + file.seconds > seconds and total:
            continue
        batch.append(file.name)
        taken, total = taken + file.seconds, total + file.seconds
        if taken >= BATCH or (total == taken and len(batch) == 3):  # the likeliest by themselves
            yield batch, taken
            batch, taken = [], 0.0
    if batch:
        yield batch, taken
    yield list(SNAPSHOTS), 30


def try_mutant(copy: Copy, mutant: Mutant, runs: Iterator[tuple[list[str], float]]) -> tuple[str, str]:
    """Return the outcome of a mutant, and the first test that failed."""
    path = copy.root / mutant.file
    source, stat = path.read_bytes(), path.stat()
    path.write_bytes(mutant.apply(source))
    later = stat.st_mtime + 1 + mutant.start  # what was compiled before is not taken for it
    os.utime(path, (later, later))
    try:
        for files, seconds in runs:
            run = copy.pytest(files, 10 * seconds + SLACK)
            if run.status is None:
                return "timed out", " ".join(files)
            if run.status not in (0, NOTHING_TO_RUN):
                return ("snapshot" if files == list(SNAPSHOTS) else "killed"), failed_test(run.output)
        return "survived", ""
    finally:
        path.write_bytes(source)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


# Which mutants


def listed(path: Path) -> list[dict[str, str]]:
    """Return the mutants that nobody could notice: file, function, old text, new text, reason."""
    return yaml.safe_load(path.read_text()) or [] if path.exists() else []


def packages(wanted: list[str]) -> dict[str, list[Mutant]]:
    """Return the mutants of each package, without those that are equivalent; end where the list of these is stale."""
    entries = {(e["file"], e["function"], e["old"], e["new"]) for e in listed(EQUIVALENT)}
    found: dict[str, list[Mutant]] = {}
    known = set()
    for path in sorted((ROOT / CODE).rglob("*.py")):
        inner = path.relative_to(ROOT / CODE)
        if inner.as_posix().startswith(LEFT_OUT):
            continue
        for mutant in mutants(path.relative_to(ROOT).as_posix(), path.read_bytes()):
            key = (mutant.file.removeprefix(f"{CODE}/"), mutant.function, mutant.old, mutant.new)
            known.add(key)
            if key not in entries:
                found.setdefault(inner.parts[0] if len(inner.parts) > 1 else "(top)", []).append(mutant)
    if stale := sorted(entries - known):
        sys.exit(f"error: {EQUIVALENT.relative_to(ROOT)} lists what is no longer there:\n" + "\n".join(map(str, stale)))
    if unknown := sorted(set(wanted) - set(found)):
        sys.exit(f"error: no package {', '.join(unknown)}, expected {', '.join(sorted(found))}")
    return {name: found[name] for name in sorted(wanted or found)}


def drawn(places: list[Mutant], number: int, dice: random.Random) -> list[Mutant]:
    """Draw mutants that Python can compile, spread over the files by the length of their text."""
    chosen: list[Mutant] = []
    for mutant in dice.sample(places, len(places)):
        if len(chosen) == number:
            break
        try:
            compile(mutant.apply((ROOT / mutant.file).read_bytes()), mutant.file, "exec")
        except SyntaxError:
            continue
        chosen.append(mutant)
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(description="Change the code in a sample of places and see which tests notice.")
    parser.add_argument("packages", nargs="*", help="packages to change, such as model; all by default")
    parser.add_argument("--number", type=int, default=4, help="mutants in each package (4)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats a run")
    parser.add_argument("--seconds", type=float, default=150, help="tests to run for one mutant, in seconds (150)")
    parser.add_argument("--file", help="only mutants of files whose path contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes beside each other")
    parser.add_argument("--measure", action="store_true", help="measure again which tests reach which lines")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    sample = [
        mutant
        for places in packages(options.packages).values()
        for mutant in drawn([m for m in places if (options.file or "") in m.file], options.number, dice)
    ]
    print(f"{len(sample)} mutants, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutate-", ignore_cleanup_errors=True) as scratch:
        copies = [Copy.make(ROOT, Path(scratch, str(number))) for number in range(options.jobs)]
        files = measure(copies, options.measure)

        def attempt(copy: Copy, mutant: Mutant) -> tuple[Mutant, str, str]:
            outcome, test = try_mutant(copy, mutant, runs_for(mutant, files, options.seconds))
            print(f"{outcome:<9}  {mutant}  {test.partition(' - ')[0]}", flush=True)
            return mutant, outcome, test

        return report(for_each(dice.sample(sample, len(sample)), copies, attempt))


def for_each(items: list[Item], copies: list[Copy], work: Callable[[Copy, Item], Result]) -> list[Result]:
    """Do some work for each item in the next free copy."""
    free: Queue[Copy] = Queue()
    for copy in copies:
        free.put(copy)

    def one(item: Item) -> Result:
        copy = free.get()
        try:
            return work(copy, item)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            return list(pool.map(one, items))
        except BaseException:
            STOPPING.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def report(outcomes: list[tuple[Mutant, str, str]]) -> int:
    """Print the table and what survived, and return the exit status."""
    counts: dict[str, Counter[str]] = {}
    for mutant, outcome, _ in outcomes:
        inner = Path(mutant.file).relative_to(CODE)
        counts.setdefault(inner.parts[0] if len(inner.parts) > 1 else "(top)", Counter())[outcome] += 1
    total = sum(counts.values(), Counter())
    print(f"\n{'package':<12}" + "".join(f"{name:>11}" for name in (*OUTCOMES, "mutants", "killed %")))
    for name, count in [*sorted(counts.items()), ("all", total)]:
        share = 100 * count["killed"] / count.total()
        print(f"{name:<12}" + "".join(f"{count[o]:>11}" for o in OUTCOMES) + f"{count.total():>11}{share:>10.0f} %")
    for outcome in OUTCOMES[1:]:
        for mutant, what, _ in sorted(outcomes):
            if what == outcome:
                print(f"{outcome}: {mutant}")
    return int(100 * total["killed"] < REQUIRED * total.total())


if __name__ == "__main__":
    sys.exit(main())
