//! Literals: reading ends, and what is written in the form of another is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loup_text::dump::{Literal, LiteralKind, Server, Style, Syntax};

fuzz_target!(|data: &[u8]| {
    let [options, cut, rest @ ..] = data else { return };
    let server = if options & 1 == 0 { Server::MySql } else { Server::Postgres };
    let syntax = Syntax { server, backslash_escapes: options & 2 == 0, ansi_quotes: server == Server::Postgres || options & 4 != 0 };
    let (raw, other) = rest.split_at(usize::from(*cut).min(rest.len()));
    let literal = Literal::read(raw, syntax);
    let value = literal.value();
    let mut into = Vec::new();
    match (&value, literal.value_into(&mut into)) {
        (Ok(value), Ok(has_value)) => assert_eq!(value.as_deref(), has_value.then_some(&into[..])),
        (Err(error), Err(other)) => assert_eq!(*error, other),
        (value, other) => panic!("{value:?} {other:?}"),
    }
    let _ = literal.charset();
    let own = value.ok().flatten();
    for value in own.iter().map(|value| &value[..]).chain([other]) {
        for style in [literal.style(), Style::TEXT, Style::NUMBER, Style::HEX] {
            let mut written = Vec::new();
            if style.write(Some(value), syntax, &mut written).is_err() {
                assert!(server == Server::Postgres && value.contains(&0));
                continue;
            }
            let again = Literal::read(&written, syntax);
            let read = again.value().expect("what is written is a value").expect("and not NULL");
            // Bits are numbers: zeros before them mean nothing.
            let trim = |bytes: &[u8]| bytes.iter().copied().skip_while(|&byte| byte == 0).collect::<Vec<_>>();
            if again.kind() == LiteralKind::Bits && server == Server::MySql {
                assert_eq!(trim(&read), trim(value));
            } else {
                assert_eq!(&*read, value);
            }
        }
    }
});
