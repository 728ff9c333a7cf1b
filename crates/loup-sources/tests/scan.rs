//! Scans of files cut into tiny segments, written back by the sink: same bytes, same order, on any number of partitions.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlanBuilder, col};
use datafusion::object_store::ObjectStoreExt;
use datafusion::object_store::memory::InMemory;
use datafusion::prelude::{SessionConfig, SessionContext};
use loup_sources::attach::attach;
use loup_sources::sink::{Body, CsvColumn, CsvEncoder, Destination, Encoding, Opened, StagedFile, write};
use loup_sources::{Carrier, Compression, CsvTable};
use proptest::prelude::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn context(partitions: usize) -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(3);
    config.options_mut().optimizer.enable_round_robin_repartition = false;
    SessionContext::new_with_config(config)
}

async fn table(context: &SessionContext, location: &str, segment: u64) -> Result<CsvTable, String> {
    let found = attach(&context.state(), location, &HashMap::default()).await;
    let table = found.map_err(|error| error.to_string())?.tables.remove(0);
    let table = table.csv.expect("a CSV table");
    table.with_segment_bytes(segment).map_err(|error| error.to_string())
}

/// Copies a table's raw cells to one file; returns the file, or the error.
async fn copied(folder: &Path, partitions: usize, segment: u64) -> Result<Vec<u8>, String> {
    copied_from(&context(partitions), folder.to_str().unwrap(), segment).await
}

async fn copied_from(context: &SessionContext, location: &str, segment: u64) -> Result<Vec<u8>, String> {
    let table = table(context, location, segment).await?;
    let header = table.header().expect("attached").clone();
    let columns = header.names.len();
    let source = provider_as_source(Arc::new(table.with_carriers().unwrap()));
    let raw = (0..columns).map(Carrier::Raw).chain([Carrier::Position]);
    let raw = raw.map(|carrier| col(datafusion::common::Column::new_unqualified(carrier.name())));
    let plan = LogicalPlanBuilder::scan("t", source, None).unwrap().project(raw).unwrap().build().unwrap();
    let plan = context.state().create_physical_plan(&plan).await.map_err(|error| error.to_string())?;
    let cells = header.raw.iter().map(|raw| CsvColumn { header: Ok(raw.clone()), is_raw: true }).collect();
    let encoder = CsvEncoder::new(cells, header.dialect.clone());
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("out.csv");
    let staged = StagedFile::create(&target, "").unwrap();
    let start = encoder.header(header.has_bom).unwrap();
    let body = Body::Text { start, compression: Compression::None };
    let destination = Destination { file: Opened::file(staged.file().unwrap()), name: "out.csv".into(), body };
    let encoding = Encoding::Csv(Arc::new(encoder));
    let written = write(plan, &context.task_ctx(), Some(columns), encoding, None, vec![destination], &|_| {}).await;
    written.map_err(|error| error.strip_backtrace())?;
    staged.commit().unwrap();
    Ok(fs::read(&target).unwrap())
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zé0-9 ]{1,12}",
        "[a-z]{30,40}",
        "[a-z,\n]{0,6}".prop_map(|text| format!("\"{text}\"")),
        "[a-z]{0,3}".prop_map(|text| format!("\"{text}\"\"{text}\"")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_cut_on_any_partitions_gives_the_same_bytes(
        rows in proptest::collection::vec((cell(), cell(), cell()), 0..40),
        segment in 1u64..90,
        partitions in 1usize..6,
    ) {
        let mut text = "a,\"b\",c\n".to_owned();
        for (a, b, c) in &rows {
            writeln!(text, "{a},{b},{c}").unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.csv"), &text).unwrap();
        let out = runtime().block_on(copied(folder.path(), partitions, segment));
        prop_assert_eq!(out.map(|bytes| String::from_utf8(bytes).unwrap()), Ok(text));
    }
}

#[test]
fn parts_and_compressed_files_keep_their_order() {
    use std::io::Write as _;

    let line = |i: usize| format!("{i},\"x\n{i}\",{}\n", "y".repeat(i % 17));
    let whole: String = (0..300).map(line).collect();
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    fs::create_dir(&parts).unwrap();
    for (part, rows) in [(0, 0..100), (1, 100..101), (2, 101..300)] {
        let text = format!("a,b,c\n{}", rows.map(line).collect::<String>());
        fs::write(parts.join(format!("{part}.csv")), text).unwrap();
    }
    let expected = format!("a,b,c\n{whole}");
    for (partitions, segment) in [(1, 1 << 20), (2, 64), (8, 33), (5, 1)] {
        let out = runtime().block_on(copied(folder.path(), partitions, segment)).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{partitions} partitions, segments of {segment}");
    }
    let gz = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(expected.as_bytes()).unwrap();
    fs::write(gz.path().join("t.csv.gz"), encoder.finish().unwrap()).unwrap();
    fs::create_dir(gz.path().join("empty")).unwrap();
    let out = runtime().block_on(copied(gz.path(), 3, 1 << 20)).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    let zst = tempfile::tempdir().unwrap();
    fs::write(zst.path().join("t.csv.zst"), zstd::encode_all(expected.as_bytes(), 1).unwrap()).unwrap();
    let out = runtime().block_on(copied(zst.path(), 3, 1 << 20)).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn an_object_store_is_read_like_a_folder() {
    let line = |i: usize| format!("{i},\"x\n{i}\",{}\n", "y".repeat(i % 17));
    let text: String = std::iter::once("a,b,c\n".to_owned()).chain((0..300).map(line)).collect();
    let context = context(3);
    let store = Arc::new(InMemory::new());
    let url = url::Url::parse("mem://bucket").unwrap();
    context.runtime_env().register_object_store(&url, Arc::clone(&store) as _);
    let copied = |name: &'static str, bytes: Vec<u8>, segment| {
        let (context, store) = (&context, &store);
        runtime().block_on(async move {
            store.put(&name.into(), bytes.into()).await.unwrap();
            let folder = name.split_once('/').unwrap().0;
            copied_from(context, &format!("mem://bucket/{folder}/"), segment).await
        })
    };
    for segment in [1 << 20, 64, 1] {
        assert_eq!(copied("plain/t.csv", text.clone().into_bytes(), segment), Ok(text.clone().into_bytes()));
    }
    let compressed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    assert_eq!(copied("packed/t.csv.zst", compressed, 1 << 20), Ok(text.clone().into_bytes()));
    let error = copied("bad/t.csv", format!("{text}7\n").into_bytes(), 64).unwrap_err();
    assert!(error.contains("mem://bucket/bad/t.csv") && error.contains("line 602"), "{error}");
}

#[test]
fn ndjson_of_which_only_the_first_zstd_frame_would_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let frame = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let attached = |bytes: Vec<u8>| {
        fs::write(folder.path().join("t.ndjson.zst"), bytes).unwrap();
        let location = folder.path().to_str().unwrap().to_owned();
        runtime().block_on(async { attach(&context(1).state(), &location, &HashMap::default()).await.map(|_| ()) })
    };
    assert!(attached(frame("{\"a\":1}\n{\"a\":2}\n")).is_ok());
    let error = attached([frame("{\"a\":1}\n"), frame("{\"a\":2}\n")].concat()).unwrap_err().to_string();
    assert!(error.contains("t.ndjson.zst") && error.contains("frame"), "{error}");
}

#[test]
fn records_longer_than_blocks_and_their_room_are_read_whole() {
    // The room in front of a block is 16 KiB; these records span many small blocks, and one block of the usual size.
    for (cell, segment) in [(40_000, 1000), (300_000, 256 << 10), (20_000, 256 << 10), (15_000, 64 << 10)] {
        let line = |i: usize| format!("{i},\"{}\",x\n", "y\n".repeat(cell / 2 + i));
        let text: String = std::iter::once("a,b,c\n".to_owned()).chain((0..20).map(line)).collect();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.csv"), &text).unwrap();
        let out = runtime().block_on(copied(folder.path(), 2, segment)).unwrap();
        assert!(out == text.as_bytes(), "cells of {cell} bytes in blocks of {segment}");
    }
}

#[test]
fn a_bad_record_is_named_by_line_and_column_in_any_segment() {
    let mut text = "a,b\n".to_owned();
    for i in 0..200 {
        write!(text, "{i},\"two\nlines\"\n").unwrap();
    }
    // 1 line of header, 200 records of 2 lines: the bad one starts at line 402.
    for (bad, place) in
        [("7\n", "line 402, column 2"), ("7,8,9\n", "line 402, column 3"), ("7,\"8\"9\n", "line 402, column 2")]
    {
        for segment in [20, 1 << 20] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("t.csv"), format!("{text}{bad}9,9\n")).unwrap();
            let error = runtime().block_on(copied(folder.path(), 3, segment)).unwrap_err();
            assert!(error.contains(place) && error.contains("t.csv"), "{error}");
        }
    }
    for segment in [20, 1 << 20] {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = text.clone().into_bytes();
        bytes.extend_from_slice(b"7,ok\xff\n");
        fs::write(folder.path().join("t.csv"), bytes).unwrap();
        let error = runtime().block_on(copied(folder.path(), 2, segment)).unwrap_err();
        assert!(error.contains("line 402, column 2") && error.contains("UTF-8"), "{error}");
    }
}

#[test]
fn files_of_one_table_must_have_one_header() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("0.csv"), "a,b\n1,2\n").unwrap();
    fs::write(parts.join("1.csv"), "b,a\n1,2\n").unwrap();
    let error = runtime().block_on(copied(folder.path(), 2, 1 << 20)).unwrap_err();
    assert!(error.contains("1.csv") && error.contains("header"), "{error}");
}
