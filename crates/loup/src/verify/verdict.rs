//! Judges the counts of a table: what was promised of its columns must hold.

use loup_functions::Collisions;
use loup_sources::Counts;

use super::lineage::{Applied, Lineage};
use super::report::{CheckReport, CheckResult, ColumnReport, CountsReport, FunctionReport, TableReport};

/// What the verification of a table gives: its checks, and what its author should know or must mend.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) checks: Vec<CheckReport>,
    pub(crate) notices: Vec<String>,
    /// The first thing that does not hold.
    pub(crate) failure: Option<String>,
}

impl Verdict {
    /// Adds a check with the number of its violations and how a message tells of them.
    pub(crate) fn add(
        &mut self,
        check: &str,
        subject: &str,
        violations: u64,
        is_fatal: bool,
        tell: impl FnOnce() -> String,
    ) {
        let result = match (violations, is_fatal) {
            (0, _) => CheckResult::Passed,
            (_, true) => CheckResult::Failed,
            (_, false) => CheckResult::Warning,
        };
        self.checks.push(CheckReport { check: check.to_owned(), subject: subject.to_owned(), result, violations });
        match result {
            CheckResult::Passed => {}
            CheckResult::Warning => self.notices.push(format!("{subject}: {}", tell())),
            CheckResult::Failed => {
                self.failure.get_or_insert_with(|| format!("{subject}: {}", tell()));
            }
        }
    }

    /// Judges the rows of a table: those counted on the way, those written, those that its sources gave.
    pub(crate) fn rows(&mut self, report: &TableReport, counted: u64) {
        let TableReport { table, rows, source_rows, .. } = report;
        let expected = source_rows.unwrap_or(counted);
        let differing = rows.abs_diff(counted).max(rows.abs_diff(expected));
        let whose = if source_rows.is_some() { "its source has" } else { "the table has" };
        self.add("rows", table, differing, true, || format!("{rows} rows were written, and {whose} {expected}"));
    }

    /// Judges what masking functions promise of a column.
    pub(crate) fn column(&mut self, table: &str, lineage: &Lineage, column: &ColumnReport) {
        let (Some(counts), Some(mask)) = (&column.counts, &lineage.mask) else { return };
        let subject = format!("{table}.{}", column.column);
        let name = mask.name();
        if let Some(equal) = counts.equal.filter(|_| lineage.never_equal()) {
            self.add("never equal", &subject, equal, true, || {
                format!("{}, though {name} never returns its input", as_before(equal))
            });
        }
        if let (Some(collided), Some(collisions)) = (counts.collided, lineage.collisions()) {
            let is_fatal = collisions == Collisions::Injective;
            self.add("unique", &subject, collided, is_fatal, || {
                let why = if is_fatal { "though {name} never does that" } else { "a longer result makes that rarer" };
                let why = why.replace("{name}", name);
                format!(
                    "{name} gave {collided} of {} values a result that another has; {why}",
                    counts.distinct_originals.unwrap_or_default()
                )
            });
        }
    }
}

fn as_before(rows: u64) -> String {
    if rows == 1 { "1 row is as it was".to_owned() } else { format!("{rows} rows are as they were") }
}

impl ColumnReport {
    pub(crate) fn new(column: &str, from: Option<&str>, lineage: &Lineage, counts: Option<Counts>) -> Self {
        let has_original = from.is_some();
        let counts = counts.map(|counts| CountsReport {
            nulls: counts.nulls,
            changed: has_original.then_some(counts.changed),
            equal: has_original.then_some(counts.equal),
            distinct: counts.distinct,
            distinct_originals: has_original.then_some(counts.distinct_originals),
            collided: (has_original && counts.is_exact)
                .then(|| counts.distinct_originals.saturating_sub(counts.distinct)),
            estimated: !counts.is_exact,
        });
        Self {
            column: column.to_owned(),
            from: from.map(str::to_owned),
            functions: (!lineage.is_untraced).then(|| lineage.functions.iter().map(FunctionReport::new).collect()),
            conditional: lineage.is_conditional,
            counts,
        }
    }
}

impl FunctionReport {
    fn new(applied: &Applied) -> Self {
        Self {
            name: applied.name.clone(),
            strength: applied.guarantee.map(|guarantee| guarantee.strength.to_string()),
            collisions: applied.guarantee.map(|guarantee| guarantee.collisions.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;
    use datafusion::logical_expr::{Expr, col, lit, when};
    use loup_crypto::KeyRing;
    use loup_functions::Binding;

    use super::*;

    /// Makes the call of a function.
    type Call<'a> = dyn Fn(&str, Vec<Expr>) -> Expr + 'a;

    /// The verdict on a column that is made of the column `c`, with these counts.
    fn verdict(expr: impl Fn(&Call<'_>) -> Expr, counts: Counts) -> Verdict {
        let functions = loup_functions::functions(&Binding::new(KeyRing::ephemeral().unwrap().active()));
        let call = |name: &str, arguments: Vec<Expr>| {
            functions.iter().find(|function| function.name() == name).unwrap().call(arguments)
        };
        let schema = Schema::new(vec![Field::new("c", DataType::Utf8View, true)]);
        let schema = DFSchema::try_from(schema).unwrap();
        let lineage = Lineage::of(&expr(&call), &schema, &|_| Lineage::source(0));
        let report = ColumnReport::new("c", Some("c"), &lineage, Some(counts));
        let mut verdict = Verdict::default();
        verdict.column("d.t", &lineage, &report);
        verdict
    }

    fn equal(equal: u64) -> Counts {
        Counts { equal, distinct: 9, distinct_originals: 9, is_exact: true, ..Counts::default() }
    }

    fn collided(distinct: u64) -> Counts {
        Counts { equal: 0, distinct, ..equal(0) }
    }

    #[test]
    fn a_pseudonym_that_is_its_original_fails() {
        let email = |call: &Call<'_>| call("pseudo_email", vec![col("c"), lit("d")]);
        let failed = verdict(email, equal(2)).failure.unwrap();
        assert_eq!(failed, "d.t.c: 2 rows are as they were, though pseudo_email never returns its input");
        assert!(verdict(email, equal(0)).failure.is_none());
        assert_eq!(verdict(email, equal(0)).checks.len(), 2);
        // Blanks around it and the case of letters do not make it another value.
        let folded = |call: &Call<'_>| {
            let folded = datafusion::functions::string::expr_fn::lower(col("c"));
            call("pseudo_email", vec![folded, lit("d")])
        };
        assert!(verdict(folded, equal(1)).failure.is_some());
    }

    #[test]
    fn where_nothing_is_promised_nothing_fails() {
        let unpromised: [fn(&Call<'_>) -> Expr; 7] = [
            |call| call("pseudo_digits", vec![col("c"), lit("d")]),
            |call| call("pseudo_text", vec![col("c"), lit("d")]),
            |call| call("pseudo_int", vec![col("c"), lit("d")]), // a permutation, which may have fixed points
            |call| call("redact", vec![col("c")]),               // a constant, which a cell may have held before
            |call| call("mask_email", vec![col("c")]),
            |_| col("c") + lit("x"),
            |call| {
                when(col("c").is_null(), call("pseudo_email", vec![col("c"), lit("d")])).otherwise(col("c")).unwrap()
            },
        ];
        for expr in unpromised {
            assert!(verdict(expr, equal(3)).failure.is_none());
        }
    }

    #[test]
    fn collisions_of_a_bijection_fail_and_others_are_told() {
        let bijection = verdict(|call| call("pseudo_int", vec![col("c"), lit("d")]), collided(8));
        assert!(bijection.failure.unwrap().starts_with("d.t.c: pseudo_int gave 1 of 9 values"));
        let hash = verdict(|call| call("hash_keyed", vec![col("c"), lit("d")]), collided(7));
        assert!(hash.failure.is_none() && hash.notices[0].starts_with("d.t.c: hash_keyed gave 2 of 9 values"));
        assert_eq!(hash.checks[1].result, CheckResult::Warning);
        let estimated =
            verdict(|call| call("pseudo_int", vec![col("c"), lit("d")]), Counts { is_exact: false, ..collided(8) });
        assert!(estimated.checks.is_empty(), "nothing is judged by an estimate");
        let fake = verdict(|call| call("fake_first_name", vec![col("c")]), collided(2));
        assert_eq!((fake.failure, fake.notices.len()), (None, 0));
    }

    #[test]
    fn rows_must_be_those_of_the_source() {
        let report = |rows, source_rows| TableReport {
            table: "d.t".to_owned(),
            target: "out".to_owned(),
            rows,
            source_rows,
            compared: 0,
            columns: Vec::new(),
            untouched: Vec::new(),
            budget: None,
        };
        for (rows, source, counted, fails) in [
            (5, Some(5), 5, false),
            (5, None, 5, false),
            (4, Some(5), 4, true),
            (4, None, 5, true),
            (5, Some(5), 4, true),
        ] {
            let mut verdict = Verdict::default();
            verdict.rows(&report(rows, source), counted);
            assert_eq!(verdict.failure.is_some(), fails, "{rows} {source:?} {counted}");
        }
    }
}
