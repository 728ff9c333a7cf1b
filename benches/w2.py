#!/usr/bin/env python3
"""One CSV file of 1M rows and 12 columns, masked by Loup and by the nearest statement of other engines.

    cargo build --release && python3 benches/w2.py

Standard library only; makes its data and a virtual environment with the other engines under `masked/bench` (or the folder
given by --work), runs every engine as a whole process, interleaved, and prints the median wall time, the ratio to Loup
and the peak resident memory. What is done to each row: hash the e-mail, two fake names, a fake phone, the card's last
four digits, the year of birth; six columns pass.

The engines do not do the same work, and the differences favour them: their hashes are unkeyed (SHA-256, for which
processors have instructions; Polars SHA3-256), names come from lists of 50, phones ignore the format they are given.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ["duckdb", "polars", "polars-hash", "chdb", "datafusion"]
ENGINES = ["duckdb", "polars", "chdb", "datafusion"]
HEADER = "ben_reg_id,first_name,last_name,email,phone,card,birth_date,city,amount,status,created_at,notes\n"

FIRST = ["Ada", "Amélie", "Björn", "Chidi", "Dafne", "Eero", "Farid", "Gaël", "Hana", "Ines", "Jürgen", "Kofi", "Ludmila", "Mei", "Nils", "Pilar"]
LAST = ["Abernathy", "Castañeda", "Eriksson", "Fernández", "Håkansson", "Kowalczyk", "Müller", "O'Brien", "Quispe", "Sørensen", "Takács", "Xu"]
CITIES = ["Ashbourne", "Bergen", "Cádiz", "Dunedin", "Faro", "Gdańsk", "Haarlem", "Kraków"]

LOUP = """
ATTACH '{folder}' AS d;
COPY (SELECT * REPLACE (
    hash_keyed(email, 'customer') AS email,
    fake_first_name(first_name) AS first_name,
    fake_last_name(last_name) AS last_name,
    fake_phone(phone) AS phone,
    concat('************', right(card, 4)) AS card,
    generalize_date(birth_date, 'year') AS birth_date
) FROM d.people) TO '{target}';
"""


def make_data(target: Path, rows: int) -> None:
    """Seeded: the same bytes everywhere. One cell in ten of `notes` holds a separator, a quote or a line break."""
    if target.exists():
        return
    print(f"writing {rows:,} rows to {target}", file=sys.stderr)
    chance = random.Random(42)
    with open(target.with_suffix(".part"), "w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for i in range(rows):
            r = chance.getrandbits(64)
            first, last = FIRST[r % 16], LAST[(r >> 4) % 12]
            note = ['"said ""hello"", then left"', '"two\nlines"', "", '""'][(r >> 12) % 4] if (r >> 14) % 10 == 0 else f"follow-up {r >> 40:07d}, none".replace(",", ";")
            email = "" if (r >> 18) % 50 == 0 else f"{first[0].lower()}.{(r >> 20) % 10**9:09d}@mail{(r >> 50) % 90 + 10}.example"
            file.write(
                f"{r % 700_000 + 10_000_000_000},{first},{last},{email},+1-415-555-{(r >> 8) % 10_000:04d},4000{(r >> 3) % 10**12:012d},"
                f"{1940 + (r >> 22) % 66}-{(r >> 29) % 12 + 1:02d}-{(r >> 33) % 28 + 1:02d},{CITIES[(r >> 38) % 8]},{(r >> 16) % 10**7 / 100:.2f},"
                f"{('active', 'closed', 'dormant')[(r >> 41) % 3]},2026-01-{(r >> 43) % 28 + 1:02d} 12:{(r >> 48) % 60:02d}:00,{note}\n"
            )
    target.with_suffix(".part").rename(target)


def make_environment(work: Path) -> Path:
    """A virtual environment with the other engines; returns its Python."""
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(work / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def measure(command: list[str], log: Path) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of one process, started afresh."""
    with open(log, "ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with {process.returncode}; see {log}")
    return wall, usage.ru_maxrss / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--work", type=Path, default=ROOT / "masked" / "bench")
    arguments.add_argument("--loup", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "loup")
    arguments.add_argument("--threads", type=int, help="threads of every engine; all cores where left out")
    arguments.add_argument("--only", nargs="*", choices=ENGINES, help="engines to compare with; all where left out")
    options = arguments.parse_args()

    if not options.loup.exists():
        sys.exit(f"{options.loup} is not there: cargo build --release")
    work = options.work.resolve()
    (work / "in").mkdir(parents=True, exist_ok=True)
    source, log = work / "in" / "people.csv", work / "w2.log"
    make_data(source, options.rows)
    engines = ENGINES if options.only is None else options.only
    python = make_environment(work) if engines else Path(sys.executable)
    threads = str(options.threads or os.cpu_count())

    plan = work / "w2.sql"
    plan.write_text(LOUP.format(folder=source.parent, target=work / "loup.csv"))
    commands = {"loup": [str(options.loup), "run", str(plan), "--threads", threads]}
    for engine in engines:
        commands[engine] = [str(python), str(ROOT / "benches" / "w2_peers.py"), engine, str(source), str(work / f"{engine}.csv"), threads]
    # A key, so that Loup does not spend the run telling that it has none.
    os.environ.setdefault("LOUP_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    # A plain copy tells what the machine's files cost.
    commands["cp"] = [shutil.which("cp"), str(source), str(work / "cp.csv")]

    results: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(options.rounds + 1):
        for name, command in commands.items():
            result = measure(command, log)
            if number > 0:  # the first round warms the page cache
                results[name].append(result)
            print(f"round {number} {name:<11} {result[0]:7.2f} s {result[1]:7.0f} MB", file=sys.stderr)

    loup = statistics.median(wall for wall, _ in results["loup"])
    size = source.stat().st_size
    print(f"\n{options.rows:,} rows, {size:,} bytes in, {threads} threads, median of {options.rounds} interleaved rounds, whole processes\n")
    print("| engine | wall s | min..max | times loup | rows/s | peak MB |\n|---|---|---|---|---|---|")
    for name, runs in results.items():
        walls = [wall for wall, _ in runs]
        median = statistics.median(walls)
        peak = max(memory for _, memory in runs)
        print(f"| {name} | {median:.2f} | {min(walls):.2f}..{max(walls):.2f} | {median / loup:.1f} | {options.rows / median / 1e6:.2f} M | {peak:.0f} |")
    print("\nversions:", subprocess.run([options.loup, "--version"], capture_output=True, text=True, check=True).stdout.strip(), end="")
    if engines:
        frozen = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout.split()
        print("".join(f", {line}" for line in frozen if line.split("==")[0].replace("_", "-") in PEERS))


if __name__ == "__main__":
    main()
