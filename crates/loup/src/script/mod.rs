//! Scripts: from text to statements.

mod parse;
mod statement;
mod variables;

pub(crate) use parse::{option_text, parse, parse_assignments, parse_name, parse_query};
pub use statement::Statement;
pub(crate) use statement::{Attach, Check, Export, Kind};
