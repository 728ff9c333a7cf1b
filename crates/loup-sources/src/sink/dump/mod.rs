//! Writes a dump back: what no statement changed as the bytes it was, and changed rows like those they replace.

mod anew;
mod cell;
mod pass;
mod record;
mod write;

pub use self::anew::AnewEncoder;
pub use self::pass::{PassPlanner, Passed, pass_dump};
pub use self::record::RecordEncoder;
pub use self::write::{DumpPlan, Rewrite, write_dump};
