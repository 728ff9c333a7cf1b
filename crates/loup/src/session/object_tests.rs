//! Runs over object stores, with one in memory and one that can be told to fail.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{
    self, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use loup_crypto::KeyRing;

use crate::{Error, Outcome, Recovery, Result, Session};

/// Copies nothing while it is told so, as a store that goes away when a run is published.
#[derive(Debug, Default)]
struct Store {
    inner: InMemory,
    is_gone: AtomicBool,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

#[async_trait]
impl ObjectStore for Store {
    async fn put_opts(&self, key: &StorePath, load: PutPayload, opts: PutOptions) -> object_store::Result<PutResult> {
        self.inner.put_opts(key, load, opts).await
    }

    async fn put_multipart_opts(
        &self,
        key: &StorePath,
        opts: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(key, opts).await
    }

    async fn get_opts(&self, key: &StorePath, opts: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(key, opts).await
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, object_store::Result<StorePath>>,
    ) -> BoxStream<'static, object_store::Result<StorePath>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &StorePath, to: &StorePath, opts: CopyOptions) -> object_store::Result<()> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(object_store::Error::Generic { store: "test", source: "hunter2".into() });
        }
        self.inner.copy_opts(from, to, opts).await
    }
}

/// A folder, a store with a table in it, and sessions that know both.
struct Bench {
    folder: tempfile::TempDir,
    store: Arc<Store>,
}

impl Bench {
    async fn new() -> Self {
        let store = Arc::new(Store::default());
        let bench = Self { folder: tempfile::tempdir().unwrap(), store };
        bench.put("in/t.csv", "id,note\n00123,a\n2,b\n").await;
        bench
    }

    async fn put(&self, key: &str, text: &'static str) {
        self.store.put(&key.into(), text.into()).await.unwrap();
    }

    async fn read(&self, key: &str) -> String {
        let bytes = self.store.get(&StorePath::parse(key).unwrap()).await.unwrap().bytes().await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// Keys outside the source.
    async fn keys(&self) -> Vec<String> {
        let found: Vec<_> =
            self.store.list(None).map_ok(|object| object.location.to_string()).try_collect().await.unwrap();
        let mut keys: Vec<_> = found.into_iter().filter(|key| !key.starts_with("in/")).collect();
        keys.sort();
        keys
    }

    fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn session_without(&self) -> Session {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let keys = KeyRing::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        Session::builder().key_ring(keys).run_folder(self.runs()).variable("dir", folder).build().unwrap()
    }

    fn session(&self) -> Session {
        let session = self.session_without();
        let url = "mem://b".parse().unwrap();
        session.context().register_object_store(&url, Arc::clone(&self.store) as _);
        session
    }

    async fn run(&self, script: &str) -> Result<Vec<Outcome>> {
        self.session().run(script).await
    }
}

const BOTH: &str = "ATTACH 'mem://b/in' AS d; UPDATE d.t SET note = 'new'; COPY (SELECT * FROM d.t) TO '${dir}/x.csv'; \
                    EXPORT DATABASE d TO 'mem://b/out/'; COPY d.t TO 'mem://b/one/y.csv'";

#[tokio::test]
async fn objects_and_files_of_a_run_appear_together_with_manifests() {
    let bench = Bench::new().await;
    let session = bench.session();
    session.begin("");
    for statement in session.parse(BOTH).unwrap() {
        session.execute(&statement).await.unwrap();
    }
    assert!(bench.keys().await.iter().all(|key| key.contains(".loup-staging-")), "{:?}", bench.keys().await);
    assert!(!bench.path("x.csv").exists());
    let published = session.publish().await.unwrap();
    let targets: Vec<_> = published.targets.iter().map(|target| target.to_str().unwrap()).collect();
    assert_eq!(&targets[1..], ["mem://b/out", "mem://b/one/y.csv"]);
    let expected = ["one/.y.csv.loup-manifest", "one/y.csv", "out/.loup-manifest", "out/t.csv"];
    assert_eq!(bench.keys().await, expected);
    let text = "id,note\n00123,new\n2,new\n";
    assert_eq!([bench.read("out/t.csv").await, bench.read("one/y.csv").await], [text, text]);
    assert_eq!(std::fs::read_to_string(bench.path("x.csv")).unwrap(), text);
    let report = std::fs::read_to_string(published.report.unwrap()).unwrap();
    assert!(report.contains("mem://b/out") && report.contains("\"outcome\": \"done\""), "{report}");
    bench.run(BOTH).await.unwrap();
    assert_eq!(bench.keys().await, expected, "published again over itself");
}

#[tokio::test]
async fn what_a_run_staged_in_a_store_can_be_checked_before_it_is_published() {
    let bench = Bench::new().await;
    let check = |rows| {
        format!(
            "{BOTH}; ATTACH 'mem://b/out' AS m; ASSERT (SELECT count(*) FROM m.t WHERE note = 'new') = 2; \
             ATTACH 'mem://b/one/y.csv' AS y; ASSERT (SELECT count(*) FROM y.y) = {rows}"
        )
    };
    assert_eq!(bench.run(&check(3)).await.unwrap_err().exit_code(), 4);
    assert_eq!(bench.keys().await, [""; 0]);
    bench.run(&check(2)).await.unwrap();
    assert_eq!(bench.keys().await.len(), 4);
}

#[tokio::test]
async fn a_statement_that_fails_leaves_nothing_in_the_store() {
    let bench = Bench::new().await;
    let bad = "ATTACH 'mem://b/in' AS d; EXPORT DATABASE d TO 'mem://b/out'; \
               COPY (SELECT 1 / (length(note) - 1) AS x FROM d.t) TO 'mem://b/z.csv'";
    bench.run(bad).await.unwrap_err();
    assert_eq!(bench.keys().await, [""; 0]);
    let session = bench.session();
    for statement in session.parse(bad).unwrap() {
        let _ = session.execute(&statement).await;
    }
    assert_eq!(bench.keys().await, ["out/.loup-manifest", "out/t.csv"], "outside a run each statement stands alone");
}

#[tokio::test]
async fn outputs_keep_away_from_sources_and_from_each_other() {
    let bench = Bench::new().await;
    bench.put("foreign/x.txt", "x").await;
    for (statement, is_refused) in [
        ("COPY d.t TO 'mem://b/in/u.csv'", true),
        ("COPY d.t TO 'mem://b/in/t.csv'", true),
        ("EXPORT DATABASE d TO 'mem://b'", true),
        ("EXPORT DATABASE d TO 'mem://b/foreign'", true),
        ("COPY d.t TO 'mem://b/o/x.csv'; EXPORT DATABASE d TO 'mem://b/o'", true),
        ("COPY d.t TO 'mem://b/o/x.csv'; COPY d.t TO 'mem://b/o/x.csv'", true),
        ("COPY d.t TO 'mem://b/o/x.csv/'", false),
        ("COPY d.t TO 'mem://b/o/*.csv'", false),
        ("COPY d.t TO 'mem://user:hunter2@b/o/x.csv'", false),
        ("COPY d.t TO 'mem://b/o/x.csv?token=hunter2'", false),
        ("COPY d.t TO 'gs://b/o/x.csv'", false),
        ("COPY d.t TO 'https://b/o/x.csv'", false),
    ] {
        let error = bench.run(&format!("ATTACH 'mem://b/in/*.csv' AS d; {statement}")).await.unwrap_err();
        let expected = if is_refused { 3 } else { 1 };
        assert_eq!(error.exit_code(), expected, "{statement}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert_eq!(bench.keys().await, ["foreign/x.txt"], "{statement}");
    }
}

#[tokio::test]
async fn a_committed_run_waits_for_its_store_and_keeps_its_targets() {
    let bench = Bench::new().await;
    bench.store.is_gone.store(true, Ordering::Relaxed);
    let error = bench.run(BOTH).await.unwrap_err().to_string();
    assert!(error.contains("committed and not yet published") && !error.contains("hunter2"), "{error}");
    assert!(!bench.path("x.csv").exists(), "objects come first");
    let check = |recovery: &Recovery| {
        assert_eq!((recovery.ended.len(), recovery.unfinished.len()), (0, 1), "{recovery:?}");
        let targets: Vec<_> = recovery.unfinished[0].targets.iter().map(|target| target.to_str().unwrap()).collect();
        assert_eq!(&targets[..2], ["mem://b/out", "mem://b/one/y.csv"]);
    };
    // A process that does not know the store, and one that cannot use it.
    check(&crate::recover(&bench.runs()).await.unwrap());
    check(&bench.session().recover().await.unwrap());
    let copy = |target: &str| format!("COPY (SELECT 1 AS x) TO '{target}'");
    for target in ["mem://b/out/new.csv", "mem://b/one/y.csv", "${dir}/x.csv"] {
        let error = bench.session_without().run(&copy(target)).await.unwrap_err();
        assert_eq!(error.exit_code(), 3, "{target}: {error}");
    }
    bench.session_without().run(&copy("${dir}/other.csv")).await.unwrap();
    bench.store.is_gone.store(false, Ordering::Relaxed);
    let recovery = bench.session().recover().await.unwrap();
    assert_eq!((recovery.ended.len(), recovery.ended[0].published.len(), recovery.unfinished.len()), (1, 3, 0));
    let expected = ["one/.y.csv.loup-manifest", "one/y.csv", "out/.loup-manifest", "out/t.csv"];
    assert_eq!(bench.keys().await, expected);
    assert!(bench.path("x.csv").exists());
    assert_eq!(bench.session().recover().await.unwrap(), Recovery::default());
}

/// Others extend the mapping while its first output waits: twice, after which the version that it was of is not kept.
#[tokio::test]
async fn the_mapping_of_a_run_that_waits_is_in_force_and_others_may_extend_it() {
    let bench = Bench::new().await;
    let open = "CREATE EXTERNAL TABLE ids STORED AS MAPPING LOCATION '${dir}/ids' \
                OPTIONS ('kind' 'sequential', 'start' '1000000000', 'create_if_not_exists' 'true')";
    let export = "ATTACH 'mem://b/in' AS d; INSERT INTO ids SELECT id FROM d.t; UPDATE d.t SET id = map_id(id, 'ids'); \
                  EXPORT DATABASE d TO 'mem://b/out'";
    bench.store.is_gone.store(true, Ordering::Relaxed);
    let error = bench.run(&format!("{open}; {export}")).await.unwrap_err().to_string();
    assert!(error.contains("committed and not yet published"), "{error}");
    for id in ["x1", "x2", "x3"] {
        let extend = format!("{open}; INSERT INTO ids SELECT '{id}'");
        bench.session_without().run(&extend).await.unwrap();
    }
    bench.store.is_gone.store(false, Ordering::Relaxed);
    let recovery = bench.session().recover().await.unwrap();
    assert_eq!((recovery.ended.len(), recovery.unfinished.len()), (1, 0), "{recovery:?}");
    let check = "ATTACH 'mem://b/out' AS m; ASSERT (SELECT count(*) FROM ids) = 5; \
                 ASSERT (SELECT count(*) FROM m.t WHERE unmap_id(id, 'ids') IN ('00123', '2')) = 2";
    bench.run(&format!("{open}; {check}")).await.unwrap();
}

#[tokio::test]
async fn what_a_run_that_is_gone_staged_is_removed_by_the_next_one() {
    let bench = Bench::new().await;
    let session = bench.session();
    session.begin("");
    for statement in session.parse(BOTH).unwrap() {
        session.execute(&statement).await.unwrap();
    }
    // No requests are made when a session is dropped.
    drop(session);
    assert_eq!(bench.keys().await.len(), 2);
    let unfinished = crate::recover(&bench.runs()).await.unwrap().unfinished;
    assert!(unfinished.len() == 1 && unfinished[0].targets.is_empty(), "{unfinished:?}");
    bench.run("COPY (SELECT 1 AS x) TO 'mem://b/new.csv'").await.unwrap();
    assert_eq!(bench.keys().await, [".new.csv.loup-manifest", "new.csv"]);
    let session = bench.session();
    session.begin("");
    session.execute(&session.parse("COPY (SELECT 1 AS x) TO 'mem://b/z.csv'").unwrap()[0]).await.unwrap();
    session.interrupt().await;
    assert_eq!(bench.keys().await.len(), 2, "an interrupted run tidies up where it is given the time");
    let reports = reports(&bench.runs());
    assert!(reports.iter().filter(|report| report.contains("\"interrupted\"")).count() == 2, "{reports:?}");
}

fn reports(runs: &Path) -> Vec<String> {
    let paths = std::fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path().join("run.json"));
    paths.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[tokio::test]
async fn an_external_table_in_a_store_is_a_source_too() {
    let bench = Bench::new().await;
    let create = "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'mem://b/in/t.csv'";
    let error = bench.run(&format!("{create}; COPY t TO 'mem://b/in/t.csv'")).await.unwrap_err();
    assert_eq!(error.exit_code(), 3, "{error}");
    let secret = create.replace("mem://b", "mem://id:hunter2@b");
    let Error::Statement { source, .. } = bench.run(&secret).await.unwrap_err() else { panic!("no line") };
    assert!(!source.to_string().contains("hunter2"), "{source}");
}
