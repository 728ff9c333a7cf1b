//! Parquet to Parquet: what no statement touched keeps its bytes, what was masked leaves none behind.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Int64Type};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use datafusion::parquet::basic::{Compression, Encoding};
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::parquet::file::metadata::{
    KeyValue, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader, SortingColumn,
};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};

use crate::workbench::{Workbench, outside_data};

const ROWS: i64 = 2_500;
const GROUP: usize = 1_000;
const CANARY: &str = "canary-7f3a";
const MASK: &str = "ATTACH 'in' AS d; UPDATE d.t SET email = pseudo_email(email, 'c'); EXPORT DATABASE d TO 'out'";

fn small_groups() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_max_row_group_row_count(Some(GROUP)).set_compression(Compression::SNAPPY)
}

/// Pages whose values a search in the file's bytes would find.
fn plain() -> WriterPropertiesBuilder {
    small_groups()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_bloom_filter_enabled(true)
}

fn parquet(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Customers with NULLs, a dictionary, a struct and a list; every e-mail holds the canary.
fn customers(rows: i64) -> RecordBatch {
    let email = (0..rows).map(|i| (i % 7 != 0).then(|| format!("{CANARY}{i}@mail.example")));
    let city: DictionaryArray<Int32Type> =
        (0..rows).map(|i| ["Bergen", "Faro", "Cádiz"].get((i % 4) as usize).copied()).collect();
    let code = Arc::new((0..rows).map(|i| (i % 3 != 0).then_some(i)).collect::<Int64Array>()) as ArrayRef;
    let street = Arc::new((0..rows).map(|i| Some(format!("street {i}"))).collect::<StringArray>()) as ArrayRef;
    let address = StructArray::from(vec![
        (Arc::new(Field::new("code", DataType::Int64, true)), code),
        (Arc::new(Field::new("street", DataType::Utf8, true)), street),
    ]);
    let visits = (0..rows).map(|i| (i % 5 != 0).then(|| (0..i % 4).map(|n| Some((i + n) as i32)).collect::<Vec<_>>()));
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new((0..rows).collect::<Int64Array>()) as ArrayRef, false),
        ("email", Arc::new(email.collect::<StringArray>()), true),
        ("city", Arc::new(city), true),
        ("address", Arc::new(address), true),
        ("visits", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(visits)), true),
        ("note", Arc::new((0..rows).map(|i| Some(format!("note {}", i % 50))).collect::<StringArray>()), true),
    ])
    .unwrap()
}

fn footer(bytes: &[u8]) -> ParquetMetaData {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    reader.parse_and_finish(&bytes::Bytes::copy_from_slice(bytes)).unwrap()
}

/// The compressed bytes of a leaf column's chunks, one for each row group.
fn chunks<'a>(bytes: &'a [u8], leaf: &str) -> Vec<&'a [u8]> {
    let footer = footer(bytes);
    let columns = footer.row_groups().iter().map(|group| {
        let column = group.columns().iter().find(|column| column.column_path().string() == leaf).unwrap();
        let (start, length) = column.byte_range();
        &bytes[start as usize..][..length as usize]
    });
    columns.collect()
}

/// All rows, with the types that the Parquet schema alone gives.
fn rows(bytes: &[u8]) -> RecordBatch {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap();
    let schema = Arc::clone(reader.schema());
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// The columns with their Arrow types, as a reader finds them.
fn types(bytes: &[u8]) -> Vec<(String, DataType)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    reader.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every column holds the same values.
#[track_caller]
fn assert_same_rows(one: &[u8], other: &[u8]) {
    let (one, other) = (rows(one), rows(other));
    assert_eq!(one.num_rows(), other.num_rows());
    for (number, field) in one.schema().fields().iter().enumerate() {
        assert_eq!(other.schema().field(number).name(), field.name());
        assert_eq!(one.column(number), other.column(number), "column {}", field.name());
    }
}

#[test]
fn untouched_chunks_keep_their_bytes_and_their_statistics() {
    let bench = Workbench::new();
    let before = parquet(&customers(ROWS), small_groups().set_bloom_filter_enabled(true));
    bench.write("in/t.parquet", &before);
    let run = bench.sql(MASK).succeeds();
    assert!(run.stderr.contains(&format!("t: {ROWS} rows")), "{run:?}");
    let after = bench.read("out/t.parquet");
    let (old, new) = (footer(&before), footer(&after));
    assert_eq!(new.num_row_groups(), 3);
    let file = bytes::Bytes::from(after.clone());
    for (number, column) in old.row_group(0).columns().iter().enumerate() {
        let leaf = column.column_path().string();
        let is_same = chunks(&before, &leaf) == chunks(&after, &leaf);
        assert_eq!(is_same, leaf != "email", "{leaf}");
        for (old_group, new_group) in old.row_groups().iter().zip(new.row_groups()) {
            let (old, new) = (old_group.column(number), new_group.column(number));
            assert_eq!(new.compression(), old.compression(), "{leaf}");
            assert_eq!(old.statistics() == new.statistics(), leaf != "email", "{leaf}");
            // What is masked has no Bloom filter of its clear values.
            assert_eq!(Sbbf::read_from_column_chunk(new, &file).unwrap().is_some(), leaf != "email", "{leaf}");
        }
        for group in 0..3 {
            let bounds = |footer: &ParquetMetaData| footer.column_index().unwrap()[group][number].clone();
            assert_eq!(bounds(&old) == bounds(&new), leaf != "email", "{leaf}");
        }
    }
    assert_eq!(types(&before), types(&after));
}

#[test]
fn rows_are_those_of_any_other_export() {
    let bench = Workbench::new();
    bench.write("in/t.parquet", parquet(&customers(ROWS), small_groups()));
    let update = "ATTACH 'in' AS d; UPDATE d.t SET email = pseudo_email(email, 'c'), note = NULL; \
                  UPDATE d.t SET email = upper(email), id = pseudo_int(id, 'i') WHERE id % 3 = 0";
    // A filter keeps the engine from copying chunks.
    bench
        .sql(&format!("{update}; COPY (SELECT * FROM d.t WHERE true) TO 'other.parquet'; EXPORT DATABASE d TO 'out'"))
        .succeeds();
    let (other, out) = (bench.read("other.parquet"), bench.read("out/t.parquet"));
    assert_eq!((footer(&other).num_row_groups(), footer(&out).num_row_groups()), (1, 3));
    assert_same_rows(&other, &out);
    let before = customers(ROWS);
    let after = rows(&out);
    let ids = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    for (row, (old, new)) in ids(&before).into_iter().zip(ids(&after)).enumerate() {
        assert_eq!(old != new, old % 3 == 0, "row {row}");
    }
    assert_eq!(after.column(5).null_count(), after.num_rows());
}

#[test]
fn a_table_that_nothing_touched_is_copied_byte_for_byte() {
    let bench = Workbench::new();
    let before = parquet(&customers(ROWS), small_groups());
    bench.write("in/t.parquet", &before);
    bench.sql("ATTACH 'in' AS d; EXPORT DATABASE d TO 'out'; COPY (SELECT * FROM d.t) TO 'copy.parquet'").succeeds();
    assert!(bench.read("out/t.parquet") == before);
    assert!(bench.read("copy.parquet") == before);
}

#[test]
fn nothing_of_a_masked_column_is_left_in_the_file() {
    let bench = Workbench::new();
    let entries = [("geo", format!("{{\"email\": \"{CANARY}0\"}}")), ("origin", "shop".to_owned())];
    let entries = entries.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec();
    let before = parquet(&customers(ROWS), plain().set_key_value_metadata(Some(entries)));
    assert!(holds(&before, CANARY));
    bench.write("in/t.parquet", &before);
    bench.sql(MASK).succeeds();
    let after = bench.read("out/t.parquet");
    assert_eq!(chunks(&after, "address.street"), chunks(&before, "address.street"), "chunks were copied");
    assert!(!holds(&after, CANARY), "the canary is in the file");
    let footer = footer(&after);
    let keys = footer.file_metadata().key_value_metadata().unwrap().iter().map(|entry| entry.key.as_str());
    assert_eq!(keys.collect::<Vec<_>>(), ["origin", "ARROW:schema"]);
}

#[test]
fn nothing_of_a_deleted_row_is_left_in_the_file() {
    let bench = Workbench::new();
    // A value of one row alone stands in the page, the dictionary and the statistics.
    let names: ArrayRef = Arc::new(StringArray::from(vec!["ann", CANARY, "bob"]));
    let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![1, 2, 3])) as _), ("name", names)]);
    let batch = batch.unwrap();
    for properties in [plain(), plain().set_dictionary_enabled(true)] {
        let bench_file = parquet(&batch, properties);
        assert!(holds(&bench_file, CANARY));
        bench.write("in/t.parquet", bench_file);
        bench.sql(
            "ATTACH 'in' AS d; DELETE FROM d.t WHERE id = 2; UPDATE d.t SET id = id + 1; EXPORT DATABASE d TO 'out'; \
             COPY (SELECT id + 1 AS id, name FROM d.t LIMIT 1) TO 'first.parquet'",
        )
        .succeeds();
        for (file, count) in [("out/t.parquet", 2), ("first.parquet", 1)] {
            let after = bench.read(file);
            assert_eq!(rows(&after).num_rows(), count);
            assert!(!holds(&after, CANARY), "the deleted row is in {file}");
        }
    }
}

#[test]
fn a_column_that_is_left_out_leaves_nothing() {
    let bench = Workbench::new();
    let before = parquet(&customers(ROWS), plain());
    bench.write("in/t.parquet", &before);
    bench.sql("ATTACH 'in' AS d; COPY (SELECT visits, id, city FROM d.t) TO 'some.parquet'").succeeds();
    let after = bench.read("some.parquet");
    for leaf in ["visits.list.item", "id", "city"] {
        assert_eq!(chunks(&after, leaf), chunks(&before, leaf), "{leaf}");
    }
    assert!(!holds(&after, CANARY) && !holds(&after, "street"), "a column that was left out");
    let names: Vec<_> = types(&after).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["visits", "id", "city"]);
    // All columns of a table that declares fewer than its file has.
    bench
        .sql(
            "CREATE EXTERNAL TABLE t (id BIGINT) STORED AS PARQUET LOCATION 'in/t.parquet'; \
             COPY (SELECT * FROM t) TO 'declared.parquet'",
        )
        .succeeds();
    let declared = bench.read("declared.parquet");
    assert!(!holds(&declared, CANARY) && !holds(&declared, "street"), "a column that was not declared");
    assert_eq!(rows(&declared).column(0), rows(&before).column(0));
}

#[test]
fn a_column_may_change_its_type() {
    let bench = Workbench::new();
    let sorting = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
    let pandas = "{\"columns\": [{\"name\": \"id\", \"numpy_type\": \"int64\"}]}".to_owned();
    let properties = small_groups()
        .set_sorting_columns(Some(vec![sorting(6), sorting(0), sorting(1)]))
        .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas)]));
    let before = parquet(&customers(ROWS), properties);
    bench.write("in/t.parquet", &before);
    bench
        .sql(
            "ATTACH 'in' AS d; COPY (SELECT * REPLACE (hash_keyed(id, 'i') AS id) FROM d.t) TO 'text.parquet'; \
             COPY (SELECT * REPLACE (pseudo_int(id, 'i') AS id) FROM d.t) TO 'number.parquet'",
        )
        .succeeds();
    let (text, number) = (bench.read("text.parquet"), bench.read("number.parquet"));
    for (file, data_type) in [(&text, DataType::Utf8View), (&number, DataType::Int64)] {
        assert_eq!(types(file)[0], ("id".to_owned(), data_type));
        assert_eq!(types(file)[1..], types(&before)[1..]);
        assert_eq!(chunks(file, "address.code"), chunks(&before, "address.code"));
        // Rows are still in the order of the column before it, and no longer in that of the masked one.
        assert_eq!(footer(file).row_group(0).sorting_columns(), Some(&vec![sorting(6)]));
    }
    let keys = |bytes: &[u8]| {
        let entries = footer(bytes).file_metadata().key_value_metadata().unwrap().clone();
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(&text), ["ARROW:schema"], "what names types would be wrong");
    assert_eq!(keys(&number), ["pandas", "ARROW:schema"]);
}

#[test]
fn the_files_of_a_table_keep_their_names_and_rows() {
    let bench = Workbench::new();
    let whole = customers(ROWS);
    for (number, name) in ["b", "a", "c"].into_iter().enumerate() {
        bench.write(&format!("in/t/{name}.parquet"), parquet(&whole.slice(number * 700, 700), small_groups()));
    }
    bench.sql(MASK).succeeds();
    for name in ["a", "b", "c"] {
        let (before, after) =
            (bench.read(&format!("in/t/{name}.parquet")), bench.read(&format!("out/t/{name}.parquet")));
        assert_eq!(chunks(&before, "id"), chunks(&after, "id"), "{name}");
        assert_ne!(chunks(&before, "email"), chunks(&after, "email"), "{name}");
    }
    // One target cannot be several files.
    bench.sql("ATTACH 'in' AS d; COPY (SELECT * FROM d.t) TO 'one.parquet'").succeeds();
    assert_eq!(rows(&bench.read("one.parquet")).num_rows(), 2_100);
}

#[test]
fn tables_without_rows_are_written() {
    let bench = Workbench::new();
    let none = parquet(&customers(0), small_groups());
    assert_eq!(footer(&none).num_row_groups(), 0);
    bench.write("in/t.parquet", &none);
    bench.sql(MASK).succeeds();
    let after = bench.read("out/t.parquet");
    assert_eq!(types(&after), types(&none));
    assert_eq!(rows(&after).num_rows(), 0);
}

#[test]
fn files_without_page_indexes_or_arrow_types_are_rewritten_too() {
    let bench = Workbench::new();
    let properties = small_groups().set_statistics_enabled(EnabledStatistics::None).set_offset_index_disabled(true);
    let before = parquet(&customers(ROWS), properties);
    assert!(footer(&before).offset_index().is_none());
    bench.write("in/t.parquet", &before);
    bench.sql(MASK).succeeds();
    let after = bench.read("out/t.parquet");
    assert!(footer(&after).offset_index().is_none());
    assert_eq!(chunks(&after, "note"), chunks(&before, "note"));
    let (old, new) = (rows(&before), rows(&after));
    assert_eq!(old.column(0), new.column(0));
    assert_eq!(old.column(3), new.column(3));
}

#[test]
fn plans_that_are_not_row_for_row_are_written_as_before() {
    let bench = Workbench::new();
    bench.write("in/t.parquet", parquet(&customers(ROWS), small_groups()));
    bench
        .sql(
            "ATTACH 'in' AS d; \
             UPDATE d.t SET note = 'first' WHERE id = (SELECT min(id) FROM d_source.t); \
             INSERT INTO d.t SELECT * FROM d_source.t WHERE id < 10; \
             COPY (SELECT id AS number, email FROM d.t ORDER BY id DESC) TO 'sorted.parquet'; \
             EXPORT DATABASE d TO 'out'",
        )
        .succeeds();
    let (sorted, out) = (rows(&bench.read("sorted.parquet")), rows(&bench.read("out/t.parquet")));
    assert_eq!((sorted.num_rows(), out.num_rows()), (2_510, 2_510));
    assert_eq!(sorted.column(0).as_primitive::<Int64Type>().value(0), ROWS - 1);
    assert_eq!(out.column(5).as_string::<i32>().value(0), "first");
}

#[test]
fn a_renamed_column_keeps_its_values() {
    let bench = Workbench::new();
    let before = parquet(&customers(ROWS), small_groups());
    bench.write("in/t.parquet", &before);
    bench
        .sql("ATTACH 'in' AS d; COPY (SELECT id AS number, email AS id, id AS email, note FROM d.t) TO 'x.parquet'")
        .succeeds();
    let after = bench.read("x.parquet");
    let (old, new) = (rows(&before), rows(&after));
    for (number, source) in [(0, 0), (1, 1), (2, 0), (3, 5)] {
        assert_eq!(new.column(number), old.column(source), "column {number}");
    }
    assert_eq!(chunks(&after, "note"), chunks(&before, "note"));
}

#[test]
fn integers_of_other_widths_and_nested_columns_can_be_masked() {
    let bench = Workbench::new();
    let ids: ArrayRef = Arc::new((0..ROWS as i32).collect::<Int32Array>());
    let batch = customers(ROWS);
    let mut columns: Vec<_> =
        batch.schema().fields().iter().map(|field| field.name().clone()).zip(batch.columns().to_vec()).collect();
    columns[0].1 = ids;
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let before = parquet(&batch, small_groups());
    bench.write("in/t.parquet", &before);
    bench
        .sql("ATTACH 'in' AS d; UPDATE d.t SET id = pseudo_int(id, 'i'), address = NULL, visits = NULL WHERE id >= 1000; EXPORT DATABASE d TO 'out'")
        .succeeds();
    let after = bench.read("out/t.parquet");
    assert_eq!(types(&after), types(&before));
    let (old, new) = (rows(&before), rows(&after));
    for column in [0, 3, 4] {
        assert_eq!(old.column(column).slice(0, GROUP).as_ref(), new.column(column).slice(0, GROUP).as_ref());
    }
    assert_eq!(new.column(3).slice(GROUP, GROUP).null_count(), GROUP);
    assert_eq!(new.column(4).slice(GROUP, GROUP).null_count(), GROUP);
    assert_eq!(chunks(&after, "email"), chunks(&before, "email"));
}

#[test]
fn files_of_other_writers_give_the_rows_that_reading_them_gives() {
    let Some(folder) = outside_data("parquet") else { return };
    let mut copied = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "parquet") {
            continue;
        }
        let before = std::fs::read(&path).unwrap();
        let bench = Workbench::new();
        bench.write("in/t.parquet", &before);
        let run = |source: &str, target: &str| {
            let query = format!("SELECT *, 1 AS computed FROM {source}");
            bench.sql(&format!("ATTACH 'in' AS d; COPY ({query}) TO '{target}.parquet'")).code
        };
        // A file that cannot be read as a whole is not compared, whatever its chunks are.
        if run("d.t WHERE true", "read") != 0 {
            continue;
        }
        assert_eq!(run("d.t", "copied"), 0, "{name}");
        let (read, out) = (bench.read("read.parquet"), bench.read("copied.parquet"));
        assert_same_rows(&read, &out);
        let leaf = footer(&out).file_metadata().schema_descr().column(0).path().string();
        let is_copied = !chunks(&out, &leaf).is_empty()
            && footer(&before).row_group(0).column(0).column_path().string() == leaf
            && chunks(&before, &leaf) == chunks(&out, &leaf);
        if !is_copied {
            eprintln!("{name}: read and encoded");
        }
        copied += usize::from(is_copied);
    }
    assert!(copied > 20, "only {copied} files had their chunks copied");
}
