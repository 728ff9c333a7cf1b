//! Persons: user names and e-mail addresses made of a name, and records of one person whose parts agree.

pub(crate) mod handle;
pub(crate) mod record;
