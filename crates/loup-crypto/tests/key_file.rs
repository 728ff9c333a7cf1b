//! Key files: who may read them, passphrases, rotation, and what a broken one says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use loup_crypto::{Error, KeyRing, Passphrase};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const CREATED: &str = "2026-01-31T23:59:59Z";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loup.key");
    (folder, path)
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// Writes text as a key file only its owner may read.
fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    set_mode(path, 0o600);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn key(id: &str, secret: &str) -> Value {
    json!({"id": id, "created": CREATED, "secret": secret})
}

#[test]
fn new_key_is_read_again() {
    let (_folder, path) = place();
    let made = KeyRing::create(&path, "first", None).unwrap().active();
    let read = KeyRing::open(&path, None).unwrap().active();
    assert_eq!((made.id(), made.created(), made.fingerprint()), (read.id(), read.created(), read.fingerprint()));
    assert!(!read.is_ephemeral());
    assert_eq!(json_of(&path)["version"], 1);
}

#[test]
fn existing_file_is_not_overwritten() {
    let (_folder, path) = place();
    fs::write(&path, "mine").unwrap();
    assert!(matches!(KeyRing::create(&path, "first", None), Err(Error::Exists { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn rotation_adds_a_key_and_keeps_the_others() {
    let (folder, path) = place();
    let first = KeyRing::create(&path, "first", None).unwrap().active();
    KeyRing::rotate(&path, "second", None).unwrap();
    KeyRing::rotate(&path, "third", None).unwrap();
    let ring = KeyRing::open(&path, None).unwrap();
    assert_eq!(ring.keys().map(|key| key.id()).collect::<Vec<_>>(), ["first", "second", "third"]);
    assert_eq!(ring.active().id(), "third");
    assert_eq!(ring.get("first").unwrap().fingerprint(), first.fingerprint());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn rotation_refuses_a_known_id_and_a_second_writer() {
    let (folder, path) = place();
    KeyRing::create(&path, "first", None).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(KeyRing::rotate(&path, "first", None), Err(Error::DuplicateKeyId { .. })));
    let temporary = folder.path().join("loup.key.new");
    fs::write(&temporary, "").unwrap();
    assert!(matches!(KeyRing::rotate(&path, "second", None), Err(Error::Busy { .. })));
    assert!(temporary.exists(), "another's temporary file is not ours to remove");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn files_are_made_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    KeyRing::create(&path, "first", None).unwrap();
    assert_eq!(mode(), 0o600);
    KeyRing::rotate(&path, "second", None).unwrap();
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn file_that_others_may_open_is_refused() {
    let (_folder, path) = place();
    KeyRing::create(&path, "first", None).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o644, 0o610, 0o602] {
        set_mode(&path, mode);
        let error = KeyRing::open(&path, None).unwrap_err();
        assert!(matches!(error, Error::Permissions { .. }), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    set_mode(&path, 0o400);
    assert!(KeyRing::open(&path, None).is_ok());
}

#[cfg(unix)]
#[test]
fn rotation_follows_a_symbolic_link() {
    let (folder, path) = place();
    KeyRing::create(&path, "first", None).unwrap();
    let link = folder.path().join("link.key");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    KeyRing::rotate(&link, "second", None).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(KeyRing::open(&path, None).unwrap().active().id(), "second");
}

#[test]
fn passphrase_opens_and_only_the_right_one() {
    let (_folder, path) = place();
    let made = KeyRing::create(&path, "first", Some(&passphrase("correct horse"))).unwrap().active();
    let ring = KeyRing::rotate(&path, "second", Some(&passphrase("correct horse"))).unwrap();
    assert_eq!(ring.active().id(), "second");
    let ring = KeyRing::open(&path, Some(&passphrase("correct horse"))).unwrap();
    assert_eq!(ring.get("first").unwrap().fingerprint(), made.fingerprint());
    assert!(matches!(KeyRing::open(&path, Some(&passphrase("wrong horse"))), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(KeyRing::open(&path, None), Err(Error::PassphraseNeeded { .. })));
    assert!(matches!(KeyRing::rotate(&path, "x", None), Err(Error::PassphraseNeeded { .. })));
    let kdf = &json_of(&path)["passphrase"];
    assert_eq!((&kdf["memory_kib"], &kdf["passes"], &kdf["lanes"]), (&json!(65_536), &json!(3), &json!(1)));
}

#[test]
fn protected_secrets_cannot_be_moved_about() {
    let (_folder, path) = place();
    let pass = passphrase("p");
    KeyRing::create(&path, "first", Some(&pass)).unwrap();
    KeyRing::rotate(&path, "second", Some(&pass)).unwrap();
    let good = json_of(&path);
    let change = |what: &dyn Fn(&mut Value)| {
        let mut file = good.clone();
        what(&mut file);
        write(&path, file.to_string());
        KeyRing::open(&path, Some(&pass))
    };
    assert!(change(&|_| ()).is_ok());
    let swapped = change(&|file| {
        let first = file["keys"][0]["secret"].take();
        file["keys"][0]["secret"] = file["keys"][1]["secret"].take();
        file["keys"][1]["secret"] = first;
    });
    assert!(matches!(swapped, Err(Error::WrongPassphrase { .. })));
    assert!(matches!(change(&|file| file["keys"][0]["id"] = "other".into()), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(change(&|file| file["keys"][0]["created"] = CREATED.into()), Err(Error::WrongPassphrase { .. })));
    assert!(matches!(change(&|file| file["passphrase"]["passes"] = 2.into()), Err(Error::WrongPassphrase { .. })));
}

#[test]
fn unbounded_work_is_refused_before_it_begins() {
    let (_folder, path) = place();
    for (name, value) in
        [("memory_kib", 1_048_577_u32), ("passes", 17), ("lanes", 17), ("memory_kib", 1), ("passes", 0)]
    {
        let mut kdf = json!({"algorithm": "argon2id", "memory_kib": 65_536, "passes": 3, "lanes": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="});
        kdf[name] = value.into();
        write(&path, json!({"version": 1, "passphrase": kdf, "keys": [key("a", SECRET)]}).to_string());
        let error = KeyRing::open(&path, Some(&passphrase("p"))).unwrap_err();
        assert!(matches!(error, Error::KeyFileContent { .. }), "{name} {value}: {error}");
    }
}

#[test]
fn passphrase_for_an_open_file_is_an_error() {
    let (_folder, path) = place();
    KeyRing::create(&path, "first", None).unwrap();
    assert!(matches!(KeyRing::open(&path, Some(&passphrase("p"))), Err(Error::PassphraseUnused { .. })));
}

#[test]
fn passphrase_comes_from_a_file() {
    let (folder, path) = place();
    let file = folder.path().join("passphrase");
    write(&file, "correct horse\n");
    KeyRing::create(&path, "first", Some(&passphrase("correct horse"))).unwrap();
    let read = Passphrase::from_file(&file).unwrap();
    assert!(KeyRing::open(&path, Some(&read)).is_ok());
    assert_eq!(format!("{read:?}"), "Passphrase(***)");
    write(&file, "\n");
    assert!(matches!(Passphrase::from_file(&file), Err(Error::PassphraseEmpty)));
    write(&file, [0xff, 0xfe]);
    assert!(matches!(Passphrase::from_file(&file), Err(Error::PassphraseNotText { .. })));
}

#[test]
fn broken_files_are_named_without_their_content() {
    const CANARY: &str = "canary-7f3a";
    let one = |key: Value| json!({"version": 1, "keys": [key]}).to_string();
    for (text, expected) in [
        (String::new(), "line 1"),
        (format!("{{\"version\": 1, \"keys\": [{{\"id\": \"{CANARY}"), "line 1"),
        (format!("{CANARY}\n"), "line 1"),
        (format!("{{\"version\": \"{CANARY}\"}}"), "line 1"),
        (format!("{{\"version\": 1,\n \"{CANARY}\": 2, \"keys\": []}}"), "line 2"),
        (json!({"version": 2, "later": CANARY}).to_string(), "version 1, got 2"),
        (json!({"version": 1, "keys": []}).to_string(), "at least one key"),
        (json!({"version": 1, "keys": CANARY}).to_string(), "line 1"),
        (one(json!({"id": "a", "created": CREATED})), "line 1"),
        (one(key("canary-7f3a with blanks", SECRET)), "key 1: expected an id"),
        (one(json!({"id": "a", "created": CANARY, "secret": SECRET})), "'created'"),
        (one(key("a", CANARY)), "base64"),
        (one(key("a", "AAECAwQF")), "exactly 32 bytes"),
        (one(key("a", &SECRET.replace('=', "AA"))), "base64"),
        (
            json!({"version": 1, "keys": [key("a", SECRET), key("a", SECRET)]}).to_string(),
            "key 2: expected an id that no",
        ),
    ] {
        let (_folder, path) = place();
        write(&path, &text);
        let error = KeyRing::open(&path, None).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected), "{shown}");
        assert!(!shown.contains("canary") && !shown.contains("AAEC"), "{shown}");
        assert!(shown.contains("loup.key"), "{shown}");
    }
}

#[test]
fn escaped_base64_is_read() {
    let (_folder, path) = place();
    let secret = "/".repeat(42) + "8=";
    write(&path, json!({"version": 1, "keys": [key("a", &secret)]}).to_string().replace('/', "\\/"));
    assert!(KeyRing::open(&path, None).is_ok());
}

#[test]
fn what_is_no_key_file_is_refused() {
    let (folder, path) = place();
    assert!(matches!(KeyRing::open(&path, None), Err(Error::Io { action: "open", .. })));
    assert!(matches!(KeyRing::rotate(&path, "a", None), Err(Error::Io { action: "open", .. })));
    assert!(!folder.path().join("loup.key.new").exists());
    assert!(matches!(KeyRing::open(folder.path(), None), Err(Error::NotASecretFile { .. })));
    write(&path, vec![b' '; (1 << 20) + 1]);
    assert!(matches!(KeyRing::open(&path, None), Err(Error::NotASecretFile { .. })));
}

#[test]
fn secrets_are_not_shown() {
    let (_folder, path) = place();
    write(&path, json!({"version": 1, "keys": [key("a", SECRET)]}).to_string());
    let shown = format!("{:?}", KeyRing::open(&path, None).unwrap());
    assert!(shown.contains("***") && !shown.contains("AAEC") && !shown.contains("1, 2"), "{shown}");
}
