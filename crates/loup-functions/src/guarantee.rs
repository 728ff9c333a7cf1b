//! What a masking function promises about its output; the guard, EXPLAIN MASK and the docs read it from here.

use std::fmt;

/// How well a result hides its input, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// The value itself, or something anyone can turn back into it.
    Raw,
    /// Part of the value is shown.
    Partial,
    /// The value with noise.
    Noised,
    /// A coarser value that is still true.
    Generalized,
    /// A keyed stand-in: same in, same out.
    Pseudonym,
    /// An invented value of the same kind.
    Synthetic,
    /// Nothing of the value is left.
    Destroyed,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Partial => "partial",
            Self::Noised => "noised",
            Self::Generalized => "generalized",
            Self::Pseudonym => "pseudonym",
            Self::Synthetic => "synthetic",
            Self::Destroyed => "destroyed",
        })
    }
}

/// Whether two different values can get the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collisions {
    /// Never: a bijection.
    Injective,
    /// Only with the chance of two random texts of this many bits being equal.
    Bits(u32),
    /// Often, by design.
    ManyToOne,
}

impl fmt::Display for Collisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injective => f.write_str("injective"),
            Self::Bits(bits) => write!(f, "collision bits {bits}"),
            Self::ManyToOne => f.write_str("many-to-one"),
        }
    }
}

/// What one call of a masking function promises, computed from its literal arguments and types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guarantee {
    /// How well the result hides the value.
    pub strength: Strength,
    /// Whether different values stay different.
    pub collisions: Collisions,
    /// Whether the same value, domain, options and key always give the same result.
    pub deterministic: bool,
    /// The longest text the call can return in characters; None when the value decides, or the result is no text.
    pub max_chars: Option<usize>,
    /// Whether a value may be its own result: by chance in a permutation, by choice in a mapping, or because it holds nothing that
    /// a display mask hides. A pseudonym or fake without this never equals its input, whatever its case.
    pub fixed_points: bool,
}

impl Guarantee {
    /// Returns the guarantee of a call that masks nothing, or may mask nothing.
    pub const fn raw() -> Self {
        Self::new(Strength::Raw, Collisions::Injective).with_fixed_points()
    }

    /// Returns a deterministic guarantee without a bound on the length.
    pub(crate) const fn new(strength: Strength, collisions: Collisions) -> Self {
        Self { strength, collisions, deterministic: true, max_chars: None, fixed_points: false }
    }

    /// Returns the guarantee of a keyed permutation: a pseudonym, one to one, whose values may be their own images.
    pub(crate) const fn permutation() -> Self {
        Self::new(Strength::Pseudonym, Collisions::Injective).with_fixed_points()
    }

    /// Allows values to be their own results.
    pub(crate) const fn with_fixed_points(mut self) -> Self {
        self.fixed_points = true;
        self
    }

    /// Adds the longest text the call can return.
    pub(crate) const fn with_max_chars(mut self, chars: usize) -> Self {
        self.max_chars = Some(chars);
        self
    }
}

/// What one result of a differentially private function spends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// The bound on how much likelier a result is for one person than for another, as a power of e.
    pub epsilon: f64,
    /// The chance that the bound does not hold; 0 where it always does.
    pub delta: f64,
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeats = if self.deterministic { "deterministic" } else { "differs between runs" };
        write!(f, "{}, {}, {repeats}", self.strength, self.collisions)?;
        if self.fixed_points && self.strength > Strength::Raw {
            f.write_str(", a value may be its own result")?;
        }
        match self.max_chars {
            Some(chars) => write!(f, ", at most {chars} characters"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_ordered_weakest_first() {
        use Strength::{Destroyed, Generalized, Noised, Partial, Pseudonym, Raw, Synthetic};
        let ordered = [Raw, Partial, Noised, Generalized, Pseudonym, Synthetic, Destroyed];
        assert!(ordered.is_sorted());
    }
}
