//! Parses scripts: Loup's own statements here, all others by DataFusion.

use std::collections::{BTreeMap, HashMap};

use datafusion::sql::parser::{DFParserBuilder, Statement as SqlStatement};
use datafusion::sql::sqlparser::ast::{Assignment, ObjectName, Query, Statement as AstStatement, Value};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::variables::substitute;
use super::{Attach, Check, Export, Kind, Statement};
use crate::{Error, Result};

const DIALECT: GenericDialect = GenericDialect {};

/// Splits a script into statements and parses each.
pub(crate) fn parse(script: &str, variables: &BTreeMap<String, String>) -> Result<Vec<Statement>> {
    let tokens = Tokenizer::new(&DIALECT, script).tokenize_with_location();
    let tokens = tokens.map_err(|error| Error::Syntax { line: error.location.line, message: error.message })?;
    let starts = line_starts(script);
    let offset = |at: Location| -> usize {
        let start = starts[(at.line as usize).saturating_sub(1).min(starts.len() - 1)];
        let skip = (at.column as usize).saturating_sub(1);
        script[start..].char_indices().nth(skip).map_or(script.len(), |(index, _)| start + index)
    };
    let mut statements = Vec::new();
    for tokens in tokens.split(|token| token.token == Token::SemiColon) {
        let is_code = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::EOF);
        let (Some(first), Some(last)) = (tokens.iter().find(is_code), tokens.iter().rfind(is_code)) else {
            continue;
        };
        let text = script[offset(first.span.start)..offset(last.span.end)].to_owned();
        let line = first.span.start.line;
        let kind = parse_one(substitute(tokens.to_vec(), variables)?, line)?;
        statements.push(Statement { text, line, kind });
    }
    Ok(statements)
}

/// Parses `column = expression, ..`.
pub(crate) fn parse_assignments(text: &str) -> Result<Vec<Assignment>> {
    let mut parser = Parser::new(&DIALECT).try_with_sql(text).map_err(|error| syntax(&error, 1))?;
    let assignments = parser.parse_comma_separated(Parser::parse_assignment).map_err(|error| syntax(&error, 1))?;
    if parser.peek_token().token == Token::EOF {
        return Ok(assignments);
    }
    Err(Error::Syntax { line: 1, message: "expected column = expression, ..".to_owned() })
}

/// Parses a query that Loup writes itself, to be filled in or run.
pub(crate) fn parse_query(sql: &str) -> Result<Box<Query>> {
    let query = Parser::new(&DIALECT).try_with_sql(sql).and_then(|mut parser| parser.parse_query());
    query.map_err(|error| Error::Plan(error.to_string()))
}

/// Parses the name of a table; None where the text is none.
pub(crate) fn parse_name(text: &str) -> Option<ObjectName> {
    let mut parser = Parser::new(&DIALECT).try_with_sql(text).ok()?;
    let name = parser.parse_object_name(false).ok()?;
    (parser.peek_token().token == Token::EOF).then_some(name)
}

fn line_starts(script: &str) -> Vec<usize> {
    std::iter::once(0).chain(script.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn syntax(error: &ParserError, line: u64) -> Error {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
        ParserError::RecursionLimitExceeded => "nested too deeply".to_owned(),
    };
    Error::Syntax { line, message }
}

fn parse_one(tokens: Vec<TokenWithSpan>, line: u64) -> Result<Kind> {
    let mut parser = Parser::new(&DIALECT).with_tokens_with_locations(tokens.clone());
    let own = match &parser.peek_token().token {
        Token::Word(word) if word.quote_style.is_none() => match word.value.to_ascii_uppercase().as_str() {
            "ATTACH" => Some(attach(&mut parser)),
            "DETACH" => Some(detach(&mut parser)),
            "EXPORT" => Some(export(&mut parser)),
            "CHECK" => Some(check(&mut parser)),
            _ => None,
        },
        _ => None,
    };
    if let Some(kind) = own {
        let kind = kind.map_err(|error| syntax(&error, line))?;
        return match parser.peek_token().token {
            Token::EOF => Ok(kind),
            other => Err(Error::Syntax { line, message: format!("expected the end of the statement, found {other}") }),
        };
    }
    let failed = |error: datafusion::error::DataFusionError| match error {
        datafusion::error::DataFusionError::SQL(error, _) => syntax(&error, line),
        error => Error::Syntax { line, message: error.strip_backtrace() },
    };
    let mut parser = DFParserBuilder::new(tokens).with_dialect(&DIALECT).build().map_err(failed)?;
    let statement = parser.parse_statement().map_err(failed)?;
    match parser.parser.peek_token().token {
        Token::EOF => Ok(kind_of(statement)),
        other => Err(Error::Syntax { line, message: format!("expected the end of the statement, found {other}") }),
    }
}

fn kind_of(statement: SqlStatement) -> Kind {
    match statement {
        SqlStatement::Statement(statement) => match *statement {
            AstStatement::Assert { condition, message } => {
                let message = message.map(|message| match &message {
                    datafusion::sql::sqlparser::ast::Expr::Value(value) => {
                        value.value.clone().into_string().unwrap_or_else(|| message.to_string())
                    }
                    _ => message.to_string(),
                });
                Kind::Assert { condition: Box::new(condition), message }
            }
            statement => Kind::Sql(Box::new(SqlStatement::Statement(Box::new(statement)))),
        },
        statement => Kind::Sql(Box::new(statement)),
    }
}

fn attach(parser: &mut Parser<'_>) -> Result<Kind, ParserError> {
    parser.next_token();
    let _ = parser.parse_keyword(Keyword::DATABASE);
    let location = parser.parse_literal_string()?;
    parser.expect_keyword(Keyword::AS)?;
    let name = parser.parse_identifier()?.value;
    let options = options(parser)?;
    Ok(Kind::Attach(Attach { location, name, options }))
}

fn detach(parser: &mut Parser<'_>) -> Result<Kind, ParserError> {
    parser.next_token();
    let _ = parser.parse_keyword(Keyword::DATABASE);
    Ok(Kind::Detach(parser.parse_identifier()?.value))
}

fn export(parser: &mut Parser<'_>) -> Result<Kind, ParserError> {
    parser.next_token();
    parser.expect_keyword(Keyword::DATABASE)?;
    let name = parser.parse_identifier()?.value;
    parser.expect_keyword(Keyword::TO)?;
    let target = parser.parse_literal_string()?;
    let options = options(parser)?;
    Ok(Kind::Export(Export { name, target, options }))
}

fn check(parser: &mut Parser<'_>) -> Result<Kind, ParserError> {
    parser.next_token();
    parser.expect_keyword(Keyword::DATABASE)?;
    let name = parser.parse_identifier()?.value;
    let is_against = matches!(&parser.peek_token().token,
        Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("AGAINST"));
    let against = if is_against {
        parser.next_token();
        Some(parser.parse_identifier()?.value)
    } else {
        None
    };
    Ok(Kind::Check(Check { name, against }))
}

/// Parses `(name value, ..)`; a value is a string, a number, or a word.
fn options(parser: &mut Parser<'_>) -> Result<HashMap<String, String>, ParserError> {
    let mut options = HashMap::new();
    if !parser.consume_token(&Token::LParen) {
        return Ok(options);
    }
    loop {
        let name = match parser.next_token().token {
            Token::Word(word) => word.value.to_ascii_lowercase(),
            Token::SingleQuotedString(name) => name.to_ascii_lowercase(),
            other => {
                return Err(ParserError::ParserError(format!("expected an option's name, found {other}")));
            }
        };
        let _ = parser.consume_token(&Token::Eq);
        let value = match parser.next_token().token {
            Token::SingleQuotedString(text) => text,
            Token::Word(word) => word.value,
            Token::Number(digits, _) => digits,
            other => {
                return Err(ParserError::ParserError(format!("expected the value of option {name}, found {other}")));
            }
        };
        if options.insert(name.clone(), value).is_some() {
            return Err(ParserError::ParserError(format!("option {name} is given twice")));
        }
        if !parser.consume_token(&Token::Comma) {
            parser.expect_token(&Token::RParen)?;
            return Ok(options);
        }
    }
}

/// Returns the options of a SQL statement as text.
pub(crate) fn option_text(options: &[(String, Value)]) -> HashMap<String, String> {
    let text = |value: &Value| value.clone().into_string().unwrap_or_else(|| value.to_string());
    options.iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn parse_with(script: &str, pairs: &[(&str, &str)]) -> Result<Vec<Statement>> {
        parse(script, &variables(pairs))
    }

    #[test]
    fn statements_keep_their_text_and_line() {
        let script = "-- a comment; with a semicolon\nSELECT 'a;b' AS \"ü\"  ;\n\n;; ATTACH 'x' AS y (delimiter ';', header true)";
        let statements = parse_with(script, &[]).unwrap();
        let found: Vec<_> = statements.iter().map(|statement| (statement.line(), statement.text())).collect();
        assert_eq!(found, [(2, "SELECT 'a;b' AS \"ü\""), (4, "ATTACH 'x' AS y (delimiter ';', header true)")]);
        let Kind::Attach(attach) = &statements[1].kind else { panic!("{statements:?}") };
        assert_eq!((attach.location.as_str(), attach.name.as_str()), ("x", "y"));
        assert_eq!(attach.options["delimiter"], ";");
    }

    #[test]
    fn a_variable_is_one_token_whatever_it_holds() {
        let evil = "x'; DROP TABLE t; --";
        let statements = parse_with("SELECT '${v}' FROM ${v}", &[("v", evil)]).unwrap();
        assert_eq!(statements.len(), 1);
        let Kind::Sql(statement) = &statements[0].kind else { panic!() };
        assert_eq!(statement.to_string(), "SELECT 'x''; DROP TABLE t; --' FROM \"x'; DROP TABLE t; --\"");
    }

    #[test]
    fn unknown_variables_and_bad_syntax_name_the_line() {
        for (script, line) in [("SELECT 1;\nSELECT '${nope}'", 2), ("\nEXPORT prod TO 'x'", 2), ("SELEC 1", 1)] {
            match parse_with(script, &[]) {
                Err(Error::Syntax { line: found, .. }) => assert_eq!(found, line, "{script}"),
                other => panic!("{script}: {other:?}"),
            }
        }
    }

    #[test]
    fn own_statements_end_where_they_end() {
        assert!(parse_with("ATTACH 'x' AS y nonsense", &[]).is_err());
        assert!(parse_with("ATTACH 'x' AS y (delimiter ';', delimiter ',')", &[]).is_err());
        assert!(parse_with("EXPORT DATABASE y TO 'z' (format 'parquet')", &[]).is_ok());
        assert!(parse_with("ASSERT 1 = 1 AS 'sum'", &[]).is_ok());
    }
}
