//! Runs: what the statements of a script write appears together, or not at all.
//!
//! Each target is staged beside its place. When the script has ended well, the list of all targets is written durably into
//! the run's folder: from then on the run is committed, and each target is renamed. A process that is killed before leaves
//! staging folders, which [`recover`] removes; one that is killed after leaves renames, which [`recover`] finishes.

mod audit;
mod folder;
mod mappings;
mod record;
mod recover;
mod spill;

use std::env;
use std::path::{Path, PathBuf};

use loup_sources::resolve;
use loup_sources::sink::{Prepared, StagedFile, StagedFolder};

pub(crate) use self::audit::{Audit, Executed, Target};
use self::folder::RunFolder;
pub(crate) use self::mappings::{Extended, MappingReport, mapping_writer};
use self::mappings::{StagedMapping, remove_made};
pub use self::recover::{Recovered, recover};
pub(crate) use self::spill::EncryptedSpill;
use crate::{Error, Result};

/// A script under way.
#[derive(Debug)]
pub(crate) struct Run {
    /// Folder of all runs; `None` where there is none, and one target at most can be published.
    runs: Option<PathBuf>,
    staged: Vec<Staged>,
    pub(crate) mappings: Vec<Extended>,
    /// Folders of mappings that the run made.
    made: Vec<PathBuf>,
    /// Folder of this run, made for its first target or mapping.
    folder: Option<RunFolder>,
    pub(crate) audit: Audit,
}

/// A target being written.
#[derive(Debug)]
pub(crate) enum Staged {
    File(StagedFile),
    Folder(StagedFolder),
}

impl Staged {
    fn prepare(self) -> Result<Prepared> {
        Ok(match self {
            Self::File(file) => file.prepare()?,
            Self::Folder(folder) => folder.prepare()?,
        })
    }

    /// Puts it in its target's place now.
    pub(crate) fn commit(self) -> Result<()> {
        match self {
            Self::File(file) => file.commit()?,
            Self::Folder(folder) => folder.commit()?,
        }
        Ok(())
    }

    fn path(&self) -> &Path {
        match self {
            Self::File(file) => file.path(),
            Self::Folder(folder) => folder.path(),
        }
    }
}

/// What a run published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The files and folders that took their places, in the order of their statements.
    pub targets: Vec<PathBuf>,
    /// The mappings that were extended.
    pub mappings: Vec<PathBuf>,
    /// The report of the run, where it has a folder.
    pub report: Option<PathBuf>,
}

impl Run {
    pub(crate) fn new(runs: Option<PathBuf>, audit: Audit) -> Self {
        Self { runs, staged: Vec::new(), mappings: Vec::new(), made: Vec::new(), folder: None, audit }
    }

    /// Claims a target; returns the mark that its staging folder carries.
    ///
    /// # Errors
    /// Refuses a target that this run writes already, lies in one or around one, or that another run is writing.
    pub(crate) fn claim(&mut self, name: &str, target: &Path) -> Result<String> {
        let overlaps = |known: &Target| known.path.starts_with(target) || target.starts_with(&known.path);
        if self.audit.targets.iter().any(overlaps) {
            return Err(Error::Refused(format!("{name}: another statement of this run writes there")));
        }
        let Some(runs) = self.runs.clone() else { return Ok(String::new()) };
        let Some(folder) = self.folder()? else { return Ok(String::new()) };
        folder.claim(name, target)?;
        let mark = folder.mark();
        // Now that the target is locked: what a killed run had committed must not be published over what this one writes.
        recover(&runs)?;
        Ok(mark)
    }

    /// Returns the run's folder, made where it is missing; None where there is no place for it.
    fn folder(&mut self) -> Result<Option<&mut RunFolder>> {
        if let (None, Some(runs)) = (&self.folder, &self.runs) {
            self.folder = Some(RunFolder::create(runs)?);
        }
        Ok(self.folder.as_mut())
    }

    /// Notes a mapping that is about to be made or extended, so that a killed run leaves nothing of it.
    pub(crate) fn note_mapping(&mut self, name: &str, path: &Path, made: bool) -> Result<()> {
        if let Some(folder) = self.folder()? {
            folder.note_mapping(name, path, made)?;
        }
        if made {
            self.made.push(path.to_owned());
        }
        Ok(())
    }

    /// Keeps a written target for the end of the run.
    pub(crate) fn keep(&mut self, staged: Staged, target: Target) {
        self.staged.push(staged);
        self.audit.targets.push(target);
    }

    /// Returns where a file or folder of this run stands before it is published, if `location` lies in one.
    pub(crate) fn staged_path(&self, location: &str) -> Option<PathBuf> {
        let wanted = resolve(Path::new(location)).ok()?;
        let found = self.audit.targets.iter().zip(&self.staged).find(|(target, _)| wanted.starts_with(&target.path));
        let (target, staged) = found?;
        let rest = wanted.strip_prefix(&target.path).ok()?;
        Some(if rest.as_os_str().is_empty() { staged.path().to_path_buf() } else { staged.path().join(rest) })
    }

    /// Publishes all targets.
    ///
    /// # Errors
    /// Returns an error where a target cannot be prepared, and no target changed; or where the run is committed and one
    /// cannot be renamed now, which [`recover`] will.
    pub(crate) fn publish(mut self) -> Result<Published> {
        self.try_publish().inspect_err(|_| self.give_up("failed"))
    }

    fn try_publish(&mut self) -> Result<Published> {
        let targets: Vec<PathBuf> = self.audit.targets.iter().map(|target| target.path.clone()).collect();
        if self.folder.is_none() && self.staged.len() + self.mappings.len() > 1 {
            return Err(Error::Plan(
                "several targets and mappings are published together by a record in a folder of runs, and there is none; \
                 set XDG_STATE_HOME or HOME"
                    .to_owned(),
            ));
        }
        let mut prepared = Discarding(Vec::new());
        for staged in std::mem::take(&mut self.staged) {
            prepared.0.push(staged.prepare()?);
        }
        let (mut staged, mut mappings) = (Vec::new(), Vec::new());
        for extended in std::mem::take(&mut self.mappings) {
            staged.extend(extended.stage()?);
        }
        mappings.extend(staged.iter().map(|mapping| mapping.folder().to_owned()));
        let Some(folder) = self.folder.take() else {
            staged.into_iter().try_for_each(StagedMapping::commit)?;
            for one in prepared.take() {
                one.publish().inspect_err(|_| one.discard())?;
            }
            self.made.clear();
            return Ok(Published { targets, mappings, report: None });
        };
        // The report says how the run ends; a process that is killed before has it put right by `recover`.
        let commit =
            || folder.write_audit(&self.audit.ended("done")).and_then(|()| folder.commit(&prepared.0, &staged));
        if let Err(error) = commit() {
            self.folder = Some(folder);
            return Err(error);
        }
        // Whatever happens from here on, the run is not given up. Mappings first: no output without its way back.
        self.made.clear();
        staged.into_iter().try_for_each(StagedMapping::commit)?;
        for one in prepared.take() {
            one.publish()?;
        }
        let report = folder.finish()?;
        Ok(Published { targets, mappings, report: Some(report) })
    }

    fn give_up(&mut self, outcome: &str) {
        self.staged.clear();
        std::mem::take(&mut self.mappings).into_iter().for_each(Extended::give_up);
        for folder in std::mem::take(&mut self.made) {
            remove_made(&folder);
        }
        if let Some(folder) = self.folder.take() {
            // What cannot be told or tidied now is told and tidied by the next command.
            let _ = folder.write_audit(&self.audit.ended(outcome)).and_then(|()| folder.finish());
        }
    }

    /// Ends a dry run: nothing of it is published.
    pub(crate) fn end_dry(mut self) {
        self.give_up("dry run");
    }

    /// Gives the run up after an error: nothing of it is published.
    pub(crate) fn discard(mut self) {
        self.give_up("failed");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.give_up("interrupted");
    }
}

/// Returns the folder of runs of this user: `$XDG_STATE_HOME/loup/runs`, else `~/.local/state/loup/runs`.
pub fn run_folder() -> Option<PathBuf> {
    // The XDG rules say that a relative path is to be ignored.
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|state| state.join("loup").join("runs"))
}

/// Prepared targets that are removed unless they are taken over.
struct Discarding(Vec<Prepared>);

impl Discarding {
    fn take(&mut self) -> Vec<Prepared> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Discarding {
    fn drop(&mut self) {
        self.0.iter().for_each(Prepared::discard);
    }
}
