//! Lines on standard error: errors, notices and one line per statement.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::HumanCount;

/// Prints an error as `loup: ..`.
pub(crate) fn error(message: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(io::stderr().lock(), "loup: {message}");
}

/// Tells what happens on standard error, unless it is to be quiet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    quiet: bool,
}

impl Console {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Prints what the user should know though nothing failed.
    pub(crate) fn notice(self, message: &str) {
        self.line(&format!("loup: note: {message}"));
    }

    /// Prints the line of a finished statement.
    pub(crate) fn statement(self, place: Option<&str>, tag: &str, rows: Option<u64>, elapsed: Duration) {
        self.line(&summary(place, tag, rows, elapsed));
    }

    /// Prints what the statement of the line before has to add.
    pub(crate) fn detail(self, message: &str) {
        self.line(&format!("    {message}"));
    }

    /// Prints a line as it is.
    pub(crate) fn line(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }
}

/// `plan.sql:12: COPY, 1,234 rows, 0.40 s`
fn summary(place: Option<&str>, tag: &str, rows: Option<u64>, elapsed: Duration) -> String {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let rows = rows.map(|rows| format!(", {}", count(rows))).unwrap_or_default();
    format!("{place}{tag}{rows}, {}", seconds(elapsed))
}

fn count(rows: u64) -> String {
    let noun = if rows == 1 { "row" } else { "rows" };
    format!("{} {noun}", HumanCount(rows))
}

fn seconds(elapsed: Duration) -> String {
    let whole = elapsed.as_secs();
    match whole {
        0..10 => format!("{:.2} s", elapsed.as_secs_f64()),
        10..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_in_one_line() {
        let elapsed = Duration::from_millis(400);
        assert_eq!(summary(Some("plan.sql:12"), "COPY", Some(1234), elapsed), "plan.sql:12: COPY, 1,234 rows, 0.40 s");
        assert_eq!(summary(None, "ATTACH", None, elapsed), "ATTACH, 0.40 s");
        assert_eq!(summary(None, "SELECT", Some(1), elapsed), "SELECT, 1 row, 0.40 s");
    }

    #[test]
    fn longer_times_drop_what_does_not_matter() {
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(123)), "2 min 03 s");
        assert_eq!(seconds(Duration::from_mins(61)), "1 h 01 min");
    }
}
