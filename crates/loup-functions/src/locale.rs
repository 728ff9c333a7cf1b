//! The locales of fakes.

use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;

/// A place whose names and numbers the fakes know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Locale {
    DeDe,
    EnAu,
    EnGb,
    EnIn,
    EnUs,
    FrFr,
    SvSe,
}

impl Locale {
    /// Every locale, in the order of its name.
    pub(crate) const ALL: [Self; 7] =
        [Self::DeDe, Self::EnAu, Self::EnGb, Self::EnIn, Self::EnUs, Self::FrFr, Self::SvSe];

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DeDe => "de_DE",
            Self::EnAu => "en_AU",
            Self::EnGb => "en_GB",
            Self::EnIn => "en_IN",
            Self::EnUs => "en_US",
            Self::FrFr => "fr_FR",
            Self::SvSe => "sv_SE",
        }
    }

    /// Returns the code and the English name of its country.
    pub(crate) const fn country(self) -> (&'static str, &'static str) {
        match self {
            Self::DeDe => ("DE", "Germany"),
            Self::EnAu => ("AU", "Australia"),
            Self::EnGb => ("GB", "United Kingdom"),
            Self::EnIn => ("IN", "India"),
            Self::EnUs => ("US", "United States"),
            Self::FrFr => ("FR", "France"),
            Self::SvSe => ("SE", "Sweden"),
        }
    }
}

/// What the option `locale` may be; the empty text is the bound locale.
pub(crate) const CHOICES: &[&str] = &["", "de_DE", "en_AU", "en_GB", "en_IN", "en_US", "fr_FR", "sv_SE"];

/// The locales that fakes have names and numbers for.
pub const LOCALES: &[&str] = CHOICES.split_at(1).1;

/// Returns the locale of a call: its own, else the one that was bound.
pub(crate) fn of(call: &Call, binding: &Binding) -> Result<Locale> {
    let name = match call.text("locale")? {
        "" => binding.locale(),
        name => name,
    };
    let Some(locale) = Locale::ALL.into_iter().find(|locale| locale.name() == name) else {
        return plan_err!("{}: locale must be one of {}", call.name(), LOCALES.join(", "));
    };
    Ok(locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_are_the_locales() {
        let names: Vec<&str> = Locale::ALL.iter().map(|locale| locale.name()).collect();
        assert_eq!(names, LOCALES);
    }
}
