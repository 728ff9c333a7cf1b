//! The mappings that a run extends: changed in memory, staged and committed with the run's targets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::object_store::ObjectStoreRegistry;
use loup_mapping::{MappingWriter, SharedMapping, Staged, abandon};
use serde::Serialize;

use super::folder::MAPPING_WAIT;
use super::recover::recover_with;
use crate::{Error, Result};

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
pub(crate) async fn mapping_writer(
    mapping: &Arc<SharedMapping>,
    runs: Option<&Path>,
    stores: &dyn ObjectStoreRegistry,
) -> Result<MappingWriter> {
    if let Some(runs) = runs {
        let mut unfinished = recover_with(runs, stores, &[]).await?.unfinished;
        // Another run may be killed while this one waits for it: then it is ended before its version is touched.
        for _ in 0..ATTEMPTS {
            let shared = Arc::clone(mapping);
            let opened = waiting(move || Ok(MappingWriter::open_unless_staged(&shared.current()?, MAPPING_WAIT)?));
            if let Some(writer) = opened.await? {
                return Ok(writer);
            }
            unfinished = recover_with(runs, stores, &unfinished).await?.unfinished;
        }
    }
    // No record speaks of what is staged there: it was never committed.
    let shared = Arc::clone(mapping);
    waiting(move || Ok(shared.current()?.writer(MAPPING_WAIT)?)).await
}

/// Runs what reads or writes a mapping's files on a thread that may wait.
pub(crate) async fn waiting<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Data("opening or writing a mapping stopped unexpectedly".to_owned())),
    }
}
