//! What a function instance is bound to when it is registered: a key, a locale, named salts and mapping tables.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, plan_err};
use datafusion::logical_expr::Expr;
use loup_crypto::{KeyedDigest, PurposeKey, RootKey, Salts};

use crate::mappings::{IdMapping, MappingCatalog};
use crate::named_lists::{NamedList, NamedLists};

/// The locale of fakes when nothing else is said.
pub(crate) const DEFAULT_LOCALE: &str = "en_US";

/// A key, a locale, perhaps named salts and mapping tables, bound into every function instance when it is registered.
///
/// Two bindings are equal when key id, key fingerprint and locale are and they share their salts and mappings: the optimiser may
/// then merge two calls, those of functions that read lists where the lists are equal too. A later change of the session's key
/// registers new instances and leaves the statements planned before as they were.
#[derive(Clone)]
pub struct Binding {
    key: Arc<RootKey>,
    fingerprint: String,
    locale: Arc<str>,
    salts: Option<Arc<Salts>>,
    mappings: Option<Arc<dyn MappingCatalog>>,
    lists: Option<Arc<NamedLists>>,
    allows_random: bool,
}

impl Binding {
    /// Binds a root key, with the locale `en_US`, without salts and mappings.
    pub fn new(key: Arc<RootKey>) -> Self {
        let fingerprint = key.fingerprint().to_string();
        Self {
            key,
            fingerprint,
            locale: Arc::from(DEFAULT_LOCALE),
            salts: None,
            mappings: None,
            lists: None,
            allows_random: false,
        }
    }

    /// Sets the locale that fakes use when a call names none.
    #[must_use]
    pub fn with_locale(mut self, locale: &str) -> Self {
        self.locale = Arc::from(locale);
        self
    }

    /// Adds the salts, peppers and MAC keys that calls of `hash_salted` and `hmac_sha256` name.
    #[must_use]
    pub fn with_salts(mut self, salts: Arc<Salts>) -> Self {
        self.salts = Some(salts);
        self
    }

    /// Adds the mapping tables that calls of `map_id` and `unmap_id` name.
    #[must_use]
    pub fn with_mappings(mut self, mappings: Arc<dyn MappingCatalog>) -> Self {
        self.mappings = Some(mappings);
        self
    }

    /// Adds the lists that calls of `fake_from` and `generalize_to` name.
    #[must_use]
    pub fn with_lists(mut self, lists: Arc<NamedLists>) -> Self {
        self.lists = Some(lists);
        self
    }

    /// Allows the functions `random_*` and calls without a seed, whose results differ on every run; planning refuses them
    /// otherwise.
    #[must_use]
    pub fn with_random(mut self, is_allowed: bool) -> Self {
        self.allows_random = is_allowed;
        self
    }

    /// Returns whether random functions are allowed.
    pub(crate) fn allows_random(&self) -> bool {
        self.allows_random
    }

    /// Returns the id of the bound key.
    pub fn key_id(&self) -> &str {
        self.key.id()
    }

    /// Returns the bound locale.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// Returns the salts that a function's calls name.
    pub(crate) fn salts(&self, function: &str) -> Result<&Salts> {
        let Some(salts) = &self.salts else {
            return plan_err!(
                "{function}: it takes its secrets by name from a salts file, and none was given (--salts-file)"
            );
        };
        Ok(salts)
    }

    /// Returns which salts these are, as an address: they hold a random pepper, so equal ones are the same ones.
    fn salts_identity(&self) -> Option<*const Salts> {
        self.salts.as_ref().map(Arc::as_ptr)
    }

    /// Returns the mapping that a function's call names.
    pub(crate) fn mapping(&self, function: &str, name: &str) -> Result<Arc<dyn IdMapping>> {
        let Some(mappings) = &self.mappings else {
            return plan_err!("{function}: mapping tables are those of a Loup session, and this is none");
        };
        if let Some(mapping) = mappings.find(name) {
            return Ok(mapping);
        }
        let known = mappings.names();
        let known = if known.is_empty() { "none was created".to_owned() } else { known.join(", ") };
        plan_err!(
            "{function}: there is no mapping '{name}' ({known}); CREATE EXTERNAL TABLE .. STORED AS MAPPING opens one"
        )
    }

    /// Returns the list that a function's call names.
    pub(crate) fn list(&self, function: &str, name: &str) -> Result<&NamedList> {
        let Some(lists) = &self.lists else {
            return plan_err!("{function}: lists are tables of a Loup session, and this is none");
        };
        let Some(list) = lists.find(name) else {
            return plan_err!(
                "{function}: there is no table '{name}'; CREATE EXTERNAL TABLE, CREATE VIEW or ATTACH makes one"
            );
        };
        Ok(list)
    }

    /// Returns whether another binding has the same lists.
    pub(crate) fn has_lists_of(&self, other: &Self) -> bool {
        match (&self.lists, &other.lists) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    /// Returns which mappings these are, as an address: what they hold grows while a session lives.
    fn mappings_identity(&self) -> Option<*const ()> {
        self.mappings.as_ref().map(|mappings| Arc::as_ptr(mappings).cast())
    }

    /// Checks that what a function makes under the key can be read again later.
    pub(crate) fn check_lasting(&self, function: &str) -> Result<()> {
        if self.key.is_ephemeral() {
            return plan_err!(
                "{function}: what is encrypted is read again later, so it needs a lasting key and not an ephemeral one; make \
                 one: loup key new"
            );
        }
        Ok(())
    }

    /// Returns the key of one purpose in one domain.
    pub(crate) fn purpose_key(&self, purpose: &str, domain: &str) -> PurposeKey {
        self.key.purpose_key(purpose, domain)
    }

    /// Returns an argument as a column name shows it. A literal value could be a secret of the data: its place is taken by
    /// a keyed digest of it, so that two literals still make two column names.
    pub(crate) fn shown(&self, is_value: bool, argument: &Expr) -> Result<String> {
        if let (Expr::Literal(option, _), false) = (argument, is_value) {
            return Ok(option.to_string());
        }
        let hidden = argument.clone().transform(|node| match node {
            Expr::Literal(value, _) if !value.is_null() => {
                let digest = self.digest("column_name", "").digest(value.to_string().as_bytes());
                let name = format!("<{:02x}{:02x}{:02x}>", digest[0], digest[1], digest[2]);
                Ok(Transformed::yes(Expr::Column(Column::new_unqualified(name))))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(hidden.data.schema_name().to_string())
    }

    /// Returns the keyed digest of one purpose in one domain.
    pub(crate) fn digest(&self, purpose: &str, domain: &str) -> KeyedDigest {
        KeyedDigest::new(&self.purpose_key(purpose, domain))
    }
}

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.key_id() == other.key_id()
            && self.fingerprint == other.fingerprint
            && self.locale == other.locale
            && self.salts_identity() == other.salts_identity()
            && self.mappings_identity() == other.mappings_identity()
            && self.allows_random == other.allows_random
    }
}

impl Eq for Binding {}

impl Hash for Binding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key_id().hash(state);
        self.fingerprint.hash(state);
        self.locale.hash(state);
        self.salts_identity().hash(state);
        self.mappings_identity().hash(state);
        self.allows_random.hash(state);
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug forms of plans reach messages: they tell nothing of the key.
        f.debug_struct("Binding").finish_non_exhaustive()
    }
}
