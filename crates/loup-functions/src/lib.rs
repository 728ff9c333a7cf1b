//! The SQL masking functions.
