//! The mappings that a run extends: changed in memory, staged and committed with the run's targets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use loup_mapping::{MappingWriter, SharedMapping, Staged, abandon};
use serde::Serialize;

use super::folder::MAPPING_WAIT;
use super::recover::recover;
use crate::Result;

/// How often a run that was killed meanwhile is ended before its staged version is given up.
const ATTEMPTS: usize = 3;

/// A mapping that a run has the right to write.
#[derive(Debug)]
pub(crate) struct Extended {
    pub(crate) mapping: Arc<SharedMapping>,
    /// None while a statement has it.
    pub(crate) writer: Option<MappingWriter>,
}

/// What a run did to a mapping, as the report says it.
#[derive(Debug, Serialize)]
pub(crate) struct MappingReport {
    pub(crate) path: PathBuf,
    /// Entries it has now.
    pub(crate) entries: u64,
    /// Entries that the run added.
    pub(crate) added: u64,
}

/// A mapping whose next version is on disk and waits for its commit.
#[derive(Debug)]
pub(super) struct StagedMapping {
    mapping: Arc<SharedMapping>,
    staged: Option<Staged>,
}

impl Extended {
    /// Writes the new version to disk under names that nobody reads yet.
    pub(super) fn stage(mut self) -> Result<Option<StagedMapping>> {
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let mapping = Arc::clone(&self.mapping);
        // Until the commit, look-ups see what was in force before; on an error nothing else is left to see.
        mapping.set_current(None);
        Ok(Some(StagedMapping { staged: Some(writer.stage()?), mapping }))
    }

    /// Forgets what was not committed.
    pub(super) fn give_up(self) {
        drop(self.writer);
        self.mapping.set_current(None);
    }
}

impl StagedMapping {
    pub(super) fn folder(&self) -> &Path {
        self.mapping.folder()
    }

    /// Returns what finishes the commit without this process.
    pub(super) fn ticket(&self) -> String {
        self.staged.as_ref().map(|staged| staged.ticket().to_string()).unwrap_or_default()
    }

    /// Puts the new version in force.
    pub(super) fn commit(mut self) -> Result<()> {
        if let Some(staged) = self.staged.take() {
            self.mapping.set_current(Some(staged.commit()?));
        }
        Ok(())
    }
}

/// Removes a mapping that a run made and nothing was committed to.
pub(super) fn remove_made(folder: &Path) {
    // What stays is an empty mapping, which the next run that names it opens.
    let _ = abandon(folder, true, Duration::ZERO);
}

/// Waits for the right to write a mapping. What a killed run had committed is put in force first.
pub(crate) fn mapping_writer(mapping: &SharedMapping, runs: Option<&Path>) -> Result<MappingWriter> {
    if let Some(runs) = runs {
        recover(runs)?;
        // Another run may be killed while this one waits for it: then it is ended before its version is touched.
        for _ in 0..ATTEMPTS {
            if let Some(writer) = MappingWriter::open_unless_staged(&mapping.current()?, MAPPING_WAIT)? {
                return Ok(writer);
            }
            recover(runs)?;
        }
    }
    // No record speaks of what is staged there: it was never committed.
    Ok(mapping.current()?.writer(MAPPING_WAIT)?)
}
