//! Settings of the C library's allocator.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), expect(unsafe_code, reason = "the settings are a C call"))]

/// Keeps freed memory for the next batch; call it once, before any thread starts.
///
/// By default glibc gives a large buffer back to the system when it is freed, and the system clears every page of the next
/// one: a tenth of the time of masking a file. The limits are those that glibc itself goes up to (mallopt(3)).
pub(crate) fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const MMAP_THRESHOLD: libc::c_int = 32 << 20;
        // SAFETY: sets two numbers; no other thread runs yet. A refusal leaves the defaults, which are slower only.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * MMAP_THRESHOLD);
        }
    }
}
