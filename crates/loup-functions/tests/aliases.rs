//! Every alias plans, and gives the result of the call that it stands for.

mod tester;

use std::collections::{BTreeMap, HashSet};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::{SessionContext, col};
use loup_functions::{
    Accepts, Alias, Kind, Section, Strength, aliases, catalog, expand_alias, functions, guarantee, register_all,
};
use tester::{KEY, as_texts, binding};

/// Returns what stands between the commas of a call.
fn arguments(call: &str) -> Vec<&str> {
    let inner = call.split_once('(').expect("a call").1.strip_suffix(')').expect("a call");
    let (mut depth, mut quoted) = (0, false);
    let parts = inner.split(|c| {
        match c {
            '\'' => quoted = !quoted,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && !quoted && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What a call of an alias is given: the SQL of each argument.
fn given(alias: &Alias) -> BTreeMap<&'static str, String> {
    let (terms, parameters) = (arguments(alias.call), alias.spec().parameters);
    let argument = |name: &'static str| {
        let named = terms.iter().find_map(|term| term.strip_suffix(&format!(" => {name}")));
        let named = named.and_then(|of| parameters.iter().find(|parameter| parameter.name == of));
        let by_place = terms.iter().zip(parameters).find(|(term, _)| **term == name).map(|(_, parameter)| parameter);
        match named.or(by_place).map(|parameter| (parameter.kind, parameter)) {
            Some((Kind::Value(_) | Kind::Column(_), _)) => "v".to_owned(),
            // One name serves as domain, salt and list.
            Some((Kind::Text, parameter)) if parameter.default.is_none() && parameter.typical.is_empty() => {
                "'d'".to_owned()
            }
            Some((_, parameter)) => parameter.samples()[0].to_string(),
            None => match terms.iter().find_map(|term| term.split_once(&format!("({name})"))) {
                Some(("days", _)) => "'2 days'".to_owned(),
                Some(("first" | "last", _)) => "'[1,10)'".to_owned(),
                Some(("text", _)) if name == "d1" => "DATE '2020-01-01'".to_owned(),
                Some(("text", _)) => "'2021-01-01'".to_owned(),
                other => panic!("{}: {name} is not used: {other:?}", alias.form),
            },
        }
    };
    let named = alias.parameters().into_iter().map(|(name, _)| name).filter(|name| *name != "method");
    named.map(|name| (name, argument(name))).collect()
}

/// Writes a call of an alias, with its optional arguments or without.
fn call(alias: &Alias, optional: bool) -> String {
    let given = given(alias);
    let method = alias.method().map(|method| format!("'{method}'"));
    let parameters = alias.parameters().into_iter().filter(|(_, default)| optional || default.is_none());
    let rest = parameters.filter_map(|(name, _)| given.get(name).cloned());
    format!("{}({})", alias.name(), method.into_iter().chain(rest).collect::<Vec<_>>().join(", "))
}

/// Writes the call that an alias stands for, by its line alone.
fn stands_for(alias: &Alias, optional: bool) -> String {
    let given = given(alias);
    let argument = |name: &str| match alias.parameters().iter().find(|(parameter, _)| *parameter == name) {
        Some((_, Some(default))) if !optional => default.to_string(),
        Some((name, _)) => given[name].clone(),
        None => name.to_owned(),
    };
    let mut written: Vec<String> = Vec::new();
    for term in arguments(alias.call) {
        let (name, term) = term.split_once(" => ").unwrap_or(("", term));
        while !name.is_empty() && alias.spec().parameters[written.len()].name != name {
            written.push(alias.spec().parameters[written.len()].default.expect("left out").to_string());
        }
        written.push(match term.split_once('(') {
            Some(("days", _)) => "2".to_owned(),
            Some(("first", _)) => "1".to_owned(),
            Some(("last", _)) => "9".to_owned(),
            _ => argument(term),
        });
    }
    format!("{}({})", alias.target(), written.join(", "))
}

fn values(alias: &Alias) -> Vec<String> {
    let spec = alias.spec();
    let typical: Vec<String> = spec.parameters[0].typical.iter().map(ToString::to_string).collect();
    let texts: &[&str] = match spec.parameters[0].kind {
        _ if !typical.is_empty() => return typical,
        Kind::Value(Accepts::Number | Accepts::Integer) => &["'42'", "'7'", "'-1000'"],
        Kind::Value(Accepts::Date) => &["'2019-07-23'", "'1985-05-15'"],
        _ => &["'alice@example.com'", "'4111-1111-1111-1111'", "'Asha'"],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

async fn run(sql: &str, is_random: bool) -> Result<Vec<Option<String>>> {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx, &binding(KEY).with_random(is_random))?;
    let batches = ctx.sql(sql).await?.collect().await?;
    Ok(batches.iter().flat_map(|batch| as_texts(batch.column(0))).collect())
}

fn select(call: &str, values: &[String]) -> String {
    let rows: Vec<_> = values.iter().map(|value| format!("({value})")).collect();
    format!("SELECT {call} FROM (VALUES {}, (NULL)) AS t(v)", rows.join(", "))
}

fn is_random(alias: &Alias) -> bool {
    alias.call.contains("random()")
}

/// Functions that give other results every time, whatever they are given.
fn is_volatile(alias: &Alias) -> bool {
    let function = functions(&binding(KEY)).into_iter().find(|function| function.name() == alias.target());
    function.expect("a function of ours").signature().volatility == datafusion::logical_expr::Volatility::Volatile
}

#[tokio::test]
async fn every_alias_gives_the_result_of_the_call_it_stands_for() {
    for alias in aliases().iter().filter(|alias| !is_random(alias) && !is_volatile(alias)) {
        let values = values(alias);
        for optional in [false, true] {
            let (alias_sql, sql) = (call(alias, optional), stands_for(alias, optional));
            let got = run(&select(&alias_sql, &values), false).await;
            let got = got.unwrap_or_else(|error| panic!("{alias_sql}: {}", error.strip_backtrace()));
            assert_eq!(
                got,
                run(&select(&sql, &values), false).await.expect("the target runs"),
                "{alias_sql} and {sql}"
            );
        }
    }
}

#[tokio::test]
async fn a_call_without_a_seed_needs_leave_and_differs_in_every_row() {
    for alias in aliases().iter().filter(|alias| is_random(alias) || alias.spec().section == Section::Random) {
        let sql = call(alias, true);
        let refused = run(&format!("SELECT {sql}"), false).await.expect_err("refused").strip_backtrace();
        assert!(refused.contains("loup.allow_random"), "{sql}: {refused}");
        assert!(!is_random(alias) || refused.contains(alias.target()), "{sql}: {refused}");
        let drawn = run(&format!("SELECT {sql} FROM generate_series(1, 100)"), true).await;
        let drawn = drawn.unwrap_or_else(|error| panic!("{sql}: {}", error.strip_backtrace()));
        assert_eq!(drawn.len(), 100, "{sql}");
        assert!(drawn.iter().all(Option::is_some), "{sql}");
        assert!(drawn.into_iter().collect::<HashSet<_>>().len() > 1, "{sql}");
    }
}

#[test]
fn the_guarantee_is_that_of_the_call_it_stands_for() {
    let all = functions(&binding(KEY).with_random(true));
    let find = |name: &str| all.iter().find(|function| function.name() == name).expect("registered");
    let alias = |name: &str, arguments: &[Expr], types: &[DataType]| {
        guarantee(find(name), arguments, types).expect("one of ours")
    };
    let text = DataType::Utf8View;
    let hash = alias("anon.hash", &[col("v")], std::slice::from_ref(&text));
    let target = guarantee(find("hash_keyed"), &[col("v"), lit("hash")], std::slice::from_ref(&text));
    assert_eq!(Some(hash), target);
    let faker = alias("faker", &[lit("first_name"), col("v")], &[DataType::Utf8, text.clone()]);
    assert_eq!((faker.strength, faker.deterministic), (Strength::Synthetic, true));
    // What cannot be told is raw: no literals, a method that is none, too many arguments.
    for arguments in [vec![col("m"), col("v")], vec![lit("none"), col("v")], vec![lit("name"); 9], vec![]] {
        let types = vec![text.clone(); arguments.len()];
        assert_eq!(alias("faker", &arguments, &types).strength, Strength::Raw, "{arguments:?}");
    }
    let random = alias("gen_dictionary", &[lit("jobs")], &[DataType::Utf8]);
    assert_eq!((random.strength, random.deterministic), (Strength::Synthetic, false));
}

#[test]
fn a_call_expands_to_its_target() {
    let all = functions(&binding(KEY));
    let faker = all.iter().find(|function| function.name() == "faker").expect("registered");
    let (target, arguments) = expand_alias(faker, &[lit("last_name"), col("v"), lit("fr_FR")]).expect("an alias");
    assert_eq!(target.name(), "fake_last_name");
    assert_eq!(arguments, [col("v"), lit("fake_last_name"), lit(ScalarValue::from("fr_FR"))]);
    assert!(expand_alias(&target, &arguments).is_none());
}

#[test]
fn names_are_those_of_no_function() {
    let mut functions: HashSet<&str> = catalog().iter().map(|spec| spec.name).collect();
    functions.extend(catalog().iter().flat_map(|spec| spec.aliases));
    let mut forms = HashSet::new();
    for alias in aliases() {
        assert!(!functions.contains(alias.name()), "{} is a function", alias.name());
        assert!(forms.insert(alias.form), "{} stands there twice", alias.form);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        assert!(alias.name().chars().all(plain), "{}", alias.name());
    }
}

#[tokio::test]
async fn wrong_calls_say_what_there_is() {
    for (sql, named) in [
        ("anon.hash()", "usage: anon.hash(seed)"),
        ("anon.hash('a', 'b')", "no form takes 2 arguments"),
        ("faker('frist_name', 'a')", "there is no such method; there are"),
        ("faker('first_name')", "no form takes 1 arguments"),
        ("anon.hash(1.5e0)", "BIGINT"),
    ] {
        let error = run(&format!("SELECT {sql}"), false).await.expect_err(sql).strip_backtrace();
        assert!(error.contains(named), "{sql}: {error}");
    }
    let error = run("SELECT faker(v, v) FROM (VALUES ('name')) AS t(v)", false).await.expect_err("a column");
    assert!(error.strip_backtrace().contains("the method must be a text literal"));
}

#[tokio::test]
async fn column_names_hide_values_and_show_options() {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx, &binding(KEY)).expect("registers");
    let frame = ctx.sql("SELECT faker('first_name', 'Asha Rao', 'en_IN')").await.expect("plans");
    let name = frame.schema().field(0).name();
    assert!(name.starts_with("faker(first_name,<") && name.ends_with(">,en_IN)"), "{name}");
}
