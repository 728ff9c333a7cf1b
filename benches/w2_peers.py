"""The nearest statement of each engine to what benches/w2.py asks of Loup: one process, one file in, one file out.

    python w2_peers.py ENGINE SOURCE TARGET THREADS

Every engine reads all columns as text, as Loup does. Run by w2.py in a virtual environment that holds the engines.
"""

import os
import sys

NAMES = [f"Name{i:02d}" for i in range(50)]


def duckdb(source: str, target: str, threads: str) -> None:
    import duckdb

    names = "[" + ",".join(f"'{name}'" for name in NAMES) + "]"
    duckdb.execute(f"SET threads = {threads}")
    duckdb.execute(f"""
        COPY (SELECT * REPLACE (
            sha256(email) AS email,
            {names}[1 + (hash(first_name) % 50)::INTEGER] AS first_name,
            {names}[1 + (hash(last_name) % 50)::INTEGER] AS last_name,
            concat('+1-415-555-', lpad((hash(phone) % 10000)::VARCHAR, 4, '0')) AS phone,
            concat('************', right(card, 4)) AS card,
            concat(left(birth_date, 4), '-01-01') AS birth_date
        ) FROM read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"'))
        TO '{target}' (HEADER, DELIMITER ',')""")


def polars(source: str, target: str, threads: str) -> None:
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl
    import polars_hash  # noqa: F401  registers the nchash and chash namespaces

    names = pl.Series(NAMES)

    def pick(column: str) -> pl.Expr:
        return pl.lit(names).gather((pl.col(column).hash(7) % 50).cast(pl.UInt32)).alias(column)

    (
        pl.scan_csv(source, infer_schema=False)
        .with_columns(
            polars_hash.col("email").chash.sha3_256().alias("email"),
            pick("first_name"),
            pick("last_name"),
            pl.format("+1-415-555-{}", (pl.col("phone").hash(7) % 10000).cast(pl.String).str.zfill(4)).alias("phone"),
            pl.format("************{}", pl.col("card").str.tail(4)).alias("card"),
            pl.format("{}-01-01", pl.col("birth_date").str.head(4)).alias("birth_date"),
        )
        .sink_csv(target)
    )


def chdb(source: str, target: str, threads: str) -> None:
    import chdb

    names = "[" + ",".join(f"'{name}'" for name in NAMES) + "]"
    if os.path.exists(target):
        os.remove(target)
    columns = "ben_reg_id first_name last_name email phone card birth_date city amount status created_at notes".split()
    schema = ", ".join(f"{column} Nullable(String)" for column in columns)
    chdb.query(f"""
        INSERT INTO FUNCTION file('{target}', 'CSVWithNames')
        SELECT ben_reg_id, {names}[1 + cityHash64(first_name) % 50] AS first, {names}[1 + cityHash64(last_name) % 50] AS last,
            lower(hex(SHA256(email))) AS hashed, concat('+1-415-555-', leftPad(toString(cityHash64(phone) % 10000), 4, '0')) AS number,
            concat('************', right(card, 4)) AS digits, concat(left(birth_date, 4), '-01-01') AS year, city, amount, status, created_at, notes
        FROM file('{source}', 'CSVWithNames', '{schema}') SETTINGS max_threads = {threads}, engine_file_truncate_on_insert = 1""")


def datafusion(source: str, target: str, threads: str) -> None:
    import datafusion as df

    columns = "ben_reg_id first_name last_name email phone card birth_date city amount status created_at notes".split()
    context = df.SessionContext(df.SessionConfig().with_target_partitions(int(threads)))
    # The reader takes line breaks in quotes only where it is told to, and then it reads with one thread a file.
    context.sql(f"CREATE EXTERNAL TABLE quoted ({', '.join(c + ' VARCHAR' for c in columns)}) STORED AS CSV LOCATION '{source}' "
                "OPTIONS ('format.has_header' 'true', 'format.newlines_in_values' 'true')").collect()  # fmt: skip
    names = "make_array(" + ",".join(f"'{name}'" for name in NAMES) + ")"
    pick = f"{names}[1 + ascii(md5({{0}})) * 7 % 50]"
    context.sql(f"""
        COPY (SELECT ben_reg_id, {pick.format('first_name')} AS first_name, {pick.format('last_name')} AS last_name,
            encode(sha256(email), 'hex') AS email, concat('+1-415-555-', right(phone, 4)) AS phone, concat('************', right(card, 4)) AS card,
            concat(left(birth_date, 4), '-01-01') AS birth_date, city, amount, status, created_at, notes
        FROM quoted) TO '{target}' STORED AS CSV OPTIONS ('format.has_header' 'true')""").collect()


if __name__ == "__main__":
    engine, *arguments = sys.argv[1:]
    {"duckdb": duckdb, "polars": polars, "chdb": chdb, "datafusion": datafusion}[engine](*arguments)
