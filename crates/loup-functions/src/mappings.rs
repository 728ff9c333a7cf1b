//! Mapping tables as `map_id` and `unmap_id` find them; the tables themselves are made elsewhere.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

/// The mapping tables of a session, by name.
pub trait MappingCatalog: Debug + Send + Sync {
    /// Returns the mapping of that name, in any case, if there is one.
    fn find(&self, name: &str) -> Option<Arc<dyn IdMapping>>;

    /// Returns the names of all mappings.
    fn names(&self) -> Vec<String>;
}

/// A table original -> pseudonym, one to one. Messages hold neither.
pub trait IdMapping: Debug + Send + Sync {
    /// Returns the type that both directions give for values of a type (dictionaries unpacked).
    ///
    /// # Errors
    /// If values of the type can be neither originals nor pseudonyms.
    fn result_type(&self, values: &DataType) -> Result<DataType>;

    /// Returns the pseudonyms of originals. NULL gives NULL.
    ///
    /// # Errors
    /// If an original is not in the mapping, unless the mapping says that it gives NULL.
    fn map(&self, originals: &dyn Array) -> Result<ArrayRef>;

    /// Returns the originals of pseudonyms. NULL gives NULL.
    ///
    /// # Errors
    /// As [`IdMapping::map`].
    fn unmap(&self, pseudonyms: &dyn Array) -> Result<ArrayRef>;
}
