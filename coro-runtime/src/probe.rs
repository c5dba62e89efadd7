//! What the machine offers: page size, and how many mappings a process may have.

use std::sync::OnceLock;

/// The size of a page in bytes.
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// How many guard pages made with `mprotect` this process may have; each costs a mapping.
///
/// 0.4 of `vm.max_map_count`, so that the allocator and everybody else keep the rest.
pub(crate) fn mprotect_guard_limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| max_map_count().unwrap_or(65_530) / 5 * 2)
}

fn max_map_count() -> Option<usize> {
    std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?.trim().parse().ok()
}
