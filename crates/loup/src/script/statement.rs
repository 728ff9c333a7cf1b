//! A parsed statement.

use std::collections::HashMap;
use std::fmt;

use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::Expr;

/// A statement of a script, parsed.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(super) text: String,
    pub(super) line: u64,
    pub(crate) kind: Kind,
}

/// What a statement is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// `ATTACH 'location' AS name (option 'value', ..)`
    Attach(Attach),
    /// `DETACH name`
    Detach(String),
    /// `EXPORT DATABASE name TO 'folder' (option 'value', ..)`
    Export(Export),
    /// `CHECK DATABASE name AGAINST other`
    Check(Check),
    /// `ASSERT condition AS 'message'`
    Assert { condition: Box<Expr>, message: Option<String> },
    /// Everything that DataFusion's parser knows.
    Sql(Box<SqlStatement>),
}

/// What to attach.
#[derive(Debug, Clone)]
pub(crate) struct Attach {
    pub(crate) location: String,
    pub(crate) name: String,
    pub(crate) options: HashMap<String, String>,
}

/// What to export.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) options: HashMap<String, String>,
}

/// What to check.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// The database that it is compared with; the original where none is named.
    pub(crate) against: Option<String>,
}

impl Statement {
    /// Returns the statement's text, without the semicolon.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line of the script at which it starts, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

impl fmt::Display for Statement {
    /// Writes the first line, shortened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 72;
        let first = self.text.lines().next().unwrap_or_default().trim_end();
        if first.chars().count() <= WIDTH && first.len() == self.text.trim_end().len() {
            return f.write_str(first);
        }
        let short: String = first.chars().take(WIDTH).collect();
        write!(f, "{} ..", short.trim_end())
    }
}
