//! CSV: cutting where the splitter says changes no cell, and what is written is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loup_text::csv::{Cells, Dialect, Encoder, Splitter, Terminator, tokenize};

fn values(text: &[u8], dialect: &Dialect, columns: usize) -> Option<Vec<Option<Vec<u8>>>> {
    let mut cells = Cells::default();
    let rows = tokenize(text, dialect, columns, &mut cells).ok()?;
    let cell = |at: usize| cells.cell(at / columns, at % columns);
    Some((0..rows * columns).map(|at| cell(at).value(text, dialect).map(|value| value.into_owned())).collect())
}

fuzz_target!(|data: &[u8]| {
    let [options, columns, size, text @ ..] = data else { return };
    let dialect = Dialect {
        delimiter: if options & 1 == 0 { b',' } else { b'\t' },
        quote: (options & 2 == 0).then_some(b'"'),
        escape: (options & 6 == 4).then_some(b'\\'),
        terminator: if options & 8 == 0 { Terminator::Lf } else { Terminator::Cr },
        null: (options & 16 != 0).then(|| b"NULL".to_vec()),
    };
    assert_eq!(dialect.validate(), Ok(()));
    let _ = dialect.sniff_terminator(text);
    let columns = usize::from(columns % 4) + 1;
    let Some(whole) = values(text, &dialect, columns) else { return };

    let mut splitter = Splitter::new(dialect.clone());
    let (mut from, mut cut) = (0, Vec::new());
    let size = usize::from(size % 64) + 1;
    for (number, block) in text.chunks(size).enumerate() {
        if let Some(end) = splitter.advance(block) {
            let end = number * size + end;
            cut.extend(values(&text[from..end], &dialect, columns).expect("valid as a part of what is valid"));
            from = end;
        }
    }
    cut.extend(values(&text[from..], &dialect, columns).expect("valid as a part of what is valid"));
    assert_eq!(cut, whole);

    let encoder = Encoder::new(dialect.clone());
    let mut written = Vec::new();
    for (at, value) in whole.iter().enumerate() {
        match value {
            Some(value) if encoder.value(value, &mut written).is_err() => return,
            Some(_) => {}
            None => encoder.null(&mut written),
        }
        let is_end = at % columns == columns - 1;
        written.extend_from_slice(if is_end { dialect.terminator.as_bytes() } else { std::slice::from_ref(&dialect.delimiter) });
    }
    assert_eq!(values(&written, &dialect, columns), Some(whole));
});
