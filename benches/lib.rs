//! Benches only: see `functions.rs`, and `README.md` for how and what was measured.
