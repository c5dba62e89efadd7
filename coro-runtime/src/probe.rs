//! What the machine offers: page size, and how many mappings a process may have.

/// The size of a page in bytes.
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// How many guards made with `mprotect` this process may have; each costs two mappings.
///
/// 0.4 of `vm.max_map_count`, so that the allocator and everybody else keep the rest. It is looked up each time.
pub(crate) fn mprotect_guard_limit() -> usize {
    max_map_count() / 5 * 2
}

/// How many mappings a process may have.
pub(crate) fn max_map_count() -> usize {
    sysctl("vm/max_map_count").unwrap_or(65_530)
}

/// A number that the kernel tells.
pub(crate) fn sysctl(path: &str) -> Option<usize> {
    std::fs::read_to_string(format!("/proc/sys/{path}")).ok()?.trim().parse().ok()
}

/// The limits of this process's address space that somebody has set, as a user raises them.
pub(crate) fn address_limits() -> Vec<String> {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let mut set: Vec<String> = [("Max address space", "ulimit -v"), ("Max data size", "ulimit -d")]
        .into_iter()
        .filter_map(|(name, command)| {
            let bytes: u64 = soft_limit(&limits, name)?.parse().ok()?;
            Some(format!("{command} (now {} KiB)", bytes / 1024))
        })
        .collect();
    if sysctl("vm/overcommit_memory") == Some(2) {
        set.push("vm.overcommit_ratio (vm.overcommit_memory is 2)".to_owned());
    }
    set
}

/// The second column of a line of `/proc/self/limits`; `unlimited` is no number.
fn soft_limit<'a>(limits: &'a str, name: &str) -> Option<&'a str> {
    limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_found_by_their_name() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max data size             unlimited            unlimited            bytes\n\
                      Max address space         204800000            unlimited            bytes\n";
        assert_eq!(soft_limit(limits, "Max address space"), Some("204800000"));
        assert_eq!(soft_limit(limits, "Max data size"), Some("unlimited"));
        assert_eq!(soft_limit(limits, "Max nice priority"), None);
    }
}
