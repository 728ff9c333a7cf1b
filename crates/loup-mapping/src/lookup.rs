//! Looking up whole columns, in either direction, and the mapping as record batches.

use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::array::new_null_array;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::Field;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::datatypes::SchemaRef;

use crate::column::{Column, check_type};
use crate::error::{Error, Result};
use crate::index::FREE;
use crate::mapping::Mapping;
use crate::moments;
use crate::output;
use crate::table::{Class, Table};
use crate::value::Value;

/// Where an entry is; the row is [`FREE`] where there is none.
#[derive(Clone, Copy)]
struct Place {
    class: Class,
    row: u32,
}

/// Which of an entry's two values is asked for.
#[derive(Clone, Copy)]
enum Side {
    Original,
    Pseudonym,
}

impl Mapping {
    /// Returns the type of what [`Mapping::map`] and [`Mapping::unmap`] give for a column of `data_type`.
    ///
    /// Where pseudonyms are numbers it is the type given; where they are text it is the text type given, or VARCHAR. A
    /// dictionary gives what its values would.
    ///
    /// # Errors
    /// If the type is neither an integer, DECIMAL(p, 0), text, nor NULL.
    pub fn result_type(&self, data_type: &DataType) -> Result<DataType> {
        check_type(data_type)?;
        Ok(match data_type {
            DataType::Dictionary(_, plain) => return self.result_type(plain),
            DataType::Null if self.scheme.is_numeric() => DataType::Int64,
            text @ (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => text.clone(),
            number if self.scheme.is_numeric() && *number != DataType::Null => number.clone(),
            _ => DataType::Utf8,
        })
    }

    /// Looks up originals and returns their pseudonyms. NULL gives NULL.
    ///
    /// # Errors
    /// If the column is of another type than an original can be; if an original is not in the mapping, unless that gives
    /// NULL; if a number does not fit the column's type.
    pub fn map(&self, originals: &dyn Array) -> Result<ArrayRef> {
        let column = Column::new(originals)?;
        let places = places(&self.contents.table, &column)?;
        self.render(originals.data_type(), &column, &places, Side::Pseudonym)
    }

    /// Looks up pseudonyms and returns their originals. NULL gives NULL.
    ///
    /// # Errors
    /// As [`Mapping::map`]; an original that is text does not fit a column of numbers: cast that to text first.
    pub fn unmap(&self, pseudonyms: &dyn Array) -> Result<ArrayRef> {
        let column = Column::new(pseudonyms)?;
        let (mut places, mut text) = (Vec::with_capacity(column.len()), String::new());
        column.visit(|value| {
            let core = value.and_then(|value| self.scheme.read(value, &mut text));
            let found = core.and_then(|core| self.contents.table.place_of_pseudonym(core));
            let (class, row) = found.unwrap_or((Class::Integers, FREE));
            places.push(Place { class, row });
            Ok(())
        })?;
        self.render(pseudonyms.data_type(), &column, &places, Side::Original)
    }

    /// Returns the columns of the mapping as a table: `original` (text), `pseudonym` (BIGINT where pseudonyms are numbers,
    /// else text) and `created_at`.
    pub fn schema(&self) -> SchemaRef {
        let pseudonym = if self.scheme.is_numeric() { DataType::Int64 } else { DataType::Utf8 };
        Arc::new(Schema::new(vec![
            Field::new("original", DataType::Utf8, false),
            Field::new("pseudonym", pseudonym, false),
            Field::new("created_at", moments::data_type(), false),
        ]))
    }

    /// Returns the entries in batches of at most `rows` rows, those with integers as originals first.
    pub fn batches(&self, rows: usize) -> Batches {
        let most = u32::try_from(rows.max(1)).unwrap_or(u32::MAX);
        Batches { mapping: self.clone(), schema: self.schema(), class: Class::Integers, row: 0, most }
    }

    fn render(&self, data_type: &DataType, column: &Column, places: &[Place], side: Side) -> Result<ArrayRef> {
        let result_type = self.result_type(data_type)?;
        let found = places.iter().filter(|place| place.row != FREE).count();
        let nulls = column.nulls().map_or(0, |nulls| nulls.null_count());
        if found + nulls < places.len() && !self.scheme.missing_is_null() {
            return Err(Error::Missing { count: (places.len() - nulls - found) as u64 });
        }
        if found == 0 {
            return Ok(new_null_array(&result_type, places.len()));
        }
        let is_text = matches!(result_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if is_text { self.texts(&result_type, places, side) } else { self.numbers(&result_type, places, side) }
    }

    fn texts(&self, result_type: &DataType, places: &[Place], side: Side) -> Result<ArrayRef> {
        output::texts(result_type, places.len(), |at, out| {
            let Place { class, row } = places[at];
            if row == FREE {
                return false;
            }
            self.write(class, row, side, out);
            true
        })
    }

    fn write(&self, class: Class, row: u32, side: Side, out: &mut String) {
        let part = self.contents.table.part(class);
        match (side, part.originals.values()) {
            (Side::Pseudonym, _) => self.scheme.write(part.pseudonyms.get(row), out),
            (Side::Original, originals) => write_original(originals.get(row), out),
        }
    }

    fn numbers(&self, result_type: &DataType, places: &[Place], side: Side) -> Result<ArrayRef> {
        let valid: NullBuffer = places.iter().map(|place| place.row != FREE).collect();
        let nulls = Some(valid).filter(|valid| valid.null_count() > 0);
        let column = |class| {
            let part = self.contents.table.part(class);
            match side {
                Side::Original => part.originals.values(),
                Side::Pseudonym => &part.pseudonyms,
            }
        };
        let (integers, texts) = (column(Class::Integers), column(Class::Texts));
        let of = |place: &Place| match place.class {
            _ if place.row == FREE => Value::Integer(0),
            Class::Integers => integers.get(place.row),
            Class::Texts => texts.get(place.row),
        };
        let narrow = |place| if let Value::Integer(number) = of(place) { Some(number) } else { None };
        if let Some(numbers) = places.iter().map(narrow).collect::<Option<Vec<i64>>>() {
            return output::integers(result_type, numbers, nulls);
        }
        // Originals of more than 64 bits are kept as text; other texts fit no column of numbers.
        let wide = |place| match of(place) {
            Value::Integer(number) => Some(number.into()),
            Value::Text(text) => text.parse::<i128>().ok().filter(|number| number.to_string() == text),
            Value::Uuid(_) => None,
        };
        let numbers: Vec<Option<i128>> = places.iter().map(wide).collect();
        let count = numbers.iter().filter(|number| number.is_none()).count() as u64;
        if count > 0 {
            return Err(Error::DoesNotFit { data_type: result_type.to_string(), count });
        }
        output::wide_integers(result_type, numbers.into_iter().flatten(), nulls)
    }
}

/// Finds the entries of originals.
fn places(table: &Table, column: &Column) -> Result<Vec<Place>> {
    if let Column::Integers(array) = column {
        let mut rows = vec![FREE; array.len()];
        table.integer_rows(array.values(), &mut rows);
        if let Some(nulls) = array.nulls() {
            // What a NULL row's slot holds is not looked at.
            rows.iter_mut().zip(nulls).filter(|(_, valid)| !valid).for_each(|(row, _)| *row = FREE);
        }
        return Ok(rows.into_iter().map(|row| Place { class: Class::Integers, row }).collect());
    }
    let mut places = Vec::with_capacity(column.len());
    column.visit(|value| {
        let class = value.map_or(Class::Integers, Class::of);
        places.push(Place { class, row: value.and_then(|value| table.row_of_original(value)).unwrap_or(FREE) });
        Ok(())
    })?;
    Ok(places)
}

/// Appends an original as text.
pub(crate) fn write_original(original: Value<'_>, out: &mut String) {
    use std::fmt::Write as _;
    match original {
        Value::Integer(number) => write!(out, "{number}").expect("a String takes every character"),
        Value::Text(text) => out.push_str(text),
        Value::Uuid(_) => unreachable!("originals are integers and texts"),
    }
}

/// The entries of a mapping, batch by batch; see [`Mapping::batches`].
#[derive(Debug)]
pub struct Batches {
    mapping: Mapping,
    schema: SchemaRef,
    class: Class,
    row: u32,
    most: u32,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = self.mapping.contents.table.part(self.class);
        if self.row == part.rows() {
            if self.class == Class::Texts {
                return None;
            }
            (self.class, self.row) = (Class::Texts, 0);
            return self.next();
        }
        let (start, end) = (self.row, part.rows().min(self.row.saturating_add(self.most)));
        self.row = end;
        let places: Vec<Place> = (start..end).map(|row| Place { class: self.class, row }).collect();
        let created = part.created.array(start, end);
        let columns = || -> Result<Vec<ArrayRef>> {
            let originals = self.mapping.texts(&DataType::Utf8, &places, Side::Original)?;
            let pseudonyms = if self.mapping.scheme.is_numeric() {
                self.mapping.numbers(&DataType::Int64, &places, Side::Pseudonym)?
            } else {
                self.mapping.texts(&DataType::Utf8, &places, Side::Pseudonym)?
            };
            Ok(vec![originals, pseudonyms, created])
        };
        let batch = columns().map(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        Some(batch.map(|batch| batch.expect("columns are of the schema's types and of one length")))
    }
}
