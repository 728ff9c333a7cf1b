//! What a line of the terminal session asks for: a backslash command or SQL.

/// The commands, for the user.
pub(super) const HELP: &str = "\
  \\?  this help
  \\q  leave (also Ctrl-D)
Statements end with ';' and may run over several lines. Ctrl-C stops a running statement or empties the line.
A line that begins with a blank is not kept in the history.";

/// One input of the user.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Quit,
    Help,
    /// A backslash command that does not exist.
    Unknown(&'a str),
    Sql(&'a str),
}

impl<'a> Command<'a> {
    /// Tells commands from SQL.
    pub(super) fn parse(text: &'a str) -> Self {
        let trimmed = text.trim();
        match trimmed.trim_end_matches(';').trim_end() {
            "\\q" | "exit" | "quit" => Self::Quit,
            "\\?" | "\\h" | "\\help" | "help" => Self::Help,
            _ if trimmed.starts_with('\\') => Self::Unknown(trimmed.split_whitespace().next().unwrap_or(trimmed)),
            _ => Self::Sql(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sql() {
        assert_eq!(Command::parse(" \\q "), Command::Quit);
        assert_eq!(Command::parse("exit;"), Command::Quit);
        assert_eq!(Command::parse("\\?"), Command::Help);
        assert_eq!(Command::parse("\\d table"), Command::Unknown("\\d"));
        assert_eq!(Command::parse("SELECT 1;"), Command::Sql("SELECT 1;"));
        assert_eq!(Command::parse(""), Command::Sql(""));
    }
}
