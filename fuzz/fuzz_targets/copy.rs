//! Rows of a COPY: reading ends, what is written is read back, and what pg_dump would write comes out byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loup_text::dump::{Cells, copy};

fuzz_target!(|text: &[u8]| {
    let mut cells = Cells::default();
    let Ok(rows) = copy::tokenize(text, None, &mut cells) else { return };
    for at in 0..rows * cells.columns() {
        let raw = cells.cell(at / cells.columns(), at % cells.columns()).of(text);
        let value = copy::value(raw);
        assert_eq!(value.is_none(), copy::is_null(raw));
        let mut written = Vec::new();
        if copy::write(value.as_deref(), &mut written).is_err() {
            assert!(value.is_some_and(|value| value.contains(&0)));
            continue;
        }
        assert_eq!(copy::value(&written), value);
        assert!(!written.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r')));
        // Written again, what is canonical stays.
        let mut again = Vec::new();
        copy::write(copy::value(&written).as_deref(), &mut again).expect("no zero bytes");
        assert_eq!(again, written);
    }
});
