//! The masking functions, one file each, and the table that lists them.

mod fake_first_name;
mod fake_last_name;
mod fake_phone;
mod generalize_date;
mod hash_keyed;
mod mask_email;
mod nullify;
mod pseudo_email;
mod pseudo_int;
mod redact;

use crate::function::MaskingFunction;

/// Every masking function. A new one is a new file and a new line here.
pub(crate) static TABLE: &[&dyn MaskingFunction] = &[
    &mask_email::MaskEmail,
    &redact::Redact,
    &nullify::Nullify,
    &hash_keyed::HashKeyed,
    &pseudo_int::PseudoInt,
    &pseudo_email::PseudoEmail,
    &fake_first_name::FakeFirstName,
    &fake_last_name::FakeLastName,
    &fake_phone::FakePhone,
    &generalize_date::GeneralizeDate,
];
