//! Runs: what the statements of a script write appears together, or not at all.
//!
//! Each target is staged beside its place. When the script has ended well, the list of all targets is written durably into
//! the run's folder: from then on the run is committed, and each target is renamed. A process that is killed before leaves
//! staging folders, which [`recover`] removes; one that is killed after leaves renames, which [`recover`] finishes.
//! In an object store, objects are staged under other keys and copied, and a manifest is written last.

mod audit;
mod folder;
mod journal;
mod killed;
mod mappings;
mod record;
mod recover;
mod spill;
mod spool;
mod staged;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datafusion::execution::object_store::ObjectStoreRegistry;
use loup_sources::sink::{Leftovers, Prepared, StagedFile, StagedFolder};
use loup_sources::{RemoteLocation, is_url, resolve};

pub(crate) use self::audit::{Audit, ChangeReport, Executed, Finding, Target};
use self::folder::RunFolder;
pub(crate) use self::journal::{Finished, Identity};
use self::killed::Killed;
pub(crate) use self::mappings::{Extended, MappingReport, mapping_writer, waiting};
use self::mappings::{StagedMapping, remove_made};
use self::record::Commit;
pub(crate) use self::recover::recover_with;
pub use self::recover::{Recovered, Recovery, Unfinished, recover};
pub(crate) use self::spill::EncryptedSpill;
pub(crate) use self::spool::{Spool, SpoolStore};
use self::staged::Ready;
pub(crate) use self::staged::Staged;
use crate::verify::KeyColumn;
use crate::{Error, Result};

/// How long object stores may take to remove what a run that is given up staged; the next command removes what is left.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// What is staged in object stores.
    leftovers: Vec<Leftovers>,
    /// Runs that could not be ended before this one, with targets that are still theirs.
    unfinished: Vec<Unfinished>,
    /// Whether it goes on where a killed run stopped.
    is_resuming: bool,
    /// The killed run, until this one ends.
    killed: Option<Killed>,
    /// Tables and checks that the statements before the one under way reported.
    reported: (usize, usize),
    /// Whether a killed run had carried out the statement under way.
    is_resumed: bool,
    /// Masked columns that join; their orphans are compared at the end.
    pub(crate) keys: Vec<KeyColumn>,
    pub(crate) audit: Audit,
}

/// What a run published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The files and folders that took their places, in the order of their statements; URLs in object stores.
    pub targets: Vec<PathBuf>,
    /// The mappings that were extended.
    pub mappings: Vec<PathBuf>,
    /// The report of the run, where it has a folder.
    pub report: Option<PathBuf>,
    /// What the author of the plan should know: statements that matched no row.
    pub notices: Vec<String>,
}

impl Run {
    pub(crate) fn new(runs: Option<PathBuf>, is_resuming: bool, audit: Audit) -> Self {
        Self {
            runs,
            staged: Vec::new(),
            mappings: Vec::new(),
            made: Vec::new(),
            folder: None,
            leftovers: Vec::new(),
            unfinished: Vec::new(),
            is_resuming,
            killed: None,
            reported: (0, 0),
            is_resumed: false,
            keys: Vec::new(),
            audit,
        }
    }

    /// Begins a statement: what is reported from here on is its own.
    pub(crate) fn enter(&mut self) {
        self.reported = (self.audit.tables.len(), self.audit.checks.len());
        self.is_resumed = false;
    }

    /// Returns whether a killed run had carried out the statement under way.
    pub(crate) fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Claims a target, a path or a URL as one; returns the mark that its staging folder carries.
    ///
    /// # Errors
    /// Refuses a target that this run writes already, lies in one or around one, or that another run is writing.
    pub(crate) fn claim(&mut self, name: &str, target: &Path) -> Result<String> {
        let overlaps = |known: &Target| known.path.starts_with(target) || target.starts_with(&known.path);
        if self.audit.targets.iter().any(overlaps) {
            return Err(Error::Refused(format!("{name}: another statement of this run writes there")));
        }
        let Some(folder) = self.folder()? else { return Ok(String::new()) };
        folder.claim(name, target)?;
        Ok(folder.mark())
    }

    /// Returns the runs of which it is known that they cannot be ended now.
    pub(crate) fn unfinished(&self) -> Vec<Unfinished> {
        self.unfinished.clone()
    }

    /// Keeps in mind the runs that could not be ended, now that a target is claimed.
    ///
    /// # Errors
    /// Refuses a target that one of them is to publish: that must not come over what this run writes.
    pub(crate) fn recovered(&mut self, name: &str, target: &Path, unfinished: Vec<Unfinished>) -> Result<()> {
        self.unfinished = unfinished;
        let overlaps = |known: &PathBuf| known.starts_with(target) || target.starts_with(known);
        match self.unfinished.iter().find(|run| run.targets.iter().any(overlaps)) {
            Some(Unfinished { id, problem, .. }) => {
                Err(Error::Refused(format!("{name}: run {id} is to be published there first: {problem}")))
            }
            None => Ok(()),
        }
    }

    /// Returns the run's folder, made where it is missing; None where there is no place for it.
    fn folder(&mut self) -> Result<Option<&mut RunFolder>> {
        if let (None, Some(runs)) = (&self.folder, &self.runs) {
            if self.is_resuming {
                // Held from here on, so that it is not ended before this run has taken what it had finished.
                self.killed = Killed::find(runs)?;
            }
            self.folder = Some(RunFolder::create(runs)?);
        }
        Ok(self.folder.as_mut())
    }

    /// Returns the run's folder, which is its user's alone; `None` where there is no place for it.
    pub(crate) fn private_folder(&mut self) -> Result<Option<PathBuf>> {
        Ok(self.folder()?.map(|folder| folder.path().to_path_buf()))
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

    /// Notes what will be staged in an object store.
    ///
    /// # Errors
    /// Returns an error where the note cannot be written.
    pub(crate) fn note(&mut self, leftovers: Leftovers) -> Result<()> {
        if let Some(folder) = &self.folder {
            folder.note_objects(&leftovers.place())?;
        }
        self.leftovers.push(leftovers);
        Ok(())
    }

    /// Keeps a written target for the end of the run; with the key of its statement, a later run can use it again.
    ///
    /// # Errors
    /// Returns an error where what is staged cannot be brought to the disk, or not be noted.
    pub(crate) fn keep(
        &mut self,
        staged: Staged,
        target: Target,
        key: Option<String>,
        changes: Vec<Option<(u64, u64)>>,
    ) -> Result<()> {
        if let (Some(key), Some(folder), true) = (key, &self.folder, staged.is_local()) {
            let path = staged.path();
            let files = journal::settle(&path).map_err(|error| folder::problem(&path, &error))?;
            let finished = Finished {
                key,
                target: target.path.clone(),
                staged: path,
                is_file: matches!(staged, Staged::File(_)),
                files,
                rows: target.rows,
                tables: self.audit.tables[self.reported.0..].to_vec(),
                checks: self.audit.checks[self.reported.1..].to_vec(),
                changes,
            };
            folder.note_finished(&finished)?;
        }
        self.staged.push(staged);
        self.audit.targets.push(target);
        Ok(())
    }

    /// Takes over what a killed run wrote by a statement with this key for a target that is claimed, if it still stands.
    ///
    /// # Errors
    /// Returns an error where it cannot be moved.
    pub(crate) fn resume(&mut self, key: &str, target: &Path) -> Result<Option<(String, Finished)>> {
        let (Some(killed), Some(folder)) = (&mut self.killed, &self.folder) else { return Ok(None) };
        let Some(finished) = killed.take(key, target) else { return Ok(None) };
        let id = killed.id().to_owned();
        let mark = folder.mark();
        let staged = if finished.is_file {
            Staged::File(StagedFile::adopt(&finished.staged, target, &mark)?)
        } else {
            let files = finished.files.iter().map(|file| file.path.clone()).collect();
            Staged::Folder(StagedFolder::adopt(&finished.staged, files, target, &mark)?)
        };
        self.is_resumed = true;
        self.audit.tables.extend(finished.tables.iter().cloned());
        self.audit.checks.extend(finished.checks.iter().cloned());
        let kept = Target { path: target.to_path_buf(), rows: finished.rows };
        self.keep(staged, kept, Some(key.to_owned()), finished.changes.clone())?;
        Ok(Some((id, finished)))
    }

    /// Returns the place that a file will take which stands where this run has staged it.
    pub(crate) fn published_path(&self, path: &Path) -> Option<PathBuf> {
        let mut staged = self.audit.targets.iter().zip(&self.staged);
        staged.find_map(|(target, staged)| Some(target.path.join(path.strip_prefix(staged.path()).ok()?)))
    }

    /// Returns where a file or folder of this run stands before it is published, if `location` lies in one.
    pub(crate) fn staged_path(&self, location: &str) -> Option<PathBuf> {
        let wanted = if is_url(location) {
            RemoteLocation::parse(location).ok()?.as_path()
        } else {
            resolve(Path::new(location)).ok()?
        };
        let found = self.audit.targets.iter().zip(&self.staged).find(|(target, _)| wanted.starts_with(&target.path));
        let (target, staged) = found?;
        let rest = wanted.strip_prefix(&target.path).ok()?;
        Some(if rest.as_os_str().is_empty() { staged.path() } else { staged.path().join(rest) })
    }

    /// Publishes all targets.
    ///
    /// # Errors
    /// Returns an error where a target cannot be prepared, and no target changed; or where the run is committed and one
    /// cannot take its place now, which [`recover`] will see to.
    pub(crate) async fn publish(mut self, stores: &dyn ObjectStoreRegistry) -> Result<Published> {
        let published = self.try_publish(stores).await;
        if published.is_err() {
            self.give_up("failed", stores).await;
        }
        self.end_killed(stores).await;
        published
    }

    async fn try_publish(&mut self, stores: &dyn ObjectStoreRegistry) -> Result<Published> {
        let targets: Vec<PathBuf> = self.audit.targets.iter().map(|target| target.path.clone()).collect();
        if self.folder.is_none() && self.staged.len() + self.mappings.len() > 1 {
            return Err(Error::Plan(
                "several targets and mappings are published together by a record in a folder of runs, and there is none; \
                 set XDG_STATE_HOME or HOME"
                    .to_owned(),
            ));
        }
        let mut ready = Discarding(Commit::default());
        let rows: Vec<u64> = self.audit.targets.iter().map(|target| target.rows).collect();
        for (staged, rows) in std::mem::take(&mut self.staged).into_iter().zip(rows) {
            match staged.prepare(rows).await? {
                Ready::Local(prepared) => ready.0.prepared.push(prepared),
                Ready::Objects(objects) => ready.0.objects.push(objects),
            }
        }
        let mut staged = Vec::new();
        for extended in std::mem::take(&mut self.mappings) {
            staged.extend(extended.stage()?);
        }
        let mappings: Vec<PathBuf> = staged.iter().map(|mapping| mapping.folder().to_owned()).collect();
        let Some(folder) = self.folder.take() else {
            staged.into_iter().try_for_each(StagedMapping::commit)?;
            put_in_place(&ready.0, stores).await?;
            ready.take();
            self.made.clear();
            return Ok(Published { targets, mappings, ..Published::default() });
        };
        ready.0.mappings = staged.iter().map(|mapping| (mapping.folder().to_owned(), mapping.ticket())).collect();
        // The report says how the run ends; a process that is killed before has it put right by `recover`.
        if let Err(error) = folder.write_audit(&self.audit.ended("done")).and_then(|()| folder.commit(&ready.0)) {
            // Before what it names is removed.
            folder.withdraw();
            self.folder = Some(folder);
            return Err(error);
        }
        // Whatever happens from here on, the run is not given up. Mappings first: no output without its way back.
        let commit = ready.take();
        self.made.clear();
        self.leftovers.clear();
        let put = async {
            staged.into_iter().try_for_each(StagedMapping::commit)?;
            put_in_place(&commit, stores).await
        };
        put.await.map_err(|error| committed(folder.id(), &error))?;
        let report = folder.finish()?;
        Ok(Published { targets, mappings, report: Some(report), notices: Vec::new() })
    }

    async fn give_up(&mut self, outcome: &str, stores: &dyn ObjectStoreRegistry) {
        self.drop_staged();
        let leftovers = std::mem::take(&mut self.leftovers);
        let remove = async {
            for one in &leftovers {
                one.remove().await?;
            }
            Ok::<_, Error>(())
        };
        let is_clean = leftovers.is_empty() || matches!(tokio::time::timeout(PATIENCE, remove).await, Ok(Ok(())));
        self.close(outcome, is_clean);
        self.end_killed(stores).await;
    }

    /// Ends the killed run that this one has gone on with.
    async fn end_killed(&mut self, stores: &dyn ObjectStoreRegistry) {
        if let Some(killed) = self.killed.take() {
            killed.end(stores).await;
        }
    }

    /// Forgets what is on this machine, which needs no requests.
    fn drop_staged(&mut self) {
        self.staged.clear();
        std::mem::take(&mut self.mappings).into_iter().for_each(Extended::give_up);
        for folder in std::mem::take(&mut self.made) {
            remove_made(&folder);
        }
    }

    /// Tells how the run ended; where something of it is left, its folder says so to the next command.
    fn close(&mut self, outcome: &str, is_clean: bool) {
        if let Some(folder) = self.folder.take() {
            // What cannot be told or tidied now is told and tidied by the next command.
            let told = folder.write_audit(&self.audit.ended(outcome));
            let _ = told.and_then(|()| if is_clean { folder.finish().map(drop) } else { Ok(()) });
        }
    }

    /// Gives the run up: nothing of it is published.
    pub(crate) async fn discard(mut self, outcome: &str, stores: &dyn ObjectStoreRegistry) {
        self.give_up(outcome, stores).await;
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.drop_staged();
        // Removing objects takes requests, for which it is too late.
        self.close("interrupted", self.leftovers.is_empty());
    }
}

/// Puts all targets in their places, once mappings are in force; objects first, since a network fails more often than a rename.
async fn put_in_place(commit: &Commit, stores: &dyn ObjectStoreRegistry) -> Result<()> {
    for objects in &commit.objects {
        let store = stores.get_store(&objects.store()?)?;
        objects.publish(store.as_ref()).await?;
    }
    for prepared in &commit.prepared {
        prepared.publish()?;
    }
    Ok(())
}

fn committed(id: &str, error: &Error) -> Error {
    Error::Data(format!("run {id} is committed and not yet published: {error}; loup recover goes on"))
}

/// Returns the folder of runs of this user: `$XDG_STATE_HOME/loup/runs`, else `~/.local/state/loup/runs`.
pub fn run_folder() -> Option<PathBuf> {
    // The XDG rules say that a relative path is to be ignored.
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|state| state.join("loup").join("runs"))
}

/// Prepared targets that are removed unless they are taken over; objects are removed by what the run noted of them.
struct Discarding(Commit);

impl Discarding {
    fn take(&mut self) -> Commit {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Discarding {
    fn drop(&mut self) {
        self.0.prepared.iter().for_each(Prepared::discard);
    }
}
