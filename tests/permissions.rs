//! What the process may not read or write: clear errors, targets and mappings as they were.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::workbench::{KEY, Workbench};

/// The user `nobody`, whom permissions bind, unlike root.
const NOBODY: u32 = 65_534;

const PLAN: &str = "ATTACH 'in' AS d; CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION 'mappings/ids' \
                    OPTIONS ('kind' 'uuid', 'create_if_not_exists' 'true'); INSERT INTO ids SELECT id FROM d.t; \
                    UPDATE d.t SET id = map_id(id, 'ids'); EXPORT DATABASE d TO 'out/d'";

/// A bench whose runs are bound by permissions, also where root runs the tests.
struct Bound {
    bench: Workbench,
}

impl Bound {
    fn new() -> Self {
        let bench = Workbench::new();
        bench.write("in/t.csv", "id,x\n1,a\n2,b\n");
        for folder in ["out", "mappings"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        fs::copy(env!("CARGO_BIN_EXE_loup"), bench.path("loup")).unwrap();
        Self::own(&bench.path(""));
        fs::create_dir_all(bench.runs()).unwrap();
        Self::own(&bench.runs().join("../.."));
        Self { bench }
    }

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }

    /// Gives a file or folder, with all that is in it, to the user who runs the binary.
    fn own(path: &Path) {
        if !Self::is_root() {
            return;
        }
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                Self::own(&entry.unwrap().path());
            }
        }
    }

    fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.bench.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Runs statements; returns the exit code and what was said.
    fn sql(&self, sql: &str) -> (i32, String) {
        let mut command = Command::new(self.bench.path("loup"));
        command.args(["-c", sql]).current_dir(self.bench.path("")).env("LOUP_KEY", KEY);
        command.env("XDG_STATE_HOME", self.bench.runs().join("../..")).env("HOME", self.bench.path(""));
        if Self::is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    #[track_caller]
    fn fails(&self, named: &str) {
        let (code, told) = self.sql(PLAN);
        assert_eq!(code, 1, "{told}");
        assert!(told.contains(named), "{named} is not named: {told}");
    }

    fn state(&self) -> (Vec<String>, Vec<u8>) {
        (self.bench.listing(), self.bench.read("out/d/t.csv"))
    }
}

/// A run that has succeeded once and now finds another source.
fn run_before() -> (Bound, (Vec<String>, Vec<u8>)) {
    let bound = Bound::new();
    let (code, told) = bound.sql(PLAN);
    assert_eq!(code, 0, "{told}");
    bound.bench.write("in/t.csv", "id,x\n1,a\n3,b\n");
    let before = bound.state();
    (bound, before)
}

#[test]
fn an_unreadable_source_is_named() {
    let (bound, before) = run_before();
    bound.set_mode("in/t.csv", 0o000);
    bound.fails("t.csv");
    assert_eq!(bound.state(), before);
    bound.set_mode("in/t.csv", 0o644);
    assert_eq!(bound.sql(PLAN).0, 0);
}

#[test]
fn a_folder_that_is_read_only_is_named() {
    let (bound, before) = run_before();
    bound.set_mode("out", 0o555);
    bound.fails("out/d");
    bound.set_mode("out", 0o755);
    assert_eq!(bound.state(), before);
    assert_eq!(bound.sql(PLAN).0, 0);
}

#[test]
fn a_mapping_that_is_read_only_is_named() {
    let (bound, before) = run_before();
    bound.set_mode("mappings/ids", 0o555);
    bound.fails("mappings/ids");
    bound.set_mode("mappings/ids", 0o700);
    assert_eq!(bound.state(), before);
    assert_eq!(bound.sql(PLAN).0, 0);
}

#[test]
fn a_mapping_that_is_unreadable_is_named() {
    let (bound, before) = run_before();
    bound.set_mode("mappings/ids/manifest.json", 0o000);
    bound.fails("manifest.json");
    bound.set_mode("mappings/ids/manifest.json", 0o600);
    assert_eq!(bound.state(), before);
    assert_eq!(bound.sql(PLAN).0, 0);
}
