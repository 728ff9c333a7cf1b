//! The report of a run: counts, names and times, never a value.

use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::mappings::MappingReport;

/// What is known of a run while it is under way.
#[derive(Debug)]
pub(crate) struct Audit {
    started: SystemTime,
    clock: Instant,
    /// SHA3-256 of the script, in hex.
    plan: String,
    /// Id and fingerprint of the key in force at the start.
    key: (String, String),
    pub(crate) statements: Vec<Executed>,
    pub(crate) targets: Vec<Target>,
    pub(crate) mappings: Vec<MappingReport>,
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
    statements: &'a [Executed],
    targets: &'a [Target],
    mappings: &'a [MappingReport],
}

impl Audit {
    pub(crate) fn new(plan: String, key_id: &str, key_fingerprint: String) -> Self {
        Self {
            started: SystemTime::now(),
            clock: Instant::now(),
            plan,
            key: (key_id.to_owned(), key_fingerprint),
            statements: Vec::new(),
            targets: Vec::new(),
            mappings: Vec::new(),
        }
    }

    /// Returns the report of a run that ended so.
    pub(super) fn ended<'a>(&'a self, outcome: &'a str) -> Report<'a> {
        Report {
            version: 1,
            loup: env!("CARGO_PKG_VERSION"),
            outcome,
            started: DateTime::<Utc>::from(self.started).to_rfc3339_opts(SecondsFormat::Secs, true),
            seconds: self.clock.elapsed().as_secs_f64(),
            plan_sha3_256: &self.plan,
            key_id: &self.key.0,
            key_fingerprint: &self.key.1,
            statements: &self.statements,
            targets: &self.targets,
            mappings: &self.mappings,
        }
    }
}
