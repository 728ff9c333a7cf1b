//! Fakes that differ where their values do: an entry of a list and a keyed code.

use std::fmt;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{below, word};
use crate::encoding;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::kernel::text_builder::TextBuilder;
use crate::locale::{self, Locale};
use crate::spec::FunctionSpec;

/// Characters of the code, five bits each; letters of one case, so that a column that folds case keeps them apart.
const CODE: usize = 20;

/// A fake of an entry, a separator, a code and perhaps a host.
pub(crate) struct UniqueFake {
    pub(crate) spec: &'static FunctionSpec,
    /// Writes an entry of so many characters at most; it need not differ from another value's.
    pub(crate) entry: fn(Locale, &[u8; 32], usize, &mut TextBuilder),
    /// Characters of the longest entry that is written.
    pub(crate) longest: usize,
    /// Characters of the shortest one.
    pub(crate) shortest: usize,
    /// What stands before the code.
    pub(crate) separator: &'static str,
    /// What may stand after it, all of one length.
    pub(crate) tails: &'static [&'static str],
}

impl UniqueFake {
    fn tail(&self) -> usize {
        self.tails.first().map_or(0, |tail| tail.len())
    }

    /// Returns how many characters an entry may have; 0 where there is no room for one.
    fn room(&self, call: &Call) -> Result<usize> {
        let fixed = CODE + self.tail();
        let most = call.max_chars()?.unwrap_or(usize::MAX);
        if most < fixed {
            return plan_err!(
                "{}: max_chars must be {fixed} or more, got {most}: shorter results would not stay apart",
                self.spec.name
            );
        }
        let room = (most - fixed).saturating_sub(self.separator.len());
        Ok(if room < self.shortest { 0 } else { room.min(self.longest) })
    }
}

impl fmt::Debug for UniqueFake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UniqueFake").field("name", &self.spec.name).finish_non_exhaustive()
    }
}

impl MaskingFunction for UniqueFake {
    fn spec(&self) -> &'static FunctionSpec {
        self.spec
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let room = self.room(call)?;
        let entry = if room == 0 { 0 } else { room + self.separator.len() };
        let guarantee = Guarantee::new(Strength::Synthetic, Collisions::Bits(CODE as u32 * 5));
        Ok(guarantee.with_max_chars(entry + CODE + self.tail()))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let locale = locale::of(call, binding)?;
        let room = self.room(call)?;
        let digest = binding.digest(self.spec.name, call.text("domain")?);
        let (entry, separator, tails) = (self.entry, self.separator, self.tails);
        Ok(map_digest(call, text_like(call.value_type()), digest, 48, move |_, digest, out| {
            if room > 0 {
                entry(locale, digest, room, out);
                out.push_str(separator);
            }
            // The code alone keeps values apart, so that the entry may be drawn from the same bits.
            out.push_ascii(CODE, |code| encoding::base32(digest, code));
            if !tails.is_empty() {
                out.push_str(tails[below(word(digest, 3), tails.len())]);
            }
            Ok(())
        }))
    }
}
