//! Measures a mapping of many integer ids: building, saving, loading, looking up, and the memory an id takes.
//!
//! `cargo run --release --example scale -- [ids] [kind]`: 10 million ids and kind sequential unless said otherwise.
#![expect(clippy::print_stdout, reason = "a measuring program")]

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::Int64Array;
use loup_crypto::KeyRing;
use loup_mapping::{Mapping, MappingOptions, MappingWriter, Originals};

const BATCH: i64 = 8_192;
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let ids: i64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let kind = arguments.next().unwrap_or_else(|| "sequential".to_owned());
    if let Some(folder) = arguments.next() {
        return load(&folder, ids);
    }
    let ring = KeyRing::from_base64(KEY)?;
    let mut pairs = vec![("kind", kind.as_str())];
    match kind.as_str() {
        "sequential" => pairs.push(("start", "1000000000000")),
        "random_int" => pairs.extend([("lo", "1000000000000"), ("hi", "1999999999999")]),
        _ => {}
    }
    let place = tempfile::tempdir()?;
    let folder = place.path().join("mapping");
    println!("{ids} integer ids, {kind}");

    let mapping = Mapping::create(&folder, MappingOptions::parse(pairs)?, &ring.active())?;
    let mut writer = MappingWriter::open(&folder, &ring, Duration::ZERO)?;
    drop(mapping);
    let start = Instant::now();
    let mut originals = Originals::new();
    for first in (0..ids).step_by(BATCH as usize) {
        originals.add(&batch(first, ids))?;
    }
    report("collect distinct originals", ids, start);
    let start = Instant::now();
    writer.insert(&originals)?;
    report("give pseudonyms", ids, start);
    drop(originals);
    let start = Instant::now();
    let staged = writer.stage()?;
    report("stage (encode, encrypt, sync)", ids, start);
    let start = Instant::now();
    drop(staged.commit()?);
    println!("{:<40} {:>8.1} ms", "commit", start.elapsed().as_secs_f64() * 1e3);
    let bytes: u64 = fs::read_dir(&folder)?
        .map(|entry| entry.and_then(|entry| entry.metadata()))
        .try_fold(0, |sum, file| Ok::<_, std::io::Error>(sum + file?.len()))?;
    println!("{:<40} {:>8.1} bytes an id", "on disk", bytes as f64 / ids as f64);
    // In a process of its own, so that what building left behind is not counted.
    let status = std::process::Command::new(env::current_exe()?)
        .args([ids.to_string(), kind, folder.display().to_string()])
        .status()?;
    if status.success() { Ok(()) } else { Err("loading failed".into()) }
}

/// Loads the mapping and looks all ids up, one way and back.
fn load(folder: &str, ids: i64) -> Result<(), Box<dyn Error>> {
    let before = resident()?;
    let start = Instant::now();
    let mapping = Mapping::open(folder, &KeyRing::from_base64(KEY)?)?;
    report("load (verify, decrypt, index)", ids, start);
    memory("resident after loading", before, &mapping)?;
    println!("{:<40} {:>8.1} MB", "highest while loading", peak()? as f64 / 1e6);
    let mut pseudonyms = Vec::new();
    let start = Instant::now();
    for first in (0..ids).step_by(BATCH as usize) {
        // In an order that no cache likes.
        let at = (first / BATCH).wrapping_mul(7_919) % (ids / BATCH).max(1) * BATCH;
        pseudonyms = vec![mapping.map(&scattered(at, ids))?];
        black_box(&pseudonyms);
    }
    report("look up in batches of 8192", ids, start);
    black_box(mapping.unmap(&pseudonyms[0])?);
    memory("resident with the index to go back", before, &mapping)?;
    let start = Instant::now();
    for _ in (0..ids).step_by(BATCH as usize) {
        black_box(mapping.unmap(&pseudonyms[0])?);
    }
    report("go back, one batch again and again", ids, start);
    Ok(())
}

/// Distinct ids without an order.
fn id(number: i64, ids: i64) -> i64 {
    // A bijection of 0..ids where ids has no factor in common with the multiplier, a large prime.
    (i128::from(number) * 2_654_435_761 % i128::from(ids)) as i64
}

fn batch(first: i64, ids: i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((first..ids.min(first + BATCH)).map(|number| id(number, ids))))
}

fn scattered(first: i64, ids: i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((first..ids.min(first + BATCH)).map(|number| id(number * 31 % ids, ids))))
}

fn report(what: &str, ids: i64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!("{what:<40} {:>8.1} ms  {:>6.1} ns an id", seconds * 1e3, seconds * 1e9 / ids as f64);
}

fn memory(what: &str, before: u64, mapping: &Mapping) -> Result<(), Box<dyn Error>> {
    let bytes = resident()?.saturating_sub(before) as f64 / mapping.len() as f64;
    println!(
        "{what:<40} {bytes:>8.1} bytes an id ({:.1} counted)",
        mapping.memory_size() as f64 / mapping.len() as f64
    );
    Ok(())
}

/// Bytes of this process in memory (Linux).
fn resident() -> Result<u64, Box<dyn Error>> {
    status("VmRSS:")
}

/// The most it ever had.
fn peak() -> Result<u64, Box<dyn Error>> {
    status("VmHWM:")
}

fn status(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such field")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse::<u64>()? * 1024)
}
