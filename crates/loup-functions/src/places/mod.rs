//! Places: towns, addresses in them whose parts agree, and telephone numbers.

pub(crate) mod address;
pub(crate) mod parts;
pub(crate) mod phone;
pub(crate) mod place;
