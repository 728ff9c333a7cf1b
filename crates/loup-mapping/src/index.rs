//! A hash index of row numbers: 4 bytes a slot, open addressing, the values themselves stay in their columns.

/// A slot that no row has.
pub(crate) const FREE: u32 = u32::MAX;

/// The most rows an index can number.
pub(crate) const MOST_ROWS: u64 = FREE as u64;

/// How many look-ups are under way at once: their memory accesses overlap.
const AT_ONCE: usize = 32;

/// Rows by the hash of their value. The caller knows the values and says which row is the right one.
#[derive(Clone, Default)]
pub(crate) struct Index {
    slots: Vec<u32>,
    used: usize,
}

impl Index {
    /// Makes an index of the first `rows` rows, whose values all differ.
    pub(crate) fn of_rows(rows: u32, hash_of: impl Fn(u32) -> u64) -> Self {
        let mut index = Self { slots: vec![FREE; room_for(rows as usize)], used: 0 };
        for row in 0..rows {
            index.insert(hash_of(row), row);
        }
        index
    }

    /// Returns the row with that hash which `is` says is the one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.probe(self.home(hash), is)
    }

    /// Finds many: writes each one's row, or [`FREE`].
    pub(crate) fn find_many(&self, hashes: &[u64], is: impl Fn(usize, u32) -> bool, rows: &mut [u32]) {
        if self.slots.is_empty() {
            rows.fill(FREE);
            return;
        }
        for (first, (hashes, rows)) in (0..).step_by(AT_ONCE).zip(hashes.chunks(AT_ONCE).zip(rows.chunks_mut(AT_ONCE)))
        {
            // First the slots of all, which do not wait for one another, then the comparisons.
            for (&hash, row) in hashes.iter().zip(rows.iter_mut()) {
                *row = self.slots[self.home(hash)];
            }
            for (at, (&hash, row)) in hashes.iter().zip(rows).enumerate() {
                if *row != FREE && !is(first + at, *row) {
                    *row = self.probe(self.home(hash), |row| is(first + at, row)).unwrap_or(FREE);
                }
            }
        }
    }

    /// Adds a row whose value is not there yet; room was made by [`Index::reserve`].
    #[inline]
    pub(crate) fn insert(&mut self, hash: u64, row: u32) {
        let mut at = self.home(hash);
        while self.slots[at] != FREE {
            at = self.after(at);
        }
        self.slots[at] = row;
        self.used += 1;
    }

    /// Makes room for more rows; `hash_of` hashes those that are there.
    #[inline]
    pub(crate) fn reserve(&mut self, more: usize, hash_of: impl Fn(u32) -> u64) {
        // Three quarters full at most, or the runs of taken slots grow long.
        if (self.used + more) * 4 > self.slots.len() * 3 {
            let mut grown = Self { slots: vec![FREE; room_for(self.used + more)], used: 0 };
            for &row in self.slots.iter().filter(|&&row| row != FREE) {
                grown.insert(hash_of(row), row);
            }
            *self = grown;
        }
    }

    /// Makes room for one more row and, where that needs a new table, for as many again as there are.
    #[inline]
    pub(crate) fn reserve_one(&mut self, hash_of: impl Fn(u32) -> u64) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.reserve(self.used.max(16), hash_of);
        }
    }

    /// Bytes that the index holds on to.
    pub(crate) fn memory_size(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }

    /// The slot where the search for a hash begins: its share of the whole, without a division.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    #[inline]
    fn probe(&self, mut at: usize, is: impl Fn(u32) -> bool) -> Option<u32> {
        loop {
            match self.slots[at] {
                FREE => return None,
                row if is(row) => return Some(row),
                _ => at = self.after(at),
            }
        }
    }
}

/// Slots for that many rows: five eighths full, 6.4 bytes a row.
fn room_for(rows: usize) -> usize {
    rows * 8 / 5 + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few different hashes, so that runs of taken slots are long and wrap around.
    fn poor_hash(row: u32) -> u64 {
        u64::from(row % 7) << 61
    }

    #[test]
    fn rows_are_found_whatever_their_hashes() {
        let mut index = Index::of_rows(100, poor_hash);
        for row in 100..1_000 {
            if row % 2 == 0 {
                index.reserve(2, poor_hash);
            }
            index.insert(poor_hash(row), row);
        }
        for row in 0..1_000 {
            assert_eq!(index.find(poor_hash(row), |found| found == row), Some(row));
        }
        assert_eq!(index.find(poor_hash(5), |found| found == 1_000), None);
        let wanted: Vec<u32> = (900..1_100).collect();
        let hashes: Vec<u64> = wanted.iter().map(|&row| poor_hash(row)).collect();
        let mut rows = vec![0; wanted.len()];
        index.find_many(&hashes, |at, row| row == wanted[at], &mut rows);
        assert!(rows.iter().zip(&wanted).all(|(&found, &row)| found == if row < 1_000 { row } else { FREE }));
    }

    #[test]
    fn empty_index_finds_nothing() {
        let index = Index::default();
        assert_eq!(index.find(0, |_| true), None);
        let mut rows = [1; 3];
        index.find_many(&[0, 1, 2], |_, _| true, &mut rows);
        assert_eq!(rows, [FREE; 3]);
    }
}
