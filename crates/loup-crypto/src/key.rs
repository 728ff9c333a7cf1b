//! Root keys, and the keys derived from them for one purpose and domain each.

use std::fmt;

use sha3::{Digest, Sha3_256};
use zeroize::Zeroize;

use crate::frame::frame;
use crate::secret::Secret;

/// Separates Loup's derivations from any other use of the same root key; a change of derivation is a new label.
const LABEL: &str = "loup/v1";

/// One key of a [`KeyRing`](crate::KeyRing): an id, a birth date and 256 secret bits.
///
/// Its secret is not readable from outside; everything is done with keys derived by [`RootKey::purpose_key`].
pub struct RootKey {
    id: String,
    created: String,
    ephemeral: bool,
    secret: Secret,
}

impl RootKey {
    pub(crate) fn new(id: String, created: String, ephemeral: bool, secret: Secret) -> Self {
        Self { id, created, ephemeral, secret }
    }

    /// Returns the id under which the key is found again.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns when the key was made (RFC 3339, UTC); empty for a key given as text, whose age is not known.
    pub fn created(&self) -> &str {
        &self.created
    }

    /// Returns whether the key dies with this process, so that nothing made with it can be repeated or read later.
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    /// Returns a short public name of the secret: equal for equal secrets, and no help in finding one.
    pub fn fingerprint(&self) -> Fingerprint {
        let key = self.purpose_key("fingerprint", "");
        let [a, b, c, d, ..] = *key.expose();
        Fingerprint([a, b, c, d])
    }

    /// Derives the key of one purpose (a function's canonical SQL name) and one domain (a name the user chose).
    ///
    /// `SHA3-256(root || frame("loup/v1") || frame(purpose) || frame(domain))`, where a frame is the length in bytes
    /// (4 bytes, little-endian) and the bytes: no two pairs of names run into one another.
    ///
    /// # Example
    /// ```
    /// let ring = loup_crypto::KeyRing::ephemeral()?;
    /// let root = ring.active();
    /// let (one, two) = (root.purpose_key("a", "bc"), root.purpose_key("ab", "c"));
    /// assert_ne!(one.expose(), two.expose());
    /// # Ok::<(), loup_crypto::Error>(())
    /// ```
    pub fn purpose_key(&self, purpose: &str, domain: &str) -> PurposeKey {
        let mut names = Vec::with_capacity(32 + purpose.len() + domain.len());
        for name in [LABEL, purpose, domain] {
            frame(&mut names, name.as_bytes());
        }
        let mut hasher = Sha3_256::new();
        hasher.update(self.secret.expose());
        hasher.update(&names);
        let mut digest = hasher.finalize();
        let key = PurposeKey { secret: Secret::from_slice(&digest).expect("SHA3-256 gives 32 bytes") };
        digest.as_mut_slice().zeroize();
        key
    }

    /// The root secret, for writing a key file only.
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey")
            .field("id", &self.id)
            .field("created", &self.created)
            .field("ephemeral", &self.ephemeral)
            .field("secret", &self.secret)
            .finish()
    }
}

/// The public short name of a root key's secret, printed as 8 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Fingerprint([u8; 4]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// A 256-bit key for one purpose and domain. Wiped when dropped; its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct PurposeKey {
    secret: Secret,
}

impl PurposeKey {
    /// Takes key bytes from elsewhere, for test vectors and keys agreed with another system; wipes the caller's copy.
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Self {
        Self { secret: Secret::take(bytes) }
    }

    /// Returns the key bytes. For handing to a cipher; not for keeping, printing or comparing.
    pub fn expose(&self) -> &[u8; 32] {
        self.secret.expose()
    }
}

impl fmt::Debug for PurposeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PurposeKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting_root() -> RootKey {
        let mut bytes: [u8; 32] = std::array::from_fn(|i| i as u8);
        RootKey::new("test".to_owned(), String::new(), false, Secret::take(&mut bytes))
    }

    fn hex(bytes: &[u8]) -> String {
        format!("{bytes:02x?}").replace(['[', ']', ',', ' '], "")
    }

    /// Made by an independent program (Python's hashlib) from the root 00 01 .. 1f.
    #[test]
    fn purpose_keys_are_pinned() {
        for (purpose, domain, expected) in [
            ("hash_keyed", "job", "e395333f1aa257d8bd1eb5284dda74964494c8d2b242c335cc419e5833c1f759"),
            ("ff1", "job", "89c950730db52165ed28773b46bc9cac9551c4350291e12796a621a0c0babbf3"),
            ("siv", "job", "41167c663823ff7fb143747347e444a93cd602b2a32a10cacd346f837fe688e0"),
            ("mapping", "job", "66838d23d44935cdbe7b74bc45f28c0bdf966e09cb05d7abdab5aca3731e1de3"),
            ("fingerprint", "", "5e3ef2bba709923e2a0ff0cb4386c34a5eaa6037a372877110e706018ee6ddc0"),
            ("a", "bc", "732ff827ea949d4205afbb3d58fbb5edb207b51a59c37c55e22bc38b37966c12"),
            ("ab", "c", "86df2053629e58e55149cff892414a36814cbac8609fadac4a6042540a14c734"),
        ] {
            assert_eq!(hex(counting_root().purpose_key(purpose, domain).expose()), expected, "{purpose} {domain}");
        }
    }

    #[test]
    fn fingerprint_prints_eight_hex_digits() {
        assert_eq!(counting_root().fingerprint().to_string(), "5e3ef2bb");
    }

    #[test]
    fn debug_shows_no_secret() {
        let root = counting_root();
        let shown = format!("{root:?} {:?}", root.purpose_key("hash_keyed", "job"));
        assert!(shown.contains("***"));
        for leak in ["0, 1, 2", "00, 01", "000102", "227", "e395", "0xe3"] {
            assert!(!shown.contains(leak), "{leak}");
        }
    }
}
