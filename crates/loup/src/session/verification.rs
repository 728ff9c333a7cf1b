//! The session's side of verification: what statements changed and wrote, and whether it holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use datafusion::logical_expr::LogicalPlan;
use loup_sources::attach::{FileKind, bytes_of, rows_of_dump};
use loup_sources::{Compression, CsvOptions, Tally};

use super::Session;
use crate::catalog::Change;
use crate::run::{ChangeReport, Finding};
use crate::verify::{Verdict, Verify, WatchedTable, count_queries, key_pairs, mark, numbers, read_back};
use crate::{Error, Result};

/// The UPDATE and DELETE statements of a session.
#[derive(Debug, Default)]
pub(super) struct ChangeLog {
    /// By their numbers, which mark them in plans.
    pub(super) changes: Vec<Change>,
    /// The first one of the run under way.
    pub(super) first: usize,
}

impl Session {
    /// Marks a plan as what an UPDATE or DELETE, the statement under way, makes of a table.
    pub(crate) fn marked(&self, plan: LogicalPlan, change: Change) -> Result<LogicalPlan> {
        let mut log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = mark(plan, log.changes.len())?;
        log.changes.push(Change { line: self.line.load(Ordering::Relaxed), ..change });
        Ok(plan)
    }

    /// Adds what verification needs to the plan of a table that is about to be written.
    pub(crate) fn watch(&self, table: &str, target: &str, plan: &LogicalPlan) -> Result<WatchedTable> {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner).changes.clone();
        Ok(WatchedTable::new(table, target, plan, &changes, self.verify)?)
    }

    /// Judges a table that was written and reports it; returns what its author should know.
    ///
    /// # Errors
    /// Returns an error where something does not hold.
    pub(crate) fn verified(
        &self,
        watched: &WatchedTable,
        tally: Option<&Tally>,
        rows: u64,
        scanned: Option<u64>,
    ) -> Result<Vec<String>> {
        let notices = self.verified_once(watched, tally, rows, scanned);
        self.keep_keys(watched);
        notices
    }

    /// Judges and reports a table whose rows have passed, and that nothing can read again.
    ///
    /// # Errors
    /// Returns an error where something does not hold.
    pub(crate) fn verified_once(
        &self,
        watched: &WatchedTable,
        tally: Option<&Tally>,
        rows: u64,
        scanned: Option<u64>,
    ) -> Result<Vec<String>> {
        let (report, verdict) = watched.finish(tally, rows, scanned);
        for (number, seen) in watched.changes() {
            if let Some(counts) = seen.counts() {
                self.matched(*number, counts);
            }
        }
        if let Some(run) = self.under_way().as_mut() {
            run.audit.tables.push(report);
        }
        self.judged(verdict)
    }

    /// Keeps the keys of a table for the end of the run, where all are compared.
    pub(crate) fn keep_keys(&self, watched: &WatchedTable) {
        if let Some(run) = self.under_way().as_mut().filter(|_| self.verify == Verify::Full) {
            for key in watched.keys() {
                // A table that is written twice is compared once, as it was written last.
                run.keys.retain(|known| !known.is_same_column(&key));
                run.keys.push(key);
            }
        }
    }

    fn matched(&self, number: usize, counts: (u64, u64)) {
        let mut log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = log.changes.get_mut(number) {
            // A table may be read several times; a row that matched once matches.
            let known = change.matched.map_or((0, 0), |(rows, matched)| (matched, rows));
            let (matched, rows) = known.max((counts.1, counts.0));
            change.matched = Some((rows, matched));
        }
    }

    /// Returns what the changes of this run matched so far, in their order.
    pub(super) fn matches(&self) -> Vec<Option<(u64, u64)>> {
        let log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        log.changes[log.first..].iter().map(|change| change.matched).collect()
    }

    /// Takes over what the changes of a killed run matched.
    pub(super) fn set_matches(&self, matches: &[Option<(u64, u64)>]) {
        let first = self.changes.lock().unwrap_or_else(PoisonError::into_inner).first;
        for (number, matched) in matches.iter().enumerate() {
            if let Some(counts) = matched {
                self.matched(first + number, *counts);
            }
        }
    }

    fn judged(&self, verdict: Verdict) -> Result<Vec<String>> {
        if let Some(run) = self.under_way().as_mut() {
            run.audit.checks.extend(verdict.checks);
        }
        match verdict.failure {
            Some(failure) => Err(Error::Verify(failure)),
            None => Ok(verdict.notices),
        }
    }

    /// Reads the staged files of a table back and compares their rows with those that were written.
    ///
    /// # Errors
    /// Returns an error where a file cannot be read or rows are missing.
    pub(crate) async fn read_back(
        &self,
        table: &str,
        files: &[PathBuf],
        kind: FileKind,
        csv: &CsvOptions,
        rows: u64,
    ) -> Result<()> {
        let mut verdict = Verdict::default();
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        match self.verify {
            Verify::Off => {}
            Verify::Sample => {
                let mut bytes = 0;
                for file in &files {
                    bytes += bytes_of(&self.context.state(), file).await?;
                }
                let missing = if bytes == 0 { rows } else { 0 };
                verdict.add("read back", table, missing, true, || {
                    format!("{rows} rows were written, and no file holds any")
                });
            }
            Verify::Full => {
                let mut found = 0;
                for file in &files {
                    found += read_back(&self.context, file, kind, csv).await?;
                }
                verdict.add("read back", table, rows.abs_diff(found), true, || {
                    format!("{rows} rows were written, and the files hold {found}")
                });
            }
        }
        self.judged(verdict).map(drop)
    }

    /// Under full verification, reads a staged dump through and compares the rows of its tables with those that were written or
    /// copied.
    ///
    /// # Errors
    /// Returns an error where the dump cannot be read or rows are missing.
    pub(crate) async fn read_dump_back(&self, target: &str, file: &Path, rows: &BTreeMap<String, u64>) -> Result<()> {
        let mut verdict = Verdict::default();
        let file = file.to_string_lossy();
        match self.verify {
            Verify::Off => {}
            Verify::Sample => {
                let (all, bytes) = (rows.values().sum(), bytes_of(&self.context.state(), &file).await?);
                verdict.add("read back", target, if bytes == 0 { all } else { 0 }, true, || {
                    format!("{all} rows were written, and the file holds none")
                });
            }
            Verify::Full => {
                let compression = Compression::of(target).1;
                let found = rows_of_dump(&self.context.state(), &file, compression).await?;
                let differing = rows.iter().filter(|(table, rows)| found.get(*table) != Some(*rows)).count();
                verdict.add("read back", target, differing as u64, true, || {
                    format!("{differing} tables do not hold the rows that were written")
                });
            }
        }
        self.judged(verdict).map(drop)
    }

    /// Verifies what takes the whole run: keys still join, and each UPDATE and DELETE met rows.
    ///
    /// # Errors
    /// Returns an error where orphans differ, or under `strict` a statement matched no row.
    pub(super) async fn verify_run(&self) -> Result<Vec<String>> {
        let Some(keys) = self.under_way().as_mut().map(|run| std::mem::take(&mut run.keys)) else {
            return Ok(Vec::new());
        };
        let mut verdict = Verdict::default();
        for pair in key_pairs(&keys) {
            let [before, after] = pair.orphans()?;
            let (before, after) = (numbers(&self.context, &before).await?, numbers(&self.context, &after).await?);
            let differing = before.iter().zip(&after).map(|(before, after)| before.abs_diff(*after)).sum();
            verdict.add("keys", &pair.name(), differing, true, || {
                format!("{differing} rows found a partner before masking and not after it, or the other way round")
            });
        }
        let mut notices = self.judged(verdict)?;
        if self.is_strict {
            self.count_uncounted().await?;
        }
        let (reports, findings) = self.findings();
        let told: Vec<String> = findings.iter().map(|one| format!("line {}: {}", one.line, one.finding)).collect();
        if let Some(run) = self.under_way().as_mut() {
            run.audit.changes = reports;
            run.audit.findings = findings;
        }
        if let Some(first) = told.first().filter(|_| self.is_strict) {
            return Err(Error::Verify(format!("strict: {first}")));
        }
        notices.extend(told);
        Ok(notices)
    }

    fn findings(&self) -> (Vec<ChangeReport>, Vec<Finding>) {
        let log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = &log.changes[log.first..];
        let finding = |change: &Change| {
            let (line, kind, table) = (change.line, change.kind, change.name());
            let finding = match change.matched {
                Some((rows, _)) if change.is_idle() => {
                    format!("the {kind} matched no row of {table}, which has {rows}")
                }
                // Nobody can say that it met data.
                None if change.has_condition && self.is_strict => {
                    format!("what the {kind} of {table} matched could not be counted: the table is detached")
                }
                _ => return None,
            };
            Some(Finding { line, finding })
        };
        (changes.iter().map(ChangeReport::new).collect(), changes.iter().filter_map(finding).collect())
    }

    /// Counts what the changes of tables matched that no statement of the run has written.
    async fn count_uncounted(&self) -> Result<()> {
        let (first, changes) = {
            let log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            (log.first, log.changes[log.first..].to_vec())
        };
        for (number, change) in changes.iter().enumerate() {
            if change.matched.is_some() || !change.has_condition {
                continue;
            }
            let database = self.database(&change.database);
            let plan = database.and_then(|database| database.tables.get(&change.table)?.plan());
            let queries = plan.map(|plan| count_queries(&plan, first + number, change)).transpose()?.flatten();
            let Some([all, left]) = queries else { continue };
            let (all, left) = (numbers(&self.context, &all).await?, numbers(&self.context, &left).await?);
            let (all, left) = (all.iter().sum::<i64>().cast_unsigned(), left.iter().sum::<i64>().cast_unsigned());
            self.matched(first + number, (all, all.saturating_sub(left)));
        }
        Ok(())
    }
}
