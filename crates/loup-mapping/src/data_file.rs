//! One data file: Parquet with modular encryption, under a key of its own, checked by its hash before it is parsed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::array::FixedSizeBinaryArray;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::Field;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::basic::Encoding;
use datafusion::parquet::basic::ZstdLevel;
use datafusion::parquet::encryption::decrypt::FileDecryptionProperties;
use datafusion::parquet::encryption::encrypt::FileEncryptionProperties;
use datafusion::parquet::file::properties::EnabledStatistics;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use loup_crypto::hex;

use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::keys::{Keys, random_hex};
use crate::manifest::{FileEntry, Manifest};
use crate::moments;
use crate::table::{Class, Part};
use crate::value::{Value, Values};

/// Rows of a full file: a file is held in memory while it is written and checked. Few in tests, so that there are many.
pub(crate) const FULL: u32 = if cfg!(test) { 64 } else { 1 << 20 };

/// Rows that go through Arrow at once.
const BATCH: u32 = 1 << 16;

const ORIGINAL: &str = "original";
const PSEUDONYM: &str = "pseudonym";
const CREATED_AT: &str = "created_at";

/// Encodes rows of a part as a new file; its entry goes into the manifest, its bytes to disk.
pub(crate) fn encode(
    keys: &Keys,
    id: &str,
    sequence: u64,
    class: Class,
    part: &Part,
    rows: Range<u32>,
) -> Result<(FileEntry, Vec<u8>)> {
    let name = format!("data-{sequence:08}-{}.parquet", random_hex(8)?);
    let fault = || Error::FileContent { path: name.clone().into(), expected: "rows that Parquet can encode" };
    let schema = schema(part);
    let key = keys.file(&name).expose().to_vec();
    let encryption = FileEncryptionProperties::builder(key).with_aad_prefix(aad(id, sequence)).build();
    let properties = properties(part, encryption.map_err(|_| fault())?);
    let count = u64::from(rows.end - rows.start);
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties)).map_err(|_| fault())?;
    for start in rows.clone().step_by(BATCH as usize) {
        let end = rows.end.min(start.saturating_add(BATCH));
        let rows = start..end;
        let columns = vec![
            array(part.originals.values(), rows.clone()),
            array(&part.pseudonyms, rows),
            part.created.array(start, end),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|_| fault())?;
        writer.write(&batch).map_err(|_| fault())?;
    }
    let bytes = writer.into_inner().map_err(|_| fault())?;
    let hash = hex(&keys.file_hash().digest(&bytes));
    Ok((FileEntry { name, originals: class, sequence, rows: count, bytes: bytes.len() as u64, hash }, bytes))
}

/// Reads a file of a manifest and appends its rows to a part.
///
/// Nothing of the file is parsed before its hash is checked: the Parquet reader trusts the lengths it finds.
pub(crate) fn read(
    folder: &Folder,
    keys: &Keys,
    manifest: &Manifest,
    entry: &FileEntry,
    part: &mut Part,
) -> Result<()> {
    let bytes = folder.read_exact(&entry.name, entry.bytes)?;
    if hex(&keys.file_hash().digest(&bytes)) != entry.hash {
        return Err(Error::FileChanged { path: folder.file(&entry.name) });
    }
    let content = |expected| Error::FileContent { path: folder.file(&entry.name), expected };
    let parquet = || content("a Parquet file of this mapping");
    let key = keys.file(&entry.name).expose().to_vec();
    let decryption = FileDecryptionProperties::builder(key).with_aad_prefix(aad(&manifest.id, entry.sequence)).build();
    let options = ArrowReaderOptions::new().with_file_decryption_properties(decryption.map_err(|_| parquet())?);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(Bytes::from(bytes), options).map_err(|_| parquet())?;
    if builder.schema().fields() != schema(part).fields() {
        return Err(content("the columns original, pseudonym and created_at"));
    }
    let before = part.rows();
    for batch in builder.with_batch_size(BATCH as usize).build().map_err(|_| parquet())? {
        let batch = batch.map_err(|_| parquet())?;
        let created: &TimestampMicrosecondArray = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        append(part.originals.values_mut(), batch.column(0));
        append(&mut part.pseudonyms, batch.column(1));
        for run in created.values().chunk_by(|a, b| a == b) {
            part.created.push(run.len() as u32, run[0]);
        }
    }
    if u64::from(part.rows() - before) == entry.rows {
        Ok(())
    } else {
        Err(content("as many rows as the manifest says"))
    }
}

/// What the encryption authenticates besides the content: which mapping and which version of it the file belongs to.
fn aad(id: &str, sequence: u64) -> Vec<u8> {
    [id.as_bytes(), &sequence.to_le_bytes()].concat()
}

fn schema(part: &Part) -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new(ORIGINAL, stored_type(part.originals.values()), false),
        Field::new(PSEUDONYM, stored_type(&part.pseudonyms), false),
        Field::new(CREATED_AT, moments::data_type(), false),
    ]))
}

fn stored_type(values: &Values) -> DataType {
    match values {
        Values::Integers(_) => DataType::Int64,
        Values::Uuids(_) => DataType::FixedSizeBinary(16),
        Values::Texts(_) => DataType::Utf8,
    }
}

/// No statistics and no dictionaries: entries are distinct, and nothing of them is to stand anywhere else.
/// The properties hold the key and print it: they are never shown.
fn properties(part: &Part, encryption: Arc<FileEncryptionProperties>) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .with_file_encryption_properties(encryption)
        .set_created_by("loup-mapping".to_owned())
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(FULL as usize))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_column_encoding(ColumnPath::from(CREATED_AT), Encoding::DELTA_BINARY_PACKED);
    for (name, values) in [(ORIGINAL, part.originals.values()), (PSEUDONYM, &part.pseudonyms)] {
        let encoding = match values {
            Values::Integers(_) => Encoding::DELTA_BINARY_PACKED,
            Values::Uuids(_) => Encoding::PLAIN,
            Values::Texts(_) => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        };
        properties = properties.set_column_encoding(ColumnPath::from(name), encoding);
    }
    properties.build()
}

fn array(values: &Values, rows: Range<u32>) -> ArrayRef {
    let range = rows.start as usize..rows.end as usize;
    match values {
        Values::Integers(values) => Arc::new(Int64Array::from(values[range].to_vec())),
        Values::Uuids(values) => {
            let bytes: Vec<u8> = values[range].iter().flat_map(|uuid| uuid.to_be_bytes()).collect();
            Arc::new(FixedSizeBinaryArray::new(16, bytes.into(), None))
        }
        Values::Texts(texts) => Arc::new(StringArray::from_iter_values(range.map(|row| texts.get(row)))),
    }
}

/// Appends a column whose type was checked.
fn append(values: &mut Values, array: &ArrayRef) {
    match values {
        Values::Integers(values) => values.extend_from_slice(array.as_primitive::<Int64Type>().values()),
        Values::Uuids(values) => {
            let (chunks, _) = array.as_fixed_size_binary().value_data().as_chunks::<16>();
            values.extend(chunks.iter().map(|bytes| u128::from_be_bytes(*bytes)));
        }
        Values::Texts(_) => {
            for text in array.as_string::<i32>().iter().flatten() {
                values.push(Value::Text(text));
            }
        }
    }
}
