//! The keys of one mapping, all derived from its root key: one for each use and one for each file.

use loup_crypto::{Fingerprint, KeyedDigest, PurposeKey, RangePermutation, RootKey, frame, hex};

use crate::error::{Error, Result};

/// Bytes of a mapping's id.
pub(crate) const ID: usize = 16;

/// Everything secret that a mapping needs; the root key itself is not kept.
///
/// The key of a use is the keyed digest, under the purpose key 'mapping' of the mapping's id, of the use's framed names.
#[derive(Clone)]
pub(crate) struct Keys {
    own: PurposeKey,
    /// What the keyed kind computes with: that of its domain, by default the mapping's own.
    domain: PurposeKey,
    pub(crate) key_id: String,
    pub(crate) fingerprint: Fingerprint,
}

impl Keys {
    /// Derives the keys of the mapping with that id.
    pub(crate) fn new(root: &RootKey, id: &str, domain: Option<&str>) -> Self {
        let own = root.purpose_key("mapping", id);
        let domain = domain.map_or_else(|| own.clone(), |domain| root.purpose_key("mapping", domain));
        Self { own, domain, key_id: root.id().to_owned(), fingerprint: root.fingerprint() }
    }

    /// The digest that a manifest's check value is.
    pub(crate) fn manifest(&self) -> KeyedDigest {
        KeyedDigest::new(&derive(&self.own, "manifest", ""))
    }

    /// The key that encrypts one data file.
    pub(crate) fn file(&self, name: &str) -> PurposeKey {
        derive(&self.own, "file", name)
    }

    /// The digest that data files are known by.
    pub(crate) fn file_hash(&self) -> KeyedDigest {
        KeyedDigest::new(&derive(&self.own, "hash", ""))
    }

    /// The digest that originals of one insert are put in order by.
    pub(crate) fn order(&self) -> KeyedDigest {
        KeyedDigest::new(&derive(&self.own, "order", ""))
    }

    /// The digest that random pseudonyms are drawn from, by their number.
    pub(crate) fn draws(&self) -> KeyedDigest {
        KeyedDigest::new(&derive(&self.own, "draws", ""))
    }

    /// The digest that keyed pseudonyms are drawn from, by their original.
    pub(crate) fn keyed(&self) -> KeyedDigest {
        KeyedDigest::new(&derive(&self.domain, "keyed", ""))
    }

    /// The order in which random numbers of a range are given out.
    pub(crate) fn permutation(&self, lo: i64, hi: i64) -> Result<RangePermutation> {
        Ok(RangePermutation::new(&derive(&self.own, "numbers", ""), lo.into(), hi.into())?)
    }
}

fn derive(key: &PurposeKey, purpose: &str, name: &str) -> PurposeKey {
    let mut names = Vec::with_capacity(32 + name.len());
    frame(&mut names, purpose.as_bytes());
    frame(&mut names, name.as_bytes());
    PurposeKey::from_bytes(&mut KeyedDigest::new(key).digest(&names))
}

/// Draws random bytes as hexadecimal digits, for names that must differ.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    let mut random = [0; ID];
    getrandom::fill(&mut random[..bytes]).map_err(|_| Error::Crypto(loup_crypto::Error::Random))?;
    Ok(hex(&random[..bytes]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_and_file_has_a_key_of_its_own() {
        let ring = loup_crypto::KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let keys = Keys::new(&ring.active(), "0f", None);
        let other = Keys::new(&ring.active(), "1f", None);
        let mut seen = std::collections::HashSet::new();
        for keys in [&keys, &other] {
            for digest in [keys.manifest(), keys.file_hash(), keys.order(), keys.draws(), keys.keyed()] {
                assert!(seen.insert(digest.digest(b"")));
            }
            assert!(seen.insert(*keys.file("a").expose()));
            assert!(seen.insert(*keys.file("b").expose()));
        }
        // Made by an independent program (Python's hashlib): files written today are read for ever.
        assert_eq!(hex(keys.file("a").expose()), "25f59c0410a9107c054ca15341c3ecfa58946f53955e570b2909f50d0a062243");
    }
}
