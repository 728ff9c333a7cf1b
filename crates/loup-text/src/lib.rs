//! Tokenizers and encoders for the text formats Loup reads and writes, byte for byte.
//!
//! Nothing here knows Arrow or DataFusion: input and output are byte slices, so that fuzzers and benches build in
//! seconds. What a tokenizer does not understand is an error with an offset, never a guess, and no error holds a byte of
//! the data.
//!
//! # CSV
//! A [`Splitter`] finds the ends of records in a stream of blocks, quoted line breaks included; [`tokenize`] finds the
//! cells in a run of whole records; [`Cell`] knows where a cell's raw bytes are and how to read its value; [`Encoder`]
//! writes values back.
//!
//! ```
//! use loup_text::csv::{Cells, Dialect, tokenize};
//!
//! let text = b"7,\"say \"\"hi\"\"\",\n";
//! let mut cells = Cells::default();
//! let rows = tokenize(text, &Dialect::default(), 3, &mut cells)?;
//! assert_eq!(rows, 1);
//! assert_eq!(cells.cell(0, 1).raw(text), b"\"say \"\"hi\"\"\"");
//! assert_eq!(cells.cell(0, 1).value(text, &Dialect::default()).as_deref(), Some(&b"say \"hi\""[..]));
//! assert_eq!(cells.cell(0, 2).value(text, &Dialect::default()), None); // unquoted and empty: NULL
//! # Ok::<(), loup_text::csv::CellError>(())
//! ```
//!
//! # Database dumps
//! A [`Scanner`](dump::Scanner) cuts a file of mysqldump or pg_dump into its statements and runs of rows; tokenizers find the
//! values in rows of INSERT and COPY; a [`Style`](dump::Style) writes a value like the one it replaces.
//!
//! [`Splitter`]: csv::Splitter
//! [`tokenize`]: csv::tokenize
//! [`Cell`]: csv::Cell
//! [`Encoder`]: csv::Encoder

mod blocks;
pub mod csv;
pub mod ddl;
pub mod dump;
