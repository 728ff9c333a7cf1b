//! Masking data with SQL: the session that runs Loup plans.

mod error;
mod outcome;
mod progress;
mod session;

pub use error::{Error, Result};
pub use outcome::Outcome;
pub use progress::Progress;
pub use session::{Session, SessionBuilder, Statement};
