//! Cuts a CSV file at record ends into segments that any thread can read.
//!
//! Where a byte stands, inside quotes or outside, is known only from all bytes before it, so a file cannot be cut blindly.
//! The search for record ends is far cheaper than everything that follows (it jumps from quote to quote), so it runs once
//! in file order, shared by all partitions; each finds its segments as exact byte ranges. A segment is what ends in its
//! block of the file. The list of ends depends on the file alone, so a plan may be executed again, or partly.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use loup_text::csv::{BOM, Dialect, Splitter};
use tokio::sync::Mutex;

use super::{CsvOptions, Header};
use crate::error::{Result, SourceError};

/// Bytes of a block: small enough for the second-level cache and an even share, large enough to forget the cost of a read.
pub(super) const BLOCK: u64 = 1 << 20;

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
    read_ahead: usize,
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

struct Scan {
    dialect: Arc<Dialect>,
    splitter: Splitter,
    /// `ends[n]` is where segment `n` starts and the one before it ends.
    ends: Vec<u64>,
    /// Blocks read lately, so that the partition that needs them does not read them again.
    blocks: BTreeMap<u64, Bytes>,
    reader: BoxStream<'static, Result<Bytes>>,
}

impl std::fmt::Debug for SegmentIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentIndex").field("file", &self.file.name).finish_non_exhaustive()
    }
}

impl SegmentIndex {
    /// Prepares the index of a file that `partitions` will read together.
    pub(super) fn new(file: Arc<FileHandle>, partitions: usize, block: u64) -> Self {
        // A local read is done before the next is wanted; over a network many are under way at once.
        let read_ahead = if file.name.contains("://") { 16 } else { 2 };
        Self { file, read_ahead, keep: 2 * partitions + read_ahead + 2, block, scan: Mutex::new(None) }
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
        let is_first;
        let (range, parts, dialect) = {
            let mut guard = self.scan.lock().await;
            if guard.is_none() {
                *guard = Some(self.start().await?);
            }
            let scan = guard.as_mut().expect("just set");
            while scan.ends.len() as u64 <= number + 1 {
                self.scan_block(scan).await?;
            }
            let range = scan.ends[number as usize]..scan.ends[number as usize + 1];
            is_first = range.start == scan.ends[0];
            let first = range.start / self.block;
            let parts: Option<Vec<Bytes>> = (first..=number).map(|block| scan.blocks.get(&block).cloned()).collect();
            (range, parts, Arc::clone(&scan.dialect))
        };
        let bytes = match parts {
            _ if range.is_empty() => Bytes::new(),
            Some(parts) => join(&parts, range.start / self.block * self.block, &range),
            None => self.file.store.get_range(&self.file.meta.location, range.clone()).await?,
        };
        Ok(Segment { number, start: range.start, is_first, bytes, dialect })
    }

    async fn start(&self) -> Result<Scan> {
        let mut reader = self.reader();
        let first = reader.try_next().await?.unwrap_or_default();
        let whole = first.len() as u64 == self.file.meta.size;
        let header = Header::read(&self.file.name, &first, whole, &self.file.options)?;
        let (dialect, bom) = match header {
            Some(header) => (header.dialect, if header.has_bom { BOM.len() } else { 0 }),
            None => (self.file.options.dialect.clone(), if first.starts_with(BOM) { BOM.len() } else { 0 }),
        };
        let mut splitter = Splitter::new(dialect.clone());
        let end = splitter.advance(&first[bom..]).map_or(bom, |end| bom + end) as u64;
        let end = if whole { self.file.meta.size } else { end };
        let blocks = BTreeMap::from([(0, first)]);
        Ok(Scan { dialect: Arc::new(dialect), splitter, ends: vec![bom as u64, end], blocks, reader })
    }

    async fn scan_block(&self, scan: &mut Scan) -> Result<()> {
        let number = scan.ends.len() as u64 - 1;
        let block = scan.reader.try_next().await?.ok_or_else(|| SourceError::Io {
            file: self.file.name.clone(),
            source: std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"),
        })?;
        let start = number * self.block;
        let last_end = *scan.ends.last().expect("starts with one");
        let end = scan.splitter.advance(&block).map_or(last_end, |end| start + end as u64);
        if start + block.len() as u64 - end > MAX_RECORD {
            let file = self.file.name.clone();
            return Err(SourceError::LongRecord { file, megabytes: MAX_RECORD >> 20 });
        }
        scan.ends.push(if number + 1 == self.len() { self.file.meta.size } else { end });
        scan.blocks.insert(number, block);
        while scan.blocks.len() > self.keep {
            scan.blocks.pop_first();
        }
        Ok(())
    }

    fn reader(&self) -> BoxStream<'static, Result<Bytes>> {
        let file = Arc::clone(&self.file);
        let (size, block) = (file.meta.size, self.block);
        futures::stream::iter(0..self.len())
            .map(move |number| {
                let file = Arc::clone(&file);
                async move {
                    let range = number * block..((number + 1) * block).min(size);
                    let wanted = range.end - range.start;
                    let bytes = file.store.get_range(&file.meta.location, range).await?;
                    if bytes.len() as u64 == wanted {
                        return Ok(bytes);
                    }
                    let source = std::io::Error::other("the file changed while it was read");
                    Err(SourceError::Io { file: file.name.clone(), source })
                }
            })
            .buffered(self.read_ahead)
            .boxed()
    }
}

/// Returns the bytes of `range` from neighbouring blocks, of which the first starts at `start`.
fn join(blocks: &[Bytes], start: u64, range: &Range<u64>) -> Bytes {
    let (from, to) = ((range.start - start) as usize, (range.end - start) as usize);
    if let [block] = blocks {
        return block.slice(from..to);
    }
    let mut joined = BytesMut::with_capacity(to - from);
    let mut at = 0;
    for block in blocks {
        let (low, high) = (from.max(at), to.min(at + block.len()));
        if low < high {
            joined.extend_from_slice(&block[low - at..high - at]);
        }
        at += block.len();
    }
    joined.freeze()
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
