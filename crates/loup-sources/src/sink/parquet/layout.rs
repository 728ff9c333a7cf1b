//! What a rewritten Parquet file looks like: its columns, where each comes from, and what its footer says.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::parquet::arrow::{
    ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, PARQUET_FIELD_ID_META_KEY, add_encoded_arrow_schema_to_metadata,
};
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::Result;
use datafusion::parquet::file::metadata::{KeyValue, SortingColumn};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use datafusion::parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::source::{ParquetFile, is_read_as};

/// Entries of a footer that describe columns by names and types alone.
const SCHEMAS: [&str; 5] =
    ["pandas", "org.apache.spark.sql.parquet.row.metadata", "parquet.avro.schema", "avro.schema", "iceberg.schema"];

/// Where a column of a rewritten file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputColumn {
    /// From the source's column of this number: its chunks are copied, name, type and statistics included.
    Copied(usize),
    /// From the next column of the plan, under this field: its values are encoded.
    Computed(FieldRef),
}

/// A column's leaves in a file being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The chunks of these leaves of the source.
    Copied(Range<usize>),
    /// As many encoded chunks.
    Computed(usize),
}

/// The plan of a rewritten file.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) schema: TypePtr,
    pub(super) parts: Vec<Part>,
    pub(super) properties: WriterPropertiesPtr,
    /// The computed columns alone, as Parquet and as Arrow.
    pub(super) computed: TypePtr,
    pub(super) arrays: SchemaRef,
}

impl Layout {
    pub(super) fn new(file: &ParquetFile, columns: &[OutputColumn]) -> Result<Self> {
        let source = file.footer().schema_descr().root_schema();
        let (mut types, mut fields, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut computed, mut arrays) = (Vec::new(), Vec::new());
        for column in columns {
            match column {
                OutputColumn::Copied(root) => {
                    types.push(Arc::clone(&source.get_fields()[*root]));
                    fields.push(Arc::clone(&file.schema().fields()[*root]));
                    parts.push(Part::Copied(file.leaves(*root)));
                }
                OutputColumn::Computed(field) => {
                    let stored = stored_field(field, file.schema());
                    let descriptor = ArrowSchemaConverter::new().convert(&Schema::new(vec![stored.clone()]))?;
                    let root = Arc::clone(&descriptor.root_schema().get_fields()[0]);
                    types.push(Arc::clone(&root));
                    computed.push(root);
                    arrays.push(field.as_ref().clone().with_nullable(stored.is_nullable()));
                    fields.push(Arc::new(stored));
                    parts.push(Part::Computed(descriptor.num_columns()));
                }
            }
        }
        let group = |types| Type::group_type_builder(source.name()).with_fields(types).build().map(Arc::new);
        let (schema, computed) = (group(types)?, group(computed)?);
        let properties = Arc::new(properties(file, columns, &parts, &computed, &Schema::new(fields)));
        Ok(Self { schema, parts, properties, computed, arrays: Arc::new(Schema::new(arrays)) })
    }
}

/// Returns the field that the file states for a computed column: the source's own type, where plans read it as this one.
fn stored_field(field: &Field, source: &Schema) -> Field {
    let before = source.fields().iter().find(|before| before.name() == field.name());
    let before = before.filter(|before| is_read_as(before.data_type(), field.data_type()));
    let Some(before) = before else {
        return Field::new(field.name(), field.data_type().clone(), field.is_nullable());
    };
    let is_nullable = field.is_nullable() || before.is_nullable();
    let id = before.metadata().get_key_value(PARQUET_FIELD_ID_META_KEY);
    let metadata = id.map(|(key, id)| HashMap::from([(key.clone(), id.clone())])).unwrap_or_default();
    Field::new(field.name(), before.data_type().clone(), is_nullable).with_metadata(metadata)
}

fn properties(
    file: &ParquetFile,
    columns: &[OutputColumn],
    parts: &[Part],
    computed: &TypePtr,
    schema: &Schema,
) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(default_compression())
        .set_sorting_columns(sorting_columns(file, parts));
    if !file.has_page_index() {
        // The footer's writer takes page indexes of all columns or of none.
        properties = properties.set_statistics_enabled(EnabledStatistics::Chunk).set_offset_index_disabled(true);
    }
    let leaves = SchemaDescriptor::new(Arc::clone(computed));
    for leaf in leaves.columns() {
        if let Some(compression) = compression_of(file, &leaf.path().parts()[0]) {
            properties = properties.set_column_compression(leaf.path().clone(), compression);
        }
    }
    let empty = Vec::new();
    let entries = file.footer().key_value_metadata().unwrap_or(&empty);
    let kept: Vec<_> = entries.iter().filter(|entry| is_kept(entry, file.schema(), columns)).cloned().collect();
    let mut properties = properties.set_key_value_metadata(Some(kept).filter(|kept| !kept.is_empty())).build();
    let has_schema = entries.iter().any(|entry| entry.key == ARROW_SCHEMA_META_KEY);
    if has_schema || !leaves.columns().is_empty() {
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    }
    properties
}

/// Returns how Parquet pages are compressed where no source says otherwise.
pub(in crate::sink) fn default_compression() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default())
}

/// Returns how the source compresses the column of this name.
fn compression_of(file: &ParquetFile, name: &str) -> Option<Compression> {
    let leaf = (0..file.schema().fields().len()).find(|root| file.schema().field(*root).name() == name);
    let leaf = leaf.map(|root| file.leaves(root).start)?;
    let group = *file.row_groups().first()?;
    match file.metadata().row_group(group).column(leaf).compression() {
        // There is no writer of it.
        Compression::LZO => None,
        compression => Some(compression),
    }
}

/// Returns the order of rows that the source states, as far as it is one of columns that stay.
fn sorting_columns(file: &ParquetFile, parts: &[Part]) -> Option<Vec<SortingColumn>> {
    let groups = file.row_groups();
    let of = |group: usize| file.metadata().row_group(group).sorting_columns();
    let stated = of(*groups.first()?)?;
    // The footer's writer takes one order for all.
    if !groups.iter().all(|group| of(*group) == Some(stated)) {
        return None;
    }
    let mut leaves = HashMap::new();
    let mut written = 0;
    for part in parts {
        match part {
            Part::Copied(range) => {
                leaves.extend(range.clone().zip(written..));
                written += range.len();
            }
            Part::Computed(count) => written += count,
        }
    }
    let kept = stated.iter().map_while(|column| {
        let leaf = leaves.get(&usize::try_from(column.column_idx).ok()?)?;
        Some(SortingColumn { column_idx: i32::try_from(*leaf).ok()?, ..column.clone() })
    });
    Some(kept.collect::<Vec<_>>()).filter(|kept| !kept.is_empty())
}

/// Returns whether an entry of the source's footer still holds for the new file.
///
/// What names a column that is not copied describes it as it was, its range of values perhaps; only lists of names and types
/// may stay, where the types did.
fn is_kept(entry: &KeyValue, source: &Schema, columns: &[OutputColumn]) -> bool {
    if entry.key == ARROW_SCHEMA_META_KEY {
        return false;
    }
    let is_copied = |root: usize| columns.contains(&OutputColumn::Copied(root));
    let is_same_type = |before: &Field| {
        columns.iter().any(|column| match column {
            OutputColumn::Computed(field) => {
                field.name() == before.name() && is_read_as(before.data_type(), field.data_type())
            }
            OutputColumn::Copied(_) => false,
        })
    };
    let text = entry.value.as_deref().unwrap_or_default();
    // A name with other characters may be spelt with escapes.
    let may_name =
        |name: &str| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || text.contains(name);
    let mut gone =
        source.fields().iter().enumerate().filter(|(root, field)| !is_copied(*root) && may_name(field.name()));
    let is_schema = SCHEMAS.contains(&entry.key.as_str());
    gone.all(|(_, field)| is_schema && is_same_type(field))
}
