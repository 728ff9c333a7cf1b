//! Mapping tables: `CREATE EXTERNAL TABLE m STORED AS MAPPING` and `INSERT INTO m SELECT ..`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{SendableRecordBatchStream, execute_stream_partitioned};
use datafusion::sql::parser::CreateExternalTable;
use datafusion::sql::sqlparser::ast::{Insert, ObjectName};
use futures::TryStreamExt;
use loup_mapping::{Inserted, Mapping, MappingOptions, MappingTable, MappingWriter, Originals, Pairs, SharedMapping};
use loup_sources::{is_url, resolve};

use super::insert::inserted_table;
use crate::run::waiting;
use crate::script::option_text;
use crate::shuffles::shuffles;
use crate::{Error, Outcome, Result, Session};

/// What `STORED AS` says of a mapping.
pub(super) const STORED_AS: &str = "MAPPING";
const CREATE: &str = "create_if_not_exists";
const MANIFEST: &str = "manifest.json";

const ORIGINAL: &str = "original";
const PSEUDONYM: &str = "pseudonym";

/// `CREATE EXTERNAL TABLE m STORED AS MAPPING LOCATION 'folder' OPTIONS (..)`: opens the mapping, or makes it.
pub(super) async fn create_mapping(session: &Session, table: CreateExternalTable) -> Result<Outcome> {
    let name = table_name(&table.name)?;
    let [location] = table.locations.as_slice() else {
        return Err(Error::Plan(format!("{name}: a mapping has one LOCATION, its folder")));
    };
    if is_url(location) {
        return Err(Error::Plan(format!("{location}: a mapping is a folder of this machine")));
    }
    if !table.columns.is_empty() {
        return Err(Error::Plan(format!("{name}: the columns of a mapping are original, pseudonym and created_at")));
    }
    let folder = resolve(Path::new(location)).map_err(|error| Error::Plan(format!("{location}: {error}")))?;
    check_place(session, location, &folder)?;
    let mut options = option_text(&table.options);
    let create = flag(options.remove(CREATE).as_deref())?;
    let exists = folder.join(MANIFEST).exists();
    if !exists && !create {
        return Err(Error::Plan(format!(
            "{location}: there is no mapping; add the option '{CREATE}' 'true' to make one there"
        )));
    }
    let known = session.find_table(&table.name)?;
    if known.as_ref().is_some_and(|found| !found.provider.is::<MappingTable>()) {
        return Err(Error::Plan(format!("{name}: a table of that name is there already")));
    }
    let wanted = (!options.is_empty() || !exists).then(|| parse(&options)).transpose()?;
    if !exists {
        session.making_mapping(&name, &folder)?;
    }
    let (keys, key) = session.keys_in_force()?;
    let ring = Arc::clone(&keys);
    let opened = waiting(move || {
        if exists {
            return Ok(Mapping::open(&folder, &ring)?);
        }
        let wanted = wanted.clone().ok_or_else(|| Error::Plan("a mapping needs options".to_owned()))?;
        Ok(Mapping::create(&folder, wanted, &key)?)
    });
    let mapping = opened.await?;
    if exists && !options.is_empty() && parse(&options)? != *mapping.options() {
        return Err(Error::Plan(format!(
            "{location}: the mapping was made with other options ({}); leave OPTIONS out to open it as it is",
            mapping.options()
        )));
    }
    let (entries, megabytes) = (mapping.len(), mapping.memory_size() / 1_000_000);
    let shared = session.mappings.add(&name, mapping, keys)?;
    if known.is_none() {
        session.context.register_table(name.as_str(), Arc::new(MappingTable::new(shared)))?;
    }
    let notice = if exists {
        format!("{entries} entries, {megabytes} MB of memory")
    } else {
        format!("made a new mapping in {location}")
    };
    Ok(Outcome::Done { tag: "CREATE EXTERNAL TABLE".to_owned(), rows: None, notices: vec![notice] })
}

fn table_name(name: &ObjectName) -> Result<String> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(|ident| ident.value.clone()),
        _ => None,
    }
    .ok_or_else(|| Error::Plan(format!("{name}: a mapping's name has one part")))
}

fn flag(value: Option<&str>) -> Result<bool> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::Plan(format!("option {CREATE}: expected true or false"))),
    }
}

fn parse(options: &HashMap<String, String>) -> Result<MappingOptions> {
    let pairs = options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    MappingOptions::parse(pairs).map_err(|error| Error::Plan(error.to_string()))
}

/// Keeps mappings and sources apart: a source never changes, and a mapping's files are no tables of anyone.
fn check_place(session: &Session, location: &str, folder: &Path) -> Result<()> {
    let mut protected = session.protected.lock().unwrap_or_else(PoisonError::into_inner);
    let overlaps = |source: &&std::path::PathBuf| folder.starts_with(source) || source.starts_with(folder);
    if protected.iter().filter(|source| source.as_path() != folder).any(|source| overlaps(&source)) {
        return Err(Error::Refused(format!("{location}: the mapping would lie inside a source or around one")));
    }
    protected.push(folder.to_owned());
    Ok(())
}

/// `INSERT INTO m SELECT id ..` gives every new original a pseudonym; `INSERT INTO m (original, pseudonym) SELECT ..` takes
/// over pairs.
pub(crate) async fn extend(session: &Session, insert: Insert) -> Result<Outcome> {
    let Some(mapping) = session.mapping(&inserted_table(&insert)?)? else {
        return Err(Error::Plan("INSERT: this is no mapping".to_owned()));
    };
    let source = match insert.source {
        Some(source) if insert.returning.is_none() && insert.on.is_none() && !insert.overwrite => source,
        _ => {
            return Err(Error::Plan("INSERT: only INSERT INTO m [(columns)] SELECT or VALUES is supported".to_owned()));
        }
    };
    let columns = columns(&insert.columns)?;
    let plan = session.plan_query(source).await?;
    let given = plan.schema().fields().len();
    if given != columns.len() {
        let advice = "one column of originals, or (original, pseudonym) to take over pairs";
        return Err(Error::Plan(format!("INSERT: a mapping takes {advice}; {given} given")));
    }
    let done = if columns == [ORIGINAL] {
        let originals = originals(session, &plan).await?;
        session.extend_mapping(&mapping, move |writer| writer.insert(&originals)).await?
    } else {
        let swapped = columns[0] == PSEUDONYM;
        let pairs = pairs(session, &plan, swapped).await?;
        session.extend_mapping(&mapping, move |writer| writer.import(&pairs)).await?
    };
    let notices = vec![format!("{} new, {} known", done.new, done.known)];
    Ok(Outcome::Done { tag: "INSERT".to_owned(), rows: Some(done.new), notices })
}

/// Reads the list of columns; without one the originals are meant.
fn columns(named: &[ObjectName]) -> Result<Vec<&'static str>> {
    let column = |name: &ObjectName| match name.to_string().trim_matches('"').to_ascii_lowercase().as_str() {
        ORIGINAL => Ok(ORIGINAL),
        PSEUDONYM => Ok(PSEUDONYM),
        _ => Err(Error::Plan(format!("INSERT: {name}: a mapping takes the columns original and pseudonym"))),
    };
    let named = named.iter().map(column).collect::<Result<Vec<_>>>()?;
    match named.as_slice() {
        [] => Ok(vec![ORIGINAL]),
        [ORIGINAL] | [ORIGINAL, PSEUDONYM] | [PSEUDONYM, ORIGINAL] => Ok(named),
        _ => Err(Error::Plan("INSERT: a mapping takes (original) or (original, pseudonym)".to_owned())),
    }
}

/// Collects the distinct values of a query of one column, all partitions at once.
async fn originals(session: &Session, plan: &LogicalPlan) -> Result<Originals> {
    let collect = |mut rows: SendableRecordBatchStream| {
        SpawnedTask::spawn(async move {
            let mut originals = Originals::new();
            while let Some(batch) = rows.try_next().await? {
                originals.add(batch.column(0)).map_err(external)?;
            }
            Ok::<_, DataFusionError>(originals)
        })
    };
    let tasks: Vec<_> = partitions(session, plan).await?.into_iter().map(collect).collect();
    let mut all = Originals::new();
    for task in tasks {
        let part = task.join().await.map_err(|_| Error::Data("a partition stopped unexpectedly".to_owned()))??;
        if all.rows() == 0 { all = part } else { all.merge(&part)? }
    }
    Ok(all)
}

async fn pairs(session: &Session, plan: &LogicalPlan, swapped: bool) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    for mut rows in partitions(session, plan).await? {
        while let Some(batch) = rows.try_next().await? {
            push(&mut pairs, &batch, swapped)?;
        }
    }
    Ok(pairs)
}

fn push(pairs: &mut Pairs, batch: &RecordBatch, swapped: bool) -> Result<()> {
    let text = |column: usize| cast(batch.column(column), &DataType::Utf8).map_err(DataFusionError::from);
    let (originals, pseudonyms) = (text(usize::from(swapped))?, text(usize::from(!swapped))?);
    let (originals, pseudonyms) = (originals.as_string::<i32>(), pseudonyms.as_string::<i32>());
    for (original, pseudonym) in originals.iter().zip(pseudonyms) {
        match (original, pseudonym) {
            (Some(original), Some(pseudonym)) => pairs.push(original, pseudonym),
            // NULL is no original, as in an INSERT of originals.
            (None, None) => {}
            _ => return Err(Error::Data("INSERT: a pair has NULL for one of its two values".to_owned())),
        }
    }
    Ok(())
}

async fn partitions(session: &Session, plan: &LogicalPlan) -> Result<Vec<SendableRecordBatchStream>> {
    let physical = session.state(shuffles(plan)?).create_physical_plan(plan).await?;
    Ok(execute_stream_partitioned(physical, session.context.task_ctx())?)
}

fn external(error: loup_mapping::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl Session {
    /// Returns the mapping that a name stands for.
    pub(crate) fn mapping(&self, name: &ObjectName) -> Result<Option<Arc<SharedMapping>>> {
        let found = self.find_table(name)?;
        Ok(found.and_then(|found| Some(Arc::clone(found.provider.downcast_ref::<MappingTable>()?.mapping()))))
    }

    /// Changes a mapping; the change is published with the run, or now outside of one.
    async fn extend_mapping(
        &self,
        mapping: &Arc<SharedMapping>,
        change: impl FnOnce(&mut MappingWriter) -> loup_mapping::Result<Inserted> + Send + 'static,
    ) -> Result<Inserted> {
        let (shared, mut writer) = (Arc::clone(mapping), self.mapping_writer(mapping).await?);
        let changed = waiting(move || {
            // Nobody else may hold the table while it grows, or it would be copied.
            shared.set_current(None);
            let result = change(&mut writer);
            shared.set_current(Some(writer.mapping()));
            Ok((writer, result))
        });
        let (writer, result) = changed.await?;
        self.hold_writer(mapping, writer, result.as_ref().ok())?;
        Ok(result?)
    }
}
