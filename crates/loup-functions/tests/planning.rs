//! What planning checks and shows: options, column names, guarantees, equality.

mod tester;

use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, ScalarUDF, lit};
use datafusion::prelude::{SessionContext, col};
use loup_functions::{Binding, Collisions, Guarantee, Strength, functions, guarantee, register_all};
use tester::{KEY, OTHER_KEY, binding};

fn context() -> SessionContext {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx, &binding(KEY)).expect("registers");
    ctx
}

async fn planning_error(sql: &str) -> String {
    match context().sql(sql).await {
        Ok(_) => panic!("planned: {sql}"),
        Err(error) => error.strip_backtrace(),
    }
}

fn udf(binding: &Binding, name: &str) -> ScalarUDF {
    let all = functions(binding);
    all.iter().find(|udf| udf.name() == name).expect("a function of ours").as_ref().clone()
}

fn promised(name: &str, options: &[Expr], value: &DataType) -> Guarantee {
    let args: Vec<Expr> = std::iter::once(col("v")).chain(options.iter().cloned()).collect();
    guarantee(&udf(&binding(KEY), name), &args, std::slice::from_ref(value)).expect("a function of ours")
}

#[tokio::test]
async fn a_bad_option_is_refused_when_the_statement_is_planned() {
    for (sql, says) in [
        ("SELECT hash_keyed('a', 'd', 'base16')", "encoding must be one of 'hex', 'base32'"),
        ("SELECT hash_keyed('a', 'd', 'hex', 7)", "length must be 8 to 64"),
        ("SELECT hash_keyed('a', 'd', 'hex', 65)", "length must be 8 to 64"),
        ("SELECT hash_keyed('a', 'd', 'hex', -1)", "length must be 8 to 64"),
        ("SELECT hash_keyed('a', 'd', 'uuid', 12)", "a uuid is not cut"),
        ("SELECT hash_keyed('a', NULL)", "domain must not be NULL"),
        ("SELECT hash_keyed('a', 5)", "domain must be text, got Int64"),
        ("SELECT hash_keyed('a')", "expected 2 to 5 arguments, got 1; usage: hash_keyed(x, domain"),
        ("SELECT hash_keyed(1.5e0, 'd')", "cast it to BIGINT or DECIMAL"),
        ("SELECT mask_email(5)", "s must be text, got Int64"),
        ("SELECT mask_email('a', 'loud')", "style must be one of 'full_domain'"),
        ("SELECT pseudo_int(CAST(1 AS SMALLINT), 'd')", "use a mapping table"),
        ("SELECT pseudo_int(CAST(1 AS TINYINT), 'd', 1, 9999999)", "Int8 cannot hold"),
        ("SELECT pseudo_int(1, 'd', 1, 1000)", "10^6 to 2^64 values"),
        ("SELECT pseudo_int(1, 'd', 10, 1)", "lo must not be above hi"),
        ("SELECT fake_first_name('a', 'd', 'xx_XX')", "locale must be one of"),
        ("SELECT fake_first_name('a', 'd', 'en_US', -1)", "max_chars must be 0"),
        ("SELECT generalize_date('2019-07-23', 'decade')", "unit must be one of 'year', 'quarter'"),
        ("SELECT nullify()", "expected 1 argument, got 0"),
    ] {
        let error = planning_error(sql).await;
        assert!(error.contains(says), "{sql}\n  {error}");
    }
}

#[tokio::test]
async fn an_option_from_a_column_is_refused_and_a_constant_expression_is_not() -> Result<()> {
    let ctx = context();
    let by_column = ctx.sql("SELECT hash_keyed(v, d) FROM (VALUES ('a', 'x'), ('b', 'y')) AS t(v, d)").await?;
    let error = by_column.collect().await.expect_err("a column as domain").strip_backtrace();
    assert!(error.contains("hash_keyed: options must be literals"), "{error}");
    let same = ctx.sql("SELECT hash_keyed(v, 'a' || 'b') = hash_keyed(v, 'ab') FROM (VALUES ('a')) AS t(v)").await?;
    assert!(
        datafusion::arrow::util::pretty::pretty_format_batches(&same.collect().await?)?.to_string().contains("true")
    );
    Ok(())
}

#[tokio::test]
async fn column_names_show_no_literal_value() -> Result<()> {
    let ctx = context();
    for sql in [
        "SELECT hash_keyed('canary', 'd'), hash_keyed('canary2', 'd')",
        "SELECT fake_first_name(lower('canary'))",
        "SELECT redact(CASE WHEN v = 'canary' THEN v END) FROM (VALUES ('x')) AS t(v)",
    ] {
        for field in ctx.sql(sql).await?.schema().fields() {
            assert!(!field.name().contains("canary"), "{}", field.name());
        }
    }
    let named = ctx.sql("SELECT hash_keyed(v, 'customer') FROM (VALUES ('x')) AS t(v)").await?;
    assert_eq!(named.schema().field(0).name(), "hash_keyed(t.v,customer)");
    Ok(())
}

#[tokio::test]
async fn errors_over_data_hold_no_value() -> Result<()> {
    let ctx = context();
    for sql in [
        "SELECT pseudo_int(v, 'd') FROM (VALUES ('007canary')) AS t(v)",
        "SELECT generalize_date(v, 'year') FROM (VALUES ('canary')) AS t(v)",
        "SELECT pseudo_int(v, 'd', 1, 2000000) FROM (VALUES (31415926)) AS t(v)",
        "SELECT pseudo_int(v, 'd') FROM (VALUES ('31415926314159263141')) AS t(v)",
    ] {
        let error = ctx.sql(sql).await?.collect().await.expect_err(sql).to_string();
        assert!(!error.contains("canary") && !error.contains("31415926"), "{error}");
        assert!(error.contains("pseudo_int: expected") || error.contains("generalize_date: expected"), "{error}");
    }
    Ok(())
}

#[test]
fn instances_are_equal_when_key_and_locale_are() {
    let one = binding(KEY);
    assert_eq!(udf(&one, "redact"), udf(&binding(KEY), "redact"));
    assert_ne!(udf(&one, "redact"), udf(&binding(OTHER_KEY), "redact"));
    assert_ne!(udf(&one, "redact"), udf(&binding(KEY).with_locale("en_IN"), "redact"));
    assert_ne!(udf(&one, "redact"), udf(&one, "nullify"));
}

#[test]
fn the_bound_locale_is_used_unless_a_call_names_one() {
    let spec = loup_functions::catalog().iter().find(|s| s.name == "fake_phone").expect("fake_phone");
    assert_eq!(spec.parameters[2].name, "locale");
    let indian = functions(&binding(KEY).with_locale("en_XX"));
    let phone = indian.iter().find(|udf| udf.name() == "fake_phone").expect("fake_phone");
    let field = std::sync::Arc::new(datafusion::arrow::datatypes::Field::new("v", DataType::Utf8, true));
    let args = datafusion::logical_expr::ReturnFieldArgs { arg_fields: &[field], scalar_arguments: &[None] };
    let error = phone.return_field_from_args(args).expect_err("no such locale").strip_backtrace();
    assert!(error.contains("fake_phone: locale must be one of de_DE, en_AU"), "{error}");
}

#[test]
fn guarantees_follow_the_literal_options() {
    let text = DataType::Utf8View;
    let hash = promised("hash_keyed", &[lit("d")], &text);
    assert_eq!(
        (hash.strength, hash.collisions, hash.max_chars),
        (Strength::Pseudonym, Collisions::Bits(256), Some(64))
    );
    let short = promised("hash_keyed", &[lit("d"), lit("hex"), lit(12_i64), lit("job_")], &text);
    assert_eq!((short.collisions, short.max_chars), (Collisions::Bits(48), Some(16)));
    assert_eq!(promised("pseudo_int", &[lit("d")], &DataType::Int64).collisions, Collisions::Injective);
    let email = promised("pseudo_email", &[lit("d")], &text);
    assert_eq!((email.strength, email.collisions), (Strength::Pseudonym, Collisions::Bits(105)));
    assert_eq!(promised("pseudo_email", &[lit("d"), lit(true)], &text).strength, Strength::Partial);
    assert_eq!(promised("mask_email", &[], &text).strength, Strength::Partial);
    let name = promised("fake_first_name", &[lit("d"), lit(""), lit(5_i64)], &text);
    assert_eq!((name.strength, name.collisions, name.max_chars), (Strength::Synthetic, Collisions::ManyToOne, Some(5)));
    assert_eq!(promised("generalize_date", &[lit("year")], &DataType::Date32).strength, Strength::Generalized);
    assert_eq!(promised("redact", &[], &text).strength, Strength::Destroyed);
    assert_eq!(promised("nullify", &[], &DataType::Int8).strength, Strength::Destroyed);
}

#[test]
fn an_option_that_is_no_literal_or_is_wrong_makes_the_call_raw() {
    let text = DataType::Utf8View;
    assert_eq!(promised("hash_keyed", &[col("d")], &text), Guarantee::raw());
    assert_eq!(promised("hash_keyed", &[], &text), Guarantee::raw());
    assert_eq!(promised("hash_keyed", &[lit("d"), lit("hex"), lit(3_i64)], &text), Guarantee::raw());
    assert_eq!(promised("pseudo_int", &[lit("d")], &DataType::Int16), Guarantee::raw());
}

#[test]
fn other_functions_have_no_guarantee() {
    let lower = datafusion::functions::string::lower();
    assert_eq!(guarantee(&lower, &[col("v")], &[DataType::Utf8]), None);
}
