//! Memory goes back to the system when it is free.

/// Blocks from this size are mapped, and unmapped when they are free; the heap's end is given back from
/// this much. glibc's own figure begins at 128 KiB and grows.
#[cfg(target_env = "gnu")]
const OCTETS: libc::c_int = 64 * 1024;

/// One heap for all threads. glibc makes one for each, and each keeps what it once held: an import into a
/// running box would leave it with half as much again as it needs. To be called before the first
/// thread is started.
pub fn one_heap() {
    #[cfg(target_env = "gnu")]
    for (parameter, value) in
        [(libc::M_ARENA_MAX, 1), (libc::M_MMAP_THRESHOLD, OCTETS), (libc::M_TRIM_THRESHOLD, OCTETS)]
    {
        // SAFETY: sets a number of the allocator; no memory is touched.
        #[allow(unsafe_code)]
        let taken = unsafe { libc::mallopt(parameter, value) };
        if taken == 0 {
            log::warn!("the allocator did not take parameter {parameter}");
        }
    }
}
