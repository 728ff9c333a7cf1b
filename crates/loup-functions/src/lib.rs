//! The SQL masking functions: DataFusion scalar functions that hide personal data and keep tables joining.
//!
//! # Use all of them
//! [`register_all`] binds a key and registers every function in a DataFusion session. It adds functions only: no guard
//! judges what leaves the session, and options are given by position. The `loup` crate's session adds both.
//!
//! ```
//! use datafusion::prelude::SessionContext;
//! use loup_crypto::KeyRing;
//! use loup_functions::{Binding, register_all};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut ctx = SessionContext::new();
//! let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
//! register_all(&mut ctx, &Binding::new(ring.active()))?;
//! # Ok(())
//! # }
//! ```
//!
//! # Use one
//! [`functions`] returns them one by one; [`guarantee`] says what one call promises; [`catalog`] describes them.
//!
//! # Add one
//! 1. Write `functions/<sql_name>.rs`: a [`FunctionSpec`], and a unit struct that implements `MaskingFunction`. What the
//!    function does stands in `compile`: a closure over one value (`map_text`), over one value and its keyed digest
//!    (`map_digest`), or a `Kernel` over a whole array.
//! 2. Add its line to the table in `functions/mod.rs`.
//! 3. Write `tests/sql/functions/<sql_name>.slt`, run the tests with `UPDATE_DOCS=1` once, add a line to the changelog.

mod aliases;
mod binding;
mod calendar;
mod call;
mod check_digit;
mod dates;
mod detect;
mod digest_text;
mod digits;
mod display;
mod docs;
mod draw;
mod email;
mod encoding;
mod exact;
mod fakes;
mod function;
mod functions;
mod guarantee;
mod kernel;
mod lists;
mod locale;
mod mappings;
mod named;
mod named_lists;
mod number;
mod on_error;
mod permutation;
mod persons;
mod places;
mod random;
mod registry;
mod shuffle;
mod spec;
mod structured;
mod udf;

use std::sync::LazyLock;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, ScalarUDF};

pub use aliases::{Alias, Family, aliases, expand_alias};
pub use binding::Binding;
pub use docs::to_markdown;
pub use guarantee::{Budget, Collisions, Guarantee, Strength};
pub use locale::LOCALES;
pub use mappings::{IdMapping, MappingCatalog};
pub use named_lists::{NamedList, NamedListBuilder, NamedLists, lists_named_by};
pub use registry::{functions, register_all, window_functions};
pub use spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

use aliases::AliasUdf;
use random::RandomUdf;
use udf::MaskUdf;

/// Returns what every function is, window functions and random ones too, in the order of registration.
pub fn catalog() -> &'static [&'static FunctionSpec] {
    static CATALOG: LazyLock<Vec<&'static FunctionSpec>> = LazyLock::new(|| registry::specs().collect());
    &CATALOG
}

/// Returns what a call promises, or None when the function is none of ours.
///
/// `args` are the call's arguments and `types` their types, of which only the value's is read. An option that is no literal,
/// or a call that would be refused, is raw.
pub fn guarantee(udf: &ScalarUDF, args: &[Expr], types: &[DataType]) -> Option<Guarantee> {
    if udf.inner().downcast_ref::<RandomUdf>().is_some() {
        return Some(random::GUARANTEE);
    }
    match udf.inner().downcast_ref::<MaskUdf>() {
        Some(function) => Some(function.guarantee(args, types)),
        None => Some(udf.inner().downcast_ref::<AliasUdf>()?.guarantee(args, types)),
    }
}
