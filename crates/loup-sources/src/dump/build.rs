//! Reads a dump through once and notes where its tables and rows are.

use std::sync::Arc;

use loup_text::dump::{DumpError, Scan, Scanner, Server, Syntax};

use super::builder::Builder;
use super::file::DumpFile;
use super::index::{DumpIndex, line_of};
use super::window::{WINDOW, Window};
use crate::error::{Result, SourceError};

/// The longest statement or row; a longer one is a quote that nobody closed, and must not fill the memory.
pub(super) const MAX_PIECE: usize = 1 << 30;

/// Reads through a dump of this server.
///
/// # Errors
/// Returns the place of what cannot be read, never what stands there.
pub(super) async fn build(file: Arc<DumpFile>, server: Server) -> Result<DumpIndex> {
    let mut window = Window::open(Arc::clone(&file)).await?;
    let mut scanner = Scanner::new(Syntax::of(server));
    let mut builder = Builder::new(server);
    loop {
        let found = scanner.next(window.bytes(), window.is_last());
        let scan = match found {
            Ok(scan) => scan,
            Err(error) => return Err(unreadable(&file, &error).await),
        };
        match scan {
            Scan::End => break,
            Scan::More(wanted) if wanted <= MAX_PIECE => window.fill(wanted).await?,
            Scan::More(_) => {
                let problem = "a statement is longer than 1 GiB; a quote may not be closed".to_owned();
                return Err(problem_at(&file, scanner.position(), problem).await);
            }
            Scan::Item(item) => {
                let start = scanner.position() - item.len as u64;
                let piece = &window.bytes()[..item.len];
                if let Err(problem) = builder.take(&item.kind, piece, start, scanner.syntax()) {
                    return Err(problem_at(&file, start + problem.at, problem.text).await);
                }
                window.consume(item.len);
                if window.bytes().len() < WINDOW && !window.is_last() {
                    window.fill(WINDOW).await?;
                }
            }
        }
    }
    let size = scanner.position();
    match builder.finish(Arc::clone(&file), size) {
        Ok(index) => Ok(index),
        Err(problem) => Err(SourceError::Attach(format!("{}: {problem}", file.name))),
    }
}

async fn unreadable(file: &Arc<DumpFile>, error: &DumpError) -> SourceError {
    problem_at(file, error.offset, error.kind.to_string()).await
}

async fn problem_at(file: &Arc<DumpFile>, offset: u64, problem: String) -> SourceError {
    match line_of(file, offset).await {
        Ok(line) => SourceError::Dump { file: file.name.clone(), line, problem },
        Err(error) => error,
    }
}
