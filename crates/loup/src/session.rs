//! The session: one catalog, one key ring, one statement loop.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use loup_crypto::KeyRing;

use crate::{Error, Outcome, Progress, Result};

/// Builds a [`Session`].
#[derive(Debug, Default)]
pub struct SessionBuilder {
    key_ring: Option<KeyRing>,
    threads: Option<usize>,
    memory_limit: Option<usize>,
    variables: BTreeMap<String, String>,
    progress: Option<Arc<dyn Progress>>,
}

impl SessionBuilder {
    /// Sets the key ring; without one the session makes an ephemeral key.
    #[must_use]
    pub fn key_ring(mut self, key_ring: KeyRing) -> Self {
        self.key_ring = Some(key_ring);
        self
    }

    /// Sets the number of threads and partitions.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets the memory limit in bytes.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Defines a script variable, used as `${name}`.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets who hears of progress.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Builds the session.
    ///
    /// # Errors
    /// Returns an error where the engine cannot be set up.
    pub fn build(self) -> Result<Session> {
        Ok(Session {})
    }
}

/// Runs Loup SQL.
#[derive(Debug)]
pub struct Session {}

/// A statement of a script, parsed.
#[derive(Debug, Clone)]
pub struct Statement {
    text: String,
    line: u64,
}

impl Statement {
    /// Returns the statement's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line at which it starts, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.lines().next().unwrap_or_default())
    }
}

impl Session {
    /// Starts building a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Parses a script.
    ///
    /// # Errors
    /// Returns [`Error::Syntax`] with the line.
    pub fn parse(&self, script: &str) -> Result<Vec<Statement>> {
        Ok(vec![Statement { text: script.to_owned(), line: 1 }])
    }

    /// Executes one statement.
    ///
    /// # Errors
    /// Returns why it was not carried out.
    pub async fn execute(&self, statement: &Statement) -> Result<Outcome> {
        Err(Error::Plan(format!("not built yet: {statement}")))
    }

    /// Runs a script to its end or its first error.
    ///
    /// # Errors
    /// Returns the first error with its line.
    pub async fn run(&self, script: &str) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for statement in self.parse(script)? {
            outcomes.push(self.execute(&statement).await?);
        }
        Ok(outcomes)
    }
}
