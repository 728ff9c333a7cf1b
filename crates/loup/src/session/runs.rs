//! The session's side of runs: statements between `begin` and `publish` write together.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use sha3::{Digest, Sha3_256};

use super::Session;
use crate::run::{Audit, Executed, Run, Staged, Target};
use crate::{Outcome, Published, Result, Statement, statements};

impl Session {
    /// Begins a run: what its statements write is staged until [`publish`](Self::publish). A run under way is given up.
    pub fn begin(&self, script: &str) {
        self.discard();
        let mut plan = String::new();
        for byte in Sha3_256::digest(script.as_bytes()) {
            write!(plan, "{byte:02x}").expect("a String takes every character");
        }
        let key = self.keys.active();
        let audit = Audit::new(plan, key.id(), key.fingerprint().to_string());
        *self.under_way() = Some(Run::new(self.runs.clone(), audit));
    }

    /// Ends the run: everything that it wrote takes its place, together.
    ///
    /// # Errors
    /// Returns an error where no target changed; or where the run is committed and a target cannot be renamed now, which
    /// [`recover`](crate::recover) will.
    pub fn publish(&self) -> Result<Published> {
        let run = self.under_way().take();
        self.detach_staged();
        match run {
            Some(run) => run.publish(),
            None => Ok(Published::default()),
        }
    }

    /// Gives the run up: nothing of it is published.
    pub fn discard(&self) {
        let run = self.under_way().take();
        if let Some(run) = run {
            run.discard();
            self.detach_staged();
        }
    }

    fn under_way(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a target for the statement under way; returns the mark of its staging folder.
    pub(crate) fn claim(&self, name: &str, target: &Path) -> Result<String> {
        self.under_way().as_mut().map_or_else(|| Ok(String::new()), |run| run.claim(name, target))
    }

    /// Keeps what a statement wrote for the end of the run; outside one, it takes its place now.
    pub(crate) fn keep(&self, staged: Staged, target: Target) -> Result<()> {
        match self.under_way().as_mut() {
            Some(run) => run.keep(staged, target),
            None => staged.commit()?,
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
            let seconds = start.elapsed().as_secs_f64();
            run.audit.statements.push(Executed { line: statement.line(), kind: kind.to_owned(), rows, seconds });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{Error, Session, recover};

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
        second.discard();
        assert!(!target.exists());
        assert_eq!(first.publish().unwrap().targets.len(), 1);
        assert!(target.exists());
        second.begin("");
        write(&second, &target, 2).await.unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "x\n1\n");
        second.publish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "x\n2\n");
    }

    #[tokio::test]
    async fn a_run_under_way_is_not_recovered_and_one_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, target) = (folder.path().join("runs"), folder.path().join("out").join("x.csv"));
        let session = session(&runs);
        session.begin("");
        write(&session, &target, 1).await.unwrap();
        assert_eq!(recover(&runs).unwrap(), []);
        drop(session);
        assert_eq!(recover(&runs).unwrap(), []);
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
