//! Databases on the servers of this machine, for one test each, through the servers' own clients.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    MariaDb,
    Postgres,
}

/// A database of a test, dropped with it.
pub(crate) struct Database {
    server: Server,
    name: String,
}

impl Server {
    fn client(self, database: Option<&str>) -> Command {
        match self {
            Self::MariaDb => {
                let mut command = Command::new("mariadb");
                command.args([
                    "-h",
                    "127.0.0.1",
                    "-u",
                    "root",
                    "--default-character-set=utf8mb4",
                    "-N",
                    "--batch",
                    "--raw",
                ]);
                command.args(["--init-command=SET time_zone='+00:00'", "--binary-mode"]);
                command.args(database);
                command
            }
            Self::Postgres => {
                let mut command = Command::new("psql");
                command.env_remove("PGTZ").env("PGCLIENTENCODING", "UTF8");
                command.args(["-h", "127.0.0.1", "-U", "postgres", "-X", "-q", "-A", "-t"]);
                command.args(["-d", database.unwrap_or("postgres")]);
                command
            }
        }
    }

    fn run(self, database: Option<&str>, sql: &str) -> Result<String, String> {
        let mut command = self.client(database);
        let output = match self {
            Self::MariaDb => command.args(["-e", sql]).output(),
            Self::Postgres => command.args(["-v", "ON_ERROR_STOP=1", "-c", sql]).output(),
        };
        let output = output.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Makes a database; `None`, with a line, where no server answers. In CI that is a failure.
    pub(crate) fn database(self) -> Option<Database> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        if let Err(error) = self.run(None, "SELECT 1") {
            assert!(std::env::var_os("CI").is_none(), "{self:?} does not answer: {error}");
            println!("skipped: {self:?} does not answer");
            return None;
        }
        let name = format!("loup_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let made = match self {
            Self::MariaDb => format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            Self::Postgres => {
                format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
            }
        };
        self.run(None, &made).unwrap();
        let database = Database { server: self, name };
        if self == Self::Postgres {
            database.set_zone("UTC");
        }
        Some(database)
    }
}

impl Database {
    /// Shows times in the zone that a dump was made in from here on.
    pub(crate) fn set_zone(&self, zone: &str) {
        self.query(&format!("ALTER DATABASE {} SET timezone = '{zone}'", self.name));
    }

    /// Runs a statement and returns its rows as lines.
    #[track_caller]
    pub(crate) fn query(&self, sql: &str) -> String {
        self.server.run(Some(&self.name), sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Loads a dump into this database, whatever database it names; returns what the client complains about.
    pub(crate) fn restore(&self, dump: &Path, scratch: &Path) -> Vec<String> {
        let text = std::fs::read(dump).unwrap();
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        // Its own database is not this one; and this server does not have every collation of the other.
        let is_ours = |line: &&[u8]| {
            let names_database =
                [&b"USE "[..], b"CREATE DATABASE", b"DROP DATABASE", b"\\connect", b"/*!40000 DROP DATABASE"];
            !names_database.iter().any(|start| line.starts_with(start))
        };
        let text = lines.filter(is_ours).collect::<Vec<_>>().concat();
        let file = scratch.join("restored.sql");
        std::fs::write(&file, replaced(&text, b"utf8mb4_0900_ai_ci", b"utf8mb4_general_ci")).unwrap();
        let mut command = self.server.client(Some(&self.name));
        if self.server == Server::MariaDb {
            command.arg("--force");
        }
        let output =
            command.stdin(File::open(&file).unwrap()).stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        // Owners of its objects are not those of this server.
        let is_wrong = |line: &&str| line.contains("ERROR") && !line.contains("ERROR:  role ");
        complaints.lines().filter(is_wrong).map(str::to_owned).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let force = if self.server == Server::Postgres { " WITH (FORCE)" } else { "" };
        let _ = self.server.run(None, &format!("DROP DATABASE {}{force}", self.name));
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&text[at..], from) {
        out.extend_from_slice(&text[at..at + found]);
        out.extend_from_slice(to);
        at += found + from.len();
    }
    out.extend_from_slice(&text[at..]);
    out
}
