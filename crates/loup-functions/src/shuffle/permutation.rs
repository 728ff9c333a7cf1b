//! One keyed cycle through all rows.

use datafusion::arrow::array::UInt64Array;
use loup_crypto::KeyedDigest;

use crate::draw::word;

/// Returns for each row the row whose value it gets: one keyed cycle through all of them, so that no row keeps its own
/// (S. Sattolo, An algorithm to generate a random cyclic permutation, 1986).
///
/// The draw for row i comes from a word of the digest of the number of rows and i / 4, without bias beyond 2^-32 for any
/// column that fits in memory.
pub(super) fn permutation(digest: &KeyedDigest, rows: usize) -> UInt64Array {
    const BATCH: usize = 64;
    let mut order: Vec<u64> = (0..rows as u64).collect();
    let mut seeds = [[0; 16]; BATCH];
    let mut digests = [[0; 32]; BATCH];
    for start in (0..rows.div_ceil(4)).step_by(BATCH) {
        for (seed, block) in seeds.iter_mut().zip(start as u64..) {
            seed[..8].copy_from_slice(&(rows as u64).to_le_bytes());
            seed[8..].copy_from_slice(&block.to_le_bytes());
        }
        let texts = seeds.each_ref().map(<[u8; 16]>::as_slice);
        digest.digest_batch(&texts, &mut digests);
        let rows_here = (start * 4..rows.min((start + BATCH) * 4)).filter(|row| *row > 0);
        for row in rows_here {
            let drawn = word(&digests[row / 4 - start], row % 4);
            let other = ((u128::from(drawn) * row as u128) >> 64) as usize;
            order.swap(row, other);
        }
    }
    UInt64Array::from(order)
}

#[cfg(test)]
mod tests {
    use loup_crypto::KeyRing;

    use super::*;
    use crate::binding::Binding;

    fn drawn(domain: &str, rows: usize) -> Vec<u64> {
        let ring = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("a key");
        let digest = Binding::new(ring.active()).digest("shuffle", domain);
        permutation(&digest, rows).values().to_vec()
    }

    #[test]
    fn it_is_one_cycle_through_all_rows() {
        for rows in [2, 3, 4, 5, 255, 256, 257, 1000, 5000] {
            let order = drawn("d", rows);
            let (mut row, mut steps) = (0, 0);
            loop {
                row = order[row] as usize;
                steps += 1;
                if row == 0 {
                    break;
                }
            }
            assert_eq!(steps, rows);
        }
    }

    #[test]
    fn it_follows_from_domain_and_number_of_rows() {
        assert_eq!(drawn("d", 300), drawn("d", 300));
        assert_ne!(drawn("d", 300), drawn("e", 300));
        assert_ne!(drawn("d", 300), drawn("d", 301)[..300]);
    }

    #[test]
    fn every_cycle_is_as_likely() {
        // Five rows have 24 cycles.
        let mut counts = std::collections::HashMap::new();
        for domain in 0..24_000 {
            *counts.entry(drawn(&domain.to_string(), 5)).or_insert(0_i64) += 1;
        }
        assert_eq!(counts.len(), 24);
        // Chi-squared with 23 degrees of freedom: 66 is the value of one in 200,000; the draws are fixed, so it never flakes.
        let chi: i64 = counts.values().map(|count| (count - 1000).pow(2)).sum();
        assert!(chi < 66 * 1000, "{counts:?}");
    }
}
