//! `shuffle` in an UPDATE: the same permutation on any number of cores, rows and other cells as they were.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::workbench::Workbench;

const ROWS: i64 = 60_000;

/// Runs `UPDATE d.t SET ..` and writes the database to the folder that it returns.
fn update(bench: &Workbench, set: &str, threads: usize) -> String {
    let out = format!("out{threads}");
    let plan = format!("ATTACH 'in' AS d; UPDATE d.t SET {set}; EXPORT DATABASE d TO '{out}'");
    bench.loup(&["-c", &plan, "--threads", &threads.to_string()]).succeeds();
    out
}

#[test]
fn csv_rows_stay_where_they_are_and_other_cells_keep_their_bytes() {
    let bench = Workbench::new();
    let lines = (0..ROWS).map(|i| format!("\"{i}\",v{i},g{},{i}.50,\"a \"\"quote\"\"\"\n", i % 7));
    let csv = std::iter::once("id,v,g,n,q\n".to_owned()).chain(lines).collect::<String>();
    bench.write("in/t.csv", &csv);
    let set = "v = shuffle(v, 'd') OVER (PARTITION BY g), n = shuffle(n, 'd') OVER (PARTITION BY g)";
    let [one, four] = [1, 4].map(|threads| bench.read_text(&format!("{}/t.csv", update(&bench, set, threads))));
    assert_eq!(one, four);
    assert_eq!(one.lines().count(), csv.lines().count());
    let mut seen = Vec::new();
    for (before, after) in csv.lines().zip(one.lines()).skip(1) {
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (cells(before), cells(after));
        assert_eq!((&before[0], &before[2], &before[4]), (&after[0], &after[2], &after[4]));
        assert_ne!(before[1], after[1], "no row keeps its own value");
        let number: i64 = after[1][1..].parse().unwrap();
        assert_eq!(before[2], format!("g{}", number % 7), "a value stays in its group");
        assert_eq!(after[3], format!("{number}.50"), "columns under one domain move together");
        seen.push(number);
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..ROWS), "no value is lost");
}

#[test]
fn parquet_rows_stay_where_they_are() {
    let bench = Workbench::new();
    let ids: ArrayRef = Arc::new((0..ROWS).collect::<Int64Array>());
    let values: ArrayRef = Arc::new((0..ROWS).map(|i| Some(format!("v{i}"))).collect::<StringArray>());
    let batch = RecordBatch::try_from_iter([("id", ids), ("v", values)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bench.write("in/t.parquet", &bytes);
    let rows = |threads| {
        let file = bench.read(&format!("{}/t.parquet", update(&bench, "v = shuffle(v, 'd') OVER ()", threads)));
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).unwrap().build().unwrap();
        let batches = reader.collect::<Result<Vec<_>, _>>().unwrap();
        concat_batches(&batches[0].schema(), &batches).unwrap()
    };
    let (one, four) = (rows(1), rows(4));
    assert_eq!(one, four);
    assert!(one.column(0).as_primitive::<Int64Type>().values().iter().copied().eq(0..ROWS), "the order of rows");
    assert_ne!(one.column(1), batch.column(1));
}

#[test]
fn a_condition_chooses_rows_and_later_updates_build_on_it() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,v\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,\n");
    let set = "v = shuffle(v, 'd') OVER () WHERE id < '4'; UPDATE d.t SET id = hash_keyed(id, 'id', length => 8)";
    let out = update(&bench, set, 2);
    let masked = bench.read_text(&format!("{out}/t.csv"));
    let values: Vec<&str> = masked.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();
    assert_eq!(values[3..], ["d", "e", "f", "g", ""]);
    assert!(values[..3].iter().zip(["a", "b", "c"]).all(|(now, was)| *now != was), "{values:?}");
}

#[test]
fn a_row_that_is_alone_fails_the_run_and_other_windows_are_refused() {
    let bench = Workbench::new();
    bench.write("in/t.csv", "id,v\n1,canary\n2,b\n");
    for (set, says) in [
        ("v = shuffle(v, 'd') OVER (PARTITION BY id)", "shuffle: expected 8 rows or more in every partition, got 1"),
        ("v = first_value(v) OVER ()", "windows other than shuffle's do not fit"),
        ("v = shuffle(v, 5) OVER ()", "shuffle: domain must be text"),
    ] {
        let plan = format!("ATTACH 'in' AS d; UPDATE d.t SET {set}; EXPORT DATABASE d TO 'out'");
        let run = bench.loup(&["-c", &plan]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains(says) && !run.stderr.contains("canary"), "{}", run.stderr);
        assert!(!bench.path("out").exists());
    }
}
