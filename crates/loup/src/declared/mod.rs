//! What a database declares of its columns, held against what statements make of them.
//!
//! Lengths go into fakes when an UPDATE is planned ([`limited`]); masks that cannot fit are refused before a dump is written
//! ([`refuse_unfit`]); keys are compared by queries ([`Keyed`]).

mod collation;
mod fit;
mod keyed;
mod limits;

pub(crate) use collation::{Collation, collation_key};
pub(crate) use fit::refuse_unfit;
pub(crate) use keyed::Keyed;
pub(crate) use limits::limited;
