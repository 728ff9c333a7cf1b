//! Cycle walking: a permutation of a larger set, applied until every number is back in its range.

use crate::ff1::feistel::ROWS;

/// Lets `once` permute the numbers, up to [`ROWS`] at a time, and again those that it takes beyond `last`.
///
/// All numbers are at most `last` on entry: from beyond, a walk need not come back.
pub(crate) fn walk<T>(numbers: &mut [T], last: T, once: impl Fn(&mut [T]))
where
    T: Copy + Default + PartialOrd,
{
    let mut beyond = Vec::new();
    for (chunk, start) in numbers.chunks_mut(ROWS).zip((0..).step_by(ROWS)) {
        once(chunk);
        beyond.extend(chunk.iter().zip(start..).filter(|&(&number, _)| number > last).map(|(_, place)| place));
    }
    let mut gathered = [T::default(); ROWS];
    while !beyond.is_empty() {
        for places in beyond.chunks(ROWS) {
            let walking = &mut gathered[..places.len()];
            for (number, &place) in walking.iter_mut().zip(places) {
                *number = numbers[place];
            }
            once(walking);
            for (&number, &place) in walking.iter().zip(places) {
                numbers[place] = number;
            }
        }
        beyond.retain(|&place| numbers[place] > last);
    }
}
