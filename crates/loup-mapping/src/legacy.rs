//! Mapping files of the older format: CSV or JSON under AES-256-GCM, and plain CSV for audits.
//!
//! A file is a nonce of 12 bytes, the ciphertext and a tag of 16 bytes, without a header or associated data. The plaintext
//! is CSV (`original,pseudonym`, CRLF, quotes where needed, sorted by original) or JSON (`{"_metadata": {..}, "mappings":
//! {original: pseudonym}}`, or the inner object alone).

use std::fs;
use std::io::Write;
use std::path::Path;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use datafusion::arrow::array::TimestampSecondArray;
use datafusion::arrow::util::display::ArrayFormatter;
use datafusion::arrow::util::display::FormatOptions;
use loup_crypto::PurposeKey;
use loup_text::csv::{Cells, Dialect, tokenize};
use zeroize::Zeroizing;

use crate::error::{Error, Result, io};
use crate::folder::Folder;
use crate::import::Pairs;
use crate::lookup::write_original;
use crate::mapping::{Mapping, now};
use crate::moments::UTC;
use crate::table::Class;

const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: &str = "original,pseudonym\r\n";
const AUDIT_HEADER: &str = "original,pseudonym,created_at\r\n";

/// What the plaintext of a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegacyFormat {
    /// `<field>_mapping.csv.enc`
    Csv,
    /// `<field>_mapping.json.enc`
    Json,
}

/// Reads a key as the older files' owners keep it: 64 hexadecimal digits.
///
/// # Errors
/// If the text is anything else; it is not repeated in the error.
pub fn key_from_hex(text: &str) -> Result<PurposeKey> {
    let digits = text.trim_ascii().as_bytes();
    let mut key = Zeroizing::new([0; 32]);
    let wrong = || Error::LegacyContent { line: 0, problem: "expected a key of 64 hexadecimal digits" };
    if digits.len() != 2 * key.len() {
        return Err(wrong());
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or_else(wrong);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Ok(PurposeKey::from_bytes(&mut key))
}

/// Decrypts a file and reads its pairs; [`MappingWriter::import`](crate::MappingWriter::import) takes them over.
///
/// # Errors
/// If the file is shorter than 28 bytes, the key is another one, the file was changed, or its content is malformed.
pub fn read(file: &[u8], format: LegacyFormat, key: &PurposeKey) -> Result<Pairs> {
    let plaintext = match file.split_first_chunk::<NONCE>() {
        Some((nonce, sealed)) if sealed.len() >= TAG => {
            let opened = cipher(key).decrypt(nonce.into(), sealed).map_err(|_| Error::LegacyRejected)?;
            Zeroizing::new(opened)
        }
        _ => return Err(Error::LegacyRejected),
    };
    match format {
        LegacyFormat::Csv => parse_csv(&plaintext),
        LegacyFormat::Json => parse_json(&plaintext),
    }
}

/// Writes bytes to a file of mode 0600 by way of `<path>.tmp`; an existing file is replaced in one step.
///
/// # Errors
/// If the file cannot be written or renamed; an existing one is then as it was.
pub fn save(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| !path.is_dir()) else {
        return Err(io("write", path)(std::io::Error::other("is not the name of a file")));
    };
    let (folder, temporary) = (Folder::new(parent), format!("{name}.tmp"));
    folder.remove(&temporary)?;
    let written = folder.write_new(&temporary, bytes).and_then(|()| folder.rename(&temporary, name));
    if written.is_err() {
        let _ = fs::remove_file(folder.file(&temporary));
    }
    written?;
    folder.sync()
}

impl Mapping {
    /// Returns all entries as an encrypted file of the older format.
    ///
    /// # Errors
    /// If the system has no random bytes, or the entries are more than the cipher encrypts at once.
    pub fn export_legacy(&self, format: LegacyFormat, key: &PurposeKey) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| loup_crypto::Error::Random)?;
        seal(&plaintext(&self.pairs(), format), key, nonce)
    }

    /// Writes all entries as plain CSV, `original,pseudonym,created_at`, for an audit: whoever reads it can undo every
    /// pseudonym. Returns how many entries there are.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn export_plaintext_csv(&self, out: &mut impl Write) -> Result<u64> {
        let mut text = Zeroizing::new(AUDIT_HEADER.to_owned());
        let mut count = 0;
        let failed = || io("write", "the plain export");
        for class in Class::ALL {
            let part = self.contents.table.part(class);
            let created = part.created.of_rows(0, part.rows());
            let entries = part.originals.values().iter().zip(part.pseudonyms.iter()).zip(created);
            for ((original, pseudonym), created) in entries {
                let (mut first, mut second) = (Zeroizing::new(String::new()), String::new());
                write_original(original, &mut first);
                self.scheme.write(pseudonym, &mut second);
                write_record(&[&first, &second, &moment(created / 1_000_000)], &mut text);
                count += 1;
                if text.len() >= 1 << 16 {
                    out.write_all(text.as_bytes()).map_err(failed())?;
                    text.clear();
                }
            }
        }
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(failed())?;
        Ok(count)
    }

    /// All entries as text, sorted by original.
    fn pairs(&self) -> Pairs {
        let mut pairs = Pairs::new();
        for class in Class::ALL {
            let part = self.contents.table.part(class);
            for (original, pseudonym) in part.originals.values().iter().zip(part.pseudonyms.iter()) {
                let (mut first, mut second) = (String::new(), String::new());
                write_original(original, &mut first);
                self.scheme.write(pseudonym, &mut second);
                pairs.push(first, second);
            }
        }
        pairs.sort();
        pairs
    }
}

fn cipher(key: &PurposeKey) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

fn seal(plaintext: &[u8], key: &PurposeKey, nonce: [u8; NONCE]) -> Result<Vec<u8>> {
    let length = plaintext.len();
    let sealed = cipher(key).encrypt(&nonce.into(), plaintext).map_err(|_| loup_crypto::Error::TooLarge { length })?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn plaintext(pairs: &Pairs, format: LegacyFormat) -> Zeroizing<Vec<u8>> {
    let mut text = String::new();
    match format {
        LegacyFormat::Csv => {
            text.push_str(HEADER);
            for (original, pseudonym) in pairs.iter() {
                write_record(&[original, pseudonym], &mut text);
            }
        }
        LegacyFormat::Json => {
            let mappings: serde_json::Map<_, _> =
                pairs.iter().map(|(original, pseudonym)| (original.to_owned(), pseudonym.into())).collect();
            let created = moment(now() / 1_000_000);
            let metadata = serde_json::json!({
                "version": "1.0", "created": created, "count": pairs.len(), "format": "json",
            });
            text = serde_json::json!({ "_metadata": metadata, "mappings": mappings }).to_string();
        }
    }
    Zeroizing::new(text.into_bytes())
}

/// Appends a record as Python's `csv` does: quotes only around a delimiter, a quote or a line end.
fn write_record(cells: &[&str], out: &mut String) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            out.extend(["\"", &cell.replace('"', "\"\""), "\""]);
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

fn parse_csv(text: &[u8]) -> Result<Pairs> {
    let dialect = Dialect::default();
    let mut cells = Cells::default();
    let line_of = |offset: usize| text[..offset].split(|&byte| byte == b'\n').count();
    let fault = |offset, problem| Error::LegacyContent { line: line_of(offset), problem };
    let rows = tokenize(text, &dialect, 2, &mut cells)
        .map_err(|error| fault(error.offset.min(text.len()), "expected CSV with two columns"))?;
    let mut pairs = Pairs::new();
    for row in 0..rows {
        let cell = |column| {
            let cell = cells.cell(row, column);
            // An empty cell without quotes is the empty text: the format has no NULL.
            let value = cell.value(text, &dialect).unwrap_or_default().into_owned();
            String::from_utf8(value).map_err(|_| fault(cell.start(), "expected UTF-8"))
        };
        let (original, pseudonym) = (cell(0)?, cell(1)?);
        if row == 0 {
            if (original.as_str(), pseudonym.as_str()) != ("original", "pseudonym") {
                return Err(fault(0, "expected the header original,pseudonym"));
            }
            continue;
        }
        pairs.push(original, pseudonym);
    }
    if rows == 0 { Err(fault(0, "expected the header original,pseudonym")) } else { Ok(pairs) }
}

fn parse_json(text: &[u8]) -> Result<Pairs> {
    use serde_json::{Map, Value};
    let mut object: Map<String, Value> = serde_json::from_slice(text)
        .map_err(|error| Error::LegacyContent { line: error.line(), problem: "expected a JSON object" })?;
    // A bare object may have an original that is called so.
    if object.get("mappings").is_some_and(Value::is_object)
        && let Some(Value::Object(mappings)) = object.remove("mappings")
    {
        object = mappings;
    }
    let mut pairs = Pairs::new();
    for (original, pseudonym) in object {
        match pseudonym {
            Value::String(pseudonym) => pairs.push(original, pseudonym),
            Value::Number(number) if number.is_i64() => pairs.push(original, number.to_string()),
            _ => return Err(Error::LegacyContent { line: 0, problem: "expected a text as pseudonym" }),
        }
    }
    Ok(pairs)
}

/// A moment as `2026-01-31T23:59:59Z`.
fn moment(seconds: i64) -> String {
    let array = TimestampSecondArray::from(vec![seconds]).with_timezone(UTC);
    let formatter = ArrayFormatter::try_new(&array, &FormatOptions::default());
    formatter.map_or_else(|_| seconds.to_string(), |formatter| formatter.value(0).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    /// Made by the older program (legacy.md 2.1): the key above, a nonce of zeros.
    const VECTOR: &str = "000000000000000000000000657589331ece3b328df2404dad5ac95720a0dc63749821176233fd8bb7dc151909f46535\
                          107cc754b2ec6c007a2f5e829ae1e5bb019dc145d10efb9011ae";
    const PLAINTEXT: &[u8] = b"original,pseudonym\r\nalice@example.com,000001\r\n";

    fn vector() -> Vec<u8> {
        (0..VECTOR.len()).step_by(2).map(|at| u8::from_str_radix(&VECTOR[at..at + 2], 16).unwrap()).collect()
    }

    fn pairs(entries: &[(&str, &str)]) -> Pairs {
        let mut pairs = Pairs::new();
        for &(original, pseudonym) in entries {
            pairs.push(original, pseudonym);
        }
        pairs
    }

    #[test]
    fn older_file_is_read_and_written_to_the_byte() {
        let key = key_from_hex(KEY).unwrap();
        assert_eq!(vector().len(), 74);
        let read = read(&vector(), LegacyFormat::Csv, &key).unwrap();
        assert_eq!(read, pairs(&[("alice@example.com", "000001")]));
        assert_eq!(plaintext(&read, LegacyFormat::Csv).as_slice(), PLAINTEXT);
        assert_eq!(seal(PLAINTEXT, &key, [0; NONCE]).unwrap(), vector());
    }

    #[test]
    fn every_changed_byte_and_length_is_noticed() {
        let key = key_from_hex(KEY).unwrap();
        for at in 0..vector().len() {
            let mut changed = vector();
            changed[at] ^= 1;
            assert!(matches!(read(&changed, LegacyFormat::Csv, &key), Err(Error::LegacyRejected)));
            assert!(matches!(read(&vector()[..at], LegacyFormat::Csv, &key), Err(Error::LegacyRejected)));
        }
        let other = key_from_hex(&KEY.replace('0', "1")).unwrap();
        assert!(matches!(read(&vector(), LegacyFormat::Csv, &other), Err(Error::LegacyRejected)));
    }

    #[test]
    fn awkward_cells_survive_both_formats() {
        let key = key_from_hex(KEY).unwrap();
        let awkward = pairs(&[("", "a"), ("a,b", "x\"y"), ("line\r\nend", "ç"), ("mappings", "m"), ("\"", " ")]);
        for format in [LegacyFormat::Csv, LegacyFormat::Json] {
            let file = seal(&plaintext(&awkward, format), &key, [7; NONCE]).unwrap();
            let mut back = read(&file, format, &key).unwrap();
            let mut expected = awkward.clone();
            back.sort();
            expected.sort();
            assert!(back == expected, "{format:?}");
        }
        assert_eq!(&plaintext(&awkward, LegacyFormat::Csv)[20..26], b",a\r\n\"a", "quotes only where needed");
    }

    #[test]
    fn bare_json_is_read() {
        assert_eq!(
            parse_json(br#"{"a": "x", "mappings": "y", "c": 7}"#).unwrap(),
            pairs(&[("a", "x"), ("c", "7"), ("mappings", "y")])
        );
        let json = plaintext(&pairs(&[("a", "x")]), LegacyFormat::Json);
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&json["_metadata"]["count"], &json["_metadata"]["version"]), (&1.into(), &"1.0".into()));
        assert!(json["_metadata"]["created"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn faults_are_placed_and_show_nothing() {
        for (text, expected) in [
            (&b""[..], "line 1: expected the header"),
            (b"pseudonym,original\r\n", "line 1: expected the header"),
            (b"original,pseudonym\r\ncanary\r\n", "line 2: expected CSV"),
            (b"original,pseudonym\r\na,b\r\n\"canary", "line 3: expected CSV"),
            (b"original,pseudonym\r\na,\xff\r\n", "line 2: expected UTF-8"),
        ] {
            let shown = parse_csv(text).unwrap_err().to_string();
            assert!(shown.contains(expected) && !shown.contains("canary"), "{shown}");
        }
        for text in [&b"[\"canary\"]"[..], b"{\"canary\": [1]}", b"{\"canary\": 1.5}", b"canary"] {
            assert!(!parse_json(text).unwrap_err().to_string().contains("canary"));
        }
        assert!(!key_from_hex("canary").unwrap_err().to_string().contains("canary"));
    }
}
