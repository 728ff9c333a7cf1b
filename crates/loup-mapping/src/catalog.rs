//! The mapping tables of a session, by name, as SQL reads and extends them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{Result as EngineResult, exec_datafusion_err, plan_datafusion_err};
use loup_crypto::KeyRing;
use loup_functions::{IdMapping, MappingCatalog};

use crate::error::{Error, Result};
use crate::mapping::Mapping;

/// The mapping tables of a session.
///
/// A name stays with its folder for as long as the session lives: plans that wait to be run mean the mapping they named.
#[derive(Debug, Default)]
pub struct Mappings {
    by_name: RwLock<BTreeMap<String, Arc<SharedMapping>>>,
}

impl Mappings {
    /// Returns the mapping of that name, in any case.
    pub fn get(&self, name: &str) -> Option<Arc<SharedMapping>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_lowercase()).cloned()
    }

    /// Adds an open mapping under a name and returns it; where the name has its folder already, the one that is there.
    ///
    /// # Errors
    /// If the name stands for another folder.
    pub fn add(&self, name: &str, mapping: Mapping, keys: Arc<KeyRing>) -> Result<Arc<SharedMapping>> {
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = by_name.get(&name.to_lowercase()) {
            if known.folder != mapping.folder() || known.schema != mapping.schema() {
                return Err(Error::NameTaken { name: name.to_owned(), folder: known.folder.clone() });
            }
            return Ok(Arc::clone(known));
        }
        let shared = Arc::new(SharedMapping {
            name: name.to_owned(),
            folder: mapping.folder().to_owned(),
            schema: mapping.schema(),
            keys,
            current: RwLock::new(Some(mapping)),
        });
        by_name.insert(name.to_lowercase(), Arc::clone(&shared));
        Ok(shared)
    }
}

impl MappingCatalog for Mappings {
    fn find(&self, name: &str) -> Option<Arc<dyn IdMapping>> {
        self.get(name).map(|mapping| -> Arc<dyn IdMapping> { mapping })
    }

    fn names(&self) -> Vec<String> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        by_name.values().map(|mapping| mapping.name.clone()).collect()
    }
}

/// A mapping that grows while plans that read it wait: they see it as it is when they run.
pub struct SharedMapping {
    name: String,
    folder: PathBuf,
    schema: SchemaRef,
    keys: Arc<KeyRing>,
    /// None where it is to be read from disk when it is next asked for.
    current: RwLock<Option<Mapping>>,
}

impl SharedMapping {
    /// Returns its name in SQL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the columns it has as a table.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Returns the mapping as it is now.
    ///
    /// # Errors
    /// If it must be read from disk and cannot be opened.
    pub fn current(&self) -> Result<Mapping> {
        if let Some(mapping) = self.current.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            return Ok(mapping.clone());
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match current.as_ref() {
            Some(mapping) => Ok(mapping.clone()),
            None => Ok(current.insert(Mapping::open(&self.folder, &self.keys)?).clone()),
        }
    }

    /// Lets later look-ups see another version; None has them read what is on disk.
    pub fn set_current(&self, mapping: Option<Mapping>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = mapping;
    }

    fn told(&self, function: &str, error: &Error) -> String {
        let error = error.to_string();
        format!("{function}: mapping '{}': {}", self.name, error.strip_prefix("mapping: ").unwrap_or(&error))
    }
}

impl IdMapping for SharedMapping {
    fn result_type(&self, values: &DataType) -> EngineResult<DataType> {
        let of = |mapping: Mapping| mapping.result_type(values);
        self.current().and_then(of).map_err(|error| plan_datafusion_err!("{}", self.told("map_id", &error)))
    }

    fn map(&self, originals: &dyn Array) -> EngineResult<ArrayRef> {
        let map = |mapping: Mapping| mapping.map(originals);
        self.current().and_then(map).map_err(|error| exec_datafusion_err!("{}", self.told("map_id", &error)))
    }

    fn unmap(&self, pseudonyms: &dyn Array) -> EngineResult<ArrayRef> {
        let unmap = |mapping: Mapping| mapping.unmap(pseudonyms);
        self.current().and_then(unmap).map_err(|error| exec_datafusion_err!("{}", self.told("unmap_id", &error)))
    }
}

impl fmt::Debug for SharedMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMapping").field("name", &self.name).field("folder", &self.folder).finish_non_exhaustive()
    }
}
