//! The row loops of values encrypted one by one: canonical bytes to base64, and back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, BinaryBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err};
use loup_crypto::{PurposeKey, SivCipher, frame};

use super::Kernel;
use super::map::with_bytes;
use super::text_builder::TextBuilder;
use super::value_bytes::{self, Bytes};
use crate::call::Call;

/// The kinds of bytes that are told apart: the text form of a value, and bytes that are none.
pub(crate) const KINDS: &[&str] = &["text", "binary"];

/// Names what is sealed; another way to seal is another name.
const VERSION: &str = "v1";

/// A cipher and the place that its values belong to.
pub(crate) struct Seal {
    cipher: SivCipher,
    aad: Vec<u8>,
}

impl Seal {
    /// Makes the cipher for values of a domain and one of [`KINDS`].
    pub(crate) fn new(key: &PurposeKey, domain: &str, kind: &str) -> Self {
        let mut aad = Vec::new();
        for name in [VERSION, domain, kind] {
            frame(&mut aad, name.as_bytes());
        }
        Self { cipher: SivCipher::new(key), aad }
    }
}

/// Makes a kernel that encrypts each value to base64 text (RFC 4648, with padding).
pub(crate) fn seal(call: &Call, out: DataType, seal: Seal) -> Box<dyn Kernel> {
    Box::new(Sealing { name: call.name(), uuid: call.is_uuid(), out, seal })
}

/// Makes a kernel that decrypts base64 text to text or binary.
pub(crate) fn open(call: &Call, out: DataType, seal: Seal) -> Box<dyn Kernel> {
    Box::new(Opening { name: call.name(), out, seal })
}

struct Sealing {
    name: &'static str,
    uuid: bool,
    out: DataType,
    seal: Seal,
}

impl Sealing {
    fn rows<'a, A>(&self, values: &A) -> Result<ArrayRef>
    where
        A: ArrayAccessor,
        A::Item: Bytes<'a>,
    {
        let mut out = TextBuilder::new(&self.out, values.len(), 48)?;
        let mut buffer = Vec::new();
        for row in 0..values.len() {
            if values.is_null(row) {
                out.set_null();
            } else {
                buffer.clear();
                buffer.extend_from_slice(values.value(row).bytes());
                if self.seal.cipher.encrypt_in_place(&self.seal.aad, &mut buffer).is_err() {
                    return exec_err!("{}: expected a value of at most 64 GiB, got a longer one", self.name);
                }
                let Some(length) = base64::encoded_len(buffer.len(), true) else {
                    return internal_err!("{}: base64 of {} bytes fits no memory", self.name, buffer.len());
                };
                out.push_ascii(length, |text| {
                    STANDARD.encode_slice(&buffer, text).expect("as long as the base64 text");
                });
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl Kernel for Sealing {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let canonical = value_bytes::canonical(values, self.uuid)?;
        with_bytes!(canonical, typed => self.rows(&typed))
    }
}

struct Opening {
    name: &'static str,
    out: DataType,
    seal: Seal,
}

impl Opening {
    /// Calls `each` for every row in order with its clear bytes, or with None where it is NULL.
    fn each<'a, A>(&self, values: &A, mut each: impl FnMut(Option<&[u8]>) -> Result<()>) -> Result<()>
    where
        A: ArrayAccessor<Item = &'a str>,
    {
        let mut buffer = Vec::new();
        for row in 0..values.len() {
            if values.is_null(row) {
                each(None)?;
                continue;
            }
            let text = values.value(row);
            buffer.clear();
            if STANDARD.decode_vec(text, &mut buffer).is_err() {
                return exec_err!(
                    "{}: expected base64 text that encrypt gave, got other text of {} characters",
                    self.name,
                    text.chars().count()
                );
            }
            if self.seal.cipher.decrypt_in_place(&self.seal.aad, &mut buffer).is_err() {
                return exec_err!(
                    "{}: expected text that encrypt gave under this key, domain and type, got text of {} characters of another \
                     one, or altered",
                    self.name,
                    text.chars().count()
                );
            }
            each(Some(&buffer))?;
        }
        Ok(())
    }

    fn rows<'a, A: ArrayAccessor<Item = &'a str>>(&self, values: &A) -> Result<ArrayRef> {
        if self.out == DataType::Binary {
            let mut out = BinaryBuilder::new();
            self.each(values, |value| {
                out.append_option(value);
                Ok(())
            })?;
            return Ok(Arc::new(out.finish()));
        }
        let mut out = TextBuilder::new(&self.out, values.len(), 24)?;
        self.each(values, |value| {
            match value.map(std::str::from_utf8) {
                Some(Ok(text)) => out.push_str(text),
                Some(Err(_)) => return exec_err!("{}: expected a text, got bytes that are none", self.name),
                None => out.set_null(),
            }
            out.finish_row()
        })?;
        Ok(out.finish())
    }
}

impl Kernel for Opening {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Utf8 => self.rows(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.rows(&values.as_string::<i64>()),
            DataType::Utf8View => self.rows(&values.as_string_view()),
            other => internal_err!("{}: expected text, got {other}", self.name),
        }
    }
}
