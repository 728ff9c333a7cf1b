#!/usr/bin/env python3
"""Masks three columns of one table of a generated mysqldump and pg_dump, keyed-hashed, and writes the dumps back.

    cargo build --release && python3 benches/dumps.py [--gigabytes 1.0] [--runs 3] [--threads 1 2] [--verify sample]

Prints MB/s of the dump (whole runs: attach, mask, write, read back), and the peak resident memory; then the same for the dump
piped through standard input and output.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
UPDATE = """UPDATE d.customer SET name = hash_keyed(name, 'name', length => 16), email = hash_keyed(email, 'email', length => 16),
    phone = hash_keyed(phone, 'phone', length => 16);
"""
PLAN = "ATTACH '{source}' AS d;\n" + UPDATE + "EXPORT DATABASE d TO '{target}';\n"
STREAM = UPDATE + "EXPORT DATABASE d TO '-';\n"


def row(i):
    return i, f"Name{i * 7919 % 99991} O\\'Neil", f"user{i}@mail{i % 97}.example", f"+1-{i % 900 + 100}-555-{i % 10000:04}"


def mysql(path, size):
    with open(path, "w") as out:
        out.write("-- MySQL dump 10.13  Distrib 8.0.27\n/*!40101 SET NAMES utf8mb4 */;\n")
        out.write("CREATE TABLE `customer` (\n  `id` int NOT NULL,\n  `name` varchar(80),\n  `email` varchar(80),\n  `phone` varchar(40),\n"
                  "  `note` text,\n  `total` decimal(10,2),\n  PRIMARY KEY (`id`)\n);\n")
        i = 0
        while out.tell() < size:
            rows = []
            for i in range(i, i + 6000):
                number, name, email, phone = row(i)
                rows.append(f"({number},'{name}','{email}','{phone}','a note of some words, with {i} in it; and more of them',{i % 9999}.50)")
            i += 1
            out.write(f"INSERT INTO `customer` VALUES {','.join(rows)};\n")


def postgres(path, size):
    with open(path, "w") as out:
        out.write("--\n-- PostgreSQL database dump\n--\nSET client_encoding = 'UTF8';\nCREATE TABLE public.customer (\n    id integer NOT NULL,\n"
                  "    name text,\n    email text,\n    phone text,\n    note text,\n    total numeric(10,2)\n);\n"
                  "COPY public.customer (id, name, email, phone, note, total) FROM stdin;\n")
        i = 0
        while out.tell() < size:
            rows = []
            for i in range(i, i + 6000):
                number, name, email, phone = row(i)
                name = name.replace("\\", "")
                rows.append(f"{number}\t{name}\t{email}\t{phone}\ta note of some words, with {i} in it\\\\; and more of them\t{i % 9999}.50\n")
            i += 1
            out.write("".join(rows))
        out.write("\\.\n\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--gigabytes", type=float, default=1.0)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--verify", default="sample")
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    arguments.add_argument("--loup", default=str(target / "release/loup"))
    given = arguments.parse_args()
    loup = str(Path(given.loup).resolve())
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        for kind, make in (("mysqldump", mysql), ("pg_dump", postgres)):
            source = work / f"{kind}.sql"
            make(source, int(given.gigabytes * 1e9))
            size = source.stat().st_size
            (work / "plan.sql").write_text(PLAN.format(source=source.name, target="out.sql"))
            (work / "stream.sql").write_text(STREAM)
            for threads in given.threads:
                for form, plan in (("file", "plan.sql"), ("stream", "stream.sql")):
                    seconds, peak = [], 0
                    for _ in range(given.runs):
                        taken, resident = measure([loup, "run", "--quiet", "--verify", given.verify, "--threads", str(threads), plan], work,
                                                  source if form == "stream" else None)
                        seconds.append(taken)
                        peak = max(peak, resident)
                    rate = size / 1e6 / statistics.median(seconds)
                    print(f"{kind}, {form}, {threads} threads: {rate:.0f} MB/s, {statistics.median(seconds):.2f} s, peak {peak:.0f} MB",
                          flush=True)
            source.unlink()


def measure(command, work, source):
    """Runs a command; a source is piped into it, and what comes out is written to a file. Returns seconds and megabytes."""
    environment = {**os.environ, "LOUP_KEY": KEY, "XDG_STATE_HOME": str(work / "state")}
    feeder, pipes = None, {}
    if source is not None:
        command = [*command, "--stdin", "d"]
        feeder = subprocess.Popen(["cat", str(source)], stdout=subprocess.PIPE)
        pipes = {"stdin": feeder.stdout, "stdout": open(work / "out.sql", "wb")}
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=work, env=environment, **pipes)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if feeder is not None:
        feeder.stdout.close()
        feeder.wait()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: failed")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
