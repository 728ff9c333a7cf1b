//! Rows of a dump that passes by, on their way to the partitions of a scan.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::index::{ColumnList, Segment};

/// Segments that may wait for a partition; bounds memory.
const AHEAD: usize = 2;

/// A segment that passes by: its bytes are gone when they are written.
#[derive(Debug, Clone)]
pub(crate) struct LiveSegment {
    pub(crate) segment: Segment,
    /// Which values its rows have.
    pub(crate) list: Arc<ColumnList>,
    /// The line that it starts in.
    pub(crate) line: u64,
}

/// A segment and its bytes.
#[derive(Debug)]
pub(super) struct LivePiece {
    pub(super) number: u64,
    pub(super) live: LiveSegment,
    pub(super) bytes: Bytes,
}

/// The rows of one table as they come: partition `n` of `p` takes the segments whose number is `n` modulo `p`.
#[derive(Debug)]
pub(crate) struct Feed {
    /// How messages name the stream.
    pub(super) name: String,
    partitions: Vec<Mutex<Option<Receiver<LivePiece>>>>,
    /// The segments that are not written yet.
    segments: Mutex<BTreeMap<u64, LiveSegment>>,
}

/// Puts segments in.
#[derive(Debug)]
pub(crate) struct FeedSender {
    feed: Arc<Feed>,
    senders: Vec<Sender<LivePiece>>,
    next: u64,
}

impl Feed {
    /// Makes the way of one table's rows to so many partitions.
    pub(crate) fn new(name: &str, partitions: usize) -> (Arc<Self>, FeedSender) {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..partitions.max(1)).map(|_| mpsc::channel(AHEAD)).unzip();
        let partitions = receivers.into_iter().map(|receiver| Mutex::new(Some(receiver))).collect();
        let feed = Arc::new(Self { name: name.to_owned(), partitions, segments: Mutex::default() });
        let sender = FeedSender { feed: Arc::clone(&feed), senders, next: 0 };
        (feed, sender)
    }

    pub(crate) fn partitions(&self) -> usize {
        self.partitions.len()
    }

    /// Returns what a partition reads; `None` where it was asked for before, since nothing passes twice.
    pub(super) fn take(&self, partition: usize) -> Option<Receiver<LivePiece>> {
        self.partitions.get(partition)?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, LiveSegment>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a segment that is not written yet.
    pub(crate) fn find(&self, number: u64) -> Option<LiveSegment> {
        self.segments().get(&number).cloned()
    }

    /// Forgets a segment that is written.
    pub(crate) fn forget(&self, number: u64) {
        self.segments().remove(&number);
    }
}

impl FeedSender {
    /// Returns the number that the next segment will have.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Hands on a segment. One that nobody waits for any more is dropped: its partition has failed, and says why itself.
    pub(crate) async fn send(&mut self, live: LiveSegment, bytes: Bytes) {
        let number = self.next;
        self.next += 1;
        self.feed.segments().insert(number, live.clone());
        let partition = (number % self.senders.len() as u64) as usize;
        let _ = self.senders[partition].send(LivePiece { number, live, bytes }).await;
    }
}
