//! S3 as source and target, against a server on loopback.

mod server;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

use sha3::{Digest, Sha3_256};

use self::server::{ACCESS_KEY, BUCKET, SECRET_KEY, Server, Stop};
use crate::workbench::{KEY, Run, Workbench};

const CANARY: &str = "CANARY7f3a";

fn sql(server: &Server, bench: &Workbench, sql: &str) -> Run {
    let run = Run::of(server.command(bench).args(["-c", sql, "--format", "csv"]));
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(SECRET_KEY), "the secret key in {run:#?}");
    }
    run
}

/// Customers and their orders, some of customers that are not there.
fn tables(rows: usize) -> [(&'static str, String); 2] {
    let (mut customers, mut orders) = (String::from("id,name,note\n"), String::from("no,customer,amount\n"));
    for n in 0..rows {
        writeln!(customers, "{n:05},{CANARY} {n},\"a, \"\"b\"\"\"").unwrap();
        writeln!(orders, "{n},{:05},1.50", n * 7 % (rows + rows / 10)).unwrap();
    }
    [("customers.csv", customers), ("orders.csv", orders)]
}

/// Masks both tables of `${in}` and writes them as two exports; `${v}` stands in each file.
const PLAN: &str = "ATTACH '${in}' AS d; \
    UPDATE d.customers SET id = hash_keyed(id, 'c'), name = redact(name), note = '${v}'; \
    UPDATE d.orders SET customer = hash_keyed(customer, 'c'), amount = '${v}'; \
    SELECT count(*) FROM orphans(d.orders.customer, d.customers.id); \
    EXPORT DATABASE d TO '${out}'; COPY (SELECT * FROM d.orders) TO '${copy}'";

fn masked(server: &Server, bench: &Workbench, source: &str, out: &str, copy: &str) -> Run {
    let [source, out, copy] = [("in", source), ("out", out), ("copy", copy)].map(|(name, v)| format!("{name}={v}"));
    let arguments = ["-c", PLAN, "--format", "csv", "--var", &source, "--var", &out, "--var", &copy, "--var", "v=v0"];
    Run::of(server.command(bench).args(arguments))
}

#[test]
fn tables_are_read_from_a_prefix_an_object_and_a_pattern() {
    let (server, bench) = (Server::new(), Workbench::new());
    let [(_, customers), (_, orders)] = tables(50);
    server.put("in/customers.csv", &customers);
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(orders.as_bytes()).unwrap();
    server.put("in/orders.csv.gz", zipped.finish().unwrap());
    server.put("in/parts/1.ndjson", "{\"a\":1}\n");
    server.put("in/parts/2.ndjson", "{\"a\":2}\n");
    server.put("in/.hidden.csv", "x\n1\n");
    server.put("odd/a b%20#.csv", "x\n1\n");
    let copy = "COPY (SELECT CAST(id AS BIGINT) AS id FROM (SELECT '7' AS id)) TO 's3://data/in/numbers.parquet'";
    sql(&server, &bench, copy).succeeds();
    for (location, query, expected) in [
        ("s3://data/in", "SELECT count(*) AS n, min(id) AS id FROM d.customers", "n,id\n50,00000\n"),
        ("s3://data/in/", "SELECT count(*) AS n FROM d.orders", "n\n50\n"),
        ("s3a://data/in", "SELECT sum(a) AS a FROM d.parts", "a\n3\n"),
        ("s3://data/in/numbers.parquet", "SELECT id FROM d.numbers", "id\n7\n"),
        ("s3://data/in/orders.csv.gz", "SELECT count(*) AS n FROM d.orders", "n\n50\n"),
        ("s3://data/in/c*.csv", "SELECT count(*) AS n FROM d.customers", "n\n50\n"),
        ("s3://data/odd/", "SELECT x FROM d.\"a b%20#\"", "x\n1\n"),
    ] {
        let run = sql(&server, &bench, &format!("ATTACH '{location}' AS d; {query}")).succeeds();
        assert_eq!(run.stdout, expected, "{location}");
        assert!(!run.stderr.contains("hidden"), "{run:?}");
    }
    let external =
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 's3://data/in/customers.csv'; SELECT count(*) AS n FROM t";
    assert_eq!(sql(&server, &bench, external).succeeds().stdout, "n\n50\n");
    sql(&server, &bench, "ATTACH 's3://data/in/x*.csv' AS d").fails(1, &["no object matches"]);
}

#[test]
fn a_joined_pair_is_masked_from_s3_to_s3_as_it_is_between_folders() {
    let (server, bench) = (Server::new(), Workbench::new());
    for (name, text) in tables(2_000) {
        server.put(&format!("in/{name}"), &text);
        bench.write(&format!("in/{name}"), &text);
    }
    let local = masked(&server, &bench, "in", "out", "copy.csv").succeeds();
    let remote = masked(&server, &bench, "s3://data/in", "s3://data/out", "s3://data/copy.csv").succeeds();
    assert_eq!(local.stdout, remote.stdout, "orphans");
    assert!(!local.stdout.ends_with("\n0\n"), "there are orphans to keep: {}", local.stdout);
    for name in ["customers.csv", "orders.csv"] {
        assert!(server.get(&format!("out/{name}")) == bench.read(&format!("out/{name}")), "{name}");
    }
    assert!(server.get("copy.csv") == bench.read("copy.csv"));
    let expected = [".copy.csv.loup-manifest", "copy.csv"];
    assert_eq!(
        (server.keys("copy"), server.keys(".copy")),
        (vec![expected[1].to_owned()], vec![expected[0].to_owned()])
    );
    assert_eq!(server.keys("out"), ["out/.loup-manifest", "out/customers.csv", "out/orders.csv"]);
    assert_eq!(vouched(&server), 3);
    let reports = fs::read_dir(bench.runs()).unwrap().map(|run| run.unwrap().path().join("run.json"));
    let reports: Vec<_> = reports.filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert!(reports.iter().any(|report| report.contains("s3://data/out")), "{reports:?}");
    assert!(!reports.iter().any(|report| report.contains(SECRET_KEY) || report.contains(CANARY)), "{reports:?}");
}

/// Copied whole, copied by chunk, and encoded anew, as it is from a store.
#[test]
fn objects_are_read_back_before_they_are_published() {
    let (server, bench) = (Server::new(), Workbench::new());
    let [(_, customers), (_, orders)] = tables(2_000);
    server.put("in/a b%20#.csv", &customers);
    server.put("in/orders.csv", &orders);
    let plan = "ATTACH 's3://data/in' AS d; UPDATE d.\"a b%20#\" SET id = hash_keyed(id, 'c'); \
        UPDATE d.orders SET customer = hash_keyed(customer, 'c') WHERE no <> '3'; \
        EXPORT DATABASE d TO 's3://data/out'; COPY d.orders TO 's3://data/c/orders.csv.gz'; \
        COPY d.orders TO 's3://data/c/orders.parquet'; UPDATE d.orders SET amount = redact(amount) WHERE no = 'none'";
    for verify in ["full", "sample"] {
        Run::of(server.command(&bench).args(["-c", plan, "--verify", verify])).succeeds();
        let reports = fs::read_dir(bench.runs()).unwrap().map(|run| run.unwrap().path().join("run.json"));
        let last = reports.filter(|path| path.exists()).max().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&fs::read(last).unwrap()).unwrap();
        let checks = report["checks"].as_array().unwrap().iter();
        let read: Vec<_> = checks.filter(|check| check["check"] == "read back").collect();
        assert_eq!(read.len(), 4);
        assert!(read.iter().all(|check| check["result"] == "passed"), "{read:?}");
    }
    let strict = Run::of(server.command(&bench).args(["-c", plan, "--strict"])).fails(4, &["d.orders"]);
    assert!(!strict.stderr.contains(CANARY));
    assert!(!server.keys("").iter().any(|key| key.contains("staging")), "{:?}", server.keys(""));
}

#[test]
fn parquet_is_written_to_s3_as_it_is_to_a_folder() {
    let (server, bench) = (Server::new(), Workbench::new());
    let make = "COPY (SELECT value AS id, 'n' || value AS name FROM generate_series(1, 3000)) TO 'in/t.parquet'";
    sql(&server, &bench, make).succeeds();
    server.put("in/t.parquet", bench.read("in/t.parquet"));
    for (n, change) in ["", "UPDATE d.t SET name = redact(name);", "DELETE FROM d.t WHERE id = 7;"].iter().enumerate() {
        for (source, target) in [("in", format!("out{n}")), ("in", format!("s3://data/out{n}"))] {
            let plan = format!("ATTACH '{source}' AS d; {change} EXPORT DATABASE d TO '{target}'");
            sql(&server, &bench, &plan).succeeds();
        }
        assert!(server.get(&format!("out{n}/t.parquet")) == bench.read(&format!("out{n}/t.parquet")), "{change}");
        let plan = format!("ATTACH 's3://data/in' AS d; {change} EXPORT DATABASE d TO 's3://data/far{n}'");
        sql(&server, &bench, &plan).succeeds();
        let same = format!(
            "ATTACH 's3://data/far{n}' AS a; ATTACH 'out{n}' AS b; \
             SELECT count(*) AS n FROM a.t JOIN b.t ON a.t.id = b.t.id AND a.t.name = b.t.name"
        );
        let rows = if n == 2 { 2999 } else { 3000 };
        assert_eq!(sql(&server, &bench, &same).succeeds().stdout, format!("n\n{rows}\n"), "{change}");
    }
    assert_eq!(vouched(&server), 6);
}

#[test]
fn a_large_object_is_sent_in_parts() {
    let (server, bench) = (Server::new(), Workbench::new());
    // The last one meets a division by zero when most of it is sent.
    for (target, divisor) in [("big.csv", "1"), ("big.csv.zst", "1"), ("big.csv", "(value - 19999)")] {
        let query = format!("SELECT value / {divisor} AS n, repeat('x', 2000) AS f FROM generate_series(1, 20000)");
        let run = sql(&server, &bench, &format!("COPY ({query}) TO 's3://data/{target}'"));
        if divisor == "1" {
            run.succeeds()
        } else {
            run.fails(1, &["zero"])
        };
        assert_eq!(server.parts(), 0, "parts of an upload are left");
    }
    let big = server.get_text("big.csv");
    assert_eq!((big.lines().count(), big.len() > 3 << 23, vouched(&server)), (20_001, true, 2));
    assert_eq!(server.keys("").len(), 4);
}

/// Checks every manifest against its objects; returns how many entries there are.
#[track_caller]
fn vouched(server: &Server) -> usize {
    let (objects, mut entries) = (server.objects(""), 0);
    for (key, text) in objects.iter().filter(|(key, _)| key.ends_with(".loup-manifest")) {
        let manifest: serde_json::Value = serde_json::from_slice(text).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            let name = file["key"].as_str().unwrap();
            let content = objects.get(name).unwrap_or_else(|| panic!("{key} names {name}, which is not there"));
            let mut digest = String::new();
            for byte in Sha3_256::digest(content) {
                write!(digest, "{byte:02x}").unwrap();
            }
            assert_eq!(file["size"], content.len(), "{key} on {name}");
            assert_eq!(file["sha3_256"], digest, "{key} on {name}");
            assert!(file["etag"].as_str().is_some_and(|etag| !etag.is_empty()), "{key} on {name}");
            entries += 1;
        }
    }
    entries
}

/// The targets of a run that is killed, and the version that wrote each of their files.
struct Killed {
    server: Server,
    bench: Workbench,
}

impl Killed {
    fn new() -> Self {
        let (server, bench) = (Server::new(), Workbench::new());
        for (name, text) in tables(200) {
            server.put(&format!("in/{name}"), &text);
        }
        let killed = Self { server, bench };
        assert!(killed.start("v0").wait().unwrap().success());
        assert_eq!(killed.versions(), ["v0"; 4]);
        killed
    }

    /// Two outputs in S3 and one on this machine.
    fn start(&self, version: &str) -> Child {
        let plan = format!("{PLAN}; COPY (SELECT * FROM d.orders) TO 'local.csv'");
        let mut command = Command::new(env!("CARGO_BIN_EXE_loup"));
        command.args(["-c", &plan, "--quiet", "--var", "in=s3://data/in", "--var", "out=s3://data/out"]);
        command.args(["--var", "copy=s3://data/copy/orders.csv", "--var", &format!("v={version}")]);
        command.current_dir(self.bench.path("")).env("LOUP_KEY", KEY);
        command.env("XDG_STATE_HOME", self.bench.runs().join("../..")).envs(self.server.environment());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn versions(&self) -> Vec<String> {
        let version = |text: String| {
            let cell = text.lines().nth(1).and_then(|line| line.rsplit(',').next());
            cell.unwrap_or_default().to_owned()
        };
        let remote = ["out/customers.csv", "out/orders.csv", "copy/orders.csv"].map(|key| self.server.get_text(key));
        remote.into_iter().chain([self.bench.read_text("local.csv")]).map(version).collect()
    }

    /// After a kill: no manifest lies; after recovery: all old or all new, and nothing else is there.
    #[track_caller]
    fn check(&self, old: &str, new: &str, moment: &str) -> String {
        self.server.go_on();
        vouched(&self.server);
        Run::of(self.server.command(&self.bench).args(["recover", "--quiet"])).succeeds();
        let found = self.versions();
        assert!(found.iter().all(|one| *one == found[0]), "{moment}: {found:?}");
        assert!(found[0] == old || found[0] == new, "{moment}: {found:?}");
        assert_eq!(vouched(&self.server), 3, "{moment}: a manifest is missing");
        let keys: Vec<_> = self.server.keys("").into_iter().filter(|key| !key.starts_with("in/")).collect();
        let expected = [
            "copy/.orders.csv.loup-manifest",
            "copy/orders.csv",
            "out/.loup-manifest",
            "out/customers.csv",
            "out/orders.csv",
        ];
        assert_eq!(keys, expected, "{moment}: stray or lost objects");
        assert_eq!(self.bench.listing(), ["local.csv"], "{moment}: stray or lost files");
        found[0].clone()
    }
}

/// Each request that changes something is a moment: the process is killed before the store carries it out, and after.
#[test]
fn a_run_killed_at_any_request_is_all_old_or_all_new_and_no_manifest_lies() {
    let killed = Killed::new();
    let mut current = "v0".to_owned();
    let (mut request, mut moments) = (0, [0, 0]);
    'requests: loop {
        for is_after in [false, true] {
            let (version, moment) = (format!("v{}", moments[0] + moments[1] + 1), format!("{request}, {is_after}"));
            let stopped = killed.server.stop_at(Stop { request, is_after });
            let mut child = killed.start(&version);
            let is_stopped = loop {
                match stopped.recv_timeout(Duration::from_millis(20)) {
                    Ok(()) => break true,
                    Err(RecvTimeoutError::Timeout) if child.try_wait().unwrap().is_none() => {}
                    Err(_) => break false,
                }
            };
            let _ = child.kill();
            let ended = child.wait().unwrap();
            let found = killed.check(&current, &version, &moment);
            if !is_stopped {
                assert!(ended.success() && found == version, "a run with fewer requests ends well");
                break 'requests;
            }
            moments[usize::from(found == version)] += 1;
            current = found;
        }
        request += 1;
    }
    eprintln!("killed at {request} requests: {} times all was old, {} times all was new", moments[0], moments[1]);
    assert!(moments[0] > 4 && moments[1] > 4, "the moments fall on one side of the commit: {moments:?}");
}

#[test]
fn a_run_killed_at_any_time_is_all_old_or_all_new_and_no_manifest_lies() {
    let killed = Killed::new();
    let began = Instant::now();
    assert!(killed.start("v0").wait().unwrap().success());
    let whole = began.elapsed();
    let mut current = "v0".to_owned();
    for moment in 0..20_u32 {
        let version = format!("v{}", moment + 1);
        let mut child = killed.start(&version);
        // Spread over the run and a little longer; the golden ratio leaves no gaps.
        let share = f64::from(moment) * 0.618_033_988_75 % 1.0;
        thread::sleep(whole.mul_f64(share * 1.2));
        let _ = child.kill();
        let _ = child.wait();
        current = killed.check(&current, &version, &format!("moment {moment}"));
    }
}

#[test]
fn a_committed_run_waits_until_its_store_is_back() {
    let mut killed = Killed::new();
    // The commit stands before the first object is copied, which follows the manifest that is deleted.
    let mut request = 0;
    loop {
        let stopped = killed.server.stop_at(Stop { request, is_after: true });
        let mut child = killed.start("v1");
        stopped.recv_timeout(Duration::from_mins(1)).unwrap();
        let _ = child.kill();
        let _ = child.wait();
        killed.server.go_on();
        if !killed.server.keys("out/").contains(&"out/.loup-manifest".to_owned()) {
            break;
        }
        Run::of(killed.server.command(&killed.bench).args(["recover", "--quiet"])).succeeds();
        request += 1;
    }
    killed.server.end();
    let run = |arguments: &[&str]| Run::of(killed.server.command(&killed.bench).args(arguments));
    run(&["recover"]).fails(1, &["cannot be ended now", "s3://data/out", "reached"]);
    let elsewhere = run(&["-c", "COPY (SELECT 1 AS x) TO 'other.csv'"]).succeeds();
    assert!(elsewhere.stderr.contains("cannot be ended now"), "{elsewhere:?}");
    fs::remove_file(killed.bench.path("other.csv")).unwrap();
    run(&["-c", "COPY (SELECT 1 AS x) TO 'local.csv'"]).fails(3, &["local.csv", "to be published there first"]);
    let mut command = killed.server.command(&killed.bench);
    let blind = Run::of(command.env_remove("AWS_SECRET_ACCESS_KEY").arg("recover"));
    blind.fails(1, &["AWS_SECRET_ACCESS_KEY is not"]);
    killed.server = Server::again(&killed.server);
    let found = killed.check("v1", "v1", "the store is back");
    assert_eq!(found, "v1");
}

#[test]
fn what_the_store_refuses_is_told_without_a_secret() {
    let (server, bench) = (Server::new(), Workbench::new());
    server.put("in/t.csv", format!("id\n{CANARY}\n"));
    let copy = "COPY (SELECT 1 AS x) TO 's3://data/x.csv'";
    let attach = "ATTACH 's3://data/in' AS d; SELECT * FROM d.t";
    let mut traced = server.command(&bench);
    let traced = Run::of(traced.env("LOUP_LOG", "trace").args(["-c", attach])).succeeds();
    assert!(traced.stderr.contains("TRACE") && !traced.stderr.contains(SECRET_KEY), "{}", traced.stderr);
    for statement in [copy, attach] {
        let with = |name: &str, value: Option<&str>| {
            let mut command = server.command(&bench);
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
            Run::of(command.args(["-c", statement]))
        };
        let wrong = with("AWS_SECRET_ACCESS_KEY", Some("CANARYwrongSECRET")).fails(1, &["credentials"]);
        assert!(!wrong.stderr.contains("CANARY") && !wrong.stderr.contains(ACCESS_KEY), "{wrong:?}");
        with("AWS_SECRET_ACCESS_KEY", None).fails(1, &["AWS_SECRET_ACCESS_KEY is not"]);
        with("AWS_ALLOW_HTTP", None).fails(1, &["AWS_ALLOW_HTTP"]);
        with("AWS_ENDPOINT", Some("http://127.0.0.1:1")).fails(1, &["cannot be reached"]);
        let missing = statement.replace("s3://data", "s3://none");
        sql(&server, &bench, &missing).fails(1, &["bucket does not exist"]);
    }
    sql(&server, &bench, "ATTACH 's3://data/none.csv' AS d").fails(1, &["s3://data/none.csv", "no .csv"]);
    sql(&server, &bench, "ATTACH 's3://data/in' AS d; COPY d.t TO 's3://data/in/u.csv'").fails(3, &["source"]);
    sql(&server, &bench, "ATTACH 's3://data/in' AS d; EXPORT DATABASE d TO 's3://data'").fails(3, &["source"]);
    sql(&server, &bench, "ATTACH 'gs://data/in' AS d").fails(1, &["gs://", "s3:// is built in"]);
    assert_eq!(server.keys(""), ["in/t.csv"]);
}

#[test]
fn a_store_that_goes_away_leaves_nothing_under_the_final_names() {
    let bench = Workbench::new();
    for is_after in [false, true] {
        let mut server = Server::new();
        let stopped = server.stop_at(Stop { request: 2, is_after });
        let query = "SELECT value, repeat('x', 2000) AS filler FROM generate_series(1, 30000)";
        let mut command = Command::new(env!("CARGO_BIN_EXE_loup"));
        command.args(["-c", &format!("COPY ({query}) TO 's3://{BUCKET}/big.csv'")]).current_dir(bench.path(""));
        command.env("LOUP_KEY", KEY).env("XDG_STATE_HOME", bench.runs().join("../..")).envs(server.environment());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        stopped.recv_timeout(Duration::from_mins(2)).unwrap();
        server.end();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("s3://data/big.csv") && stderr.contains("the store"), "{stderr}");
        assert!(!stderr.contains(SECRET_KEY), "{stderr}");
        let server = Server::again(&server);
        assert!(!server.keys("").iter().any(|key| key.starts_with("big") || key.starts_with(".big")));
        // The run could not tidy up without its store; the next command does.
        Run::of(server.command(&bench).arg("recover")).succeeds();
        assert_eq!(server.keys(""), [""; 0]);
    }
}

#[test]
fn a_batch_is_masked_from_objects_to_objects_and_a_dry_run_leaves_none() {
    let (server, bench) = (Server::new(), Workbench::new());
    server.put("in/a.csv", "job_id,n\n12345,1\n");
    server.put("in/b.csv", format!("job_c,valuer\n12345.0,{CANARY}\n"));
    bench.write(
        "batch.json",
        r#"{"files": [{"input": "s3://data/in/a.csv", "output": "s3://data/out/a.csv"},
                      {"input": "s3://data/in/b.csv", "output": "s3://data/out/b.csv"}]}"#,
    );
    let batch = |more: &[&str]| {
        Run::of(server.command(&bench).args(["batch", "--batch-config", "batch.json"]).args(more)).succeeds().stdout
    };
    let line = "✅ 1 overlapping IDs between a.csv[job_id] and b.csv[job_c]";
    let before = server.keys("");
    assert!(batch(&["--dry-run"]).contains(line));
    assert_eq!(server.keys(""), before);
    assert!(batch(&[]).contains(line));
    assert_eq!(server.get_text("out/a.csv"), "job_id,n\n08c91889dc87,1\n");
    let masked = server.get_text("out/b.csv");
    assert!(masked.starts_with("job_c,valuer\n08c91889dc87,") && !masked.contains(CANARY), "{masked}");
}
