//! Dates, as columns and as text: floored, moved, and counted as ages.

pub(crate) mod birth_age;
pub(crate) mod floor;
pub(crate) mod offset;
pub(crate) mod text;
