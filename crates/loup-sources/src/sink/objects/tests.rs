//! Publication over a store in memory, stopped after every request.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::common::runtime::SpawnedTask;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions, PutOptions,
    PutPayload, PutResult,
};
use sha3::{Digest, Sha3_256};

use super::*;
use crate::sink::upload::hex;

/// A store that carries out so many requests and then fails, as for a process that was killed.
#[derive(Debug)]
struct Stopping {
    inner: Arc<InMemory>,
    left: AtomicUsize,
}

impl Stopping {
    fn after(inner: &Arc<InMemory>, requests: usize) -> Self {
        Self { inner: Arc::clone(inner), left: AtomicUsize::new(requests) }
    }

    fn request(&self) -> object_store::Result<()> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let stopped = |_| object_store::Error::Generic { store: "test", source: "stopped".into() };
        left.map(drop).map_err(stopped)
    }
}

impl fmt::Display for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopping")
    }
}

#[async_trait]
impl ObjectStore for Stopping {
    async fn put_opts(
        &self,
        key: &StorePath,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.request()?;
        self.inner.put_opts(key, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        key: &StorePath,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.request()?;
        self.inner.put_multipart_opts(key, options).await
    }

    async fn get_opts(&self, key: &StorePath, options: GetOptions) -> object_store::Result<GetResult> {
        self.request()?;
        self.inner.get_opts(key, options).await
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, object_store::Result<StorePath>>,
    ) -> BoxStream<'static, object_store::Result<StorePath>> {
        match self.request() {
            Ok(()) => self.inner.delete_stream(keys),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        match self.request() {
            Ok(()) => self.inner.list(prefix),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> object_store::Result<ListResult> {
        self.request()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> object_store::Result<()> {
        self.request()?;
        self.inner.copy_opts(from, to, options).await
    }
}

fn at(location: &str) -> RemoteLocation {
    RemoteLocation::parse(location).unwrap()
}

async fn staged(store: &Arc<InMemory>, target: &str, is_file: bool, files: &[(&str, &str)]) -> Result<StagedObjects> {
    let mut staged = StagedObjects::new(Arc::clone(store) as _, at(target), is_file, "run-")?;
    staged.check().await?;
    for (name, text) in files {
        let (mut writer, text) = (staged.create_file(name)?, (*text).to_owned());
        let write = move || writer.write_all(text.as_bytes()).and_then(|()| writer.finish());
        SpawnedTask::spawn_blocking(write).join_unwind().await.unwrap().unwrap();
    }
    Ok(staged)
}

async fn publish(store: &Arc<InMemory>, target: &str, is_file: bool, files: &[(&str, &str)]) -> Result<()> {
    let prepared = staged(store, target, is_file, files).await?.prepare(1).await?;
    prepared.publish(store.as_ref()).await
}

/// All objects, and that no manifest says what is not so.
async fn objects(store: &InMemory) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for key in store.list(None).map_ok(|object| object.location).try_collect::<Vec<_>>().await.unwrap() {
        let bytes = store.get(&key).await.unwrap().bytes().await.unwrap();
        found.insert(key.to_string(), String::from_utf8(bytes.to_vec()).unwrap());
    }
    for (key, text) in &found {
        if !key.ends_with(".loup-manifest") {
            continue;
        }
        for file in serde_json::from_str::<Manifest>(text).unwrap().files {
            let content = &found[&file.key];
            let digest = hex(&Sha3_256::digest(content));
            assert_eq!((file.size, file.sha3_256), (content.len() as u64, digest), "{key} of {}", file.key);
            let etag = store.head(&StorePath::parse(&file.key).unwrap()).await.unwrap().e_tag;
            assert_eq!(file.etag, etag, "{key} of {}", file.key);
        }
    }
    found
}

fn keys(found: &BTreeMap<String, String>) -> Vec<&str> {
    found.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn an_export_is_replaced_whole() {
    let store = Arc::new(InMemory::new());
    publish(&store, "s3://b/out/", false, &[("a.csv", "1"), ("parts/x%y z.csv", "2")]).await.unwrap();
    let found = objects(&store).await;
    assert_eq!(keys(&found), ["out/.loup-manifest", "out/a.csv", "out/parts/x%y z.csv"]);
    publish(&store, "s3://b/out", false, &[("b.csv", "3")]).await.unwrap();
    let found = objects(&store).await;
    assert_eq!(keys(&found), ["out/.loup-manifest", "out/b.csv"]);
}

#[tokio::test]
async fn an_object_has_its_manifest_beside_it() {
    let store = Arc::new(InMemory::new());
    store.put(&"a.csv".into(), "foreign".into()).await.unwrap();
    for (target, text) in [("s3://b/a.csv", "1"), ("s3://b/dir/a.csv", "2"), ("s3://b/a.csv", "3")] {
        publish(&store, target, true, &[("a.csv", text)]).await.unwrap();
    }
    let found = objects(&store).await;
    let expected = [".a.csv.loup-manifest", "a.csv", "dir/.a.csv.loup-manifest", "dir/a.csv"];
    assert_eq!((keys(&found).as_slice(), found["a.csv"].as_str()), (&expected[..], "3"));
}

#[tokio::test]
async fn what_loup_did_not_write_is_refused() {
    let store = Arc::new(InMemory::new());
    store.put(&"precious/note.txt".into(), "x".into()).await.unwrap();
    let refused = async |target: &str, is_file| {
        let error = staged(&store, target, is_file, &[]).await.unwrap_err();
        assert!(matches!(error, SourceError::Refused(_)), "{error}");
    };
    refused("s3://b/precious", false).await;
    publish(&store, "s3://b/out", false, &[("t/a.csv", "1")]).await.unwrap();
    refused("s3://b/out/t/a.csv", true).await;
    refused("s3://b/out/t", false).await;
    store.put(&"out/note.txt".into(), "x".into()).await.unwrap();
    refused("s3://b/out", false).await;
    assert!(staged(&store, "s3://b", false, &[]).await.is_err(), "a whole bucket");
    // What is new beside others is fine, and a name that begins alike is another one.
    publish(&store, "s3://b/ou", false, &[("a.csv", "1")]).await.unwrap();
    publish(&store, "s3://b/precious/new.csv", true, &[("new.csv", "1")]).await.unwrap();
}

#[tokio::test]
async fn objects_that_appear_while_the_plan_runs_are_not_lost() {
    let store = Arc::new(InMemory::new());
    let staged = staged(&store, "s3://b/out", false, &[("a.csv", "1")]).await.unwrap();
    store.put(&"out/b.csv".into(), "x".into()).await.unwrap();
    assert!(matches!(staged.prepare(1).await, Err(SourceError::Refused(_))));
    staged.discard().await.unwrap();
    assert_eq!(keys(&objects(&store).await), ["out/b.csv"]);
}

#[tokio::test]
async fn what_is_discarded_leaves_nothing() {
    let store = Arc::new(InMemory::new());
    let mut staged = staged(&store, "s3://b/dir/out", false, &[("a.csv", "1")]).await.unwrap();
    assert_eq!(objects(&store).await.len(), 1, "staged");
    let unfinished = staged.create_file("b.csv").unwrap();
    assert!(staged.prepare(1).await.is_err(), "an object without its end");
    drop(unfinished);
    staged.discard().await.unwrap();
    assert_eq!(objects(&store).await, BTreeMap::new());
}

/// The store stops after each number of requests; then the publication is done again from the record, as recovery does.
#[tokio::test]
async fn a_publication_that_stopped_anywhere_is_finished_and_no_manifest_lies() {
    for is_file in [false, true] {
        let target = if is_file { "s3://b/dir/out.csv" } else { "s3://b/dir/out" };
        let old: &[_] = if is_file { &[("out.csv", "old")] } else { &[("a.csv", "old"), ("gone.csv", "old")] };
        let new: &[_] = if is_file { &[("out.csv", "new")] } else { &[("a.csv", "new"), ("b.csv", "new")] };
        let mut requests = 0;
        loop {
            let store = Arc::new(InMemory::new());
            publish(&store, target, is_file, old).await.unwrap();
            let prepared = staged(&store, target, is_file, new).await.unwrap().prepare(1).await.unwrap();
            let text = serde_json::to_string(&prepared).unwrap();
            let stopped = prepared.publish(&Stopping::after(&store, requests)).await;
            objects(&store).await;
            let again: PreparedObjects = serde_json::from_str(&text).unwrap();
            for _ in 0..2 {
                again.publish(store.as_ref()).await.unwrap();
                let found = objects(&store).await;
                let wanted = if is_file {
                    vec!["dir/.out.csv.loup-manifest", "dir/out.csv"]
                } else {
                    vec!["dir/out/.loup-manifest", "dir/out/a.csv", "dir/out/b.csv"]
                };
                assert_eq!(keys(&found), wanted, "after {requests} requests");
                assert!(!found.values().any(|text| text == "old"), "after {requests} requests");
            }
            requests += 1;
            if stopped.is_ok() {
                break;
            }
        }
        assert!(requests > 5, "the store was never stopped");
    }
}
