//! A dump on standard input, or on another stream, as a database of the session.

use std::io::Read;
use std::sync::{MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::Statement as AstStatement;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use loup_sources::SourceError;
use loup_sources::dump::LiveDump;
use tokio::sync::mpsc;

use super::Session;
use crate::run::{Run, Spool};
use crate::script::Kind;
use crate::statements::{self, PendingStream};
use crate::{Error, Outcome, Result, Statement};

/// Bytes read in one go.
const BLOCK: usize = 1 << 20;
/// Blocks that may wait; bounds memory.
const AHEAD: usize = 2;

impl Session {
    /// Attaches the dump that `input` gives as `name`, for the script that is about to run.
    ///
    /// Where every statement of the script that names it can do with one pass (UPDATE without subqueries, TRUNCATE, then one
    /// EXPORT to a dump), rows are masked while they pass by; otherwise the input is kept, encrypted, until the run ends. The
    /// outcome says which, and why.
    ///
    /// # Errors
    /// Returns an error where the input is no plain dump, or the name is taken.
    pub fn attach_stream<'a>(
        &'a self,
        name: &'a str,
        input: Box<dyn Read + Send>,
        script: &'a [Statement],
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            statements::check_free(self, name)?;
            let told = "standard input";
            let notice = match second_pass(script, name) {
                None => {
                    let dump = LiveDump::open(told, blocks(input)).await?;
                    *self.stream() = Some(PendingStream::new(name, dump));
                    format!("{name} is masked while it passes by, in one pass")
                }
                Some(reason) => {
                    let folder = self.under_way().as_mut().map(Run::private_folder).transpose()?.flatten();
                    let folder = folder.unwrap_or_else(std::env::temp_dir);
                    let spool = SpawnedTask::spawn_blocking(move || Spool::keep(input, &folder)).join_unwind().await;
                    let spool = spool.map_err(|error| Error::Data(error.to_string()))?;
                    let spool = spool.map_err(|source| SourceError::Io { file: told.to_owned(), source })?;
                    let notices = statements::attach_spool(self, name, told, spool).await?;
                    let notice = format!(
                        "{reason}: it needs more than one pass, so {told} is kept, encrypted, until the run ends"
                    );
                    return Ok(Outcome::Done {
                        tag: "ATTACH".to_owned(),
                        rows: None,
                        notices: [vec![notice], notices].concat(),
                    });
                }
            };
            Ok(Outcome::Done { tag: "ATTACH".to_owned(), rows: None, notices: vec![notice] })
        })
    }

    pub(super) fn stream(&self) -> MutexGuard<'_, Option<PendingStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a statement on a stream, or lets it wait for the stream's tables; `None` where it is on none.
    pub(super) async fn on_stream(&self, statement: &Statement) -> Result<Option<Outcome>> {
        match &statement.kind {
            Kind::Sql(sql) => match sql.as_ref() {
                SqlStatement::Statement(ast) => {
                    self.stream().as_mut().map_or(Ok(None), |stream| stream.defer(ast, statement.line()))
                }
                _ => Ok(None),
            },
            Kind::Export(export) => {
                let stream = self.stream().take_if(|stream| stream.name.eq_ignore_ascii_case(&export.name));
                match stream {
                    Some(stream) => Ok(Some(statements::export_stream(self, export, stream).await?)),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }
}

/// Reads by a thread of its own, since standard input has no other way.
fn blocks(mut input: Box<dyn Read + Send>) -> BoxStream<'static, loup_sources::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    thread::spawn(move || {
        loop {
            let mut block = vec![0; BLOCK];
            let mut filled = 0;
            // A pipe gives little at a time.
            let read = loop {
                match input.read(&mut block[filled..]) {
                    Ok(0) => break Ok(()),
                    Ok(more) => {
                        filled += more;
                        if filled == BLOCK {
                            break Ok(());
                        }
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(source) => break Err(SourceError::Io { file: "standard input".to_owned(), source }),
                }
            };
            block.truncate(filled);
            let is_end = filled < BLOCK;
            let item = read.map(|()| Bytes::from(block));
            let is_over = item.is_err() || is_end;
            let is_empty = item.as_ref().is_ok_and(Bytes::is_empty);
            if !is_empty && sender.blocking_send(item).is_err() || is_over {
                return;
            }
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) })
        .boxed()
}

/// Returns why a script needs a database's rows more than once, or not in the order in which they come; `None` where one pass
/// does.
fn second_pass(script: &[Statement], name: &str) -> Option<String> {
    let mut is_waiting = false;
    let mut is_written = false;
    for statement in script {
        let words = words(statement.text());
        let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
        let names_it = has(name) || has(&format!("{name}{}", super::names::ORIGINAL));
        let reason = |what: &str| Some(format!("line {}: {what}", statement.line()));
        match &statement.kind {
            Kind::Export(export) if export.name.eq_ignore_ascii_case(name) => {
                if is_written {
                    return reason("a second EXPORT");
                }
                if !export.options.is_empty() || !(export.target == "-" || statements::is_dump_name(&export.target)) {
                    return reason("EXPORT to something else than a dump");
                }
                is_written = true;
            }
            _ if names_it && is_written => return reason("a statement on it after its EXPORT"),
            Kind::Sql(sql) if names_it => match sql.as_ref() {
                SqlStatement::Statement(ast) if matches!(ast.as_ref(), AstStatement::Update(_)) => {
                    if has("SELECT") {
                        return reason("UPDATE with a subquery");
                    }
                    if has("OVER") {
                        return reason("UPDATE with a window function");
                    }
                    is_waiting = true;
                }
                SqlStatement::Statement(ast) if matches!(ast.as_ref(), AstStatement::Truncate(_)) => is_waiting = true,
                _ => return reason(words.first().map_or("a statement", String::as_str)),
            },
            _ if names_it => return reason(words.first().map_or("a statement", String::as_str)),
            // What a waiting statement means must not change before its table comes.
            _ if is_waiting && !is_written => return reason("a statement between UPDATE and EXPORT"),
            _ => {}
        }
    }
    (!is_written).then(|| "no EXPORT of it to a dump".to_owned())
}

/// Returns the words of a statement, whatever they stand in: to find too many only costs a pass.
fn words(text: &str) -> Vec<String> {
    let is_part = |c: char| !(c.is_alphanumeric() || c == '_');
    text.split(is_part).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::script::parse;

    fn reason(script: &str) -> Option<String> {
        second_pass(&parse(script, &BTreeMap::new()).unwrap(), "prod")
    }

    #[test]
    fn plans_that_look_at_each_row_once_pass_by() {
        assert_eq!(
            reason("UPDATE prod.t SET a = redact(a) WHERE b > 1; TRUNCATE prod.u; EXPORT DATABASE prod TO '-'"),
            None
        );
        assert_eq!(reason("SET loup.locale = 'sv_SE'; EXPORT DATABASE prod TO 'x.sql.gz'"), None);
    }

    #[test]
    fn plans_that_need_more_say_so() {
        for (script, what) in [
            ("SELECT count(*) FROM prod.t; EXPORT DATABASE prod TO '-'", "line 1: SELECT"),
            ("UPDATE prod.t SET a = 1 WHERE b IN (SELECT c FROM prod.u);\nEXPORT DATABASE prod TO '-'", "subquery"),
            ("DELETE FROM prod.t WHERE a = 1; EXPORT DATABASE prod TO '-'", "DELETE"),
            ("UPDATE prod.t SET a = 1; SET loup.locale = 'sv_SE'; EXPORT DATABASE prod TO '-'", "between"),
            ("EXPORT DATABASE prod TO 'folder' (format 'csv')", "else than a dump"),
            ("EXPORT DATABASE prod TO '-'; SELECT 1 FROM prod_source.t", "after its EXPORT"),
            ("INSERT INTO ids SELECT id FROM Prod.t; EXPORT DATABASE prod TO '-'", "INSERT"),
            ("UPDATE prod.t SET a = shuffle(a, 'd') OVER (); EXPORT DATABASE prod TO '-'", "window"),
            ("UPDATE prod.t SET a = 1", "no EXPORT"),
        ] {
            let found = reason(script).unwrap_or_default();
            assert!(found.contains(what), "{script}: {found}");
        }
    }
}
