//! CSV (RFC 4180 and its common dialects): dialect, record ends, cells, encoding.

mod cell;
mod dialect;
mod encode;
mod split;
mod tokenize;

pub use cell::{Cell, Cells, value_of};
pub use dialect::{Dialect, DialectError, Terminator};
pub use encode::{EncodeError, Encoder};
pub use split::{BOM, Splitter};
pub use tokenize::{CellError, CellErrorKind, MAX_TEXT, tokenize};
