//! Cuts a CSV file at record ends into segments that any thread can read.
//!
//! Where a byte stands, inside quotes or outside, is known only from all bytes before it, so a file cannot be cut blindly.
//! The search for record ends is far cheaper than everything that follows (it jumps from quote to quote), so it runs once
//! in file order, shared by all partitions; each finds its segments as exact byte ranges. A segment is what ends in its
//! block of the file. The list of ends depends on the file alone, so a plan may be executed again, or partly.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use loup_text::csv::{BOM, Dialect, Splitter};
use tokio::sync::Mutex;

use super::blocks::{BLOCK, Block, read_blocks};
use super::{CsvOptions, Header};
use crate::error::{Result, SourceError};

/// Bytes of the longest record. A longer one is a quote that nobody closed, and must not fill the memory.
const MAX_RECORD: u64 = 64 << 20;

/// Whole records of one file.
#[derive(Debug)]
pub(super) struct Segment {
    /// Number of the segment in its file.
    pub(super) number: u64,
    /// Offset of the first byte in the file.
    pub(super) start: u64,
    /// Whether it starts with the file's first record.
    pub(super) is_first: bool,
    /// The records.
    pub(super) bytes: Bytes,
    /// Dialect of the file, with its terminator.
    pub(super) dialect: Arc<Dialect>,
}

/// The record ends of one file, found as far as they are needed.
pub(super) struct SegmentIndex {
    file: Arc<FileHandle>,
    keep: usize,
    block: u64,
    scan: Mutex<Option<Scan>>,
}

/// A file in its store.
pub(super) struct FileHandle {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) meta: ObjectMeta,
    pub(super) name: String,
    pub(super) options: CsvOptions,
}

impl FileHandle {
    /// Returns whether the file is in a store of another machine.
    pub(super) fn is_remote(&self) -> bool {
        self.name.contains("://")
    }
}

struct Scan {
    dialect: Arc<Dialect>,
    splitter: Splitter,
    /// `ends[n]` is where segment `n` starts and the one before it ends.
    ends: Vec<u64>,
    /// Segments found and not yet asked for.
    ready: BTreeMap<u64, Bytes>,
    /// What was read of the record that the last block left open.
    open: Vec<Bytes>,
    blocks: BoxStream<'static, Result<Block>>,
}

impl std::fmt::Debug for SegmentIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentIndex").field("file", &self.file.name).finish_non_exhaustive()
    }
}

impl SegmentIndex {
    /// Prepares the index of a file that `partitions` will read together.
    pub(super) fn new(file: Arc<FileHandle>, partitions: usize, block: u64) -> Self {
        // Partitions run apart by some segments; what is dropped before its partition comes is read again.
        Self { file, keep: 8 * partitions.max(2), block, scan: Mutex::new(None) }
    }

    /// Returns the number of segments.
    pub(super) fn len(&self) -> u64 {
        self.file.meta.size.div_ceil(self.block)
    }

    pub(super) fn file(&self) -> &Arc<FileHandle> {
        &self.file
    }

    /// Reads a segment; it is empty where no record ends in its block.
    pub(super) async fn segment(&self, number: u64) -> Result<Segment> {
        let (range, first, ready, dialect) = {
            let mut guard = self.scan.lock().await;
            if guard.is_none() {
                *guard = Some(self.start().await?);
            }
            let scan = guard.as_mut().expect("just set");
            let mut failed = None;
            while scan.ends.len() as u64 <= number + 1 && failed.is_none() {
                failed = self.scan_block(scan).await.err();
            }
            if let Some(error) = failed {
                // The block is lost: whoever asks again must not take the next one for it.
                *guard = None;
                return Err(error);
            }
            let scan = guard.as_mut().expect("set above");
            let range = scan.ends[number as usize]..scan.ends[number as usize + 1];
            (range, scan.ends[0], scan.ready.remove(&number), Arc::clone(&scan.dialect))
        };
        let bytes = match ready {
            _ if range.is_empty() => Bytes::new(),
            Some(bytes) => bytes,
            None => self.file.store.get_range(&self.file.meta.location, range.clone()).await?,
        };
        Ok(Segment { number, start: range.start, is_first: range.start == first, bytes, dialect })
    }

    async fn start(&self) -> Result<Scan> {
        let mut blocks = read_blocks(Arc::clone(&self.file), self.block, self.keep).await?;
        let first = blocks.try_next().await?.map_or_else(Bytes::new, |block| block.behind(&[]));
        let whole = first.len() as u64 == self.file.meta.size;
        let header = Header::read(&self.file.name, &first, whole, &self.file.options)?;
        let (dialect, bom) = match header {
            Some(header) => (header.dialect, if header.has_bom { BOM.len() } else { 0 }),
            None => (self.file.options.dialect.clone(), if first.starts_with(BOM) { BOM.len() } else { 0 }),
        };
        let splitter = Splitter::new(dialect.clone());
        let (ready, ends) = (BTreeMap::new(), vec![bom as u64]);
        let mut scan = Scan { dialect: Arc::new(dialect), splitter, ends, ready, open: Vec::new(), blocks };
        let end = scan.splitter.advance(&first[bom..]);
        scan.cut(first.slice(bom..), end, whole);
        if whole {
            scan.blocks = futures::stream::empty().boxed();
        }
        Ok(scan)
    }

    async fn scan_block(&self, scan: &mut Scan) -> Result<()> {
        let block = scan.blocks.try_next().await?.ok_or_else(|| SourceError::Io {
            file: self.file.name.clone(),
            source: std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"),
        })?;
        let is_last = scan.ends.len() as u64 == self.len();
        match scan.splitter.advance(block.bytes()) {
            None if !is_last => scan.cut(block.behind(&[]), None, false),
            end => {
                let open: usize = scan.open.iter().map(Bytes::len).sum();
                let joined = block.behind(&std::mem::take(&mut scan.open));
                scan.cut(joined, end.map(|end| open + end), is_last);
            }
        }
        if scan.open.iter().map(|part| part.len() as u64).sum::<u64>() > MAX_RECORD {
            let file = self.file.name.clone();
            return Err(SourceError::LongRecord { file, megabytes: MAX_RECORD >> 20 });
        }
        // Long records make long segments, so what waits is bounded by its bytes.
        let most = self.keep * self.block.max(BLOCK) as usize;
        while scan.ready.len() > 1 && scan.ready.values().map(Bytes::len).sum::<usize>() > most {
            scan.ready.pop_first();
        }
        if is_last {
            // A table may have thousands of files: their handles and buffers go when they are read.
            scan.blocks = futures::stream::empty().boxed();
        }
        Ok(())
    }
}

impl Scan {
    /// Takes the bytes up to `end`, of the last block all, as the next segment; keeps the rest open.
    fn cut(&mut self, mut bytes: Bytes, end: Option<usize>, is_last: bool) {
        let number = self.ends.len() as u64 - 1;
        let end = if is_last { bytes.len() } else { end.unwrap_or(0) };
        let start = self.ends[number as usize];
        let segment = bytes.split_to(end);
        self.ends.push(start + end as u64);
        if !segment.is_empty() {
            self.ready.insert(number, segment);
        }
        if !bytes.is_empty() {
            self.open.push(bytes);
        }
    }
}

/// Cuts a stream that can only be read from its start, such as a compressed file, into segments.
pub(super) struct StreamSegments {
    input: BoxStream<'static, Result<Bytes>>,
    file: Arc<FileHandle>,
    splitter: Option<Splitter>,
    dialect: Arc<Dialect>,
    pending: BytesMut,
    scanned: usize,
    start: u64,
    number: u64,
    done: bool,
}

impl StreamSegments {
    /// Starts at the first byte of the decompressed file.
    pub(super) fn new(file: Arc<FileHandle>, input: BoxStream<'static, Result<Bytes>>) -> Self {
        let dialect = Arc::new(file.options.dialect.clone());
        let (splitter, pending) = (None, BytesMut::new());
        Self { input, file, splitter, dialect, pending, scanned: 0, start: 0, number: 0, done: false }
    }

    /// Reads the next segment, `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Segment>> {
        let mut end = None;
        while !self.done && (end.is_none() || (self.pending.len() as u64) < BLOCK) {
            match self.input.try_next().await? {
                Some(bytes) => self.pending.extend_from_slice(&bytes),
                None => self.done = true,
            }
            if end.is_none() && self.pending.len() as u64 > MAX_RECORD {
                let file = self.file.name.clone();
                return Err(SourceError::LongRecord { file, megabytes: MAX_RECORD >> 20 });
            }
            if self.splitter.is_none() && !self.open()? {
                continue;
            }
            let splitter = self.splitter.as_mut().expect("opened");
            if let Some(found) = splitter.advance(&self.pending[self.scanned..]) {
                end = Some(self.scanned + found);
            }
            self.scanned = self.pending.len();
        }
        let end = if self.done { self.pending.len() } else { end.unwrap_or(0) };
        if end == 0 {
            return Ok(None);
        }
        let bytes = self.pending.split_to(end).freeze();
        self.scanned -= end;
        let is_first = self.number == 0;
        let segment =
            Segment { number: self.number, start: self.start, is_first, bytes, dialect: Arc::clone(&self.dialect) };
        self.number += 1;
        self.start += end as u64;
        Ok(Some(segment))
    }

    /// Reads byte order mark and terminator; false where more bytes are needed.
    fn open(&mut self) -> Result<bool> {
        let Some(header) = Header::read(&self.file.name, &self.pending, self.done, &self.file.options)? else {
            return Ok(false);
        };
        if header.has_bom {
            let _ = self.pending.split_to(BOM.len());
            self.start = BOM.len() as u64;
        }
        self.dialect = Arc::new(header.dialect);
        self.splitter = Some(Splitter::new(Dialect::clone(&self.dialect)));
        Ok(true)
    }
}
