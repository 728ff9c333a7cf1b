//! Places: addresses whose parts agree, and telephone numbers.

pub(crate) mod addresses;
pub(crate) mod phone;
