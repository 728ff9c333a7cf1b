//! Runs the statements of a script in order and shows what each gives.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Error, Result};
use datafusion::arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use loup::{Outcome, Session, Statement};

use crate::console::Console;
use crate::output::{Output, Printed};
use crate::progress::Bars;

/// A session together with where its results and its news go.
pub(crate) struct Runner {
    pub(crate) session: Session,
    pub(crate) output: Output,
    pub(crate) console: Console,
    pub(crate) bars: Arc<Bars>,
    /// The name under which the dump on standard input is attached.
    pub(crate) stdin: Option<String>,
}

/// What becomes of the rows of queries.
#[derive(Debug)]
pub(crate) enum Rows<'a> {
    /// They are printed.
    Printed,
    /// They are kept for the caller, result by result.
    Kept(&'a mut Vec<Vec<RecordBatch>>),
}

/// Where a script comes from, for the lines that tell of its statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    name: Option<&'a str>,
    one_line: bool,
    tell_queries: bool,
}

impl<'a> Origin<'a> {
    /// A script in a file: every statement is told, with its place.
    pub(crate) fn file(name: &'a str) -> Self {
        Self { name: Some(name), one_line: false, tell_queries: true }
    }

    /// A script given as an argument or on standard input: queries are told by their rows alone.
    pub(crate) fn given(script: &str) -> Self {
        Self { name: None, one_line: !script.trim().contains('\n'), tell_queries: false }
    }

    /// What was typed on a terminal.
    pub(crate) fn typed(script: &str) -> Self {
        Self { tell_queries: true, ..Self::given(script) }
    }

    /// `plan.sql:3`, or `line 3` where the script has no name, or nothing where it is a single line.
    fn place(self, line: u64) -> Option<String> {
        match self.name {
            Some(name) => Some(format!("{name}:{line}")),
            None if self.one_line => None,
            None => Some(format!("line {line}")),
        }
    }

    /// Puts the place of a statement before an error that it gave, once.
    fn locate(self, error: Error, line: u64) -> Error {
        let (error, line) = match error.downcast::<loup::Error>() {
            Ok(loup::Error::Statement { line, source }) => return self.locate(Error::new(*source), line),
            Ok(loup::Error::Syntax { line, message }) => (Error::msg(message), line),
            Ok(other) => (Error::new(other), line),
            Err(other) => (other, line),
        };
        match self.place(line) {
            Some(place) => error.context(place),
            None => error,
        }
    }
}

impl Runner {
    /// Runs a script to its end or its first error, which then names its place.
    pub(crate) async fn run(&mut self, script: &str, origin: Origin<'_>) -> Result<()> {
        self.stage(script, origin, Rows::Printed).await?;
        self.publish().await
    }

    /// Runs a script to its end or its first error; what it writes waits for [`publish`](Self::publish).
    pub(crate) async fn stage(&mut self, script: &str, origin: Origin<'_>, mut rows: Rows<'_>) -> Result<()> {
        let statements = self.session.parse(script).map_err(|error| origin.locate(error.into(), 1))?;
        self.session.begin(script);
        if let Err(error) = self.attach_stdin(&statements).await {
            self.session.discard().await;
            return Err(error.context("--stdin"));
        }
        for statement in &statements {
            self.bars.allow();
            let result = self.run_statement(statement, origin, &mut rows).await;
            self.bars.hold();
            if let Err(error) = result {
                self.session.discard().await;
                return Err(origin.locate(error, statement.line()));
            }
        }
        Ok(())
    }

    /// Attaches the dump on standard input, where one is asked for.
    async fn attach_stdin(&mut self, statements: &[Statement]) -> Result<()> {
        let Some(name) = self.stdin.take() else { return Ok(()) };
        let start = Instant::now();
        self.bars.allow();
        let attached = self.session.attach_stream(&name, Box::new(std::io::stdin()), statements).await;
        self.bars.hold();
        if let Outcome::Done { tag, notices, .. } = attached? {
            self.console.statement(Some("--stdin"), &tag, None, start.elapsed());
            for notice in notices {
                self.console.detail(&notice);
            }
        }
        Ok(())
    }

    /// Puts what the script wrote in its place.
    pub(crate) async fn publish(&mut self) -> Result<()> {
        let published = self.session.publish().await?;
        for notice in published.notices {
            self.console.notice(&notice);
        }
        if let Some(report) = published.report {
            let published = published.targets.iter().chain(&published.mappings);
            let names: Vec<_> = published.map(|target| target.display().to_string()).collect();
            self.console.line(&format!("published {}; report: {}", names.join(", "), report.display()));
        }
        Ok(())
    }

    /// Returns the rows of one query, as part of the run under way.
    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        for statement in &self.session.parse(sql)? {
            if let Outcome::Rows(rows) = Box::pin(self.session.execute(statement)).await? {
                batches.extend(rows.try_collect::<Vec<_>>().await.map_err(loup::Error::from)?);
            }
        }
        Ok(batches)
    }

    async fn run_statement(&mut self, statement: &Statement, origin: Origin<'_>, kept: &mut Rows<'_>) -> Result<()> {
        let start = Instant::now();
        let place = if origin.name.is_some() { origin.place(statement.line()) } else { None };
        match Box::pin(self.session.execute(statement)).await? {
            Outcome::Rows(rows) if matches!(kept, Rows::Kept(_)) => {
                let batches: Vec<_> = rows.try_collect().await.map_err(loup::Error::from)?;
                self.bars.hold();
                let count = batches.iter().map(|batch| batch.num_rows() as u64).sum();
                self.console.statement(place.as_deref(), &keyword(statement.text()), Some(count), start.elapsed());
                if let Rows::Kept(results) = kept {
                    results.push(batches);
                }
            }
            Outcome::Rows(rows) => {
                if self.output.is_terminal() {
                    self.bars.hold();
                }
                let printed = self.output.print(rows).await?;
                self.bars.hold();
                let count = match printed {
                    Printed::All(count) => Some(count),
                    Printed::First(_) | Printed::Nothing => None,
                };
                if let Printed::First(count) = printed {
                    self.console.notice(&format!("these are the first {count} rows; --format csv or COPY gives all"));
                }
                if origin.tell_queries && printed != Printed::Nothing {
                    self.console.statement(place.as_deref(), &keyword(statement.text()), count, start.elapsed());
                }
            }
            Outcome::Done { tag, rows, notices } => {
                self.bars.hold();
                self.console.statement(place.as_deref(), &tag, rows, start.elapsed());
                for notice in notices {
                    self.console.detail(&notice);
                }
            }
        }
        Ok(())
    }
}

/// The first word of a query after its comments, which names it: SELECT, WITH, EXPLAIN, SHOW.
fn keyword(statement: &str) -> String {
    let mut lines = statement.lines().map(|line| line.trim_start_matches(|c: char| c == '(' || c.is_whitespace()));
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("--")).unwrap_or_default();
    let word: String = first.chars().take_while(char::is_ascii_alphabetic).collect();
    if word.is_empty() { "QUERY".to_owned() } else { word.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::ExitCode;
    use crate::failure::{Interrupted, describe};

    fn told(origin: Origin<'_>, error: impl Into<Error>) -> String {
        describe(&origin.locate(error.into(), 7))
    }

    #[test]
    fn an_error_in_a_file_names_file_and_line_once() {
        let origin = Origin::file("plan.sql");
        assert_eq!(told(origin, loup::Error::Plan("no table x".into())), "plan.sql:7: no table x");
        let syntax = loup::Error::Syntax { line: 9, message: "expected a table".into() };
        assert_eq!(told(origin, syntax), "plan.sql:9: expected a table");
        let nested = loup::Error::Statement { line: 8, source: Box::new(loup::Error::Assertion("joins".into())) };
        assert_eq!(told(origin, nested), "plan.sql:8: assertion failed: joins");
        assert_eq!(told(origin, Interrupted::CtrlC), "plan.sql:7: interrupted");
    }

    #[test]
    fn a_query_is_named_by_its_first_word() {
        assert_eq!(keyword("-- all of them\n\n  select 1"), "SELECT");
        assert_eq!(keyword("(\n(WITH a AS (SELECT 1) SELECT * FROM a)"), "WITH");
        assert_eq!(keyword("/* odd */ SELECT 1"), "QUERY");
    }

    #[test]
    fn a_single_given_line_needs_no_place() {
        let error = || loup::Error::Plan("no table x".into());
        assert_eq!(told(Origin::given("SELECT 1;\n"), error()), "no table x");
        assert_eq!(told(Origin::given("SELECT 1;\nSELECT 2;"), error()), "line 7: no table x");
    }

    #[test]
    fn the_exit_code_survives_the_place() {
        let nested = loup::Error::Statement { line: 8, source: Box::new(loup::Error::Assertion("joins".into())) };
        let located = Origin::file("plan.sql").locate(nested.into(), 8);
        assert_eq!(ExitCode::of(&located), ExitCode::of(&loup::Error::Assertion(String::new()).into()));
        let interrupted = Origin::file("plan.sql").locate(Interrupted::Terminate.into(), 8);
        assert_eq!(ExitCode::of(&interrupted), ExitCode::of(&Interrupted::Terminate.into()));
    }
}
