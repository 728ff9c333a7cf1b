//! The report of a run: counts, names and times, never a value.

use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::mappings::MappingReport;
use crate::catalog::Change;
use crate::verify::{CheckReport, Spent, TableReport, Verify};

/// Version of the report's shape.
const VERSION: u32 = 2;

/// What is known of a run while it is under way.
#[derive(Debug)]
pub(crate) struct Audit {
    started: SystemTime,
    clock: Instant,
    /// SHA3-256 of the script, in hex.
    plan: String,
    /// Id and fingerprint of the key in force at the start.
    key: (String, String),
    verify: Verify,
    pub(crate) statements: Vec<Executed>,
    pub(crate) targets: Vec<Target>,
    pub(crate) mappings: Vec<MappingReport>,
    /// The tables written, in the order of their statements.
    pub(crate) tables: Vec<TableReport>,
    pub(crate) checks: Vec<CheckReport>,
    /// What UPDATE and DELETE statements matched, as far as it was counted.
    pub(crate) changes: Vec<ChangeReport>,
    pub(crate) findings: Vec<Finding>,
}

/// A statement that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct Executed {
    /// Line in the script.
    pub(crate) line: u64,
    /// Its kind: `UPDATE`, `COPY`.
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u64>,
    pub(crate) seconds: f64,
    /// Whether a killed run had carried it out, and what it wrote was used again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) resumed: bool,
}

/// What an UPDATE or DELETE matched.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeReport {
    line: u64,
    kind: &'static str,
    table: String,
    /// Rows that it looked at; absent where they were not counted, as for a table that no statement writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<u64>,
}

impl ChangeReport {
    pub(crate) fn new(change: &Change) -> Self {
        Self {
            line: change.line,
            kind: change.kind,
            table: change.name(),
            rows: change.matched.map(|(rows, _)| rows),
            matched: change.matched.map(|(_, matched)| matched),
        }
    }
}

/// What a plan's author should look at, though nothing failed; with `--strict` it fails the run.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) line: u64,
    pub(crate) finding: String,
}

/// A target of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Target {
    pub(crate) path: PathBuf,
    pub(crate) rows: u64,
}

/// The report as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    version: u32,
    loup: &'static str,
    outcome: &'a str,
    started: String,
    seconds: f64,
    plan_sha3_256: &'a str,
    key_id: &'a str,
    key_fingerprint: &'a str,
    /// `off`, `sample` or `full`.
    verified: &'static str,
    statements: &'a [Executed],
    targets: &'a [Target],
    mappings: &'a [MappingReport],
    tables: &'a [TableReport],
    /// What the tables spend together.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<Spent>,
    checks: &'a [CheckReport],
    changes: &'a [ChangeReport],
    findings: &'a [Finding],
}

impl Audit {
    pub(crate) fn new(plan: String, key_id: &str, key_fingerprint: String, verify: Verify) -> Self {
        Self {
            started: SystemTime::now(),
            clock: Instant::now(),
            plan,
            key: (key_id.to_owned(), key_fingerprint),
            verify,
            statements: Vec::new(),
            targets: Vec::new(),
            mappings: Vec::new(),
            tables: Vec::new(),
            checks: Vec::new(),
            changes: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Returns the report of a run that ended so.
    pub(super) fn ended<'a>(&'a self, outcome: &'a str) -> Report<'a> {
        Report {
            version: VERSION,
            loup: env!("CARGO_PKG_VERSION"),
            outcome,
            started: DateTime::<Utc>::from(self.started).to_rfc3339_opts(SecondsFormat::Secs, true),
            seconds: self.clock.elapsed().as_secs_f64(),
            plan_sha3_256: &self.plan,
            key_id: &self.key.0,
            key_fingerprint: &self.key.1,
            verified: self.verify.name(),
            statements: &self.statements,
            targets: &self.targets,
            mappings: &self.mappings,
            tables: &self.tables,
            budget: Spent::sum(self.tables.iter().filter_map(|table| table.budget)),
            checks: &self.checks,
            changes: &self.changes,
            findings: &self.findings,
        }
    }
}
