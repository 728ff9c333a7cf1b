"""The data of benches/w3.py, what the other engines run there, and a check of what comes out.

    python w3_peers.py make CSV FOLDER ROWS
    python w3_peers.py ENGINE FOLDER TARGET THREADS
    python w3_peers.py check FOLDER TARGET IS_COPY

Run by w3.py in a virtual environment that holds the engines. Each writes people.parquet and visits.parquet with one new number
for each old ben_reg_id, the same in both files.
"""

import os
import sys
from pathlib import Path

ROW_GROUP = 1 << 18


def make(csv: str, folder: str, rows: str) -> None:
    """People as Parquet, and five visits for each row of them: seeded, some of nobody known, one in a hundred of nobody."""
    import polars as pl

    people = pl.read_csv(csv, schema_overrides={"ben_reg_id": pl.Int64, "phone": pl.String, "card": pl.String})
    people.write_parquet(f"{folder}/people.parquet", compression="snappy", row_group_size=ROW_GROUP)
    number = pl.int_range(5 * int(rows), eager=True)
    draw = number.hash(42)
    wards = pl.Series(["cardiology", "dermatology", "ear, nose and throat", "general", "maternity", "oncology", "paediatrics"])
    visits = pl.DataFrame({"visit_id": number + 1, "draw": draw}).select(
        "visit_id",
        ben_reg_id=pl.when(pl.col("draw") % 100 > 0).then((pl.col("draw") // 128 % 720_000).cast(pl.Int64) + 10_000_000_000),
        visited_on=pl.date(2025, 1, 1) + pl.duration(days=pl.col("draw") // 3 % 500),
        ward=pl.lit(wards).gather((pl.col("draw") // 7 % 7).cast(pl.UInt32)),
        charge=(pl.col("draw") // 11 % 1_000_000) / 100,
        note=pl.format("visit {}, seen by {}", pl.col("visit_id"), pl.col("draw") // 13 % 500),
    )
    visits.write_parquet(f"{folder}/visits.parquet", compression="snappy", row_group_size=ROW_GROUP)


def polars(folder: str, target: str, threads: str) -> None:
    """A table of all ids and their new numbers, joined to both; the order of rows, which Polars may then lose, is not asked for."""
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl

    scans = {name: pl.scan_parquet(f"{folder}/{name}.parquet") for name in ("people", "visits")}
    ids = pl.concat([scan.select("ben_reg_id") for scan in scans.values()]).drop_nulls().unique().collect(engine="streaming")["ben_reg_id"]
    numbers = pl.int_range(10_000_000_000, 10_000_000_000 + len(ids), eager=True).shuffle(seed=7)
    mapping = pl.LazyFrame({"ben_reg_id": ids, "number": numbers})
    for name, scan in scans.items():
        masked = scan.join(mapping, on="ben_reg_id", how="left", maintain_order="none")
        masked = masked.drop("ben_reg_id").rename({"number": "ben_reg_id"}).select(scan.collect_schema().names())
        masked.sink_parquet(f"{target}/{name}.parquet", compression="snappy", row_group_size=ROW_GROUP)


def polars_hash(folder: str, target: str, threads: str) -> None:
    """An unkeyed hash of 64 bits, which is not one to one: the least that keeps joins, streamed file by file."""
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl

    for name in ("people", "visits"):
        hashed = (pl.col("ben_reg_id").hash(7) // 2).cast(pl.Int64)
        hashed = pl.when(pl.col("ben_reg_id").is_not_null()).then(hashed).alias("ben_reg_id")
        masked = pl.scan_parquet(f"{folder}/{name}.parquet").with_columns(hashed)
        masked.sink_parquet(f"{target}/{name}.parquet", compression="snappy", row_group_size=ROW_GROUP)


def duckdb(folder: str, target: str, threads: str) -> None:
    """A table of all ids and their new numbers, joined to both."""
    import duckdb

    duckdb.execute(f"SET threads = {threads}")
    sources = {name: f"read_parquet('{folder}/{name}.parquet')" for name in ("people", "visits")}
    ids = " UNION ".join(f"SELECT ben_reg_id FROM {source} WHERE ben_reg_id IS NOT NULL" for source in sources.values())
    duckdb.execute(f"CREATE TABLE mapping AS SELECT ben_reg_id, 10000000000 + row_number() OVER (ORDER BY hash(ben_reg_id)) AS number FROM ({ids})")
    for name, source in sources.items():
        duckdb.execute(f"""
            COPY (SELECT t.* REPLACE (m.number AS ben_reg_id) FROM {source} t LEFT JOIN mapping m ON t.ben_reg_id = m.ben_reg_id)
            TO '{target}/{name}.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {ROW_GROUP})""")


def check(folder: str, target: str, is_copy: str) -> None:
    """Rows, NULLs, distinct ids and joins are as many as before, and in a masked file no id is what it was."""
    import polars as pl

    def ids(place: str, name: str) -> pl.Series:
        return pl.read_parquet(f"{place}/{name}.parquet", columns=["ben_reg_id"])["ben_reg_id"]

    def counts(people: pl.Series, visits: pl.Series) -> list[int]:
        joined = visits.is_in(people.unique().implode()).sum()
        return [len(people), len(visits), people.null_count(), visits.null_count(), people.n_unique(), visits.n_unique(), joined]

    before, after = ([ids(place, name) for name in ("people", "visits")] for place in (folder, target))
    if counts(*before) != counts(*after):
        sys.exit(f"{target}: rows, NULLs, ids and joins were {counts(*before)} and are {counts(*after)}")
    same = sum((old == new).sum() for old, new in zip(before, after))
    if is_copy == "False" and same > 100:  # a shuffle leaves one or the other where it was
        sys.exit(f"{target}: {same} ids are what they were")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"make": make, "polars": polars, "polars-hash": polars_hash, "duckdb": duckdb, "check": check}[command](*arguments)
