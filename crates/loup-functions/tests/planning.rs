//! What planning checks and shows: options, column names, guarantees, equality.

mod tester;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, ScalarUDF, lit};
use datafusion::prelude::{SessionContext, col};
use loup_crypto::{KeyRing, Salts};
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
        ("SELECT hash_salted('a', 'canary')", "it has: customer, d, e, jefe, site"),
        ("SELECT hash_salted('a', 'd', 'canary')", "it has: customer, d, e, jefe, site"),
        ("SELECT hash_salted('a', 'd', '', 'md5')", "algorithm must be one of 'sha3_256', 'keccak256'"),
        ("SELECT hash_salted('a', 'd', '', 'sha256', 'base16')", "encoding must be one of 'hex', 'base32'"),
        ("SELECT hash_salted('a', 'd', '', 'sha256', 'hex', 7)", "length must be 8 to 64"),
        ("SELECT hash_salted('a', 'd', '', 'sha3_512', 'hex', 129)", "length must be 8 to 128"),
        ("SELECT hash_salted('a', 'd', '', 'sha256', 'uuid', 12)", "a uuid is not cut"),
        ("SELECT hash_salted('a')", "expected 2 to 8 arguments, got 1"),
        ("SELECT hmac_sha256('a', 'canary')", "hmac_sha256: the salts file has no entry of the name asked for"),
        ("SELECT keccak256(1.5e0)", "cast it to BIGINT or DECIMAL"),
        ("SELECT fake_company('a', 'd', 'xx_XX')", "locale must be one of"),
        ("SELECT nullify()", "expected 1 argument, got 0"),
        ("SELECT pseudo_digits(123456, 'd')", "s must be text with six digits or more, got Int64"),
        ("SELECT pseudo_digits('123456', 'd', 'mod97')", "check must be one of 'none', 'luhn', 'verhoeff'"),
        ("SELECT pseudo_text('abcdef', 'd', 'a')", "alphabet must be 2 to 65535 different characters, got 1"),
        ("SELECT pseudo_text('abcdef', 'd', 'abca')", "different characters, got one twice"),
        ("SELECT pseudo_text('abcdef', 'd', 'abc', 'luhn')", "leave alphabet out"),
        ("SELECT fpe_encrypt('123456', '', 'd')", "alphabet must be 2 to 65535 different characters, got 0"),
        ("SELECT fpe_encrypt('123456', '0123456789')", "expected 3 to 4 arguments, got 2"),
        ("SELECT fpe_decrypt('123456', '00', 'd')", "different characters, got one twice"),
        ("SELECT pseudo_uuid(1.5e0, 'd')", "cast it to BIGINT or DECIMAL"),
        ("SELECT pseudo_code('a', 'd', 'JOB-99999')", "10^6 codes or more"),
        ("SELECT pseudo_code('a', 'd', '999999\\')", "must not end in a single"),
        ("SELECT encrypt(1.5e0, 'd')", "cast it to BIGINT or DECIMAL"),
        ("SELECT encrypt(struct('a'), 'd')", "x must be text, integer, decimal"),
        ("SELECT decrypt(5, 'd')", "x must be text that encrypt gave, got Int64"),
        ("SELECT decrypt('a', 'd', 'bigint')", "type must be one of 'text', 'binary'"),
    ] {
        let error = planning_error(sql).await;
        assert!(error.contains(says) && !error.contains("canary"), "{sql}\n  {error}");
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
fn instances_with_salts_are_equal_when_they_share_them() {
    let salts = || Arc::new(Salts::from_json(br#"{"d": "00"}"#).expect("a salts file"));
    let key = KeyRing::from_base64(KEY).expect("a key").active();
    let (bare, one, two) = (Binding::new(key), salts(), salts());
    let salted = |salts: &Arc<Salts>| udf(&bare.clone().with_salts(Arc::clone(salts)), "hash_salted");
    assert_eq!(salted(&one), salted(&one));
    assert_ne!(salted(&one), salted(&two), "each has a session pepper of its own");
    assert_ne!(salted(&one), udf(&bare, "hash_salted"));
}

#[tokio::test]
async fn secrets_come_from_a_salts_file_or_not_at_all() {
    let mut ctx = SessionContext::new();
    let bare = Binding::new(KeyRing::from_base64(KEY).expect("a key").active());
    register_all(&mut ctx, &bare).expect("registers");
    for sql in ["SELECT hash_salted('a', 'canary')", "SELECT hmac_sha256('a', 'canary')"] {
        let error = ctx.sql(sql).await.expect_err("no salts").strip_backtrace();
        assert!(error.contains("--salts-file") && !error.contains("canary"), "{error}");
    }
    assert!(ctx.sql("SELECT sha3_256('a')").await.is_ok());
}

#[tokio::test]
async fn a_session_pepper_holds_within_its_session_alone() -> Result<()> {
    async fn hash(salts: &str) -> Result<String> {
        let mut ctx = SessionContext::new();
        let salts = Arc::new(Salts::from_json(salts.as_bytes()).expect("a salts file"));
        let key = KeyRing::from_base64(KEY).expect("a key").active();
        register_all(&mut ctx, &Binding::new(key).with_salts(salts))?;
        let sql = "SELECT min(h), max(h), min(h) = max(h) FROM (SELECT hash_salted(v, 'd', 'session') AS h \
                   FROM (VALUES ('a'), ('a')) AS t(v)) AS s";
        let batches = ctx.sql(sql).await?.collect().await?;
        Ok(datafusion::arrow::util::pretty::pretty_format_batches(&batches)?.to_string())
    }
    let file = r#"{"d": "00"}"#;
    let (one, two) = (hash(file).await?, hash(file).await?);
    assert!(one.contains("true") && two.contains("true"), "{one}\n{two}");
    assert_ne!(one, two);
    let error = hash(r#"{"d": "00", "session": "01"}"#).await.expect_err("two meanings").strip_backtrace();
    assert!(error.contains("rename it"), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_is_read_again_needs_a_lasting_key() {
    let mut ctx = SessionContext::new();
    let ephemeral = Binding::new(KeyRing::ephemeral().expect("random bytes").active());
    register_all(&mut ctx, &ephemeral).expect("registers");
    for sql in [
        "SELECT encrypt('canary', 'd')",
        "SELECT decrypt('canary', 'd')",
        "SELECT fpe_encrypt('canary', 'abcnry', 'd')",
        "SELECT fpe_decrypt('canary', 'abcnry', 'd')",
    ] {
        let error = ctx.sql(sql).await.expect_err("an ephemeral key").strip_backtrace();
        assert!(error.contains("loup key new") && !error.contains("canary"), "{error}");
    }
    for sql in ["SELECT pseudo_digits('123456', 'd')", "SELECT pseudo_text('abcdef', 'd')"] {
        assert!(ctx.sql(sql).await.is_ok(), "{sql}");
    }
    let encrypt = udf(&ephemeral, "encrypt");
    assert_eq!(guarantee(&encrypt, &[col("v"), lit("d")], &[DataType::Utf8]), Some(Guarantee::raw()));
}

#[test]
fn a_uuid_stays_one() {
    let uuid = DataType::FixedSizeBinary(16);
    let metadata = [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())];
    let field = Field::new("v", uuid.clone(), true).with_metadata(metadata.into());
    let (value, domain) = (Arc::new(field), Arc::new(Field::new("d", DataType::Utf8, false)));
    let literal = ScalarValue::from("d");
    let arguments = datafusion::logical_expr::ReturnFieldArgs {
        arg_fields: &[Arc::clone(&value), domain],
        scalar_arguments: &[None, Some(&literal)],
    };
    let masked = udf(&binding(KEY), "pseudo_uuid").return_field_from_args(arguments).expect("a UUID");
    assert_eq!((masked.data_type(), masked.metadata()), (&uuid, value.metadata()));
}

#[test]
fn the_bound_locale_is_used_unless_a_call_names_one() {
    let spec = loup_functions::catalog().iter().find(|s| s.name == "fake_phone").expect("fake_phone");
    assert_eq!(spec.parameters[2].name, "locale");
    let indian = functions(&binding(KEY).with_locale("en_XX"));
    let phone = indian.iter().find(|udf| udf.name() == "fake_phone").expect("fake_phone");
    let field = Arc::new(Field::new("v", DataType::Utf8, true));
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
    let salted = promised("hash_salted", &[lit("d"), lit(""), lit("sha3_512")], &text);
    assert_eq!((salted.strength, salted.collisions), (Strength::Pseudonym, Collisions::Bits(512)));
    assert_eq!((salted.deterministic, salted.max_chars), (true, Some(128)));
    let pepper = [lit("d"), lit("session"), lit("sha256"), lit("base64"), lit(8_i64), lit("a"), lit("bc")];
    let session = promised("hash_salted", &pepper, &text);
    assert_eq!((session.deterministic, session.collisions), (false, Collisions::Bits(48)));
    assert_eq!(session.max_chars, Some(11));
    let hmac = promised("hmac_sha256", &[lit("d"), lit("uuid")], &text);
    assert_eq!((hmac.collisions, hmac.max_chars), (Collisions::Bits(128), Some(36)));
    for plain in ["keccak256", "sha3_256"] {
        let digest = promised(plain, &[], &text);
        assert_eq!((digest.strength, digest.collisions), (Strength::Raw, Collisions::Bits(256)));
    }
    for fake in ["fake_full_name", "fake_company"] {
        let short = promised(fake, &[lit("d"), lit(""), lit(5_i64)], &text);
        assert_eq!((short.strength, short.max_chars), (Strength::Synthetic, Some(5)), "{fake}");
        assert!(promised(fake, &[], &text).max_chars.is_some_and(|chars| (20..=60).contains(&chars)), "{fake}");
    }
    let address = promised("fake_address", &[], &text);
    assert_eq!((address.strength, address.max_chars), (Strength::Synthetic, None));
    assert_eq!(promised("nullify", &[], &DataType::Int8).strength, Strength::Destroyed);
    for (permutation, options) in [
        ("pseudo_digits", vec![lit("d")]),
        ("pseudo_text", vec![lit("d")]),
        ("fpe_encrypt", vec![lit("0123456789"), lit("d")]),
    ] {
        let promised = promised(permutation, &options, &text);
        assert_eq!((promised.strength, promised.collisions), (Strength::Pseudonym, Collisions::Injective));
        assert!(promised.fixed_points, "{permutation}");
    }
    assert!(promised("pseudo_int", &[lit("d")], &DataType::Int64).fixed_points);
    let encrypted = promised("encrypt", &[lit("d")], &text);
    assert_eq!((encrypted.strength, encrypted.collisions), (Strength::Pseudonym, Collisions::Injective));
    assert!(!encrypted.fixed_points && !hash.fixed_points);
    assert_eq!(promised("decrypt", &[lit("d")], &text), Guarantee::raw());
    assert_eq!(promised("fpe_decrypt", &[lit("0123456789"), lit("d")], &text), Guarantee::raw());
    let uuid = promised("pseudo_uuid", &[lit("d")], &text);
    assert_eq!((uuid.collisions, uuid.max_chars), (Collisions::Bits(122), Some(36)));
    let code = promised("pseudo_code", &[lit("d"), lit("\\A-AA9999")], &text);
    assert_eq!((code.collisions, code.max_chars), (Collisions::Bits(22), Some(8)));
}

#[test]
fn display_masks_that_may_show_a_whole_value_are_raw() {
    let (text, null, n) = (DataType::Utf8View, || lit(ScalarValue::Null), |n: i64| lit(n));
    let strength = |name, options: &[Expr]| promised(name, options, &text).strength;
    assert_eq!(strength("mask", &[]), Strength::Partial);
    assert_eq!(strength("mask", &[null(), null(), null(), null()]), Strength::Raw);
    assert_eq!(strength("mask", &[lit("X"), lit("x"), null()]), Strength::Raw);
    assert_eq!(strength("mask", &[lit("X"), lit("x"), lit("n"), lit("o")]), Strength::Partial);
    for (name, least, most) in [
        ("mask_first_n", Strength::Raw, Strength::Partial),
        ("mask_last_n", Strength::Raw, Strength::Partial),
        ("mask_show_first_n", Strength::Partial, Strength::Raw),
        ("mask_show_last_n", Strength::Partial, Strength::Raw),
    ] {
        assert_eq!(strength(name, &[]), Strength::Partial, "{name}");
        assert_eq!((strength(name, &[n(0)]), strength(name, &[n(99)])), (least, most), "{name}");
        assert_eq!(strength(name, &[n(4), lit("X"), null()]), Strength::Raw, "{name}");
    }
    assert_eq!(strength("mask_inner", &[n(1), n(1)]), Strength::Partial);
    assert_eq!(strength("mask_inner", &[n(9), n(8)]), Strength::Raw);
    assert_eq!(strength("mask_outer", &[n(0), n(0)]), Strength::Raw);
    assert_eq!(strength("mask_outer", &[n(0), n(1)]), Strength::Partial);
    assert_eq!(strength("partial", &[n(999), lit(""), n(0)]), Strength::Raw);
    assert_eq!(strength("partial", &[n(0), lit("***"), n(0)]), Strength::Destroyed);
    let partial = promised("partial", &[n(2), lit("***"), n(3)], &text);
    assert_eq!((partial.strength, partial.max_chars), (Strength::Partial, Some(8)));
    assert_eq!(strength("mask_url", &[lit("password")]), Strength::Raw);
    assert_eq!(strength("redact_regex", &[lit("a"), lit("b")]), Strength::Raw);
    assert_eq!(strength("scrub", &[]), Strength::Partial);
    assert_eq!(strength("scrub", &[lit("names")]), Strength::Raw, "a call that would be refused");
    for destroyed in ["mask_uuid", "blank"] {
        assert_eq!(strength(destroyed, &[]), Strength::Destroyed, "{destroyed}");
    }
}

#[test]
fn an_option_that_is_no_literal_or_is_wrong_makes_the_call_raw() {
    let text = DataType::Utf8View;
    assert_eq!(promised("hash_keyed", &[col("d")], &text), Guarantee::raw());
    assert_eq!(promised("hash_keyed", &[], &text), Guarantee::raw());
    assert_eq!(promised("hash_keyed", &[lit("d"), lit("hex"), lit(3_i64)], &text), Guarantee::raw());
    assert_eq!(promised("pseudo_int", &[lit("d")], &DataType::Int16), Guarantee::raw());
    assert_eq!(promised("hash_salted", &[lit("nobody")], &text), Guarantee::raw());
    assert_eq!(promised("pseudo_text", &[lit("d"), lit("a")], &text), Guarantee::raw());
    assert_eq!(promised("pseudo_code", &[lit("d"), lit("9")], &text), Guarantee::raw());
}

#[test]
fn other_functions_have_no_guarantee() {
    let lower = datafusion::functions::string::lower();
    assert_eq!(guarantee(&lower, &[col("v")], &[DataType::Utf8]), None);
}

/// The engine shows the debug form of what cannot stand where it does.
#[test]
fn the_debug_form_of_a_function_tells_nothing_of_the_key() {
    let binding = binding(KEY);
    let shown = format!("{:?}", functions(&binding));
    assert!(shown.contains("hash_keyed") && !shown.contains("fingerprint") && !shown.contains("key_id"));
}
