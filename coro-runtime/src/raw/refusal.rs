//! The errors of those who want a stack: what was refused, and which limit is to be raised.

use std::io;

use super::stack::MIN_STACK_SIZE;
use crate::probe;

/// A stack that is too small to run anything.
pub(super) fn too_small(size: usize) -> io::Error {
    let message = format!("stack of {size} bytes is below the minimum of {MIN_STACK_SIZE}");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// A stack or guard that no address space holds.
pub(super) fn too_large(what: &str, size: usize) -> io::Error {
    let message = format!("{what} of {size} bytes is larger than the address space; ask for less");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// More different guard sizes than can be told apart.
pub(super) fn too_many_classes(most: usize) -> io::Error {
    let message = format!("stacks of {most} different sizes and guards exist; use fewer");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// The system gives no address space, or would not have left `room` bytes of it for others, of which a good part is for
/// backtraces if `for_backtraces`.
pub(super) fn no_memory(
    error: &io::Error,
    size: usize,
    room: usize,
    for_backtraces: bool,
) -> io::Error {
    let limits = match probe::address_limits().join(" and ") {
        _ if error.raw_os_error() == Some(libc::EAGAIN) => "raise ulimit -l".to_owned(),
        none if none.is_empty() => {
            format!("the address space or vm.max_map_count = {} is used up", probe::max_map_count())
        }
        limits => format!("raise {limits}"),
    };
    out_of_memory(format!(
        "cannot reserve a stack of {size} bytes and leave {} MiB to the heap{}: {error}; use smaller stacks or fewer threads; {limits}",
        room >> 20,
        if for_backtraces { " and to backtraces (RUST_BACKTRACE)" } else { "" }
    ))
}

/// A stack's guard could not be made.
pub(super) fn no_guard(error: &io::Error) -> io::Error {
    out_of_memory(format!(
        "cannot guard a stack: {error}; if the process has many mappings, raise vm.max_map_count = {}: sysctl -w vm.max_map_count=N",
        probe::max_map_count()
    ))
}

fn out_of_memory(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, message)
}
