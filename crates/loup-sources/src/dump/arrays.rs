//! Builds Arrow columns from the values of rows.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, PrimitiveBuilder};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use loup_text::dump::{Literal, LiteralKind, Syntax, ValueError, copy};

use super::charset::Charset;
use super::index::SegmentKind;
use super::rows::Rows;
use super::types::{Class, IntegerType};
use crate::views::ViewBuilder;

/// How the values of a segment are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) kind: SegmentKind,
    pub(super) syntax: Syntax,
    pub(super) charset: Charset,
}

/// Why a value cannot be read, and in which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueFault {
    pub(super) row: usize,
    pub(super) kind: ValueFaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ValueFaultKind {
    #[error("{0}")]
    Value(#[from] ValueError),
    #[error("not an integer of the column's type")]
    Integer,
    #[error("not valid in the dump's character set")]
    Encoding,
}

/// A value as it stands, and what it means.
enum Found<'a> {
    Null,
    /// The bytes themselves.
    Plain(&'a [u8]),
    /// What must be written out to be read.
    Escaped,
}

impl Reading {
    /// Returns what a value means, where that are bytes of the text.
    #[inline]
    fn find<'a>(&self, raw: &'a [u8], literal: &mut Option<Literal<'a>>) -> Found<'a> {
        if self.kind == SegmentKind::Copy {
            return match raw {
                _ if copy::is_null(raw) => Found::Null,
                _ if memchr::memchr(b'\\', raw).is_some() => Found::Escaped,
                raw => Found::Plain(raw),
            };
        }
        let read = Literal::read(raw, self.syntax);
        *literal = Some(read);
        match (read.plain(), read.kind()) {
            (Some(bytes), _) => Found::Plain(bytes),
            (None, LiteralKind::Null) => Found::Null,
            (None, _) => Found::Escaped,
        }
    }

    /// Appends what a value means.
    fn write(raw: &[u8], literal: Option<Literal<'_>>, out: &mut Vec<u8>) -> Result<(), ValueFaultKind> {
        match literal {
            None => {
                copy::value_into(raw, out);
            }
            Some(literal) => {
                literal.value_into(out)?;
            }
        }
        Ok(())
    }

    /// Builds a column of the values in `rows`; `text` is what they were found in.
    pub(super) fn column(
        &self,
        text: &Buffer,
        rows: &Rows,
        column: usize,
        range: Range<usize>,
        class: Class,
    ) -> Result<ArrayRef, ValueFault> {
        match class {
            Class::Text => self.text(text, rows, column, range),
            Class::Binary => self.binary(text, rows, column, range),
            Class::Integer(integer) => match integer {
                IntegerType::Int8 => self.integers::<Int8Type>(text, rows, column, range),
                IntegerType::Int16 => self.integers::<Int16Type>(text, rows, column, range),
                IntegerType::Int32 => self.integers::<Int32Type>(text, rows, column, range),
                IntegerType::Int64 => self.integers::<Int64Type>(text, rows, column, range),
                IntegerType::UInt8 => self.integers::<UInt8Type>(text, rows, column, range),
                IntegerType::UInt16 => self.integers::<UInt16Type>(text, rows, column, range),
                IntegerType::UInt32 => self.integers::<UInt32Type>(text, rows, column, range),
                IntegerType::UInt64 => self.integers::<UInt64Type>(text, rows, column, range),
            },
        }
    }

    fn text(&self, text: &Buffer, rows: &Rows, column: usize, range: Range<usize>) -> Result<ArrayRef, ValueFault> {
        let first = range.start;
        let mut out = ViewBuilder::new(text, range.len());
        let mut scratch = Vec::new();
        for row in range {
            let (start, end) = rows.cell(row, column);
            let raw = &text[start..end];
            let mut literal = None;
            let fault = |kind| ValueFault { row, kind };
            match self.find(raw, &mut literal) {
                Found::Null => out.push_null(),
                Found::Plain(bytes) if self.charset.is_utf8() || bytes.is_ascii() => {
                    let at = start + (bytes.as_ptr() as usize - raw.as_ptr() as usize);
                    out.push_range(at, at + bytes.len());
                }
                Found::Plain(bytes) => out.push_with(|out| self.decode_into(bytes, out)).map_err(fault)?,
                Found::Escaped if self.charset.is_utf8() => {
                    out.push_with(|out| Self::write(raw, literal, out)).map_err(fault)?;
                }
                Found::Escaped => {
                    scratch.clear();
                    Self::write(raw, literal, &mut scratch).map_err(fault)?;
                    out.push_with(|out| self.decode_into(&scratch, out)).map_err(fault)?;
                }
            }
        }
        out.finish_text().map_err(|row| ValueFault { row: first + row, kind: ValueFaultKind::Encoding })
    }

    fn decode_into(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ValueFaultKind> {
        let decoded = self.charset.decode(bytes).ok_or(ValueFaultKind::Encoding)?;
        out.extend_from_slice(decoded.as_bytes());
        Ok(())
    }

    fn binary(&self, text: &Buffer, rows: &Rows, column: usize, range: Range<usize>) -> Result<ArrayRef, ValueFault> {
        let mut out = ViewBuilder::new(text, range.len());
        for row in range {
            let (start, end) = rows.cell(row, column);
            let raw = &text[start..end];
            let mut literal = None;
            match self.find(raw, &mut literal) {
                Found::Null => out.push_null(),
                Found::Plain(bytes) => {
                    let at = start + (bytes.as_ptr() as usize - raw.as_ptr() as usize);
                    out.push_range(at, at + bytes.len());
                }
                Found::Escaped => {
                    let written = out.push_with(|out| Self::write(raw, literal, out));
                    written.map_err(|kind| ValueFault { row, kind })?;
                }
            }
        }
        Ok(out.finish_binary())
    }

    fn integers<T>(
        &self,
        text: &Buffer,
        rows: &Rows,
        column: usize,
        range: Range<usize>,
    ) -> Result<ArrayRef, ValueFault>
    where
        T: ArrowPrimitiveType,
        T::Native: std::str::FromStr,
    {
        let mut out = PrimitiveBuilder::<T>::with_capacity(range.len());
        let mut scratch = Vec::new();
        for row in range {
            let (start, end) = rows.cell(row, column);
            let raw = &text[start..end];
            let fault = |kind| ValueFault { row, kind };
            let mut literal = None;
            let bytes = match self.find(raw, &mut literal) {
                Found::Null => {
                    out.append_null();
                    continue;
                }
                Found::Plain(bytes) => bytes,
                Found::Escaped => {
                    scratch.clear();
                    Self::write(raw, literal, &mut scratch).map_err(fault)?;
                    scratch.as_slice()
                }
            };
            // `0x10` is a number to MySQL where a number is wanted; here it would be the bytes that it stands for.
            let is_number = literal.is_none_or(|literal| {
                matches!(literal.kind(), LiteralKind::Number | LiteralKind::Text | LiteralKind::Boolean)
            });
            let number = std::str::from_utf8(bytes).ok().filter(|_| is_number).and_then(parse::<T>);
            out.append_value(number.ok_or(ValueFaultKind::Integer).map_err(fault)?);
        }
        Ok(Arc::new(out.finish()))
    }
}

fn parse<T>(text: &str) -> Option<T::Native>
where
    T: ArrowPrimitiveType,
    T::Native: std::str::FromStr,
{
    let word = match text {
        "true" | "TRUE" => "1",
        "false" | "FALSE" => "0",
        other => other,
    };
    word.parse().ok()
}
