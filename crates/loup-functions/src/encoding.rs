//! Writes a digest as text: hex, base32, base58, base64, UUID.

/// RFC 4648 base32, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Bitcoin's base58.
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// RFC 4648 base64, the standard alphabet.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// RFC 4648 base32 as the RFC writes it.
const BASE32_UPPER: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// RFC 4648 base64, the alphabet for URLs and file names.
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The longest digest, in bytes.
const LONGEST: usize = 64;
/// The most base58 digits a digest has; a multiple of five.
const BASE58_DIGITS: usize = 90;

/// Writes 64 hex digits, eight at a time.
#[inline]
pub(crate) fn hex(digest: &[u8; 32], out: &mut [u8]) {
    for (from, to) in digest.chunks_exact(4).zip(out.chunks_exact_mut(8)) {
        // Spread four bytes to eight nibbles, one a byte, then turn 0..=15 into '0'..='9', 'a'..='f' all at once.
        let mut x = u64::from(u32::from_be_bytes([from[0], from[1], from[2], from[3]]));
        x = (x | x << 16) & 0x0000_ffff_0000_ffff;
        x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
        x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
        let letters = ((x + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
        let text = x + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'0' - 10);
        to.copy_from_slice(&text.to_be_bytes());
    }
}

/// Writes base32 text of up to 52 characters, the digest's first bits first.
pub(crate) fn base32(digest: &[u8; 32], out: &mut [u8]) {
    grouped(digest, 5, BASE32, out);
}

/// Writes base64 text of up to 43 characters, the digest's first bits first.
pub(crate) fn base64(digest: &[u8; 32], out: &mut [u8]) {
    grouped(digest, 6, BASE64, out);
}

/// Writes upper-case base32 text of a digest of any length.
pub(crate) fn base32_upper(digest: &[u8], out: &mut [u8]) {
    grouped(digest, 5, BASE32_UPPER, out);
}

/// Writes base64 text in the alphabet for URLs, of a digest of any length.
pub(crate) fn base64_url(digest: &[u8], out: &mut [u8]) {
    grouped(digest, 6, BASE64_URL, out);
}

/// Writes one character for each `bits` bits; the last group is filled with zeros.
fn grouped(digest: &[u8], bits: usize, alphabet: &[u8], out: &mut [u8]) {
    let (mut window, mut held, mut bytes) = (0_u32, 0, digest.iter());
    for c in out {
        while held < bits {
            window = window << 8 | u32::from(bytes.next().copied().unwrap_or(0));
            held += 8;
        }
        held -= bits;
        *c = alphabet[(window >> held) as usize & ((1 << bits) - 1)];
    }
}

/// Returns base58 text of a digest of 32 or 64 bytes and how long it is: 43 or 44 characters for all but a few, 87 or 88
/// for 64 bytes.
pub(crate) fn base58(digest: &[u8]) -> ([u8; BASE58_DIGITS], usize) {
    const GROUP: u64 = 58 * 58 * 58 * 58 * 58;
    let mut limbs = [0_u32; LONGEST / 4];
    let limbs = &mut limbs[..digest.len() / 4];
    for (limb, bytes) in limbs.iter_mut().zip(digest.chunks_exact(4)) {
        *limb = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    // A division by 58^5, which has 29.3 bits, gives five digits, the last ones first: nine divisions for 32 bytes.
    let mut digits = [0_u8; BASE58_DIGITS];
    let digits = &mut digits[..5 * (digest.len() * 8).div_ceil(29)];
    for group in digits.chunks_exact_mut(5).rev() {
        let mut rest = 0_u64;
        for limb in limbs.iter_mut() {
            let dividend = rest << 32 | u64::from(*limb);
            *limb = (dividend / GROUP) as u32;
            rest = dividend % GROUP;
        }
        for digit in group.iter_mut().rev() {
            *digit = (rest % 58) as u8;
            rest /= 58;
        }
    }
    let zeros = digest.iter().take_while(|byte| **byte == 0).count();
    let mut text = [BASE58[0]; BASE58_DIGITS];
    let significant = digits.iter().skip_while(|digit| **digit == 0);
    let mut length = zeros;
    for digit in significant {
        text[length] = BASE58[usize::from(*digit)];
        length += 1;
    }
    (text, length)
}

/// Bits of a digest in a UUID of version 8.
pub(crate) const UUID_BITS: u32 = 122;

/// Writes 36 characters of a UUID of version 8 (RFC 9562): 122 bits of the digest.
pub(crate) fn uuid(digest: &[u8; 32], out: &mut [u8]) {
    let mut bytes = *digest;
    bytes[..16].copy_from_slice(&uuid_bytes(digest));
    dashed(&bytes, out);
}

/// Returns a UUID of version 8 (RFC 9562): 122 bits of the digest.
pub(crate) fn uuid_bytes(digest: &[u8; 32]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// Writes 36 characters of the first 16 bytes, without marks of version and variant.
pub(crate) fn dashed(bytes: &[u8; 32], out: &mut [u8]) {
    let mut digits = [0; 64];
    hex(bytes, &mut digits);
    for (to, from) in [(0..8, 0..8), (9..13, 8..12), (14..18, 12..16), (19..23, 16..20), (24..36, 20..32)] {
        out[to].copy_from_slice(&digits[from]);
    }
    for dash in [8, 13, 18, 23] {
        out[dash] = b'-';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> [u8; 32] {
        std::array::from_fn(|i| i as u8)
    }

    fn text(len: usize, write: impl Fn(&[u8; 32], &mut [u8])) -> String {
        let mut out = vec![0; len];
        write(&counting(), &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn hex_agrees_with_format_on_every_byte() {
        for first in 0..=255_u8 {
            let digest = std::array::from_fn(|i| first.wrapping_add((i as u8).wrapping_mul(37)));
            let mut out = [0; 64];
            hex(&digest, &mut out);
            for (byte, digits) in digest.iter().zip(out.chunks_exact(2)) {
                assert_eq!(digits, format!("{byte:02x}").as_bytes());
            }
        }
    }

    #[test]
    fn encodings_agree_with_other_tools() {
        // python3: base64.b32encode(bytes(range(32))), b64encode, and the base58 package.
        assert_eq!(text(52, base32), "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq");
        assert_eq!(text(43, base64), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        let (bytes, length) = base58(&counting());
        assert_eq!(&bytes[..length], b"1thX6LZfHDZZKUs92febYZhYRcXddmzfzF2NvTkPNE");
        assert_eq!(text(36, uuid), "00010203-0405-8607-8809-0a0b0c0d0e0f");
    }

    #[test]
    fn forms_of_other_systems_agree_with_other_tools() {
        assert_eq!(
            text(52, |digest, out| base32_upper(digest, out)),
            "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ"
        );
        let high: [u8; 32] = std::array::from_fn(|i| 255 - i as u8);
        let mut out = [0; 43];
        base64_url(&high, &mut out);
        assert_eq!(&out, b"__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA");
        assert_eq!(text(36, dashed), "00010203-0405-0607-0809-0a0b0c0d0e0f");
        let long: [u8; 64] = std::array::from_fn(|i| 255 - i as u8);
        let (bytes, length) = base58(&long);
        assert_eq!(
            &bytes[..length],
            b"67rZaavrqDqjSkwQYdccw7DZoq9ipp7Pqcak6SkP9nno1gH9zkh6eQ3KWDYHJLyVRVrP73Gu6NDvjMtNPAh1VC7y"
        );
    }

    #[test]
    fn base58_of_extremes() {
        let (bytes, length) = base58(&[0; 32]);
        assert_eq!(&bytes[..length], "1".repeat(32).as_bytes());
        let (bytes, length) = base58(&[255; 32]);
        assert_eq!(&bytes[..length], b"JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG");
        let (bytes, length) = base58(&[0; 64]);
        assert_eq!(&bytes[..length], "1".repeat(64).as_bytes());
        let (bytes, length) = base58(&[255; 64]);
        assert_eq!(
            &bytes[..length],
            b"67rpwLCuS5DGA8KGZXKsVQ7dnPb9goRLoKfgGbLfQg9WoLUgNY77E2jT11fem3coV9nAkguBACzrU1iyZM4B8roQ"
        );
    }
}
