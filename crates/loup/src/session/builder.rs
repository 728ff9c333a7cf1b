//! Builds sessions.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};

use datafusion::datasource::listing_table_factory::ListingTableFactory;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use loup_crypto::{KeyRing, Salts};
use loup_mapping::Mappings;
use loup_sources::{CsvFormatFactory, ObjectStores, resolve};

use super::Session;
use crate::catalog::SystemSchema;
use crate::config::LoupOptions;
use crate::run::{self, EncryptedSpill};
use crate::verify::Verify;
use crate::{Error, Progress, Result};

/// Builds a [`Session`].
#[derive(Debug, Default)]
pub struct SessionBuilder {
    keys: Option<KeyRing>,
    salts: Option<Salts>,
    threads: Option<NonZeroUsize>,
    memory_limit: Option<usize>,
    variables: BTreeMap<String, String>,
    progress: Option<Arc<dyn Progress>>,
    protected: Vec<PathBuf>,
    runs: Option<PathBuf>,
    verify: Verify,
    is_strict: bool,
    is_resuming: bool,
}

impl SessionBuilder {
    /// Sets the key ring; without one the session makes an ephemeral key.
    #[must_use]
    pub fn key_ring(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets the salts, peppers and MAC keys that `hash_salted` and `hmac_sha256` name; none by default.
    #[must_use]
    pub fn salts(mut self, salts: Salts) -> Self {
        self.salts = Some(salts);
        self
    }

    /// Sets the number of partitions that work at once; all cores by default.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = NonZeroUsize::new(threads);
        self
    }

    /// Sets the memory, in bytes, above which sorts, joins and aggregates spill; none by default.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Defines a script variable, used as `${name}`.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets who hears of progress.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Names a file that no output may replace, such as the key file.
    #[must_use]
    pub fn protect(mut self, path: &Path) -> Self {
        self.protected.extend(resolve(path));
        self
    }

    /// Sets the folder in which runs keep their records and reports.
    ///
    /// Without it that is `$XDG_STATE_HOME/loup/runs`, else `~/.local/state/loup/runs`.
    #[must_use]
    pub fn run_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.runs = Some(folder.into());
        self
    }

    /// Sets how much of what a run writes is compared with its originals; a sample by default.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// Fails runs in which an UPDATE or DELETE matches no row of a table that has rows.
    #[must_use]
    pub fn strict(mut self, is_strict: bool) -> Self {
        self.is_strict = is_strict;
        self
    }

    /// Goes on where a killed run stopped: what its statements had finished from the same files is used again.
    ///
    /// Only files that statements attach are compared, not tables that a program registers itself.
    #[must_use]
    pub fn resume(mut self, is_resuming: bool) -> Self {
        self.is_resuming = is_resuming;
        self
    }

    /// Builds the session.
    ///
    /// # Errors
    /// Returns an error where the engine cannot be set up or the system gives no random bytes, or runs are to be resumed under
    /// a key that dies with the process.
    pub fn build(self) -> Result<Session> {
        let keys = match self.keys {
            Some(keys) => keys,
            None => KeyRing::ephemeral()?,
        };
        let keys = Arc::new(keys);
        let key = keys.active();
        if self.is_resuming && key.is_ephemeral() {
            return Err(Error::Plan(
                "a run can be resumed only under a lasting key, since an ephemeral one died with it; make one: loup key new"
                    .to_owned(),
            ));
        }
        let options = LoupOptions::new(key.id());
        let context = context(&options, self.threads, self.memory_limit)?;
        let salts = self.salts.map(Arc::new);
        let mappings = Arc::new(Mappings::default());
        let databases = Arc::new(RwLock::new(BTreeMap::new()));
        let labels = Arc::new(RwLock::default());
        let system =
            SystemSchema { databases: Arc::clone(&databases), labels: Arc::clone(&labels), keys: Arc::clone(&keys) };
        let settings = context.state().config_options().as_ref().clone();
        let session = Session {
            settings,
            context,
            databases,
            labels,
            progress: self.progress,
            protected: Mutex::new(self.protected),
            viewed: Mutex::default(),
            run: Mutex::default(),
            runs: self.runs.or_else(run::run_folder),
            attached_staged: Mutex::default(),
            mappings,
            lists: Mutex::default(),
            keys,
            salts,
            bound: Mutex::new(options),
            variables: self.variables,
            verify: self.verify,
            is_strict: self.is_strict,
            is_resuming: self.is_resuming,
            line: AtomicU64::default(),
            changes: Mutex::default(),
            inputs: Mutex::default(),
            stream: Mutex::default(),
        };
        session.register_functions()?;
        session.default_catalog()?.register_schema("loup", Arc::new(system))?;
        Ok(session)
    }
}

fn context(
    options: &LoupOptions,
    threads: Option<NonZeroUsize>,
    memory_limit: Option<usize>,
) -> Result<SessionContext> {
    let mut config = SessionConfig::new().with_information_schema(true).with_option_extension(options.clone());
    if let Some(threads) = threads {
        config = config.with_target_partitions(threads.get());
    }
    let settings = config.options_mut();
    // Identifiers are given the spelling of what they find before planning.
    settings.sql_parser.enable_ident_normalization = false;
    // Dealing batches out in turn would lose the order of rows.
    settings.optimizer.enable_round_robin_repartition = false;
    // Its bounds are values of the data, and EXPLAIN ANALYZE shows them.
    settings.optimizer.enable_dynamic_filter_pushdown = false;
    // Minima and maxima are values of the data, and plans would show them.
    settings.execution.collect_statistics = false;
    // A hash join cannot spill.
    settings.optimizer.prefer_hash_join = memory_limit.is_none();
    // A statement may read what an earlier one wrote.
    let spill = DiskManagerBuilder::default().with_temp_file_factory(Arc::new(EncryptedSpill::new()?));
    let mut runtime = RuntimeEnvBuilder::new()
        .with_object_list_cache_limit(0)
        .with_file_statistics_cache_limit(0)
        .with_disk_manager_builder(spill)
        .with_object_store_registry(Arc::new(ObjectStores::default()));
    if let Some(bytes) = memory_limit {
        runtime = runtime.with_memory_limit(bytes, 1.0);
    }
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime.build_arc().map_err(Error::from)?)
        .with_default_features()
        .build();
    state.register_file_format(Arc::new(CsvFormatFactory::csv()), true)?;
    state.register_file_format(Arc::new(CsvFormatFactory::tsv()), true)?;
    for kind in ["TSV", "JSONL"] {
        state.table_factories_mut().insert(kind.to_owned(), Arc::new(ListingTableFactory::new()));
    }
    Ok(SessionContext::new_with_state(state))
}
