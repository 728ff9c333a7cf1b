//! Speed of the masking functions, one thread, through the UDF on batches of 8192 rows.
//!
//!     cargo bench -p loup-benches            # all
//!     cargo bench -p loup-benches -- hash    # those whose name holds `hash`
//!
//! `hash_keyed` stands beside a loop over the `sha3` crate and `pseudo_int` beside the `fpe` crate, on the same values.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use datafusion::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch, StringViewArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type};
use datafusion::common::{ScalarValue, ToDFSchema as _};
use datafusion::logical_expr::function::PartitionEvaluatorArgs;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::SessionContext;
use fpe::ff1::{BinaryNumeralString, FF1, FlexibleNumeralString};
use loup_crypto::{KeyRing, KeyedDigest, Lanes, Salts};
use loup_functions::{Binding, NamedList, NamedLists, catalog, register_all, window_functions};
use sha3::{Digest as _, Sha3_256};

const ROWS: usize = 8192;
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const SALTS: &str = r#"{"customer": "0123456789abcdef0123456789abcdef", "site": "000102030405060708090a0b0c0d0e0f"}"#;

/// One column of a batch and what to call its kind of value.
struct Column {
    kind: &'static str,
    values: ArrayRef,
}

/// A fixed sequence that looks random: the same rows on every run and machine.
fn scattered(i: usize) -> u64 {
    let mut x = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 29;
    x.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

fn text_column(kind: &'static str, value: impl Fn(usize) -> String) -> Column {
    let values: StringViewArray = (0..ROWS).map(|i| Some(value(i))).collect();
    Column { kind, values: Arc::new(values) }
}

fn columns() -> Vec<Column> {
    vec![
        text_column("text20", |i| format!("{:020}", scattered(i))),
        text_column("email", |i| format!("user{:07}@mail.example", scattered(i) % 10_000_000)),
        text_column("name", |i| format!("Name{}", scattered(i) % 500)),
        text_column("phone", |i| format!("+1-415-{:03}-{:04}", i % 1000, scattered(i) % 10_000)),
        text_column("json", |i| {
            let (id, user) = (scattered(i) % 100_000, scattered(i) % 10_000_000);
            format!(r#"{{"id": {id}, "contact": {{"email": "user{user}@mail.example", "tags": ["a", "b"]}}}}"#)
        }),
        text_column("ids", |i| format!("{}, {}", scattered(i) % 1_000_000, scattered(i + 1) % 1_000_000)),
        Column { kind: "list", values: Arc::new(lists()) },
        text_column("date", |i| format!("{}-{:02}-{:02}", 1940 + scattered(i) % 70, 1 + i % 12, 1 + i % 28)),
        text_column("card", |i| format!("{:016}", 4_000_000_000_000_000 + scattered(i) % 1_000_000_000_000_000)),
        text_column("ssn", |i| format!("{:03}-{:02}-{:04}", i % 900, i % 99, scattered(i) % 10_000)),
        text_column("iban", |i| format!("DE{:02}{:018}", i % 97, scattered(i))),
        text_column("uuid", |i| format!("{:08x}-3c4d-4e5f-8a6b-{:012x}", i, scattered(i) & 0xffff_ffff_ffff)),
        text_column("ip", |i| format!("10.{}.{}.{}", i % 200, scattered(i) % 250, i % 9)),
        text_column("url", |i| format!("https://www.example{}.com/users/{}", i % 7, scattered(i) % 100_000)),
        text_column("person", |i| format!("Name{} Surname", ["a", "bc", "def"][i % 3].repeat(1 + i / 3 % 5))),
        text_column("postcode", |i| format!("{:05}-{:04}", i, scattered(i) % 10_000)),
        text_column("prose", |i| {
            format!("Spoke to user{i}@mail.example about order {}; call back at 555-{:03}-{:04}.", i, i % 1000, i)
        }),
        text_column("decimal", |i| format!("{}.{:02}", scattered(i) % 200_000, scattered(i + 1) % 100)),
        Column {
            kind: "degrees",
            values: Arc::new(
                (0..ROWS).map(|i| (scattered(i) % 180_000_000) as f64 / 1e6 - 90.0).collect::<Float64Array>(),
            ),
        },
        Column {
            kind: "bigint",
            values: Arc::new((0..ROWS).map(|i| (scattered(i) % 1_000_000_000_000) as i64).collect::<Int64Array>()),
        },
        Column {
            kind: "int31",
            values: Arc::new((0..ROWS).map(|i| (scattered(i) % (1 << 31)) as i64).collect::<Int64Array>()),
        },
    ]
}

/// One text in each row.
fn lists() -> ListArray {
    let entries = text_column("entries", |i| format!("{:08}", scattered(i) % 100_000_000));
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(1, ROWS));
    ListArray::new(Arc::new(Field::new("item", DataType::Utf8View, true)), offsets, entries.values, None)
}

/// The call to measure for each function, and the kind of value it gets. A function without a line here fails the bench.
const CALLS: &[(&str, &str, &str)] = &[
    ("hash_keyed", "hash_keyed(v, 'job')", "text20"),
    ("hash_salted", "hash_salted(v, 'customer', 'site')", "text20"),
    ("hmac_sha256", "hmac_sha256(v, 'customer')", "text20"),
    ("keccak256", "keccak256(v)", "text20"),
    ("sha3_256", "sha3_256(v)", "text20"),
    ("pseudo_int", "pseudo_int(v, 'job')", "bigint"),
    ("pseudo_digits", "pseudo_digits(v, 'job')", "phone"),
    ("pseudo_text", "pseudo_text(v, 'job')", "text20"),
    ("pseudo_uuid", "pseudo_uuid(v, 'job')", "text20"),
    ("pseudo_code", "pseudo_code(v, 'job')", "text20"),
    ("fpe_encrypt", "fpe_encrypt(v, '0123456789', 'job')", "text20"),
    ("fpe_decrypt", "fpe_decrypt(v, '0123456789', 'job')", "text20"),
    ("encrypt", "encrypt(v, 'job')", "text20"),
    ("decrypt", "decrypt(v, 'job')", "sealed"),
    ("pseudo_email", "pseudo_email(v, 'customer')", "email"),
    ("mask_email", "mask_email(v)", "email"),
    ("mask", "mask(v)", "text20"),
    ("mask_first_n", "mask_first_n(v)", "text20"),
    ("mask_last_n", "mask_last_n(v)", "text20"),
    ("mask_show_first_n", "mask_show_first_n(v)", "text20"),
    ("mask_show_last_n", "mask_show_last_n(v)", "text20"),
    ("mask_inner", "mask_inner(v, 2, 2)", "text20"),
    ("mask_outer", "mask_outer(v, 2, 2)", "text20"),
    ("partial", "partial(v, 2, '****', 2)", "text20"),
    ("mask_phone", "mask_phone(v)", "phone"),
    ("mask_card", "mask_card(v)", "card"),
    ("mask_card_relaxed", "mask_card_relaxed(v)", "card"),
    ("mask_ssn", "mask_ssn(v)", "ssn"),
    ("mask_iban", "mask_iban(v)", "iban"),
    ("mask_uuid", "mask_uuid(v)", "uuid"),
    ("mask_ip", "mask_ip(v)", "ip"),
    ("mask_url", "mask_url(v)", "url"),
    ("mask_name", "mask_name(v)", "person"),
    ("mask_postcode", "mask_postcode(v)", "postcode"),
    ("redact_regex", "redact_regex(v, '[0-9]{4,}', '#')", "email"),
    ("scrub", "scrub(v)", "prose"),
    ("blank", "blank(v)", "email"),
    ("fake_first_name", "fake_first_name(v)", "name"),
    ("fake_last_name", "fake_last_name(v)", "name"),
    ("fake_full_name", "fake_full_name(v)", "text20"),
    ("fake_company", "fake_company(v)", "text20"),
    ("fake_address", "fake_address(v)", "text20"),
    ("fake_middle_name", "fake_middle_name(v)", "name"),
    ("fake_person", "fake_person(v)", "text20"),
    ("fake_job", "fake_job(v)", "name"),
    ("fake_street", "fake_street(v)", "text20"),
    ("fake_building", "fake_building(v)", "name"),
    ("fake_city", "fake_city(v)", "name"),
    ("fake_district", "fake_district(v)", "name"),
    ("fake_state", "fake_state(v)", "name"),
    ("fake_state_code", "fake_state_code(v)", "name"),
    ("fake_postcode", "fake_postcode(v)", "name"),
    ("fake_country", "fake_country(v)", "name"),
    ("fake_country_code", "fake_country_code(v)", "name"),
    ("fake_latitude", "fake_latitude(v)", "bigint"),
    ("fake_longitude", "fake_longitude(v)", "bigint"),
    ("fake_phone", "fake_phone(v)", "phone"),
    ("fake_gov_id", "fake_gov_id(v)", "text20"),
    ("fake_aadhaar", "fake_aadhaar(v)", "text20"),
    ("fake_pan", "fake_pan(v)", "text20"),
    ("fake_voter_id", "fake_voter_id(v)", "text20"),
    ("fake_ration_card", "fake_ration_card(v)", "text20"),
    ("fake_driving_licence", "fake_driving_licence(v)", "text20"),
    ("fake_health_id", "fake_health_id(v)", "text20"),
    ("fake_mrn", "fake_mrn(v)", "text20"),
    ("fake_ssn", "fake_ssn(v)", "text20"),
    ("fake_passport", "fake_passport(v)", "text20"),
    ("fake_iban", "fake_iban(v)", "text20"),
    ("fake_bic", "fake_bic(v)", "text20"),
    ("fake_card", "fake_card(v)", "text20"),
    ("fake_ipv4", "fake_ipv4(v)", "text20"),
    ("fake_ipv6", "fake_ipv6(v)", "text20"),
    ("fake_mac", "fake_mac(v)", "text20"),
    ("fake_uuid", "fake_uuid(v)", "text20"),
    ("fake_currency_code", "fake_currency_code(v)", "name"),
    ("fake_licence_plate", "fake_licence_plate(v)", "text20"),
    ("fake_like", "fake_like(v)", "email"),
    ("fake_user_name", "fake_user_name(v)", "text20"),
    ("fake_email", "fake_email(v)", "email"),
    ("fake_word", "fake_word(v)", "text20"),
    ("fake_sentence", "fake_sentence(v)", "text20"),
    ("fake_paragraph", "fake_paragraph(v)", "text20"),
    ("fake_domain", "fake_domain(v)", "text20"),
    ("fake_url", "fake_url(v)", "text20"),
    ("fake_file_name", "fake_file_name(v)", "text20"),
    ("fake_color", "fake_color(v)", "name"),
    ("fake_dob", "fake_dob(v)", "date"),
    ("fake_amount", "fake_amount(v)", "bigint"),
    ("fake_unique_user_name", "fake_unique_user_name(v)", "text20"),
    ("fake_unique_email", "fake_unique_email(v)", "email"),
    ("fake_unique_full_name", "fake_unique_full_name(v)", "text20"),
    ("fake_unique_first_name", "fake_unique_first_name(v)", "name"),
    ("fake_unique_last_name", "fake_unique_last_name(v)", "name"),
    ("fake_unique_company", "fake_unique_company(v)", "text20"),
    ("fake_user_agent", "fake_user_agent(v)", "text20"),
    ("generalize_date", "generalize_date(v, 'year')", "date"),
    ("generalize", "generalize(v, 10)", "decimal"),
    ("generalize_range", "generalize_range(v, 10)", "decimal"),
    ("bucket", "bucket(v, '18,30,45,60')", "decimal"),
    ("age_band", "age_band(v, '18,30,45,60', '2026-01-01')", "date"),
    ("generalize_postcode", "generalize_postcode(v, 3)", "postcode"),
    ("generalize_geo", "generalize_geo(v, 1)", "degrees"),
    ("generalize_ip", "generalize_ip(v, 24)", "ip"),
    ("top_code", "top_code(v, 90)", "decimal"),
    ("bottom_code", "bottom_code(v, 18)", "decimal"),
    ("noise", "noise(v, 0.1, 'salary')", "decimal"),
    ("noise_abs", "noise_abs(v, 5, 'age')", "decimal"),
    ("date_shift", "date_shift(v, v, 30, 'patient')", "date"),
    ("laplace", "laplace(v, 1, 100)", "decimal"),
    ("gaussian", "gaussian(v, 1, 0.00001, 100)", "decimal"),
    ("redact", "redact(v)", "name"),
    ("nullify", "nullify(v)", "email"),
    ("keep_blank", "keep_blank(v, v)", "text20"),
    ("json_mask", "json_mask(v, '$.contact.email', 'mask_email')", "json"),
    ("json_mask_keys", "json_mask_keys(v, 'email|phone', 'mask_email')", "json"),
    ("list_mask", "list_mask(v, 'hash_keyed', 'job')", "list"),
    ("split_mask", "split_mask(v, ',', 'hash_keyed', 'job')", "ids"),
    ("random_int", "random_int(1, 6)", "bigint"),
    ("random_number", "random_number(0, 1)", "bigint"),
    ("random_date", "random_date()", "bigint"),
    ("random_string", "random_string(12)", "bigint"),
    ("random_phone", "random_phone()", "bigint"),
    ("random_zip", "random_zip()", "bigint"),
    ("random_uuid", "random_uuid()", "bigint"),
    ("random_in", "random_in('a,b,c')", "bigint"),
    ("fake_from", "fake_from(v, 'codes')", "text20"),
    ("generalize_to", "generalize_to(v, 'codes', 1)", "name"),
];

/// 1,000 entries with weights, and what each is at level 1.
fn named_lists() -> NamedLists {
    let column = |value: fn(usize) -> String| -> ArrayRef {
        Arc::new((0..1000).map(|i| Some(value(i))).collect::<StringViewArray>())
    };
    let columns: [(&str, ArrayRef); 3] = [
        ("value", column(|i| format!("Name{i}"))),
        ("level1", column(|i| format!("Name{}", i / 100))),
        ("weight", column(|i| (1 + i % 7).to_string())),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    NamedLists::default().with("codes", NamedList::try_new(&batch.schema(), &[batch]).expect("a list"))
}

fn context() -> SessionContext {
    let mut ctx = SessionContext::new();
    let ring = KeyRing::from_base64(KEY).expect("32 bytes");
    let salts = Salts::from_json(SALTS.as_bytes()).expect("a salts file");
    let binding =
        Binding::new(ring.active()).with_salts(Arc::new(salts)).with_lists(Arc::new(named_lists())).with_random(true);
    register_all(&mut ctx, &binding).expect("names do not collide");
    ctx
}

/// Plans one SQL expression over column `v`.
fn planned(ctx: &SessionContext, sql: &str, values: &ArrayRef) -> (RecordBatch, Arc<dyn PhysicalExpr>) {
    let batch = RecordBatch::try_from_iter([("v", Arc::clone(values))]).expect("one column");
    let schema = batch.schema().to_dfschema().expect("one column");
    let expr = ctx.parse_sql_expr(sql, &schema).expect("the call parses");
    let expr = ctx.create_physical_expr(expr, &schema).expect("the call plans");
    (batch, expr)
}

/// What `decrypt` takes.
fn sealed(ctx: &SessionContext, values: &ArrayRef) -> Column {
    let (batch, expr) = planned(ctx, "encrypt(v, 'job')", values);
    let values = expr.evaluate(&batch).and_then(|sealed| sealed.into_array(batch.num_rows())).expect("the call runs");
    Column { kind: "sealed", values }
}

/// Measures one SQL expression over column `v`, planned once, as a query evaluates it for every batch.
fn measure<M: criterion::measurement::Measurement>(
    group: &mut BenchmarkGroup<'_, M>,
    ctx: &SessionContext,
    sql: &str,
    id: &str,
    values: &ArrayRef,
) {
    let (batch, expr) = planned(ctx, sql, values);
    group.throughput(Throughput::Elements(batch.num_rows() as u64));
    group.bench_function(id, |b| b.iter(|| expr.evaluate(black_box(&batch)).expect("the call runs")));
}

fn every_function(c: &mut Criterion) {
    let (ctx, mut columns) = (context(), columns());
    columns.push(sealed(&ctx, &columns[0].values));
    let mut group = c.benchmark_group("function");
    // Windows are measured by `windows`, look-ups in a mapping of ten million ids by `mapping.py`.
    let is_elsewhere = |name: &str| ["map_id", "unmap_id"].contains(&name);
    for spec in catalog().iter().filter(|spec| !spec.is_window() && !is_elsewhere(spec.name)) {
        let (_, sql, kind) =
            CALLS.iter().find(|call| call.0 == spec.name).unwrap_or_else(|| panic!("no call for {}", spec.name));
        let column = columns.iter().find(|c| c.kind == *kind).expect("a kind of the list");
        measure(&mut group, &ctx, sql, &format!("{}/{kind}", spec.name), &column.values);
    }
    group.finish();
}

/// A permutation of a million rows, as one partition.
fn windows(c: &mut Criterion) {
    let ring = KeyRing::from_base64(KEY).expect("32 bytes");
    let all = window_functions(&Binding::new(ring.active()));
    let column: ArrayRef = Arc::new((0..1_000_000).map(|i| scattered(i) as i64).collect::<Int64Array>());
    let mut group = c.benchmark_group("window");
    group.throughput(Throughput::Elements(column.len() as u64));
    for udwf in &all {
        let literal: Arc<dyn PhysicalExpr> = Arc::new(Literal::new(ScalarValue::from("job")));
        let value: Arc<dyn PhysicalExpr> = Arc::new(datafusion::physical_expr::expressions::Column::new("v", 0));
        let fields = [DataType::Int64, DataType::Utf8].map(|kind| Arc::new(Field::new("a", kind, true)));
        let exprs = [value, literal];
        let arguments = || PartitionEvaluatorArgs::new(&exprs, &fields, false, false);
        group.bench_function(udwf.name(), |b| {
            b.iter(|| {
                let mut partition = udwf.partition_evaluator_factory(arguments()).expect("the call plans");
                partition.evaluate_all(&[Arc::clone(black_box(&column))], column.len()).expect("the call runs")
            });
        });
    }
    group.finish();
}

/// 500 distinct names as a dictionary: each is masked once a batch.
fn dictionaries(c: &mut Criterion) {
    let (ctx, columns) = (context(), columns());
    let names = columns.iter().find(|c| c.kind == "name").expect("a kind of the list");
    let plain = cast(&names.values, &DataType::Utf8).expect("text");
    let plain = plain.as_any().downcast_ref::<datafusion::arrow::array::StringArray>().expect("text");
    let dictionary: DictionaryArray<Int32Type> = plain.iter().collect();
    let mut group = c.benchmark_group("dictionary");
    measure(&mut group, &ctx, "hash_keyed(v, 'name')", "hash_keyed/500 of 8192", &(Arc::new(dictionary) as ArrayRef));
    group.finish();
}

/// The target: `hash_keyed` at least 4.0 times this loop with AVX-512, 2.2 times with AVX2.
fn digest_against_sha3(c: &mut Criterion) {
    let (ctx, columns) = (context(), columns());
    let column = &columns[0];
    let texts = column.values.as_any().downcast_ref::<StringViewArray>().expect("text").clone();
    let key = [7_u8; 32];
    let mut group = c.benchmark_group("hash");
    measure(&mut group, &ctx, "hash_keyed(v, 'job')", "hash_keyed", &column.values);
    // Without Arrow and hex, so that narrower processors can be judged on this one.
    let purpose = KeyRing::from_base64(KEY).expect("32 bytes").active().purpose_key("hash_keyed", "job");
    let values: Vec<&[u8]> = texts.iter().map(|text| text.expect("no NULLs").as_bytes()).collect();
    let mut digests = vec![[0; 32]; values.len()];
    for lanes in Lanes::ALL {
        let Some(digest) = KeyedDigest::with_lanes(&purpose, lanes) else { continue };
        group.bench_function(format!("digests alone, {lanes:?}"), |b| {
            b.iter(|| digest.digest_batch(black_box(&values), black_box(&mut digests)));
        });
    }
    group.bench_function("sha3 crate in a loop", |b| {
        b.iter(|| {
            for text in &texts {
                let digest =
                    Sha3_256::new().chain_update(key).chain_update(black_box(text.expect("no NULLs"))).finalize();
                black_box(digest);
            }
        });
    });
    group.finish();
}

/// The target: `pseudo_int` at least 30 times the crate. Twelve digits in radix 10 is what the crate is usually given;
/// radix 2 over 32 bits is what `pseudo_int` does for small numbers.
fn ff1_against_fpe(c: &mut Criterion) {
    let (ctx, columns) = (context(), columns());
    let mut group = c.benchmark_group("ff1");
    for kind in ["bigint", "int31"] {
        let column = columns.iter().find(|c| c.kind == kind).expect("a kind of the list");
        measure(&mut group, &ctx, "pseudo_int(v, 'job')", &format!("pseudo_int/{kind}"), &column.values);
    }
    let digits: Vec<FlexibleNumeralString> = (0..ROWS).map(twelve_digits).map(FlexibleNumeralString::from).collect();
    let radix_10 = FF1::<aes::Aes256>::new(&[7; 32], 10).expect("a radix in range");
    group.bench_function("fpe crate, 12 digits", |b| {
        b.iter(|| {
            for row in &digits {
                black_box(radix_10.encrypt(&[], black_box(row)).expect("digits"));
            }
        });
    });
    let bits = |i| BinaryNumeralString::from_bytes_le(&(scattered(i) as u32).to_le_bytes());
    let bits: Vec<BinaryNumeralString> = (0..ROWS).map(bits).collect();
    let radix_2 = FF1::<aes::Aes256>::new(&[7; 32], 2).expect("a radix in range");
    group.bench_function("fpe crate, 32 bits", |b| {
        b.iter(|| {
            for row in &bits {
                black_box(radix_2.encrypt(&[], black_box(row)).expect("bits"));
            }
        });
    });
    group.finish();
}

fn twelve_digits(i: usize) -> Vec<u16> {
    let number = scattered(i) % 1_000_000_000_000;
    (0..12).rev().map(|place| (number / 10_u64.pow(place) % 10) as u16).collect()
}

criterion_group!(benches, digest_against_sha3, ff1_against_fpe, every_function, windows, dictionaries);
criterion_main!(benches);
