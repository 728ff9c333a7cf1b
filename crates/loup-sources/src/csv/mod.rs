//! CSV as a DataFusion format whose cells keep their bytes.

mod arrays;
mod blocks;
mod format;
mod header;
mod options;
mod segments;
mod sink;
mod source;
mod table;

pub use format::{CsvFormat, CsvFormatFactory};
pub use header::Header;
pub use options::CsvOptions;
pub use table::CsvTable;
