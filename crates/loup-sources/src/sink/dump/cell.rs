//! One value of a dump's row, written like the one it replaces.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result as DataFusionResult;
use loup_text::dump::{Literal, LiteralKind, Style, Syntax, copy};

use crate::dump::{Charset, Class, DumpColumn, SegmentKind, field_keys};
use crate::error::SourceError;

/// How one column's values are written.
#[derive(Debug, Clone)]
pub(super) struct CellWriter {
    table: String,
    name: String,
    class: Class,
    not_null: bool,
    max_chars: Option<usize>,
}

/// What a value is written among.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) kind: SegmentKind,
    pub(super) syntax: Syntax,
    pub(super) charset: Charset,
}

impl CellWriter {
    pub(super) fn new(table: &str, column: &DumpColumn, field: &datafusion::arrow::datatypes::Field) -> Self {
        let max_chars = field.metadata().get(field_keys::MAX_CHARS).and_then(|chars| chars.parse().ok());
        Self {
            table: table.to_owned(),
            name: column.name.clone(),
            class: column.class,
            not_null: column.column.not_null,
            max_chars,
        }
    }

    /// Returns the column's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns how a value is written where no other shows it.
    pub(super) fn own_style(&self) -> Style {
        match self.class {
            Class::Integer(_) => Style::NUMBER,
            Class::Binary => Style::HEX,
            Class::Text => Style::TEXT,
        }
    }

    /// Appends a new value in the place of `raw`, and `raw` itself where it means the same.
    pub(super) fn replace(
        &self,
        raw: &[u8],
        value: Option<&[u8]>,
        setting: Setting,
        out: &mut Vec<u8>,
    ) -> Result<(), SourceError> {
        let Setting { kind, syntax, charset } = setting;
        let value = self.encoded(value, charset)?;
        if kind == SegmentKind::Copy {
            if copy::value(raw).as_deref() == value.as_deref() {
                out.extend_from_slice(raw);
                return Ok(());
            }
            self.check(value.as_deref(), charset)?;
            return copy::write(value.as_deref(), out)
                .map_err(|_| self.error("PostgreSQL holds no zero byte in a text"));
        }
        let literal = Literal::read(raw, syntax);
        if literal.is_value(value.as_deref()) {
            out.extend_from_slice(raw);
            return Ok(());
        }
        self.check(value.as_deref(), charset)?;
        let style = match literal.kind() {
            LiteralKind::Null | LiteralKind::Default | LiteralKind::Expression => self.own_style(),
            _ => literal.style(),
        };
        let written = style.write(value.as_deref(), syntax, out);
        written.map_err(|_| self.error("PostgreSQL holds no zero byte in a text"))
    }

    /// Appends a value in a style.
    pub(super) fn write(
        &self,
        value: Option<&[u8]>,
        style: Style,
        setting: Setting,
        out: &mut Vec<u8>,
    ) -> Result<(), SourceError> {
        let value = self.encoded(value, setting.charset)?;
        self.check(value.as_deref(), setting.charset)?;
        let written = if setting.kind == SegmentKind::Copy {
            copy::write(value.as_deref(), out)
        } else {
            style.write(value.as_deref(), setting.syntax, out)
        };
        written.map_err(|_| self.error("PostgreSQL holds no zero byte in a text"))
    }

    fn encoded<'a>(&self, value: Option<&'a [u8]>, charset: Charset) -> Result<Option<Cow<'a, [u8]>>, SourceError> {
        let Some(value) = value else { return Ok(None) };
        if self.class == Class::Binary || charset.is_utf8() || value.is_ascii() {
            return Ok(Some(Cow::Borrowed(value)));
        }
        let text = std::str::from_utf8(value).ok();
        let encoded = text.and_then(|text| charset.encode(text)).map(|bytes| Cow::Owned(bytes.into_owned()));
        match encoded {
            Some(encoded) => Ok(Some(encoded)),
            None => Err(self.error("a new value has a character that the dump's character set lacks")),
        }
    }

    /// Refuses a new value that the column cannot hold; of an unchanged one nothing is asked.
    fn check(&self, value: Option<&[u8]>, charset: Charset) -> Result<(), SourceError> {
        match (value, self.max_chars) {
            (None, _) if self.not_null => Err(self.error("NULL in a column that is NOT NULL")),
            (Some(value), Some(most)) if self.class == Class::Text && value.len() > most => {
                let chars = match charset.decode(value) {
                    Some(text) => text.chars().count(),
                    None => value.len(),
                };
                if chars > most {
                    return Err(self.error(&format!("a new value of {chars} characters in a column of {most}")));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn error(&self, problem: &str) -> SourceError {
        SourceError::Encode { column: format!("{}.{}", self.table, self.name), problem: problem.to_owned() }
    }
}

/// Returns values as the bytes of their text, binary ones as they are.
pub(super) fn as_bytes(array: &ArrayRef, column: &str) -> DataFusionResult<BinaryViewArray> {
    let data_type = array.data_type();
    let is_nested = data_type.is_nested() && !matches!(data_type, DataType::Dictionary(..));
    let plain = if is_nested || !can_cast_types(data_type, &DataType::Utf8View) && !data_type.is_binary() {
        let problem = format!("{data_type} has no form in a dump; make it text");
        return Err(SourceError::Encode { column: column.to_owned(), problem }.into());
    } else if data_type.is_binary() {
        cast(array, &DataType::BinaryView)?
    } else {
        cast(&cast(array, &DataType::Utf8View)?, &DataType::BinaryView)?
    };
    Ok(plain.as_binary_view().clone())
}
