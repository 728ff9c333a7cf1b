#!/usr/bin/env python3
"""Two Parquet files that join, 1M people and 5M visits, their common id remapped by Loup and by other engines.

    cargo build --release && python3 benches/w3.py

Standard library only; makes its data and a virtual environment with the other engines under `masked/bench` (or the folder
given by --work), runs every engine as a whole process, interleaved, and prints the median wall time, the ratio to Loup
and the peak resident memory. Every output is checked: rows, NULLs, ids and joins as many as before.

Loup's numbers come from a keyed permutation, and rows keep their order. The others number the ids and join, in the form that
is fastest for each, which in Polars loses the order; `polars-hash` takes an unkeyed hash, which is not one to one.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from w2 import ROOT, make_data, make_environment, measure

PEERS = Path(__file__).resolve().parent / "w3_peers.py"
ENGINES = ["polars", "polars-hash", "duckdb"]
FILES = ["people.parquet", "visits.parquet"]

LOUP = """
ATTACH '{folder}' AS d;
UPDATE d.people SET ben_reg_id = pseudo_int(ben_reg_id, 'beneficiary');
UPDATE d.visits SET ben_reg_id = pseudo_int(ben_reg_id, 'beneficiary');
EXPORT DATABASE d TO '{target}';
"""


def make_files(work: Path, python: Path, rows: int) -> Path:
    """The two files in a folder of their own."""
    folder = work / f"w3-{rows}"
    if not all((folder / name).exists() for name in FILES):
        csv = work / f"people-{rows}.csv"
        make_data(csv, rows)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([python, PEERS, "make", csv, folder, str(rows)], check=True)
    return folder


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rows", type=int, default=1_000_000, help="people; there are five times as many visits")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--work", type=Path, default=ROOT / "masked" / "bench")
    arguments.add_argument("--loup", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "loup")
    arguments.add_argument("--threads", type=int, help="threads of every engine; all cores where left out")
    arguments.add_argument("--only", nargs="*", choices=ENGINES, help="engines to compare with; all where left out")
    arguments.add_argument("--without-loup", action="store_true", help="the other engines alone")
    options = arguments.parse_args()

    if not options.without_loup and not options.loup.exists():
        sys.exit(f"{options.loup} is not there: cargo build --release")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    log = work / "w3.log"
    python = make_environment(work)
    source = make_files(work, python, options.rows)
    threads = str(options.threads or os.cpu_count())

    commands = {}
    if not options.without_loup:
        plan = work / "w3.sql"
        plan.write_text(LOUP.format(folder=source, target=work / "w3-loup"))
        commands["loup"] = [str(options.loup), "run", str(plan), "--threads", threads]
    for engine in ENGINES if options.only is None else options.only:
        (work / f"w3-{engine}").mkdir(exist_ok=True)
        commands[engine] = [str(python), str(PEERS), engine, str(source), str(work / f"w3-{engine}"), threads]
    # A key, so that Loup does not spend the run telling that it has none.
    os.environ.setdefault("LOUP_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    # A plain copy tells what the machine's files cost.
    (work / "w3-cp").mkdir(exist_ok=True)
    commands["cp"] = [shutil.which("cp"), *(str(source / name) for name in FILES), str(work / "w3-cp")]

    results: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(options.rounds + 1):
        for name, command in commands.items():
            result = measure(command, log)
            if number > 0:  # the first round warms the page cache
                results[name].append(result)
            print(f"round {number} {name:<11} {result[0]:7.2f} s {result[1]:7.0f} MB", file=sys.stderr)
    for name in commands:
        subprocess.run([python, PEERS, "check", source, work / f"w3-{name}", str(name == "cp")], check=True)

    first = next(iter(results))
    base = statistics.median(wall for wall, _ in results[first])
    size, rows = sum((source / name).stat().st_size for name in FILES), 6 * options.rows
    print(f"\n{rows:,} rows, {size:,} bytes in, {threads} threads, median of {options.rounds} interleaved rounds, whole processes\n")
    print(f"| engine | wall s | min..max | times {first} | rows/s | peak MB |\n|---|---|---|---|---|---|")
    for name, runs in results.items():
        walls = [wall for wall, _ in runs]
        median = statistics.median(walls)
        peak = max(memory for _, memory in runs)
        print(f"| {name} | {median:.2f} | {min(walls):.2f}..{max(walls):.2f} | {median / base:.1f} | {rows / median / 1e6:.1f} M | {peak:.0f} |")
    if not options.without_loup:
        print("\nversions:", subprocess.run([options.loup, "--version"], capture_output=True, text=True, check=True).stdout.strip(), end="")
    frozen = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout.split()
    print("".join(f", {line}" for line in frozen if line.split("==")[0] in ("polars", "duckdb")))


if __name__ == "__main__":
    main()
