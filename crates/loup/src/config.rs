//! The settings `loup.*`.

use std::any::Any;
use std::fmt;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ExtensionOptions};
use datafusion::error::{DataFusionError, Result};
use loup_functions::LOCALES;

const ALLOW_RANDOM: &str = "loup.allow_random";
const GUARD: &str = "loup.guard";
const KEY: &str = "loup.key";
const LOCALE: &str = "loup.locale";

/// The session's own settings: names and modes, never a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LoupOptions {
    /// Id of the key that functions of later statements use.
    pub(crate) key: String,
    /// Locale of fakes where a call names none.
    pub(crate) locale: String,
    /// Whether statements may use random functions.
    pub(crate) allow_random: bool,
    /// What judges plans.
    guard: String,
}

impl LoupOptions {
    pub(crate) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), locale: "en_US".to_owned(), allow_random: false, guard: "off".to_owned() }
    }

    /// Gives a setting the value it has in `defaults`.
    ///
    /// # Errors
    /// Returns an error where there is no such setting.
    pub(crate) fn reset(&mut self, name: &str, defaults: &Self) -> Result<()> {
        let default = defaults.entries().into_iter().find(|entry| entry.key == name).and_then(|entry| entry.value);
        self.set(name.trim_start_matches("loup."), &default.unwrap_or_default())
    }
}

impl fmt::Debug for LoupOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoupOptions").field("key", &self.key).field("locale", &self.locale).finish_non_exhaustive()
    }
}

impl ConfigExtension for LoupOptions {
    const PREFIX: &'static str = "loup";
}

impl ExtensionOptions for LoupOptions {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let error = |text: String| Err(DataFusionError::Configuration(text));
        match name.strip_prefix("loup.").unwrap_or(name) {
            "allow_random" => match value.to_ascii_lowercase().parse() {
                Ok(is_allowed) => self.allow_random = is_allowed,
                Err(_) => return error(format!("{ALLOW_RANDOM}: must be true or false")),
            },
            "key" => value.clone_into(&mut self.key),
            "locale" if LOCALES.contains(&value) => value.clone_into(&mut self.locale),
            "locale" => return error(format!("{LOCALE}: must be one of {}, got '{value}'", LOCALES.join(", "))),
            "guard" if value.eq_ignore_ascii_case("off") => "off".clone_into(&mut self.guard),
            // A mode that judges nothing would promise what it does not keep.
            "guard" => {
                return error(format!("{GUARD}: 'off' is the only mode of this version, got '{value}'"));
            }
            _ => {
                return error(format!(
                    "there is no setting loup.{name}; there are {ALLOW_RANDOM}, {GUARD}, {KEY} and {LOCALE}"
                ));
            }
        }
        Ok(())
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        let entry = |key: &str, value: &str, description| ConfigEntry {
            key: key.to_owned(),
            value: Some(value.to_owned()),
            description,
        };
        let allow_random = self.allow_random.to_string();
        vec![
            entry(ALLOW_RANDOM, &allow_random, "Whether statements may use functions that differ on every run"),
            entry(GUARD, &self.guard, "What judges plans before they run: off"),
            entry(KEY, &self.key, "Id of the key that later statements mask with"),
            entry(LOCALE, &self.locale, "Locale of fakes where a call names none"),
        ]
    }
}
