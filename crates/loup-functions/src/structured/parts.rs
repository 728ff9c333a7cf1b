//! Masks parts of texts: those of a whole batch are cut out, masked by one run of a kernel, and put back in place.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::kernel::text_builder::TextBuilder;
use crate::kernel::{self, Kernel};
use crate::named::NamedCall;
use crate::spec::Accepts;

/// A kind of text that holds parts.
pub(super) trait Format: Send + Sync + 'static {
    /// Finds the parts of a text that are masked, in order.
    fn cut(&self, text: &str, parts: &mut Parts) -> Result<()>;

    /// Writes a masked value where `part` stood.
    fn put(&self, part: &str, masked: Option<&str>, out: &mut TextBuilder) -> Result<()>;

    /// Checks a text with all its parts put back.
    fn check(&self, _text: &str, _masked: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// The parts of a batch of texts.
pub(super) struct Parts {
    values: TextBuilder,
    places: Vec<Range<usize>>,
}

impl Parts {
    /// Adds a part: where it stands in its text, and the value to mask.
    pub(super) fn push(&mut self, place: Range<usize>, value: &str) -> Result<()> {
        self.places.push(place);
        self.values.push_str(value);
        self.values.finish_row()
    }
}

/// Makes the kernel that masks the parts of texts by the function that a call names.
///
/// # Errors
/// When the function is refused, or returns what cannot stand in a text.
pub(super) fn mask_parts<F: Format>(
    call: &Call,
    binding: &Binding,
    out: DataType,
    format: F,
) -> Result<Box<dyn Kernel>> {
    let named = NamedCall::read(call, &DataType::Utf8View)?;
    let result = named.result_type(binding)?;
    if !Accepts::Text.admits(&result) {
        return plan_err!("{}: {} returns {result} and not text", call.name(), named.name());
    }
    Ok(Box::new(MaskParts { format, inner: named.compile(binding)?, out }))
}

struct MaskParts<F> {
    format: F,
    inner: Box<dyn Kernel>,
    out: DataType,
}

impl<F: Format> MaskParts<F> {
    fn rows<'a, A: ArrayAccessor<Item = &'a str>>(&self, texts: &A) -> Result<ArrayRef> {
        let values = TextBuilder::new(&DataType::Utf8View, texts.len(), 16)?;
        let mut parts = Parts { values, places: Vec::with_capacity(texts.len()) };
        let mut ends = Vec::with_capacity(texts.len());
        for row in 0..texts.len() {
            if texts.is_valid(row) {
                self.format.cut(texts.value(row), &mut parts)?;
            }
            ends.push(parts.places.len());
        }
        let masked = kernel::run(self.inner.as_ref(), &parts.values.finish())?;
        let masked = cast(&masked, &DataType::Utf8View)?;
        let masked = masked.as_string_view();

        let mut out = TextBuilder::new(&self.out, texts.len(), 32)?;
        let mut next = 0;
        for (row, end) in ends.into_iter().enumerate() {
            if texts.is_null(row) {
                out.set_null();
            } else {
                let text = texts.value(row);
                let mut copied = 0;
                for part in next..end {
                    let place = parts.places[part].clone();
                    out.push_str(&text[copied..place.start]);
                    copied = place.end;
                    let value = masked.is_valid(part).then(|| masked.value(part));
                    self.format.put(&text[place], value, &mut out)?;
                }
                out.push_str(&text[copied..]);
                self.format.check(text, out.row())?;
                next = end;
            }
            out.finish_row()?;
        }
        Ok(out.finish())
    }
}

impl<F: Format> Kernel for MaskParts<F> {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::Utf8 => self.rows(&values.as_string::<i32>()),
            DataType::LargeUtf8 => self.rows(&values.as_string::<i64>()),
            DataType::Utf8View => self.rows(&values.as_string_view()),
            other => internal_err!("expected text, got {other}"),
        }
    }
}
