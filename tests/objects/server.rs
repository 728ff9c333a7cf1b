//! An S3 server on loopback over a folder, which can stop at a request as if the world had stopped there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::workbench::Workbench;

pub(crate) const ACCESS_KEY: &str = "AKIALOUPTESTKEY";
/// Occurs nowhere else, so that it can be looked for.
pub(crate) const SECRET_KEY: &str = "CANARYsecret5e1fKEY";
/// The one bucket.
pub(crate) const BUCKET: &str = "data";

/// A server with one bucket; it ends with this.
pub(crate) struct Server {
    folder: Arc<TempDir>,
    port: u16,
    gate: Arc<Gate>,
    runtime: Option<Runtime>,
}

/// Where the server stops: before or after it carries out the request with a number, of those that change something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) request: usize,
    pub(crate) is_after: bool,
}

/// Counts the requests that change something.
#[derive(Default)]
struct Gate {
    stop: Mutex<Option<(Stop, Sender<()>)>>,
    changes: AtomicUsize,
    under_way: AtomicUsize,
}

impl Gate {
    /// Returns whether the request is the one to stop at, and on which side of it.
    fn pass(&self) -> Option<(bool, Sender<()>)> {
        let number = self.changes.fetch_add(1, Ordering::SeqCst);
        let stop = self.stop.lock().unwrap();
        let (stop, told) = stop.as_ref().filter(|(stop, _)| stop.request == number)?;
        Some((stop.is_after, told.clone()))
    }

    /// Carries out a change to its end, whoever has stopped waiting for it, as a store does.
    async fn change<T: Send + 'static>(self: Arc<Self>, change: impl Future<Output = T> + Send + 'static) -> T {
        let stop = self.pass();
        if let Some((false, told)) = &stop {
            let _ = told.send(());
            std::future::pending::<()>().await;
        }
        let counted = Arc::clone(&self);
        #[expect(clippy::disallowed_methods, reason = "it must not end with the connection that asked for it")]
        let done = tokio::spawn(async move {
            counted.under_way.fetch_add(1, Ordering::SeqCst);
            let result = change.await;
            counted.under_way.fetch_sub(1, Ordering::SeqCst);
            result
        });
        let result = done.await.unwrap();
        if let Some((true, told)) = stop {
            let _ = told.send(());
            std::future::pending::<()>().await;
        }
        result
    }
}

struct Store {
    root: PathBuf,
    files: Arc<FileSystem>,
    gate: Arc<Gate>,
}

impl Store {
    /// As S3 and not as a file system: nothing is made in a bucket that is not there.
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        if self.root.join(bucket).is_dir() { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// As S3 and not as a file system: what keys begin with is no object.
    fn check_object(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.check_bucket(bucket)?;
        if self.root.join(bucket).join(key).is_file() { Ok(()) } else { Err(s3_error!(NoSuchKey)) }
    }
}

/// Reads go straight to the files, changes through the gate.
macro_rules! operations {
    (
        objects { $($object:ident($object_in:ident, $object_out:ident);)* }
        reads { $($read:ident($read_in:ident, $read_out:ident);)* }
        changes { $($change:ident($in:ident, $out:ident);)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Store {
            $(async fn $object(&self, request: S3Request<dto::$object_in>) -> S3Result<S3Response<dto::$object_out>> {
                self.check_object(&request.input.bucket, &request.input.key)?;
                self.files.$object(request).await
            })*
            $(async fn $read(&self, request: S3Request<dto::$read_in>) -> S3Result<S3Response<dto::$read_out>> {
                self.files.$read(request).await
            })*
            $(async fn $change(&self, request: S3Request<dto::$in>) -> S3Result<S3Response<dto::$out>> {
                self.check_bucket(&request.input.bucket)?;
                let files = Arc::clone(&self.files);
                Arc::clone(&self.gate).change(async move { files.$change(request).await }).await
            })*
        }
    };
}

operations! {
    objects {
        get_object(GetObjectInput, GetObjectOutput);
        head_object(HeadObjectInput, HeadObjectOutput);
    }
    reads {
        head_bucket(HeadBucketInput, HeadBucketOutput);
        list_objects_v2(ListObjectsV2Input, ListObjectsV2Output);
    }
    changes {
        put_object(PutObjectInput, PutObjectOutput);
        copy_object(CopyObjectInput, CopyObjectOutput);
        delete_object(DeleteObjectInput, DeleteObjectOutput);
        delete_objects(DeleteObjectsInput, DeleteObjectsOutput);
        create_multipart_upload(CreateMultipartUploadInput, CreateMultipartUploadOutput);
        upload_part(UploadPartInput, UploadPartOutput);
        complete_multipart_upload(CompleteMultipartUploadInput, CompleteMultipartUploadOutput);
        abort_multipart_upload(AbortMultipartUploadInput, AbortMultipartUploadOutput);
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        fs::create_dir(folder.path().join(BUCKET)).unwrap();
        Self::over(folder)
    }

    /// Starts another server over the objects of one that is gone.
    pub(crate) fn again(gone: &Self) -> Self {
        Self::over(Arc::clone(&gone.folder))
    }

    fn over(folder: Arc<TempDir>) -> Self {
        let gate = Arc::new(Gate::default());
        let files = Arc::new(FileSystem::new(folder.path()).unwrap());
        let mut builder =
            S3ServiceBuilder::new(Store { root: folder.path().to_owned(), files, gate: Arc::clone(&gate) });
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let connection = http.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
                connections.spawn(async move { connection.await.is_ok() });
            }
        });
        Self { folder, port, gate, runtime: Some(runtime) }
    }

    /// Ends the server in the middle of whatever it does.
    pub(crate) fn end(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }

    /// Stops at a request; the receiver hears of it.
    pub(crate) fn stop_at(&self, stop: Stop) -> Receiver<()> {
        let (told, hears) = channel();
        self.gate.changes.store(0, Ordering::SeqCst);
        *self.gate.stop.lock().unwrap() = Some((stop, told));
        hears
    }

    /// Goes on, and waits until the changes under way are carried out.
    pub(crate) fn go_on(&self) {
        *self.gate.stop.lock().unwrap() = None;
        // What a killed process had sent arrives, or its connection is seen to be closed.
        loop {
            thread::sleep(Duration::from_millis(30));
            if self.gate.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    pub(crate) fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(key).parent().unwrap()).unwrap();
        fs::write(self.path(key), bytes).unwrap();
    }

    pub(crate) fn get(&self, key: &str) -> Vec<u8> {
        fs::read(self.path(key)).unwrap_or_else(|e| panic!("{key}: {e}; there are {:?}", self.keys("")))
    }

    pub(crate) fn get_text(&self, key: &str) -> String {
        String::from_utf8(self.get(key)).unwrap()
    }

    /// Keys that begin with a prefix and what they hold.
    pub(crate) fn objects(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        fn list(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    list(root, &path, found);
                } else {
                    let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    found.insert(key, fs::read(&path).unwrap());
                }
            }
        }
        let (root, mut found) = (self.folder.path().join(BUCKET), BTreeMap::new());
        list(&root, &root, &mut found);
        found.retain(|key, _| key.starts_with(prefix));
        found
    }

    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        self.objects(prefix).into_keys().collect()
    }

    /// Parts of uploads that nobody has ended.
    pub(crate) fn parts(&self) -> usize {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".upload")).count()
    }

    /// What a process needs to know to use the server.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// The binary in the folder of a bench, with the server as its S3.
    pub(crate) fn command(&self, bench: &Workbench) -> Command {
        let mut command = bench.command();
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
