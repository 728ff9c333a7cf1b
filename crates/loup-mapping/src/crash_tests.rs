//! Crashes after every change to the disk, from the making of a mapping to going back: what is found is old or new, whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::Int64Type;
use loup_crypto::KeyRing;

use crate::data_file::FULL;
use crate::error::{Error, Result};
use crate::fault::crash_after;
use crate::mapping::Mapping;
use crate::options::{Kind, MappingOptions};
use crate::recover::{abandon, commit_staged};
use crate::staged::Ticket;
use crate::writer::{MOST_SMALL_FILES, MappingWriter};

const NOW: Duration = Duration::ZERO;

fn ring() -> KeyRing {
    KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

fn options() -> MappingOptions {
    MappingOptions { start: Some(1_000_000), ..MappingOptions::new(Kind::Sequential) }
}

fn integers(range: std::ops::Range<i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(range))
}

/// All entries, as text.
fn entries(mapping: &Mapping) -> BTreeMap<String, i64> {
    let batches = mapping.batches(7).map(|batch| {
        let batch = batch.unwrap();
        let originals = batch.column(0).as_string::<i32>().iter().map(|text| text.unwrap().to_owned());
        let pseudonyms = batch.column(1).as_primitive::<Int64Type>().values().to_vec();
        originals.zip(pseudonyms).collect::<Vec<_>>()
    });
    batches.flatten().collect()
}

fn add(folder: &Path, array: &ArrayRef) -> Result<Mapping> {
    let mut writer = Mapping::open(folder, &ring())?.writer(NOW)?;
    writer.get_or_create(array)?;
    writer.stage()?.commit()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Runs `change` on copies of a mapping, with a crash after 0, 1, 2, .. changes to the disk until it gets through.
fn crash_everywhere(prepared: &Path, change: impl Fn(&Path) -> Result<Mapping>) -> usize {
    let old = entries(&Mapping::open(prepared, &ring()).unwrap());
    let place = tempfile::tempdir().unwrap();
    let new = {
        let folder = place.path().join("whole");
        copy(prepared, &folder);
        entries(&change(&folder).unwrap())
    };
    assert!(old != new, "the change is seen");
    let (mut seen_old, mut seen_new) = (0, 0);
    for changes in 0.. {
        let folder = place.path().join(changes.to_string());
        copy(prepared, &folder);
        let (result, crashed) = crash_after(changes, || change(&folder));
        let found = entries(&Mapping::open(&folder, &ring()).unwrap());
        assert!(found == old || found == new, "after {changes} changes");
        assert!(result.is_err() || found == new, "what was reported done is done");
        if found == new {
            seen_new += 1;
        } else {
            seen_old += 1;
        }
        // The next writer finds a mapping that works, and removes what is nobody's.
        let more = integers(900_000..900_003);
        let mapping = add(&folder, &more).unwrap();
        assert_eq!(entries(&mapping).len(), found.len() + 3);
        assert!(entries(&mapping).iter().all(|(original, number)| found.get(original).is_none_or(|old| old == number)));
        let mut numbers: Vec<i64> = entries(&mapping).into_values().collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), found.len() + 3, "no pseudonym twice");
        check_names(&folder, &mapping);
        if !crashed {
            assert!(seen_old > 0 && seen_new > 0);
            return changes;
        }
    }
    unreachable!("a change to the disk has an end")
}

/// Nothing lies about but the version in force and the one before.
fn check_names(folder: &Path, mapping: &Mapping) {
    let mut expected = crate::writer::names_of(&mapping.manifest);
    let previous = Mapping::open_previous(folder, &ring()).unwrap();
    expected.extend(crate::writer::names_of(&previous.manifest));
    expected.insert(crate::manifest::kept_name(previous.sequence()));
    let mut expected: Vec<String> = expected.into_iter().collect();
    expected.sort();
    assert_eq!(names(folder), expected);
}

fn prepared(folder: &Path, commits: i64) {
    Mapping::create(folder, options(), &ring().active()).unwrap();
    for commit in 0..commits {
        add(folder, &integers(commit * 10..commit * 10 + 10)).unwrap();
    }
}

#[test]
fn an_insert_is_there_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, 2);
    let steps = crash_everywhere(&folder, |folder| {
        let mut writer = Mapping::open(folder, &ring())?.writer(NOW)?;
        writer.get_or_create(&integers(5..200))?;
        writer.get_or_create(&StringArray::from(vec!["a", "b"]))?;
        writer.stage()?.commit()
    });
    // Three files of integers and one of texts, each made, written and synced; the manifests; the commit.
    assert!(steps >= 4 * 3 + 2 * 3 + 3, "{steps} steps");
}

#[test]
fn putting_small_files_together_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, MOST_SMALL_FILES as i64);
    assert_eq!(Mapping::open(&folder, &ring()).unwrap().manifest.files.len(), MOST_SMALL_FILES);
    let change = |folder: &Path| add(folder, &integers(100_000..100_000 + i64::from(FULL)));
    crash_everywhere(&folder, change);
    let mapping = change(&folder).unwrap();
    assert_eq!(mapping.manifest.files.len(), 2, "one full file and the rest");
    assert_eq!(mapping.manifest.files[0].rows, u64::from(FULL));
    let again = add(&folder, &integers(200_000..200_010)).unwrap();
    assert!(again.manifest.files[..2] == mapping.manifest.files[..], "full files stay");
}

#[test]
fn going_back_is_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, 3);
    crash_everywhere(&folder, |folder| {
        let mut writer = Mapping::open(folder, &ring())?.writer(NOW)?;
        writer.restore_previous(&ring())?;
        writer.stage()?.commit()
    });
}

#[test]
fn a_mapping_is_made_whole_or_can_be_made_again() {
    let place = tempfile::tempdir().unwrap();
    for changes in 0.. {
        let folder = place.path().join(changes.to_string());
        let (made, crashed) = crash_after(changes, || Mapping::create(&folder, options(), &ring().active()));
        match Mapping::open(&folder, &ring()) {
            Ok(mapping) => assert!(mapping.is_empty()),
            Err(error) => {
                assert!(matches!(error, Error::NotAMapping { .. }) && made.is_err(), "{error}");
                Mapping::create(&folder, options(), &ring().active()).unwrap();
            }
        }
        assert_eq!(add(&folder, &integers(0..3)).unwrap().len(), 3);
        if !crashed {
            break;
        }
    }
}

#[test]
fn a_staged_version_outlives_the_process_that_staged_it() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, 1);
    let stage = |changes| {
        crash_after(changes, || {
            let mut writer = Mapping::open(&folder, &ring())?.writer(NOW)?;
            writer.get_or_create(&integers(50..60))?;
            // Dropped here, when nothing can be removed any more.
            writer.stage().map(|staged| staged.ticket().to_string())
        })
    };
    let ticket = (0..).find_map(|changes| match stage(changes) {
        (Ok(ticket), true) => Some(ticket),
        (Ok(_), false) => panic!("a drop removes what was staged, which is a change"),
        _ => None,
    });
    let ticket: Ticket = ticket.unwrap().parse().unwrap();
    assert_eq!(Mapping::open(&folder, &ring()).unwrap().len(), 10, "not in force yet");
    let other: Ticket = ticket.to_string().replace(|c: char| c != ':', "0").parse().unwrap();
    assert!(matches!(commit_staged(&folder, &other, NOW), Err(Error::NotStaged { .. })));
    let unless_staged = || MappingWriter::open_unless_staged(&Mapping::open(&folder, &ring()).unwrap(), NOW).unwrap();
    assert!(unless_staged().is_none(), "who keeps the record of it ends it first");
    for _ in 0..2 {
        commit_staged(&folder, &ticket, NOW).unwrap();
        let mapping = Mapping::open(&folder, &ring()).unwrap();
        assert_eq!((mapping.len(), mapping.sequence()), (20, 3), "once or twice");
    }
    assert!(unless_staged().is_some());
    let mapping = add(&folder, &integers(100..103)).unwrap();
    check_names(&folder, &mapping);
    commit_staged(&folder, &ticket, NOW).expect("the version before the one in force was committed too");
    add(&folder, &integers(200..203)).unwrap();
    assert!(matches!(commit_staged(&folder, &ticket, NOW), Err(Error::NotStaged { .. })));
}

#[test]
fn a_staged_version_without_a_record_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, 1);
    let before = names(&folder);
    let mut writer = Mapping::open(&folder, &ring()).unwrap().writer(NOW).unwrap();
    writer.get_or_create(&integers(50..60)).unwrap();
    let staged = writer.stage().unwrap();
    assert!(names(&folder).len() > before.len());
    staged.discard().unwrap();
    assert_eq!(names(&folder), before);
}

#[test]
fn what_is_staged_can_be_abandoned_without_a_key() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    prepared(&folder, 1);
    let before = names(&folder);
    let stage = || {
        let mut writer = Mapping::open(&folder, &ring())?.writer(NOW)?;
        writer.get_or_create(&integers(50..60))?;
        writer.stage().map(drop)
    };
    let died = (0..10_000).find(|&changes| matches!(crash_after(changes, stage), (Ok(()), true)));
    assert!(died.is_some() && names(&folder).len() > before.len());
    abandon(&folder, true, NOW).unwrap();
    assert_eq!(names(&folder), before, "a mapping with entries stays");
    abandon(&folder, true, NOW).unwrap();
    assert_eq!(Mapping::open(&folder, &ring()).unwrap().len(), 10);
}

#[test]
fn an_empty_mapping_goes_with_the_run_that_made_it() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mapping");
    Mapping::create(&folder, MappingOptions::new(Kind::Uuid), &ring().active()).unwrap();
    abandon(&folder, false, NOW).unwrap();
    assert!(folder.exists());
    abandon(&folder, true, NOW).unwrap();
    assert!(!folder.exists());
    abandon(&folder, true, NOW).expect("done already");
}
