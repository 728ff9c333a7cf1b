//! What happens to a statement between parsing and planning.
//!
//! Check functions become the joins they stand for, named arguments become positions, names get the spelling of what they
//! name, and every name of `* REPLACE` and `* EXCLUDE` is checked.

mod arguments;
mod checks;
mod lists;
mod names;
mod subqueries;
mod walk;
mod wildcards;

pub(crate) use arguments::expand_arguments;
pub(crate) use checks::expand_checks;
pub(crate) use lists::find_lists;
pub(crate) use names::{Names, find_ident};
pub(crate) use subqueries::{count_in_condition, count_in_filter, count_in_value};
pub(crate) use wildcards::{WildcardUse, find_wildcards};
