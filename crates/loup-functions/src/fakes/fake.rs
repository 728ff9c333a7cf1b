//! A fake that is a text: what its file says of it, and the kernel that is the same for all of them.

use std::fmt;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use super::code::{Code, Keeps};
use super::dice::Dice;
use crate::binding::Binding;
use crate::call::Call;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::kernel::text_builder::TextBuilder;
use crate::locale::{self, Locale};
use crate::spec::{FunctionSpec, Kind};

/// What a fake is drawn for.
pub(crate) struct Ask<'a> {
    /// The value, for its form alone.
    pub(crate) value: &'a [u8],
    /// Whose forms and words.
    pub(crate) locale: Locale,
    /// Which of the choices of the function's own option was made.
    pub(crate) choice: usize,
    /// The most characters; `usize::MAX` where there is no limit.
    pub(crate) most: usize,
}

/// How a fake is drawn.
#[derive(Clone, Copy)]
pub(crate) enum Draw {
    /// As a code of ASCII characters in its common form; it then takes the form of the value, and is cut if it must be.
    Code(Keeps, fn(&Ask<'_>, &mut Dice<'_>, &mut Code)),
    /// As a text, which keeps to the limit by itself.
    Text(fn(&Ask<'_>, &mut Dice<'_>, &mut TextBuilder)),
}

/// A fake that is a text drawn from the digest.
pub(crate) struct Fake {
    spec: &'static FunctionSpec,
    longest: Option<usize>,
    width: usize,
    draw: Draw,
}

impl Fake {
    /// Describes a fake that is a code of up to `longest` characters in its common form.
    pub(crate) const fn code(
        spec: &'static FunctionSpec,
        longest: usize,
        keeps: Keeps,
        draw: fn(&Ask<'_>, &mut Dice<'_>, &mut Code),
    ) -> Self {
        // A value's own separators make it longer.
        let bound = if matches!(keeps, Keeps::Nothing) { longest } else { super::code::LONGEST };
        Self { spec, longest: Some(bound), width: longest, draw: Draw::Code(keeps, draw) }
    }

    /// Describes a fake that is a text of up to `longest` characters, typically `width`.
    pub(crate) const fn text(
        spec: &'static FunctionSpec,
        longest: Option<usize>,
        width: usize,
        draw: fn(&Ask<'_>, &mut Dice<'_>, &mut TextBuilder),
    ) -> Self {
        Self { spec, longest, width, draw: Draw::Text(draw) }
    }

    /// Returns which of the choices of the option after the common ones was made; 0 where there is none.
    fn choice(&self, call: &Call) -> Result<usize> {
        let own = self.spec.parameters.get(4).map(|parameter| (parameter.name, parameter.kind));
        let Some((name, Kind::Choice(choices))) = own else { return Ok(0) };
        let chosen = call.text(name)?;
        Ok(choices.iter().position(|choice| *choice == chosen).unwrap_or(0))
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").field("name", &self.spec.name).finish_non_exhaustive()
    }
}

impl MaskingFunction for Fake {
    fn spec(&self) -> &'static FunctionSpec {
        self.spec
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let guarantee = Guarantee::new(Strength::Synthetic, Collisions::ManyToOne);
        let longest = match (self.longest, call.max_chars()?) {
            (Some(longest), Some(most)) => Some(longest.min(most)),
            (longest, most) => longest.or(most),
        };
        Ok(longest.map_or(guarantee, |chars| guarantee.with_max_chars(chars)))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let most = call.max_chars()?.unwrap_or(usize::MAX);
        let choice = self.choice(call)?;
        let digest = binding.digest(self.spec.name, call.text("domain")?);
        let out = text_like(call.value_type());
        Ok(match self.draw {
            Draw::Code(keeps, draw) => map_digest(call, out, digest, self.width, move |value, digest, out| {
                let ask = Ask { value, locale, choice, most };
                let mut code = Code::new();
                draw(&ask, &mut Dice::new(digest), &mut code);
                code.dress(value, keeps);
                code.fit(most);
                let text = code.as_bytes();
                out.push_ascii(text.len(), |bytes| bytes.copy_from_slice(text));
                Ok(())
            }),
            Draw::Text(draw) => map_digest(call, out, digest, self.width, move |value, digest, out| {
                draw(&Ask { value, locale, choice, most }, &mut Dice::new(digest), out);
                Ok(())
            }),
        })
    }
}

/// Writes small letters, at least one and no more than a limit: for limits that no fake of the kind fits.
pub(crate) fn write_letters(most: usize, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    for _ in 0..most.clamp(1, SHORT) {
        out.push_char(char::from(dice.letter().to_ascii_lowercase()));
    }
}

/// The most letters that stand for a fake that does not fit.
pub(crate) const SHORT: usize = 8;
