//! Get-or-create: which originals are new, in which order they come, and that no pseudonym is anyone's original.

use std::sync::Arc;

use crate::contents::Contents;
use crate::distinct::Distinct;
use crate::draw;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::options::Kind;
use crate::originals::Originals;
use crate::scheme::{Core, Scheme};
use crate::table::Class;
use crate::value::{Value, Values};

/// What an insert did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inserted {
    /// Rows given, repeated ones and NULL with them.
    pub rows: u64,
    /// Rows that were NULL.
    pub nulls: u64,
    /// Distinct originals that got a pseudonym now.
    pub new: u64,
    /// Distinct originals that had one.
    pub known: u64,
}

/// An insert under way: nothing of the contents changes until all of it is known to be good.
struct Insert<'a> {
    contents: &'a Contents,
    scheme: &'a Scheme,
    keys: &'a Keys,
    originals: &'a Originals,
    /// The numbers of the new originals, in the order in which they get pseudonyms.
    order: Vec<u32>,
}

/// Gives every original that has none a pseudonym.
pub(crate) fn insert(
    contents: &mut Arc<Contents>,
    scheme: &Scheme,
    keys: &Keys,
    originals: &Originals,
    now: i64,
) -> Result<Inserted> {
    let order = shuffled(contents, keys, originals);
    let new = order.len() as u64;
    let inserted =
        Inserted { rows: originals.rows(), nulls: originals.nulls(), new, known: originals.len() as u64 - new };
    if new == 0 {
        return Ok(inserted);
    }
    let insert = Insert { contents, scheme, keys, originals, order };
    let (pseudonyms, drawn) = insert.draw()?;
    let order = insert.order;
    append(contents, order.iter().map(|&number| originals.get(number)).zip(pseudonyms.iter()), now)?;
    Arc::make_mut(contents).drawn = drawn;
    Ok(inserted)
}

/// Adds entries whose originals and pseudonyms are known to be new.
pub(crate) fn append<'a>(
    contents: &mut Arc<Contents>,
    entries: impl Iterator<Item = (Value<'a>, Value<'a>)> + Clone,
    now: i64,
) -> Result<()> {
    let table = &mut Arc::make_mut(contents).table;
    for class in Class::ALL {
        table.reserve(class, entries.clone().filter(|&(original, _)| Class::of(original) == class).count())?;
    }
    for (original, pseudonym) in entries {
        table.insert_new(original, pseudonym, now)?;
    }
    Ok(())
}

/// Counts new originals that lie among the pseudonyms in use or set apart; `drawn` is the count after the insert.
pub(crate) fn overlaps<'a>(
    contents: &Contents,
    scheme: &Scheme,
    new: impl Iterator<Item = Value<'a>>,
    drawn: u64,
) -> u64 {
    let mut buffer = String::new();
    let is_pseudonym = |original: Value<'a>| {
        let Some(core) = scheme.read(original, &mut buffer) else {
            return false;
        };
        match (core, scheme.core()) {
            (Value::Integer(number), Core::Numbers { lo, hi, open, .. }) => {
                let last = if open { i128::from(lo) + i128::from(drawn) - 1 } else { hi.into() };
                number >= lo && i128::from(number) <= last
            }
            _ => contents.table.has_pseudonym(core),
        }
    };
    new.map(is_pseudonym).filter(|&overlaps| overlaps).count() as u64
}

/// The new originals in the order of their keyed digests: it tells nothing, and is the same however the rows came.
fn shuffled(contents: &Contents, keys: &Keys, originals: &Originals) -> Vec<u32> {
    let all = 0..originals.len() as u32;
    let new: Vec<u32> = all.filter(|&number| !contents.table.has_original(originals.get(number))).collect();
    let mut ranked: Vec<(u64, u32)> = Vec::with_capacity(new.len());
    draw::digest_all(
        &keys.order(),
        new.len(),
        |at, bytes| originals.get(new[at]).write_bytes(bytes),
        |at, digest| ranked.push((draw::word(digest), new[at])),
    );
    ranked.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| originals.get(a.1).cmp(&originals.get(b.1))));
    ranked.into_iter().map(|(_, number)| number).collect()
}

impl Insert<'_> {
    /// Draws a pseudonym for each new original; returns them with the new count of draws.
    fn draw(&self) -> Result<(Values, u64)> {
        let count = self.order.len() as u64;
        self.check_room(count)?;
        let in_order = self.order.iter().map(|&number| self.originals.get(number));
        let overlap = overlaps(self.contents, self.scheme, in_order, self.contents.drawn + count);
        if overlap > 0 {
            return Err(Error::Overlap { count: overlap });
        }
        match self.scheme.kind() {
            Kind::Sequential => self.sequential(),
            Kind::Keyed => self.keyed(),
            Kind::RandomInt if self.contents.imported == 0 => self.permuted(),
            Kind::RandomInt | Kind::Uuid | Kind::RandomString => self.random(),
        }
    }

    /// Refuses an insert that the range or length is too small for. Where pseudonyms are drawn again until one is free,
    /// half of them must stay free, or the drawing would not end.
    fn check_room(&self, count: u64) -> Result<()> {
        let room = match (self.scheme.core(), self.scheme.kind()) {
            (Core::Uuids, _) => return Ok(()),
            (Core::Texts { characters, alphabet }, _) => {
                (alphabet.len() as u128).checked_pow(characters).unwrap_or(u128::MAX) / 2
            }
            (Core::Numbers { lo, hi, .. }, kind) => {
                let size = (i128::from(hi) - i128::from(lo) + 1) as u128;
                if kind == Kind::Keyed { size / 2 } else { size }
            }
        };
        let used = if self.scheme.kind() == Kind::Sequential { self.contents.drawn } else { self.contents.table.len() };
        let needed = used + count;
        if u128::from(needed) > room {
            return Err(Error::RangeFull { needed, room: u64::try_from(room).unwrap_or(u64::MAX) });
        }
        Ok(())
    }

    fn sequential(&self) -> Result<(Values, u64)> {
        let Core::Numbers { lo, .. } = self.scheme.core() else { unreachable!("sequential pseudonyms are numbers") };
        let (first, count) = (self.contents.drawn, self.order.len() as u64);
        let numbers = (first..first + count).map(|offset| (i128::from(lo) + i128::from(offset)) as i64);
        let numbers = Values::Integers(numbers.collect());
        // A range without an end runs into originals that lay beyond it before.
        let mut text = String::new();
        let overlap = numbers.iter().filter(|&number| self.is_original(number, &mut text)).count() as u64;
        if overlap > 0 { Err(Error::Overlap { count: overlap }) } else { Ok((numbers, first + count)) }
    }

    /// Numbers of a range that was this mapping's from the start: a permutation of the range gives each once.
    fn permuted(&self) -> Result<(Values, u64)> {
        let (first, count) = (self.contents.drawn, self.order.len() as u64);
        Ok((Values::Integers(self.permutation(first, count)?), first + count))
    }

    fn permutation(&self, first: u64, count: u64) -> Result<Vec<i64>> {
        let Core::Numbers { lo, hi, .. } = self.scheme.core() else {
            unreachable!("random_int pseudonyms are numbers")
        };
        let last = (i128::from(hi) - i128::from(lo)) as u64;
        let mut offsets: Vec<u64> = (first..first + count).take_while(|&offset| offset <= last).collect();
        self.keys.permutation(lo, hi)?.forward(&mut offsets)?;
        Ok(offsets.into_iter().map(|offset| (i128::from(lo) + i128::from(offset)) as i64).collect())
    }

    /// Random pseudonyms, each drawn again where it is taken.
    fn random(&self) -> Result<(Values, u64)> {
        let draws = self.keys.draws();
        let mut fresh = self.fresh()?;
        let mut drawn = self.contents.drawn;
        let mut text = String::new();
        while fresh.len() < self.order.len() {
            let wanted = self.order.len() - fresh.len();
            let candidates = if let Core::Numbers { .. } = self.scheme.core() {
                let numbers = self.permutation(drawn, wanted as u64)?;
                if numbers.is_empty() {
                    let needed = self.contents.table.len() + self.order.len() as u64;
                    return Err(Error::RangeFull { needed, room: needed - wanted as u64 });
                }
                Values::Integers(numbers)
            } else {
                let mut candidates = self.scheme.column();
                draw::by_number(&draws, self.scheme.core(), drawn, wanted, &mut candidates);
                candidates
            };
            drawn += candidates.len() as u64;
            for candidate in candidates.iter() {
                self.take(&mut fresh, candidate, &mut text)?;
            }
        }
        Ok((fresh.into_values(), drawn))
    }

    /// Pseudonyms computed from their originals; one that is taken is drawn again with a counter.
    fn keyed(&self) -> Result<(Values, u64)> {
        let digest = self.keys.keyed();
        let mut fresh = self.fresh()?;
        let (mut core, mut text, mut bytes) = (String::new(), String::new(), Vec::new());
        let mut result = Ok(());
        let write = |at: usize, bytes: &mut Vec<u8>| self.originals.get(self.order[at]).write_bytes(bytes);
        draw::digest_all(&digest, self.order.len(), write, |at, first| {
            if result.is_err() {
                return;
            }
            let mut candidate = *first;
            for attempt in 1_u32.. {
                match self.take(&mut fresh, draw::of_digest(self.scheme.core(), &candidate, &mut core), &mut text) {
                    Ok(false) => {}
                    taken => {
                        result = taken.map(|_| ());
                        return;
                    }
                }
                bytes.clear();
                write(at, &mut bytes);
                // No text holds this byte, so no other original is digested like this.
                bytes.push(0xff);
                bytes.extend_from_slice(&attempt.to_le_bytes());
                candidate = digest.digest(&bytes);
            }
        });
        result.map(|()| (fresh.into_values(), self.contents.drawn))
    }

    fn fresh(&self) -> Result<Distinct> {
        let mut fresh = Distinct::new(self.scheme.column());
        fresh.reserve(self.contents.table.hasher(), self.order.len())?;
        Ok(fresh)
    }

    /// Adds a candidate unless it is a pseudonym or an original already.
    fn take(&self, fresh: &mut Distinct, candidate: Value<'_>, text: &mut String) -> Result<bool> {
        if self.contents.table.has_pseudonym(candidate) || self.is_original(candidate, text) {
            return Ok(false);
        }
        fresh.insert(self.contents.table.hasher(), candidate)
    }

    /// Returns whether a pseudonym, written out, is an original, known or new.
    fn is_original(&self, pseudonym: Value<'_>, text: &mut String) -> bool {
        let written = if self.scheme.is_numeric() {
            pseudonym
        } else {
            text.clear();
            self.scheme.write(pseudonym, text);
            Value::of_text(text)
        };
        self.contents.table.has_original(written) || self.originals.find(written).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::MappingOptions;

    const ID: &str = "00112233445566778899aabbccddeeff";
    const VALUES: [&str; 7] = ["1", "2", "3", "-4", "18446744073709551615", "007", "alice@example.com"];

    /// Inserts texts into an empty mapping of that id and returns their pseudonyms.
    fn pseudonyms(options: &[(&str, &str)], values: &[&str]) -> Vec<String> {
        let ring = loup_crypto::KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let options = MappingOptions::parse(options.iter().copied()).unwrap();
        let scheme = Scheme::new(&options).unwrap();
        let keys = Keys::new(&ring.active(), ID, options.domain.as_deref());
        let mut contents = Arc::new(Contents::empty(&scheme));
        let mut originals = Originals::new();
        for value in values {
            originals.insert(Value::of_text(value)).unwrap();
        }
        insert(&mut contents, &scheme, &keys, &originals, 0).unwrap();
        let written = values.iter().map(|value| {
            let mut out = String::new();
            scheme.write(contents.table.pseudonym(Value::of_text(value)).unwrap(), &mut out);
            out
        });
        written.collect()
    }

    /// Made by an independent program (Python, hashlib and an FF1 of its own) from the root key 00 01 .. 1f: pseudonyms of
    /// released kinds never change, or a mapping that grows under a later version could give one twice.
    #[test]
    fn pseudonyms_are_pinned() {
        for (options, expected) in [
            (
                vec![("kind", "sequential"), ("start", "1000000000")],
                [1, 5, 3, 4, 2, 6, 0].map(|offset: i64| (1_000_000_000 + offset).to_string()),
            ),
            (
                vec![("kind", "random_int"), ("lo", "1000000000"), ("hi", "1999999999")],
                ["1994283595", "1662847294", "1897630854", "1314854354", "1210736508", "1862571754", "1420542317"]
                    .map(str::to_owned),
            ),
            (
                vec![("kind", "uuid")],
                [
                    "1f704afd-175e-4773-8fb7-f9addb855996",
                    "2ba3b7a2-af76-4779-bae5-415e62c39b79",
                    "cd0060aa-5982-42d7-9dc3-8943e6ff7066",
                    "eed98d68-70d1-4ad9-8b33-15c1083f3ef5",
                    "2a4aa856-1aba-43f0-b86c-7bc197fd4987",
                    "bf8e99fc-9558-4c77-b7f5-bc4dafa5dc2c",
                    "1f9b5f4e-0380-4435-99a4-60abefa8b117",
                ]
                .map(str::to_owned),
            ),
            (
                vec![("kind", "random_string")],
                [
                    "fyMXg51R7xhJbawRlc3AMsvqTL076X5ZuksE",
                    "rn7mz4J76rDgkJf7BAlGbX37sgYKEtooCAkA",
                    "TAiubGUdjJNFsyorG0UkEO2zSFIP6CxtBA5e",
                    "0fRqyXufPzVHIBA7u9m9GMGY7NTs4slz0vwt",
                    "qMsYaA32u9HbLL42WW2bgt7ayTsGU6AB9cTL",
                    "FSdZaC537CPzpis7eBrKahhJHCvk1GWQeuoj",
                    "ffhQDE01boiv1s1X1pU7mzI1VBoUibBFb4eM",
                ]
                .map(str::to_owned),
            ),
            (
                vec![("kind", "keyed")],
                [
                    "b0e5239e20f0247ffc3fbcc8d612359e",
                    "d48e95152e1bcdd3b89b86053e8d25c8",
                    "1d672aa8c912970d6caca2c0d3c276f2",
                    "e848507b079a6ff862ac773a759b1cdb",
                    "11964441089d81be41635f107c8098fd",
                    "6ac2f6e9cad19880c39d5f554d487732",
                    "65d78832bf99288b939dfa4cfd0b757c",
                ]
                .map(str::to_owned),
            ),
            (
                vec![("kind", "keyed"), ("lo", "1000000000"), ("hi", "1999999999"), ("domain", "customer")],
                ["1605106591", "1860115856", "1218540741", "1358352668", "1984816941", "1946027225", "1877251440"]
                    .map(str::to_owned),
            ),
        ] {
            assert_eq!(pseudonyms(&options, &VALUES), expected, "{options:?}");
            let mut backwards: Vec<&str> = VALUES.to_vec();
            backwards.reverse();
            let mut expected = expected.to_vec();
            expected.reverse();
            assert_eq!(pseudonyms(&options, &backwards), expected, "whatever the order of the rows: {options:?}");
        }
    }

    #[test]
    fn small_ranges_are_used_up_without_a_repetition() {
        let values: Vec<String> = (1_000..1_050).map(|value| value.to_string()).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        for options in [
            vec![("kind", "random_int"), ("lo", "0"), ("hi", "49")],
            vec![("kind", "sequential"), ("start", "0"), ("hi", "49")],
            vec![("kind", "keyed"), ("lo", "0"), ("hi", "99")],
        ] {
            let mut numbers: Vec<i64> =
                pseudonyms(&options, &values).iter().map(|text| text.parse().unwrap()).collect();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), 50, "{options:?}");
            assert!((0..100).contains(&numbers[0]) && (0..100).contains(&numbers[49]));
        }
    }
}
