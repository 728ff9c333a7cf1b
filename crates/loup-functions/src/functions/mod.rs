//! The masking functions, one file each, and the table that lists them.

mod fake_address;
mod fake_company;
mod fake_first_name;
mod fake_full_name;
mod fake_last_name;
mod fake_phone;
mod generalize_date;
mod hash_keyed;
mod hash_salted;
mod hmac_sha256;
mod keccak256;
mod map_id;
mod mask_email;
mod nullify;
mod pseudo_email;
mod pseudo_int;
mod redact;
mod sha3_256;
mod unmap_id;

use crate::function::MaskingFunction;

/// Every masking function. A new one is a new file and a new line here.
pub(crate) static TABLE: &[&dyn MaskingFunction] = &[
    &mask_email::MaskEmail,
    &redact::Redact,
    &nullify::Nullify,
    &hash_keyed::HashKeyed,
    &hash_salted::HashSalted,
    &hmac_sha256::HmacSha256,
    &keccak256::Keccak256,
    &sha3_256::Sha3_256,
    &pseudo_int::PseudoInt,
    &pseudo_email::PseudoEmail,
    &map_id::MapId,
    &unmap_id::UnmapId,
    &fake_first_name::FakeFirstName,
    &fake_last_name::FakeLastName,
    &fake_full_name::FakeFullName,
    &fake_company::FakeCompany,
    &fake_address::FakeAddress,
    &fake_phone::FakePhone,
    &generalize_date::GeneralizeDate,
];
