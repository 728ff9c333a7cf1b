//! Where a dump is written to: a staged file or object, or standard output.

use loup_sources::Compression;
use loup_sources::sink::{Body, Destination, Opened};

use super::target::{Place, check_target, stage};
use crate::run::{Staged, Target};
use crate::{Error, Result, Session};

/// The name that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Where a dump is written to.
pub(super) struct Outlet {
    name: String,
    /// What is staged, and where it goes; `None` for standard output, which cannot be staged.
    staged: Option<(Staged, Place)>,
}

/// Returns whether a target is standard output.
pub(super) fn is_standard_output(target: &str) -> bool {
    target == STANDARD_OUTPUT
}

impl Outlet {
    /// Claims a target and stages what will take its place.
    pub(super) async fn open(session: &Session, target: &str) -> Result<Self> {
        let name = target.to_owned();
        if is_standard_output(target) {
            return Ok(Self { name, staged: None });
        }
        let place = check_target(session, target)?;
        let owner = session.claim(target, &place.path()).await?;
        let staged = stage(session, target, &place, true, &owner).await?;
        Ok(Self { name, staged: Some((staged, place)) })
    }

    /// Returns what is written to.
    pub(super) fn destination(&mut self) -> Result<Destination> {
        let (file, name) = match &mut self.staged {
            Some((staged, _)) => (staged.create_file(&self.name)?, self.name.clone()),
            None => (Opened::standard_output(), "standard output".to_owned()),
        };
        let compression = if self.staged.is_some() { Compression::of(&self.name).1 } else { Compression::None };
        Ok(Destination { file, name, body: Body::Text { start: Vec::new(), compression } })
    }

    /// Returns what is staged.
    pub(super) fn staged(&self) -> Option<&Staged> {
        self.staged.as_ref().map(|(staged, _)| staged)
    }

    /// Keeps what was written for the end of the run; returns what its author should know.
    pub(super) async fn keep(self, session: &Session, rows: u64) -> Result<Option<String>> {
        let Some((staged, place)) = self.staged else {
            let text = "standard output cannot be taken back: the dump is whole only where the exit code is 0";
            return Ok(Some(text.to_owned()));
        };
        // Without a key, `--resume` writes it again: most of it is copied, and the changed tables' plans do not tell from what.
        session.keep(staged, Target { path: place.path(), rows }, None).await?;
        Ok(None)
    }

    /// Gives up what was written.
    pub(super) async fn discard(self, error: Error) -> Error {
        match self.staged {
            Some((staged, _)) => staged.discard(error).await,
            None => error,
        }
    }
}
