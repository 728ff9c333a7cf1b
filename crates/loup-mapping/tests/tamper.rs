//! Every byte of every file counts: whatever was flipped, cut off, swapped or removed is named, and nothing panics.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

use fixture::{KEY, WAIT, insert, integers, made, ring, sequential, shown, texts};
use loup_crypto::KeyRing;
use loup_mapping::{Error, Mapping};
use tempfile::TempDir;

const CANARY: &str = "canary@example.com";

/// A mapping with two versions behind it, integers and texts.
fn prepared() -> (TempDir, Mapping) {
    let (place, mapping) = sequential();
    let (mapping, _) = insert(&mapping, &[integers(0..50)]).unwrap();
    let (mapping, _) = insert(&mapping, &[integers(50..60), texts(&[CANARY, "b"])]).unwrap();
    (place, mapping)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 3 + 3, "data, manifests and lock: {files:?}");
    files
}

/// Opens in every way and returns the first error.
fn first_error(folder: &Path) -> Option<Error> {
    let previous = || Mapping::open_previous(folder, &ring()).err();
    let writer = || loup_mapping::MappingWriter::open(folder, &ring(), WAIT).err();
    let error = Mapping::open(folder, &ring()).err().or_else(previous).or_else(writer);
    if let Some(error) = &error {
        let shown = shown(error);
        assert!(!shown.contains("canary") && !shown.contains(KEY), "{shown}");
    }
    error
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (_place, mapping) = prepared();
    for file in files(mapping.folder()) {
        let good = fs::read(&file).unwrap();
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= if at % 3 == 0 { 0x01 } else { 0x80 >> (at % 8) };
            fs::write(&file, &changed).unwrap();
            let error = first_error(mapping.folder()).unwrap_or_else(|| panic!("byte {at} of {}", file.display()));
            let name = file.file_name().unwrap().to_str().unwrap();
            match error {
                Error::FileChanged { path } => assert!(path == file && name.starts_with("data-")),
                Error::ForeignManifest { .. } => assert_eq!(name, "mapping.lock"),
                Error::ManifestChanged { path }
                | Error::ManifestSyntax { path, .. }
                | Error::ManifestVersion { path, .. } => assert_eq!(path, file),
                Error::KeyMissing { .. } | Error::WrongKey { .. } => assert!(name.starts_with("manifest")),
                other => panic!("byte {at} of {name}: {other}"),
            }
        }
        fs::write(&file, good).unwrap();
    }
    assert!(first_error(mapping.folder()).is_none());
}

#[test]
fn every_truncation_is_noticed() {
    let (_place, mapping) = prepared();
    for file in files(mapping.folder()) {
        let good = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        for length in 0..good.len() {
            fs::write(&file, &good[..length]).unwrap();
            match first_error(mapping.folder()).unwrap_or_else(|| panic!("{name} cut to {length}")) {
                Error::FileTruncated { path, expected, found } => {
                    assert_eq!((path, expected, found), (file.clone(), good.len() as u64, length as u64));
                }
                Error::ManifestSyntax { path, .. } | Error::ManifestChanged { path } => assert_eq!(path, file),
                Error::ForeignManifest { .. } => assert_eq!(name, "mapping.lock"),
                other => panic!("{name} cut to {length}: {other}"),
            }
        }
        fs::write(&file, [good.as_slice(), b"\n"].concat()).unwrap();
        assert!(first_error(mapping.folder()).is_some(), "{name} made longer");
        fs::write(&file, good).unwrap();
    }
}

#[test]
fn every_missing_file_is_named() {
    let (_place, mapping) = prepared();
    for file in files(mapping.folder()) {
        let good = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        match first_error(mapping.folder()).unwrap() {
            Error::FileMissing { path } => assert_eq!(path, file),
            Error::NotAMapping { .. } => assert!(file.ends_with("manifest.json")),
            Error::NoPrevious { .. } => assert!(file.ends_with("manifest-00000002.json")),
            other => panic!("{}: {other}", file.display()),
        }
        fs::write(&file, good).unwrap();
    }
}

#[test]
fn files_cannot_be_swapped() {
    let (_place, mapping) = prepared();
    let data: Vec<PathBuf> =
        files(mapping.folder()).into_iter().filter(|file| file.extension().unwrap() == "parquet").collect();
    let (one, two) = (fs::read(&data[0]).unwrap(), fs::read(&data[1]).unwrap());
    fs::write(&data[0], &two).unwrap();
    fs::write(&data[1], &one).unwrap();
    assert!(matches!(first_error(mapping.folder()).unwrap(), Error::FileChanged { .. } | Error::FileTruncated { .. }));
}

#[test]
fn a_manifest_of_another_mapping_is_named() {
    let (_place, mapping) = prepared();
    let (_other, other) = prepared();
    let manifest = mapping.folder().join("manifest.json");
    fs::copy(other.folder().join("manifest.json"), &manifest).unwrap();
    match first_error(mapping.folder()).unwrap() {
        Error::ForeignManifest { path } => assert_eq!(path, manifest),
        other => panic!("{other}"),
    }
}

#[test]
fn a_later_version_is_named() {
    let (_place, mapping) = prepared();
    let manifest = mapping.folder().join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replacen("\"version\": 1", "\"version\": 2", 1);
    fs::write(&manifest, text).unwrap();
    assert!(matches!(first_error(mapping.folder()).unwrap(), Error::ManifestVersion { version: 2, .. }));
}

#[test]
fn nothing_on_disk_shows_an_original_or_a_pseudonym() {
    let (_place, mapping) = made(&[("kind", "random_string"), ("prefix", "zq"), ("length", "20")]);
    let (mapping, _) = insert(&mapping, &[texts(&[CANARY, "another canary"]), integers([123_456_789_012])]).unwrap();
    let pseudonym = fixture::strings(&mapping.map(&texts(&[CANARY])).unwrap())[0].clone().unwrap();
    let mut secrets: Vec<Vec<u8>> =
        [CANARY, &pseudonym, &pseudonym[2..], "canary", "123456789012", "original", "pseudonym"]
            .map(|text| text.as_bytes().to_vec())
            .to_vec();
    secrets.push(123_456_789_012_i64.to_le_bytes().to_vec());
    for file in fs::read_dir(mapping.folder()).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for secret in &secrets {
            let named_in_manifest = path.extension().unwrap() == "json" && secret == b"original";
            assert!(
                named_in_manifest || !bytes.windows(secret.len()).any(|window| window == secret),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn another_key_of_the_same_id_is_named() {
    let (_place, mapping) = prepared();
    let other = KeyRing::from_base64("BBBBAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let error = Mapping::open(mapping.folder(), &other).unwrap_err();
    assert!(matches!(error, Error::WrongKey { .. }));
    assert!(error.to_string().contains("fingerprint"));
}
