//! Columns that carry more than values: a cell's raw bytes, a record's place.
//!
//! A table's ordinary schema has one text column per cell. A scan that feeds a sink asks for carriers as well: the raw
//! bytes of a cell, which the sink writes as they are, and the position of the record, by which the sink keeps the order
//! of rows while all cores work. Projection push-down drops those that nobody reads.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

const ROLE: &str = "loup.carrier";
const POSITION: &str = "position";
const RAW: &str = "raw:";
const RECORD: &str = "record";

/// What a carrier column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The bytes of the cell in this column of the file, quotes included; never NULL.
    Raw(usize),
    /// The [`Position`] of the record.
    Position,
    /// The number of the record in its segment of a dump, whose text stays at hand until it is written.
    Record,
}

impl Carrier {
    /// Reads a field's role; `None` for an ordinary column.
    pub fn of(field: &Field) -> Option<Self> {
        let role = field.metadata().get(ROLE)?;
        match role.as_str() {
            POSITION => return Some(Self::Position),
            RECORD => return Some(Self::Record),
            _ => {}
        }
        role.strip_prefix(RAW)?.parse().ok().map(Self::Raw)
    }

    /// Returns the carrier's name in the schema; no header can clash with it, since it holds a NUL.
    pub fn name(self) -> String {
        match self {
            Self::Raw(column) => format!("\0raw:{column}"),
            Self::Position => "\0position".to_owned(),
            Self::Record => "\0record".to_owned(),
        }
    }

    fn field(self) -> Field {
        let (data_type, role) = match self {
            Self::Raw(column) => (DataType::Utf8View, format!("{RAW}{column}")),
            Self::Position => (DataType::UInt64, POSITION.to_owned()),
            Self::Record => (DataType::UInt32, RECORD.to_owned()),
        };
        Field::new(self.name(), data_type, false).with_metadata([(ROLE.to_owned(), role)].into())
    }

    /// Returns `schema` with a raw column for each column, then the position.
    pub(crate) fn extend(schema: &SchemaRef) -> SchemaRef {
        Self::append(schema, (0..schema.fields().len()).map(Self::Raw).chain([Self::Position]))
    }

    /// Returns `schema` with carriers behind its columns.
    pub(crate) fn append(schema: &SchemaRef, carriers: impl IntoIterator<Item = Self>) -> SchemaRef {
        let carriers = carriers.into_iter().map(|carrier| carrier.field().into());
        let fields: Vec<_> = schema.fields().iter().cloned().chain(carriers).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }
}

const ROW_BITS: u32 = 22;
const SEGMENT_BITS: u32 = 26;

/// A record's place among all records of a table: file, segment of the file, row of the segment.
///
/// As an integer it grows along the table, and all rows of one segment are neighbours in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

impl Position {
    /// Files one table can have.
    pub const MAX_FILES: usize = 1 << (u64::BITS - SEGMENT_BITS - ROW_BITS);

    pub(crate) fn new(file: usize, segment: u64, row: usize) -> Self {
        debug_assert!(file < Self::MAX_FILES && segment < 1 << SEGMENT_BITS && row < 1 << ROW_BITS);
        Self((file as u64) << (SEGMENT_BITS + ROW_BITS) | segment << ROW_BITS | row as u64)
    }

    /// Returns the positions of rows of one segment.
    pub(crate) fn column(file: usize, segment: u64, rows: std::ops::Range<usize>) -> ArrayRef {
        let first = Self::new(file, segment, rows.start).0;
        Arc::new(UInt64Array::from_iter_values(first..first + rows.len() as u64))
    }

    /// Returns what is added to a position to stand behind all records of `files` files.
    pub fn behind(files: usize) -> u64 {
        (files as u64) << (SEGMENT_BITS + ROW_BITS)
    }

    /// Returns the number of the file and segment, which is the unit of ordering.
    pub fn segment(self) -> u64 {
        self.0 >> ROW_BITS
    }

    /// Returns the number of the segment in its file.
    pub(crate) fn segment_in_file(self) -> u64 {
        self.segment() & ((1 << SEGMENT_BITS) - 1)
    }

    /// Returns the number of the file.
    pub fn file(self) -> usize {
        (self.0 >> (SEGMENT_BITS + ROW_BITS)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_grow_along_the_table() {
        let places = [(0, 0, 0), (0, 0, 4_000_000), (0, 1, 0), (0, 60_000_000, 5), (1, 0, 0), (65_535, 1, 1)];
        let positions = places.map(|(file, segment, row)| Position::new(file, segment, row));
        assert!(positions.is_sorted());
        assert_eq!(positions[5].file(), 65_535);
        assert_eq!(positions[1].segment(), positions[0].segment());
        assert_ne!(positions[2].segment(), positions[0].segment());
    }

    #[test]
    fn roles_are_read_back() {
        for carrier in [Carrier::Raw(0), Carrier::Raw(17), Carrier::Position, Carrier::Record] {
            assert_eq!(Carrier::of(&carrier.field()), Some(carrier));
        }
        assert_eq!(Carrier::of(&Field::new("a", DataType::Utf8, true)), None);
    }
}
