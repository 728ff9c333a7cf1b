//! What a function instance is bound to when it is registered: a key and a locale.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use loup_crypto::{KeyedDigest, PurposeKey, RootKey};

/// The locale of fakes when nothing else is said.
pub(crate) const DEFAULT_LOCALE: &str = "en_US";

/// A key and a locale, bound into every function instance when it is registered.
///
/// Two bindings are equal when key id, key fingerprint and locale are: the optimiser may then merge two calls. A later
/// change of the session's key registers new instances and leaves the statements planned before as they were.
#[derive(Clone)]
pub struct Binding {
    key: Arc<RootKey>,
    fingerprint: String,
    locale: Arc<str>,
}

impl Binding {
    /// Binds a root key, with the locale `en_US`.
    pub fn new(key: Arc<RootKey>) -> Self {
        let fingerprint = key.fingerprint().to_string();
        Self { key, fingerprint, locale: Arc::from(DEFAULT_LOCALE) }
    }

    /// Sets the locale that fakes use when a call names none.
    #[must_use]
    pub fn with_locale(mut self, locale: &str) -> Self {
        self.locale = Arc::from(locale);
        self
    }

    /// Returns the id of the bound key.
    pub fn key_id(&self) -> &str {
        self.key.id()
    }

    /// Returns the bound locale.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// Returns the key of one purpose in one domain.
    pub(crate) fn purpose_key(&self, purpose: &str, domain: &str) -> PurposeKey {
        self.key.purpose_key(purpose, domain)
    }

    /// Returns the keyed digest of one purpose in one domain.
    pub(crate) fn digest(&self, purpose: &str, domain: &str) -> KeyedDigest {
        KeyedDigest::new(&self.purpose_key(purpose, domain))
    }
}

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.key_id() == other.key_id() && self.fingerprint == other.fingerprint && self.locale == other.locale
    }
}

impl Eq for Binding {}

impl Hash for Binding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key_id().hash(state);
        self.fingerprint.hash(state);
        self.locale.hash(state);
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("key_id", &self.key_id())
            .field("fingerprint", &self.fingerprint)
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}
