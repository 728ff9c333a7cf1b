//! Finds where records end in a stream of blocks, so that whole records can be handed to any thread.

use memchr::{memchr, memchr2, memrchr};

use super::Dialect;

/// The UTF-8 byte order mark that some programs write first.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Where in the grammar the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside quotes; a quote opens a quoted cell only where the byte before it ends a cell.
    Plain { cell_start: bool },
    /// Inside quotes.
    Quoted,
    /// Behind an escape byte inside quotes.
    Escaped,
    /// Behind a quote inside quotes: doubled or closing.
    QuoteInQuoted,
}

/// Walks through a file block by block and reports the end of the last whole record of each.
///
/// It jumps from quote to quote, so a file with few quotes is searched at the speed of memory. It agrees with
/// [`tokenize`](super::tokenize) on what ends a record, whatever the sizes of the blocks.
#[derive(Debug, Clone)]
pub struct Splitter {
    dialect: Dialect,
    state: State,
}

impl Splitter {
    /// Starts at the first byte of a file, behind its byte order mark.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, state: State::Plain { cell_start: true } }
    }

    /// Reads the next block; returns the offset in it behind the last record end, `None` where no record ends.
    pub fn advance(&mut self, block: &[u8]) -> Option<usize> {
        let end_byte = self.dialect.terminator.byte();
        let mut at = 0;
        let mut last_end = None;
        while at < block.len() {
            match self.state {
                State::Plain { cell_start } => {
                    let quote =
                        self.dialect.quote.and_then(|quote| memchr(quote, &block[at..])).map(|offset| at + offset);
                    let plain_end = quote.unwrap_or(block.len());
                    if let Some(offset) = memrchr(end_byte, &block[at..plain_end]) {
                        last_end = Some(at + offset + 1);
                    }
                    let opens = if plain_end > at { self.ends_cell(block[plain_end - 1]) } else { cell_start };
                    match quote {
                        Some(quote) if opens => {
                            self.state = State::Quoted;
                            at = quote + 1;
                        }
                        Some(quote) => {
                            self.state = State::Plain { cell_start: false };
                            at = quote + 1;
                        }
                        None => {
                            self.state = State::Plain { cell_start: opens };
                            at = block.len();
                        }
                    }
                }
                State::Quoted => {
                    let quote = self.dialect.quote.expect("quoted only where a quote is defined");
                    let found = match self.dialect.escape {
                        None => memchr(quote, &block[at..]),
                        Some(escape) => memchr2(quote, escape, &block[at..]),
                    };
                    match found {
                        None => at = block.len(),
                        Some(offset) => {
                            let byte = block[at + offset];
                            self.state = if byte == quote { State::QuoteInQuoted } else { State::Escaped };
                            at += offset + 1;
                        }
                    }
                }
                State::Escaped => {
                    self.state = State::Quoted;
                    at += 1;
                }
                State::QuoteInQuoted => {
                    if Some(block[at]) == self.dialect.quote && self.dialect.escape.is_none() {
                        self.state = State::Quoted;
                        at += 1;
                    } else {
                        self.state = State::Plain { cell_start: false };
                    }
                }
            }
        }
        last_end
    }

    /// Returns whether the stream stands inside quotes, which at the end of a file is an error.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Quoted | State::Escaped)
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.dialect.delimiter || byte == self.dialect.terminator.byte()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cells, Terminator, tokenize};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quoted_line_breaks_end_no_record() {
        let mut splitter = Splitter::new(Dialect::default());
        assert_eq!(splitter.advance(b"a,\"x\ny"), None);
        assert!(splitter.is_open());
        assert_eq!(splitter.advance(b"\n\"\n1,2\n3"), Some(7));
        assert!(!splitter.is_open());
    }

    #[test]
    fn a_quote_cut_from_its_double_is_seen() {
        let mut splitter = Splitter::new(Dialect::default());
        assert_eq!(splitter.advance(b"\"a\""), None);
        assert_eq!(splitter.advance(b"\"\n\"\n"), Some(4));
    }

    #[test]
    fn a_quote_inside_a_plain_cell_opens_nothing() {
        let mut splitter = Splitter::new(Dialect::default());
        assert_eq!(splitter.advance(b"5\" pipe,x\ny,"), Some(10));
    }

    #[test]
    fn an_escaped_quote_closes_nothing() {
        let mut splitter = Splitter::new(Dialect { escape: Some(b'\\'), ..Dialect::default() });
        assert_eq!(splitter.advance(b"\"a\\"), None);
        assert_eq!(splitter.advance(b"\"\n\"\nb"), Some(4));
    }

    fn dialects() -> impl Strategy<Value = Dialect> {
        (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(escape, cr, quote)| Dialect {
            escape: (escape && quote).then_some(b'\\'),
            quote: quote.then_some(b'"'),
            terminator: if cr { Terminator::Cr } else { Terminator::Lf },
            ..Dialect::default()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// Whatever is valid as a whole is found the same when cut where the splitter says.
        #[test]
        fn cutting_at_record_ends_changes_no_cell(
            dialect in dialects(),
            text in proptest::collection::vec(proptest::sample::select(&b"a,\"\"\n\n\r\\bc"[..]), 0..80),
            sizes in proptest::collection::vec(1usize..9, 1..60),
            columns in 1usize..4,
        ) {
            let mut whole = Cells::default();
            if tokenize(&text, &dialect, columns, &mut whole).is_ok() {
                let mut splitter = Splitter::new(dialect.clone());
                let (mut from, mut block) = (0, 0);
                let mut rows = Vec::new();
                let mut sizes = sizes.iter().cycle();
                while block < text.len() {
                    let next = (block + sizes.next().expect("cycle")).min(text.len());
                    let end = splitter.advance(&text[block..next]).map(|offset| block + offset);
                    let end = if next == text.len() { Some(text.len()) } else { end };
                    if let Some(end) = end {
                        let mut cells = Cells::default();
                        let part = &text[from..end];
                        let count = tokenize(part, &dialect, columns, &mut cells);
                        prop_assert!(count.is_ok(), "part {part:?} of {text:?}");
                        rows.extend((0..cells.rows() * columns).map(|i| {
                            cells.cell(i / columns, i % columns).value(part, &dialect).map(std::borrow::Cow::into_owned)
                        }));
                        from = end;
                    }
                    block = next;
                }
                let expected: Vec<_> = (0..whole.rows() * columns)
                    .map(|i| whole.cell(i / columns, i % columns).value(&text, &dialect).map(std::borrow::Cow::into_owned))
                    .collect();
                prop_assert_eq!(rows, expected);
            }
        }
    }
}
