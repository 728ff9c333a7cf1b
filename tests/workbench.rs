//! A private folder in which a test runs the `loup` binary, and what came of it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The root key of every test run: the 32 bytes 0, 1, .. 31.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A temporary folder that is the working directory of every `loup` started from it.
pub(crate) struct Workbench {
    folder: TempDir,
    /// Where runs keep their records: beside the folder, so that listings show what the plans wrote alone.
    state: TempDir,
}

/// One finished run of the binary.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workbench {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), state: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder in which runs keep their records and reports.
    pub(crate) fn runs(&self) -> PathBuf {
        self.state.path().join("loup/runs")
    }

    /// Writes a file, with the folders it needs.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; folder holds {:?}", path.display(), self.listing()))
    }

    pub(crate) fn read_text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Copies the files of a folder, without its subfolders.
    pub(crate) fn copy_folder(&self, from: &Path, name: &str) {
        for entry in std::fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                self.write(
                    &format!("{name}/{}", entry.file_name().to_str().unwrap()),
                    std::fs::read(entry.path()).unwrap(),
                );
            }
        }
    }

    /// Every file and folder below, sorted, hidden ones too: a stray temporary file shows here.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                found.push(path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned());
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// The binary in this folder, with the test key and nothing else of the caller's settings.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loup"));
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("XDG_STATE_HOME", self.state.path())
            .env("LOUP_KEY", KEY)
            .env("NO_COLOR", "1");
        for name in [
            "LOUP_KEY_FILE",
            "LOUP_PASSPHRASE",
            "LOUP_SALTS_FILE",
            "RUST_LOG",
            "RUST_BACKTRACE",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn loup(&self, args: &[&str]) -> Run {
        Run::of(self.command().args(args))
    }

    /// Runs statements with `loup -c`.
    pub(crate) fn sql(&self, sql: &str) -> Run {
        self.loup(&["-c", sql])
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("loup ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "expected success: {self:#?}");
        self
    }

    /// The run ended with this exit code, and its message names each of these things, whatever their case.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, named: &[&str]) -> Self {
        assert_eq!(self.code, code, "expected exit code {code}: {self:#?}");
        let message = self.stderr.to_lowercase();
        assert!(message.contains("loup: "), "the message does not say whose it is: {self:#?}");
        for name in named {
            assert!(message.contains(&name.to_lowercase()), "the message does not name {name}: {self:#?}");
        }
        self
    }
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder or file of the outside test data; `None`, said on standard error, where that is absent.
pub(crate) fn outside_data(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LOUP_TEST_DATA") else {
        eprintln!("skipped: LOUP_TEST_DATA is not set, so {name} is not there");
        return None;
    };
    let path = Path::new(&root).join(name);
    assert!(path.exists(), "LOUP_TEST_DATA has no {name}: {}", path.display());
    Some(path)
}
