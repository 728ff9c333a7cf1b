//! Lists of a session, by the names of its tables, as `fake_from` and `generalize_to` find them.

mod choices;
mod hierarchy;
mod mentions;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, new_empty_array};
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DataFusionError, Result, internal_err, plan_err};

pub(crate) use choices::Choices;
pub(crate) use hierarchy::Hierarchy;
pub use mentions::lists_named_by;

use crate::kernel::value_bytes;
use crate::spec::{Accepts, plain};

/// Lists by name. They never change: what is bound when a statement is planned stays what it means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NamedLists {
    by_name: BTreeMap<String, Arc<NamedList>>,
}

impl NamedLists {
    /// Adds a list under a name, which is found in any case, or puts it in the place of the one that was there.
    #[must_use]
    pub fn with(mut self, name: &str, list: NamedList) -> Self {
        self.by_name.insert(name.to_lowercase(), Arc::new(list));
        self
    }

    /// Removes the list of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.by_name.remove(&name.to_lowercase());
        self
    }

    /// Returns the list of that name.
    pub fn find(&self, name: &str) -> Option<&Arc<NamedList>> {
        self.by_name.get(&name.to_lowercase())
    }
}

/// What draws of one list depend on: its column of weights and the longest entry.
type Limits = (String, Option<usize>);

/// A table that serves as a list of entries to draw from, or as a hierarchy of values.
pub struct NamedList {
    columns: Vec<Column>,
    /// Made when a call first asks for them.
    choices: Mutex<BTreeMap<Limits, Arc<Choices>>>,
    hierarchy: Mutex<Option<Arc<Hierarchy>>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: String,
    /// None where values of its type have no text form.
    texts: Option<StringArray>,
}

impl NamedList {
    /// Copies a table. Which of its columns are what is decided by the calls that name it.
    ///
    /// # Errors
    /// If the batches do not fit the schema.
    pub fn try_new(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self> {
        let mut builder = NamedListBuilder::new(schema);
        for batch in batches {
            builder.push(batch)?;
        }
        builder.finish()
    }

    /// Returns the entries to draw from: those of the column `value`, else of the first one.
    pub(crate) fn choices(&self, list: &str, weights: &str, max_chars: Option<usize>) -> Result<Arc<Choices>> {
        let mut made = self.choices.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = (weights.to_owned(), max_chars);
        if let Some(choices) = made.get(&limits) {
            return Ok(Arc::clone(choices));
        }
        let weights = self.weights(list, weights)?;
        let is_weights = |column: &&Column| weights.is_some_and(|weights| std::ptr::eq(weights, *column));
        let Some(values) = self.column("value").or_else(|| self.columns.iter().find(|column| !is_weights(column)))
        else {
            return plan_err!("{list}: expected a column of entries, got none");
        };
        let texts = values.texts(list)?;
        let choices = Choices::try_new(list, texts, weights.map(|column| column.texts(list)).transpose()?, max_chars)?;
        let choices = Arc::new(choices);
        made.insert(limits, Arc::clone(&choices));
        Ok(choices)
    }

    /// Returns the values with their levels: the first column the values, each further one a level.
    pub(crate) fn hierarchy(&self, list: &str) -> Result<Arc<Hierarchy>> {
        let mut made = self.hierarchy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hierarchy) = made.as_ref() {
            return Ok(Arc::clone(hierarchy));
        }
        let columns = self.columns.iter().map(|column| column.texts(list).cloned()).collect::<Result<Vec<_>>>()?;
        let hierarchy = Arc::new(Hierarchy::try_new(list, columns)?);
        *made = Some(Arc::clone(&hierarchy));
        Ok(hierarchy)
    }

    /// Returns the column of weights that a call names; without one, a column that is called `weight`, if there is one.
    fn weights(&self, list: &str, name: &str) -> Result<Option<&Column>> {
        match (name, self.column(name)) {
            ("", _) => Ok(self.column("weight")),
            (_, Some(column)) => Ok(Some(column)),
            (_, None) => plan_err!("{list}: there is no column {name} of weights"),
        }
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// Copies a table batch by batch, without the buffers that its batches are views on.
#[derive(Debug)]
pub struct NamedListBuilder {
    /// Each column's name, and its texts batch by batch; None where values of its type have no text form.
    columns: Vec<(String, Option<Vec<ArrayRef>>)>,
}

impl NamedListBuilder {
    /// Starts without rows.
    pub fn new(schema: &SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| (field.name().clone(), Some(Vec::new()))).collect();
        Self { columns }
    }

    /// Adds rows; returns how many bytes of memory they take.
    ///
    /// # Errors
    /// If they have other columns than the schema said.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<usize> {
        if batch.num_columns() != self.columns.len() {
            return internal_err!("a list of {} columns got {}", self.columns.len(), batch.num_columns());
        }
        let mut bytes = 0;
        for ((_, parts), values) in self.columns.iter_mut().zip(batch.columns()) {
            match (texts(values)?, parts.as_mut()) {
                (Some(texts), Some(parts)) => {
                    bytes += texts.get_array_memory_size();
                    parts.push(texts);
                }
                _ => *parts = None,
            }
        }
        Ok(bytes)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// If a column is too large for one array.
    pub fn finish(self) -> Result<NamedList> {
        let column = |(name, parts): (String, Option<Vec<ArrayRef>>)| {
            let texts = parts.map(|parts| {
                let empty = new_empty_array(&DataType::Utf8);
                let parts: Vec<&dyn Array> = std::iter::once(&empty).chain(&parts).map(AsRef::as_ref).collect();
                Ok::<_, DataFusionError>(concat(&parts)?.as_string::<i32>().clone())
            });
            Ok(Column { name, texts: texts.transpose()? })
        };
        let columns = self.columns.into_iter().map(column).collect::<Result<Vec<_>>>()?;
        Ok(NamedList { columns, choices: Mutex::default(), hierarchy: Mutex::default() })
    }
}

impl PartialEq for NamedList {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
    }
}

/// Entries stay out of messages.
impl fmt::Debug for NamedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.columns.iter().find_map(|column| column.texts.as_ref()).map_or(0, Array::len);
        f.debug_struct("NamedList").field("rows", &rows).finish_non_exhaustive()
    }
}

impl Column {
    fn texts(&self, list: &str) -> Result<&StringArray> {
        let Some(texts) = &self.texts else {
            return plan_err!("{list}: the column {} holds neither text nor numbers", self.name);
        };
        Ok(texts)
    }
}

/// Returns values in the form that keyed functions digest, floats as they are written.
fn texts(values: &ArrayRef) -> Result<Option<ArrayRef>> {
    let kind = plain(values.data_type());
    let canonical = match kind {
        DataType::Struct(_) => return Ok(None),
        kind if kind.is_floating() || kind.is_null() => cast(values, kind)?,
        kind if Accepts::Identifier.admits(kind) => value_bytes::canonical(values, false)?,
        _ => return Ok(None),
    };
    // Bytes that are no text give NULL here, which is refused where it is read.
    Ok(Some(cast(&canonical, &DataType::Utf8)?))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, StringViewArray};

    use super::*;

    fn list(columns: Vec<(&str, ArrayRef)>) -> NamedList {
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        NamedList::try_new(&batch.schema(), &[batch]).expect("a list")
    }

    fn text(values: &[&str]) -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(values))
    }

    fn entries(list: &NamedList, weights: &str) -> String {
        list.choices("l", weights, None).map_or_else(|error| error.strip_backtrace(), |found| found.entries().join(" "))
    }

    #[test]
    fn entries_are_those_of_the_column_value_else_of_the_first() {
        let named = list(vec![("id", text(&["1", "2"])), ("Value", text(&["b", "a"]))]);
        assert_eq!(entries(&named, ""), "a b");
        let first = list(vec![("job", text(&["b", "a"])), ("other", text(&["x", "x"]))]);
        assert_eq!(entries(&first, ""), "a b");
        let weighted = list(vec![("weight", text(&["1", "2"])), ("job", text(&["b", "a"]))]);
        assert_eq!(entries(&weighted, ""), "a b");
    }

    #[test]
    fn weights_are_found_by_name_and_may_be_of_any_numeric_type() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.25, 0.75]));
        let named = list(vec![("job", text(&["b", "a"])), ("share", floats)]);
        assert_eq!(entries(&named, "SHARE"), "a b");
        assert!(entries(&named, "shares").contains("there is no column shares of weights"));
        let zero: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
        let refused = entries(&list(vec![("job", text(&["b", "a"])), ("weight", zero)]), "");
        assert!(refused.contains("expected weights above 0, got 1 other"), "{refused}");
    }

    #[test]
    fn lists_are_found_in_any_case_and_equal_by_content() {
        let lists = NamedLists::default().with("Jobs", list(vec![("job", text(&["a", "b"]))]));
        assert!(lists.find("jOBS").is_some() && lists.find("job").is_none());
        assert_eq!(lists, NamedLists::default().with("jobs", list(vec![("job", text(&["a", "b"]))])));
        assert_ne!(lists, NamedLists::default().with("jobs", list(vec![("job", text(&["a", "c"]))])));
        assert_eq!(format!("{:?}", lists.find("jobs")), "Some(NamedList { rows: 2, .. })");
    }
}
