//! Buffers that are used again: memory given back to the system comes back page by page, each cleared first.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers of about one size, shared by the threads that fill them and those that drop them.
#[derive(Debug)]
pub(crate) struct Pool {
    free: Mutex<Vec<Vec<u8>>>,
    /// Buffers kept at most; what is used beyond that goes back to the system.
    most: usize,
}

impl Pool {
    /// Makes an empty pool that keeps up to `most` buffers.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(Vec::new()), most })
    }

    /// Returns a buffer with whatever it held when it was dropped, or a new one.
    pub(crate) fn take(self: &Arc<Self>) -> Pooled {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Pooled { buffer: free.unwrap_or_default(), pool: Arc::clone(self) }
    }
}

/// A buffer that returns to its pool when it is dropped.
#[derive(Debug)]
pub struct Pooled {
    buffer: Vec<u8>,
    pool: Arc<Pool>,
}

impl Deref for Pooled {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.buffer
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < self.pool.most {
            free.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_taken_again_and_no_more_are_kept_than_asked_for() {
        let pool = Pool::new(1);
        let (mut first, second) = (pool.take(), pool.take());
        first.extend_from_slice(b"abc");
        drop(first);
        drop(second);
        assert_eq!(pool.free.lock().expect("not poisoned").len(), 1);
        assert_eq!(*pool.take(), b"abc");
    }
}
