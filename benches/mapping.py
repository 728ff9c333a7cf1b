#!/usr/bin/env python3
"""Builds, saves, loads and asks a mapping table of many integer ids, through the SQL that users write.

    cargo build --release && python3 benches/mapping.py [--ids 10000000] [--kind random_int]

Prints medians of the runs, from the seconds that each run's report gives for its statements, and the peak resident memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KINDS = {
    "sequential": "'start' '1000000000000'",
    "random_int": "'lo' '1000000000000', 'hi' '1999999999999'",
    "keyed": "'lo' '1000000000000', 'hi' '1999999999999999999'",
    "uuid": "",
}


def run(loup, work, script):
    """Runs a script; returns its report, the notices and the peak memory in MB."""
    plan = work / "plan.sql"
    plan.write_text(script)
    environment = {**os.environ, "LOUP_KEY": KEY, "XDG_STATE_HOME": str(work / "state")}
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen([loup, "run", plan], cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        told.seek(0)
        notices = told.read()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(notices)
    reports = sorted((work / "state/loup/runs").glob("*/run.json"))
    return json.loads(reports[-1].read_text()), notices, usage.ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--ids", type=int, default=10_000_000)
    arguments.add_argument("--kind", choices=KINDS, default="random_int")
    arguments.add_argument("--runs", type=int, default=3)
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    arguments.add_argument("--loup", default=str(target / "release/loup"))
    given = arguments.parse_args()
    loup, ids = str(Path(given.loup).resolve()), given.ids
    options = ", ".join(filter(None, [f"'kind' '{given.kind}'", KINDS[given.kind], "'create_if_not_exists' 'true'"]))
    create = "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'ids'"
    series = f"generate_series(1, {ids})"
    # A COPY gives each run a target, and so a report.
    looked_up = f"""{create};
COPY (SELECT count(value) AS n FROM {series}) TO 'plain.csv';
COPY (SELECT count(map_id(value, 'ids')) AS n FROM {series}) TO 'mapped.csv';
COPY (SELECT count(unmap_id(map_id(value, 'ids'), 'ids')) AS n FROM {series}) TO 'back.csv';
"""
    figures = {}
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            report, _, peak = run(loup, work, f"{create} OPTIONS ({options});\nINSERT INTO ids SELECT value FROM {series};\n")
            seconds = [statement["seconds"] for statement in report["statements"]]
            figures.setdefault("build, s", []).append(seconds[1])
            figures.setdefault("save (encode, encrypt, sync, commit), s", []).append(report["seconds"] - sum(seconds))
            figures.setdefault("peak resident while building, MB", []).append(peak)
            size = sum(file.stat().st_size for file in (work / "ids").iterdir())
            figures.setdefault("on disk, bytes an id", []).append(size / ids)
            report, notices, peak = run(loup, work, looked_up)
            load, plain, mapped, back = (statement["seconds"] for statement in report["statements"])
            figures.setdefault("load, s", []).append(load)
            figures.setdefault("map_id, ns an id", []).append((mapped - plain) / ids * 1e9)
            figures.setdefault("unmap_id, ns an id (first use builds its index)", []).append((back - mapped) / ids * 1e9)
            figures.setdefault("peak resident while loading and asking, MB", []).append(peak)
            notice = next((line.strip() for line in notices.splitlines() if "MB of memory" in line), "")
    print(f"{ids:,} integer ids, kind {given.kind}, medians of {given.runs}; after loading: {notice}")
    for name, values in figures.items():
        print(f"{name:50} {statistics.median(values):10.1f}")


if __name__ == "__main__":
    main()
