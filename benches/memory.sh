#!/usr/bin/env bash
# Masks a CSV file of 4 GB and prints the peak resident memory of the process.
#
#     cargo build --release && benches/memory.sh
#
# Needs 9 GB of disk under masked/bench (or the folder in WORK). GIGABYTES and THREADS change the size and the threads.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(realpath -m "${WORK:-masked/bench}")
gigabytes=${GIGABYTES:-4}
loup=${LOUP:-${CARGO_TARGET_DIR:-target}/release/loup}
[[ -x "$loup" ]] || { echo "$loup is not there: cargo build --release" >&2; exit 1; }
export LOUP_KEY=${LOUP_KEY:-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}

# The rows of w2.py, as often as it takes.
mkdir -p "$work/in" "$work/large"
python3 - "$work" <<'PYTHON'
import sys
from pathlib import Path

sys.path.insert(0, "benches")
import w2

w2.make_data(Path(sys.argv[1]) / "in" / "people.csv", 1_000_000)
PYTHON
large="$work/large/people.csv"
wanted=$((gigabytes * 1000 * 1000 * 1000))
if [[ ! -f "$large" || $(stat -c %s "$large") -lt $wanted ]]; then
    echo "writing $gigabytes GB to $large" >&2
    head -n 1 "$work/in/people.csv" >"$large"
    while [[ $(stat -c %s "$large") -lt $wanted ]]; do
        tail -n +2 "$work/in/people.csv" >>"$large"
    done
fi

cat >"$work/memory.sql" <<SQL
ATTACH '$work/large' AS d;
COPY (SELECT * REPLACE (
    hash_keyed(email, 'customer') AS email,
    fake_first_name(first_name) AS first_name,
    fake_last_name(last_name) AS last_name,
    fake_phone(phone) AS phone,
    concat('************', right(card, 4)) AS card,
    generalize_date(birth_date, 'year') AS birth_date
) FROM d.people) TO '$work/large.csv';
SQL

python3 - "$loup" "$work/memory.sql" "$large" "${THREADS:-$(nproc)}" <<'PYTHON'
import os, subprocess, sys, time

loup, plan, large, threads = sys.argv[1:]
start = time.perf_counter()
process = subprocess.Popen([loup, "run", plan, "--threads", threads])
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
if os.waitstatus_to_exitcode(status) != 0:
    sys.exit("loup failed")
size = os.stat(large).st_size
print(f"{size:,} bytes in, {threads} threads: {wall:.1f} s, {size / wall / 1e6:.0f} MB/s, peak resident {usage.ru_maxrss / 1024:.0f} MB")
PYTHON
rm -f "$work/large.csv"
