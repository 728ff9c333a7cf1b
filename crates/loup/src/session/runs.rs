//! The session's side of runs: statements between `begin` and `publish` write together.

use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::future::BoxFuture;
use loup_crypto::hex;
use loup_mapping::{Inserted, MappingWriter, SharedMapping};
use loup_sources::sink::Leftovers;
use sha3::{Digest, Sha3_256};

use super::Session;
use crate::run::{Audit, Executed, Extended, MappingReport, Run, Staged, Target, mapping_writer, recover_with};
use crate::{Error, Outcome, Published, Recovery, Result, Statement, statements};

impl Session {
    /// Begins a run: what its statements write is staged until [`publish`](Self::publish).
    ///
    /// A run under way is given up; what it staged in an object store is removed by the next recovery.
    pub fn begin(&self, script: &str) {
        drop(self.take_run());
        let plan = hex(&Sha3_256::digest(script.as_bytes()));
        let key = self.keys.active();
        let audit = Audit::new(plan, key.id(), key.fingerprint().to_string(), self.verify);
        *self.under_way() = Some(Run::new(self.runs.clone(), self.is_resuming, audit));
        let mut log = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        log.first = log.changes.len();
    }

    /// Ends the run: what it wrote is verified as a whole, and then takes its place, all together.
    ///
    /// # Errors
    /// Returns an error where no target changed; or where the run is committed and a target cannot take its place now, which
    /// [`recover`](Self::recover) will see to.
    pub fn publish(&self) -> BoxFuture<'_, Result<Published>> {
        Box::pin(async {
            let notices = self.verified_run().await?;
            let published = match self.take_run() {
                Some(run) => run.publish(self.stores().as_ref()).await?,
                None => Published::default(),
            };
            Ok(Published { notices, ..published })
        })
    }

    /// Verifies the run under way as a whole; gives it up where something does not hold.
    async fn verified_run(&self) -> Result<Vec<String>> {
        match self.verify_run().await {
            Ok(notices) => Ok(notices),
            Err(error) => {
                self.discard().await;
                Err(error)
            }
        }
    }

    /// Gives the run up after an error: nothing of it is published.
    pub fn discard(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.give_up("failed"))
    }

    /// Gives up a run that was stopped from outside, such as by dropping the future of a statement, if there is one.
    pub fn interrupt(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.give_up("interrupted"))
    }

    async fn give_up(&self, outcome: &str) {
        if let Some(run) = self.take_run() {
            run.discard(outcome, self.stores().as_ref()).await;
        }
    }

    /// Ends all runs whose process is gone, with the object stores of this session; those under way are left alone.
    ///
    /// A run does so before its first target. See [`recover`](crate::recover).
    ///
    /// # Errors
    /// Returns an error where a run cannot be ended now, such as a folder that cannot be written; calling again goes on.
    pub fn recover(&self) -> BoxFuture<'_, Result<Recovery>> {
        Box::pin(async {
            match &self.runs {
                Some(runs) => recover_with(runs, self.stores().as_ref(), &[]).await,
                None => Ok(Recovery::default()),
            }
        })
    }

    fn stores(&self) -> Arc<dyn ObjectStoreRegistry> {
        Arc::clone(&self.context.runtime_env().object_store_registry)
    }

    fn take_run(&self) -> Option<Run> {
        let run = self.under_way().take();
        if run.is_some() {
            *self.stream() = None;
            self.detach_staged();
        }
        run
    }

    /// Ends a dry run: what it staged is verified as a whole and then dropped, and its report says so. Returns what the author
    /// of the plan should know.
    ///
    /// # Errors
    /// Returns an error where something does not hold.
    pub fn end_dry_run(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async {
            let notices = self.verified_run().await?;
            self.give_up("dry run").await;
            Ok(notices)
        })
    }

    pub(super) fn under_way(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a target for the statement under way; returns the mark of its staging folder.
    pub(crate) async fn claim(&self, name: &str, target: &Path) -> Result<String> {
        let claim = |run: &mut Run| Ok::<_, Error>((run.claim(name, target)?, run.unfinished()));
        let claimed = self.under_way().as_mut().map(claim).transpose()?;
        let Some((mark, known)) = claimed else { return Ok(String::new()) };
        if let Some(runs) = &self.runs {
            // Now that the target is locked: what a killed run had committed must not be published over what this one writes.
            let recovery = recover_with(runs, self.stores().as_ref(), &known).await?;
            let mut run = self.under_way();
            run.as_mut().map_or(Ok(()), |run| run.recovered(name, target, recovery.unfinished))?;
        }
        Ok(mark)
    }

    /// Notes what the statement under way will stage in an object store.
    pub(crate) fn note(&self, leftovers: Leftovers) -> Result<()> {
        self.under_way().as_mut().map_or(Ok(()), |run| run.note(leftovers))
    }

    /// Keeps what a statement with this key wrote for the end of the run; outside one, it takes its place now.
    pub(crate) async fn keep(&self, staged: Staged, target: Target, key: Option<String>) -> Result<()> {
        let matches = self.matches();
        let staged = match self.under_way().as_mut() {
            Some(run) => return run.keep(staged, target, key, matches),
            None => staged,
        };
        staged.commit(target.rows).await
    }

    /// Notes a mapping that the statement under way is about to make.
    pub(crate) fn making_mapping(&self, name: &str, folder: &Path) -> Result<()> {
        self.under_way().as_mut().map_or(Ok(()), |run| run.note_mapping(name, folder, true))
    }

    /// Returns the run's writer of a mapping, or waits for the right to write it.
    pub(crate) async fn mapping_writer(&self, mapping: &Arc<SharedMapping>) -> Result<MappingWriter> {
        match self.held_writer(mapping)? {
            Some(writer) => Ok(writer),
            None => mapping_writer(mapping, self.runs.as_deref(), self.stores().as_ref()).await,
        }
    }

    /// Returns the run's writer of a mapping, if it has one already; notes the mapping otherwise.
    fn held_writer(&self, mapping: &SharedMapping) -> Result<Option<MappingWriter>> {
        let mut under_way = self.under_way();
        let Some(run) = under_way.as_mut() else { return Ok(None) };
        let held = run.mappings.iter_mut().find(|held| held.mapping.folder() == mapping.folder());
        if let Some(writer) = held.and_then(|held| held.writer.take()) {
            return Ok(Some(writer));
        }
        run.note_mapping(mapping.name(), mapping.folder(), false)?;
        Ok(None)
    }

    /// Keeps a changed mapping for the end of the run; outside one, the change comes into force now.
    pub(crate) fn hold_writer(
        &self,
        mapping: &Arc<SharedMapping>,
        writer: MappingWriter,
        done: Option<&Inserted>,
    ) -> Result<()> {
        let entries = writer.mapping().len();
        let mut under_way = self.under_way();
        let Some(run) = under_way.as_mut() else {
            mapping.set_current(None);
            if done.is_some() {
                mapping.set_current(Some(writer.stage()?.commit()?));
            }
            return Ok(());
        };
        let added = done.map_or(0, |done| done.new);
        let path = mapping.folder().to_owned();
        match run.audit.mappings.iter_mut().find(|report| report.path == path) {
            Some(report) => *report = MappingReport { path, entries, added: report.added + added },
            None => run.audit.mappings.push(MappingReport { path, entries, added }),
        }
        match run.mappings.iter_mut().find(|held| held.mapping.folder() == mapping.folder()) {
            Some(held) => held.writer = Some(writer),
            None => run.mappings.push(Extended { mapping: Arc::clone(mapping), writer: Some(writer) }),
        }
        Ok(())
    }

    /// Returns where the run has staged what `location` names.
    pub(crate) fn staged_path(&self, location: &str) -> Option<PathBuf> {
        self.under_way().as_ref()?.staged_path(location)
    }

    /// Notes a database over staged files: their names end with the run.
    pub(crate) fn attached_staged(&self, name: &str) {
        self.attached_staged.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }

    fn detach_staged(&self) {
        let names = std::mem::take(&mut *self.attached_staged.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            // The script may have detached it itself.
            let _ = statements::detach(self, &name);
        }
    }

    /// Writes a statement into the run's report.
    pub(super) fn executed(&self, statement: &Statement, outcome: &Outcome, start: Instant) {
        if let Some(run) = self.under_way().as_mut() {
            let (kind, rows) = match outcome {
                Outcome::Rows(_) => ("QUERY", None),
                Outcome::Done { tag, rows, .. } => (tag.as_str(), *rows),
            };
            let (seconds, resumed) = (start.elapsed().as_secs_f64(), run.is_resumed());
            run.audit.statements.push(Executed {
                line: statement.line(),
                kind: kind.to_owned(),
                rows,
                seconds,
                resumed,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{Error, Recovery, Session, recover};

    fn session(runs: &std::path::Path) -> Session {
        Session::builder().run_folder(runs).build().unwrap()
    }

    async fn write(session: &Session, target: &std::path::Path, value: u32) -> crate::Result<()> {
        let sql = format!("COPY (SELECT {value} AS x) TO '{}'", target.display());
        session.execute(&session.parse(&sql)?[0]).await.map(drop)
    }

    #[tokio::test]
    async fn a_target_belongs_to_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, target) = (folder.path().join("runs"), folder.path().join("x.csv"));
        let (first, second) = (session(&runs), session(&runs));
        first.begin("");
        second.begin("");
        write(&first, &target, 1).await.unwrap();
        assert!(matches!(write(&second, &target, 2).await, Err(Error::Refused(_))));
        second.discard().await;
        assert!(!target.exists());
        assert_eq!(first.publish().await.unwrap().targets.len(), 1);
        assert!(target.exists());
        second.begin("");
        write(&second, &target, 2).await.unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "x\n1\n");
        second.publish().await.unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "x\n2\n");
    }

    #[tokio::test]
    async fn a_run_under_way_is_not_recovered_and_one_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, target) = (folder.path().join("runs"), folder.path().join("out").join("x.csv"));
        let session = session(&runs);
        session.begin("");
        write(&session, &target, 1).await.unwrap();
        assert_eq!(recover(&runs).await.unwrap(), Recovery::default());
        drop(session);
        assert_eq!(recover(&runs).await.unwrap(), Recovery::default());
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn outside_a_run_a_statement_is_published_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, target) = (folder.path().join("runs"), folder.path().join("x.csv"));
        write(&session(&runs), &target, 1).await.unwrap();
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), runs.exists()), ("x\n1\n", false));
    }
}
