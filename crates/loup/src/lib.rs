//! Masking data with SQL: the session that runs Loup plans.
//!
//! A [`Session`] parses a script, plans its statements with DataFusion and runs them: `ATTACH` finds tables, `UPDATE` says
//! what each column becomes, checks are queries, `EXPORT DATABASE` and `COPY` write files that appear only when they are
//! complete. Nothing a session says holds a cell's value or a key.
//!
//! - Embed the whole: [`Session`].
//! - Functions alone in a DataFusion context: [`register_all`].
//! - Arrow batches without SQL sessions: [`Masker`].

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a panic is how a test fails"))]

mod catalog;
mod config;
mod csv_cell;
mod declared;
mod error;
mod fidelity;
mod masker;
mod outcome;
mod progress;
mod redact;
mod rewrite;
mod row_for_row;
mod run;
mod script;
mod session;
mod shuffles;
mod statements;
mod verify;

use datafusion::prelude::SessionContext;
use loup_crypto::KeyRing;
use loup_functions::Binding;

pub use error::{Error, Result};
pub use masker::Masker;
pub use outcome::Outcome;
pub use progress::Progress;
pub use run::{Published, Recovered, Recovery, Unfinished, recover, run_folder};
pub use script::Statement;
pub use session::{Session, SessionBuilder};
pub use verify::Verify;

/// Registers the masking functions in a plain DataFusion context, bound to the active key.
///
/// This is functions only: arguments are positional, no statement of Loup's is known, and nothing judges what leaves.
///
/// # Example
/// ```
/// use datafusion::prelude::SessionContext;
/// use loup_crypto::KeyRing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = SessionContext::new();
/// loup::register_all(&context, &KeyRing::ephemeral()?);
/// let masked = context.sql("SELECT mask_email('ann@acme.test')").await?.to_string().await?;
/// assert!(!masked.contains("ann@"));
/// # Ok(())
/// # }
/// ```
pub fn register_all(context: &SessionContext, keys: &KeyRing) {
    let binding = Binding::new(keys.active());
    for function in loup_functions::functions(&binding) {
        context.register_udf(function.as_ref().clone());
    }
    for function in loup_functions::window_functions(&binding) {
        context.register_udwf(function.as_ref().clone());
    }
}
