//! The docs say what is true: examples run, the page is current, every function has its SQL test.

mod tester;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use loup_functions::{Strength, catalog, register_all, to_markdown};
use tester::{KEY, UdfTester, binding};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a SELECT of one value under the key of bytes 00 01 02 .. 1f.
async fn value(sql: &str) -> String {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx, &binding(KEY)).expect("registers");
    let batches = ctx.sql(sql).await.expect("plans").collect().await.expect("runs");
    let options = FormatOptions::default().with_null("");
    let formatter = ArrayFormatter::try_new(batches[0].column(0), &options).expect("formats");
    formatter.value(0).to_string()
}

#[tokio::test]
async fn examples_return_what_the_docs_say() {
    let mut wrong = Vec::new();
    for example in catalog().iter().flat_map(|spec| spec.examples) {
        let output = value(example.sql).await;
        if output != example.output {
            wrong.push(format!("{}\n  says {}\n  is   {output}", example.sql, example.output));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_is_current() {
    let path = root().join("docs/functions.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, to_markdown()).expect("writes the page");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == to_markdown(), "docs/functions.md is not current: run the tests with UPDATE_DOCS=1");
}

#[test]
fn names_are_unique_and_every_function_is_described() {
    let mut names = HashSet::new();
    for spec in catalog() {
        for name in spec.aliases.iter().chain([&spec.name]) {
            assert!(names.insert(*name), "{name} is taken twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
        }
        assert!(!spec.examples.is_empty() && spec.summary.ends_with('.'), "{}", spec.name);
        assert!(spec.parameters.iter().all(|p| !p.doc.is_empty()), "{}", spec.name);
        let given_first = spec.parameters.is_sorted_by_key(|p| p.default.is_some());
        assert!(given_first, "{}: required parameters come first", spec.name);
    }
}

#[test]
fn every_function_has_its_sql_test() {
    for spec in catalog() {
        let path = root().join(format!("tests/sql/functions/{}.slt", spec.name));
        assert!(path.is_file(), "{} is missing", path.display());
    }
}

#[test]
fn no_function_is_raw_with_its_defaults() {
    // These say so in their notes: they have no key, or give clear text, or may leave it.
    let plain = [
        "keccak256",
        "sha3_256",
        "unmap_id",
        "json_mask",
        "json_mask_keys",
        "keep_blank",
        "redact_regex",
        "fpe_decrypt",
        "decrypt",
    ];
    for spec in tester::of_text().filter(|spec| !plain.contains(&spec.name)) {
        let typical = match tester::accepts(spec) {
            loup_functions::Accepts::Date => datafusion::arrow::datatypes::DataType::Date32,
            loup_functions::Accepts::Integer => datafusion::arrow::datatypes::DataType::Int64,
            _ => datafusion::arrow::datatypes::DataType::Utf8View,
        };
        assert!(UdfTester::required(KEY, spec, "d").strength(&typical) > Strength::Raw, "{}", spec.name);
    }
}
