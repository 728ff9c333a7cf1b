//! The session: one catalog, one key ring, one statement loop.

mod builder;
mod lists;
pub(crate) mod names;
#[cfg(test)]
mod object_tests;
mod resume;
mod runs;
mod stream;
mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use datafusion::common::config::ConfigOptions;
use datafusion::datasource::listing::ListingTable;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{ResetStatement, Statement as SqlStatement};
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Statement as AstStatement};
use futures::future::BoxFuture;
use loup_crypto::{KeyRing, RootKey, Salts};
use loup_functions::{Binding, MappingCatalog, NamedLists};
use loup_mapping::Mappings;

pub use self::builder::SessionBuilder;
use self::resume::Inputs;
use self::verification::ChangeLog;
use crate::catalog::{Database, Labels};
use crate::config::LoupOptions;
use crate::run::Run;
use crate::script::{Kind, Statement, parse};
use crate::statements::{self, PendingStream};
use crate::verify::Verify;
use crate::{Error, Outcome, Progress, Result};

/// Runs Loup SQL.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("users.csv"), "id,email\n00123,ann@acme.test\n")?;
/// let plan = "ATTACH '${dir}' AS shop; UPDATE shop.users SET email = mask_email(email); SELECT * FROM shop.users";
///
/// let session = loup::Session::builder().variable("dir", folder.path().to_string_lossy()).build()?;
/// let outcomes = session.run(plan).await?;
/// assert_eq!(outcomes.len(), 3);
/// # Ok(())
/// # }
/// ```
pub struct Session {
    pub(crate) context: SessionContext,
    pub(crate) databases: Arc<RwLock<BTreeMap<String, Arc<Database>>>>,
    pub(crate) labels: Arc<RwLock<Labels>>,
    pub(crate) progress: Option<Arc<dyn Progress>>,
    /// Files and folders that the session reads, and files it must not lose; URLs too. Outputs keep away from them.
    pub(crate) protected: Mutex<Vec<PathBuf>>,
    /// Tables that views read: a view keeps the plan it was made with, so they must not change any more.
    viewed: Mutex<BTreeSet<Vec<String>>>,
    /// The mapping tables, as `map_id` finds them.
    pub(crate) mappings: Arc<Mappings>,
    /// Tables that statements named as lists, as they were then.
    lists: Mutex<Arc<NamedLists>>,
    keys: Arc<KeyRing>,
    salts: Option<Arc<Salts>>,
    bound: Mutex<LoupOptions>,
    variables: BTreeMap<String, String>,
    /// The engine's settings as the session was built.
    settings: ConfigOptions,
    /// The script under way.
    run: Mutex<Option<Run>>,
    /// Folder of runs.
    runs: Option<PathBuf>,
    /// Databases attached over what the run has staged; they end with it.
    attached_staged: Mutex<Vec<String>>,
    /// How much is compared with its originals.
    verify: Verify,
    /// Whether statements that matched no row fail the run.
    is_strict: bool,
    /// Whether runs go on where a killed one stopped.
    is_resuming: bool,
    /// Line of the statement under way.
    line: AtomicU64,
    changes: Mutex<ChangeLog>,
    inputs: Mutex<Inputs>,
    /// A dump that passes by, until it is written.
    stream: Mutex<Option<PendingStream>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.context.session_id()).finish_non_exhaustive()
    }
}

impl Session {
    /// Makes a session with an ephemeral key: results will not repeat.
    ///
    /// # Errors
    /// Returns an error where the system gives no random bytes.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Starts building a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Returns DataFusion's context, to register object stores and tables of one's own.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Parses a script and puts in its variables.
    ///
    /// # Errors
    /// Returns [`Error::Syntax`] with the line.
    pub fn parse(&self, script: &str) -> Result<Vec<Statement>> {
        parse(script, &self.variables)
    }

    /// Executes one statement.
    ///
    /// A query returns as soon as its rows start; dropping the future or the rows stops the work.
    ///
    /// # Errors
    /// Returns why it was not carried out; targets are then as they were.
    // Boxed: the future of an `async fn` is compiled by the crate that awaits it, with all that it awaits itself.
    pub fn execute<'a>(&'a self, statement: &'a Statement) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let start = Instant::now();
            self.enter(statement);
            if let Some(outcome) = self.on_stream(statement).await? {
                self.executed(statement, &outcome, start);
                return Ok(outcome);
            }
            let outcome = match &statement.kind {
                Kind::Attach(attach) => statements::attach(self, attach).await,
                Kind::Detach(name) => statements::detach(self, name),
                Kind::Export(export) => statements::export(self, export).await,
                Kind::Check(check) => statements::check(self, check).await,
                Kind::Assert { condition, message } => {
                    statements::assert(self, condition, message.as_deref(), statement).await
                }
                Kind::Sql(sql) => Box::pin(self.execute_sql(SqlStatement::clone(sql))).await,
            }?;
            self.executed(statement, &outcome, start);
            Ok(outcome)
        })
    }

    /// Runs a script to its end or its first error; what it writes appears at its end, all of it or nothing.
    ///
    /// # Errors
    /// Returns the first error with the line of its statement.
    pub fn run<'a>(&'a self, script: &'a str) -> BoxFuture<'a, Result<Vec<Outcome>>> {
        Box::pin(async move {
            let statements = self.parse(script)?;
            self.begin(script);
            let mut outcomes = Vec::new();
            for statement in statements {
                let at_line = |source| Error::Statement { line: statement.line(), source: Box::new(source) };
                let outcome = self.execute(&statement).await.map_err(at_line);
                match outcome {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(error) => {
                        self.discard().await;
                        return Err(error);
                    }
                }
            }
            self.publish().await?;
            Ok(outcomes)
        })
    }

    async fn execute_sql(&self, statement: SqlStatement) -> Result<Outcome> {
        match statement {
            SqlStatement::CopyTo(copy) => statements::copy(self, copy).await,
            SqlStatement::CreateExternalTable(table) => statements::create_external_table(self, table).await,
            SqlStatement::Explain(explain) if explain.options.analyze => Err(Error::Refused(
                "EXPLAIN ANALYZE is refused: the bounds it prints are values of the data; use EXPLAIN".to_owned(),
            )),
            SqlStatement::Explain(mut explain) => {
                if let SqlStatement::Statement(inner) = explain.statement.as_mut() {
                    self.prepare(inner.as_mut()).await?;
                }
                let plan = self.plan(SqlStatement::Explain(explain)).await?;
                statements::rows(self, plan).await
            }
            SqlStatement::Statement(statement) => Box::pin(self.execute_ast(*statement)).await,
            SqlStatement::Reset(ResetStatement::Variable(name)) => {
                let folded = name.to_string().to_ascii_lowercase();
                if folded.starts_with("loup.") {
                    return self.reset(&folded);
                }
                self.reset_engine(&folded)
            }
        }
    }

    async fn execute_ast(&self, statement: AstStatement) -> Result<Outcome> {
        match statement {
            AstStatement::Query(query) => {
                let plan = self.plan_query(query).await?;
                statements::rows(self, plan).await
            }
            AstStatement::Comment { object_type, object_name, comment, if_exists } => {
                statements::comment(self, object_type, &object_name, comment, if_exists)
            }
            AstStatement::Update(update) if self.is_attached(&statements::updated_table(&update)?)? => {
                statements::update(self, update).await
            }
            AstStatement::Delete(delete) if self.is_attached(&statements::deleted_table(&delete)?)? => {
                statements::delete(self, delete).await
            }
            AstStatement::Insert(insert) if self.mapping(&statements::inserted_table(&insert)?)?.is_some() => {
                statements::extend(self, insert).await
            }
            AstStatement::Insert(insert) if self.is_attached(&statements::inserted_table(&insert)?)? => {
                statements::insert(self, insert).await
            }
            AstStatement::Truncate(truncate) => statements::truncate(self, truncate).await,
            mut other => {
                self.check_other(&other)?;
                let tag = other.to_string().split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                self.prepare(&mut other).await?;
                if matches!(other, AstStatement::CreateView(_)) {
                    self.keep_viewed(&other)?;
                }
                self.execute_other(&tag, SqlStatement::Statement(Box::new(other))).await
            }
        }
    }

    /// Refuses what DataFusion would do to files in place, or in a way that shows or loses data.
    fn check_other(&self, statement: &AstStatement) -> Result<()> {
        match statement {
            AstStatement::Insert(insert) => {
                let found = self.find_table(&statements::inserted_table(insert)?)?;
                if found.is_some_and(|found| found.provider.is::<ListingTable>()) {
                    let text = "INSERT: an external table is a source and never changes; write a file with COPY";
                    return Err(Error::Refused(text.to_owned()));
                }
            }
            AstStatement::Update(update) => self.check_no_mapping(&statements::updated_table(update)?)?,
            AstStatement::Delete(delete) => self.check_no_mapping(&statements::deleted_table(delete)?)?,
            AstStatement::Prepare { .. } | AstStatement::Execute { .. } | AstStatement::Deallocate { .. } => {
                return Err(Error::Plan("prepared statements are not supported; use script variables".to_owned()));
            }
            AstStatement::Set(set) => {
                let text = set.to_string().to_ascii_lowercase();
                // Both put minima and maxima of the data into plans.
                if text.contains("collect_statistics") || text.contains("show_statistics") {
                    return Err(Error::Refused(
                        "SET: statistics are values of the data and stay out of plans".to_owned(),
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_no_mapping(&self, name: &ObjectName) -> Result<()> {
        match self.mapping(name)? {
            None => Ok(()),
            Some(_) => Err(Error::Refused(format!("{name}: a mapping only grows; INSERT adds originals to it"))),
        }
    }

    fn keep_viewed(&self, view: &AstStatement) -> Result<()> {
        for table in crate::rewrite::Names::of(view).tables {
            if let Some(found) = self.find_table(&table)? {
                self.viewed.lock().unwrap_or_else(PoisonError::into_inner).insert(found.path);
            }
        }
        Ok(())
    }

    /// Refuses to change a table that a view reads.
    pub(crate) fn check_unviewed(&self, path: &[String]) -> Result<()> {
        let viewed = self.viewed.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |view: &&Vec<String>| view.first() == path.first() && view.last() == path.last();
        if viewed.iter().any(|view| same(&view)) {
            return Err(Error::Plan(format!(
                "{}: a view reads this table as it was; change tables first and create views over them then",
                path.join(".")
            )));
        }
        Ok(())
    }

    /// Executes what DataFusion does by itself.
    async fn execute_other(&self, tag: &str, statement: SqlStatement) -> Result<Outcome> {
        let plan = self.plan(statement).await?;
        if matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) | LogicalPlan::Dml(_)) {
            let frame = self.context.execute_logical_plan(plan).await?;
            frame.collect().await?;
            self.rebind()?;
            return Ok(Outcome::done(tag));
        }
        statements::rows(self, plan).await
    }

    /// Plans a query after its names were found and checked.
    pub(crate) async fn plan_query(&self, mut query: Box<Query>) -> Result<LogicalPlan> {
        self.prepare(query.as_mut()).await?;
        self.plan_prepared(query).await
    }

    pub(crate) async fn plan_prepared(&self, query: Box<Query>) -> Result<LogicalPlan> {
        self.plan(SqlStatement::Statement(Box::new(AstStatement::Query(query)))).await
    }

    async fn plan(&self, statement: SqlStatement) -> Result<LogicalPlan> {
        Ok(self.context.state().statement_to_plan(statement).await?)
    }

    /// Returns the state for running a plan; with one partition where only that keeps the order of rows.
    pub(crate) fn state(&self, is_single: bool) -> SessionState {
        let mut state = self.context.state();
        if is_single {
            state.config_mut().options_mut().execution.target_partitions = 1;
        }
        state
    }

    /// `RESET loup.*`, which DataFusion does for its own settings only.
    fn reset(&self, name: &str) -> Result<Outcome> {
        let defaults = LoupOptions::new(self.keys.active().id());
        {
            let state = self.context.state_ref();
            let mut state = state.write();
            let options = state.config_mut().options_mut().extensions.get_mut::<LoupOptions>();
            options.map(|options| options.reset(name, &defaults)).transpose()?;
        }
        self.rebind()?;
        Ok(Outcome::done("RESET"))
    }

    /// `RESET datafusion.*`: to what the session was built with, which differs from the engine's own defaults for a reason.
    fn reset_engine(&self, name: &str) -> Result<Outcome> {
        let built = self.settings.entries().into_iter().find(|entry| entry.key == name);
        let Some(value) = built.and_then(|entry| entry.value) else {
            return Err(Error::Plan(format!("RESET: there is no setting {name}, or it has no value to go back to")));
        };
        let state = self.context.state_ref();
        state.write().config_mut().options_mut().set(name, &value)?;
        Ok(Outcome::done("RESET"))
    }

    /// Binds functions of later statements to the key and locale that are set now.
    fn rebind(&self) -> Result<()> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.context.state();
        let Some(wanted) = state.config().options().extensions.get::<LoupOptions>().cloned() else {
            return Ok(());
        };
        if wanted == *bound {
            return Ok(());
        }
        match self.keys.get(&wanted.key) {
            Ok(_) => {
                *bound = wanted;
                drop(bound);
                self.register_functions()
            }
            Err(error) => {
                // The old key stays in force, and says so.
                let state = self.context.state_ref();
                let mut state = state.write();
                state.config_mut().options_mut().extensions.insert(bound.clone());
                Err(error.into())
            }
        }
    }

    /// Registers the functions anew, bound to what is set and read now; plans that are made keep those they have.
    fn register_functions(&self) -> Result<()> {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let key = self.keys.get(&bound.key)?;
        let binding = binding(key, &bound, self.salts.as_ref(), &self.mappings).with_lists(self.lists());
        for function in loup_functions::functions(&binding) {
            self.context.register_udf(function.as_ref().clone());
        }
        for function in loup_functions::window_functions(&binding) {
            self.context.register_udwf(function.as_ref().clone());
        }
        Ok(())
    }

    /// Returns the key ring and the key that is set now.
    pub(crate) fn keys_in_force(&self) -> Result<(Arc<KeyRing>, Arc<RootKey>)> {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((Arc::clone(&self.keys), self.keys.get(&bound.key)?))
    }

    /// Returns an attached database by its name.
    pub(crate) fn database(&self, name: &str) -> Option<Arc<Database>> {
        self.databases.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Binds a key, the locale that is set, and the session's salts and mappings.
fn binding(key: Arc<RootKey>, options: &LoupOptions, salts: Option<&Arc<Salts>>, mappings: &Arc<Mappings>) -> Binding {
    let mappings: Arc<dyn MappingCatalog> = Arc::<Mappings>::clone(mappings);
    let binding =
        Binding::new(key).with_locale(&options.locale).with_mappings(mappings).with_random(options.allow_random);
    match salts {
        Some(salts) => binding.with_salts(Arc::clone(salts)),
        None => binding,
    }
}
