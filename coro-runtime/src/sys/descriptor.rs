//! Calls on descriptors of any kind: their mode, their kind, bytes in and out.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};

use super::{Call, enter};

/// How many bytes a pipe takes without blocking when it says that it is writable (`PIPE_BUF` on Linux, at least that
/// much elsewhere).
pub(crate) const PIPE_BUF: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// Sets or clears `O_NONBLOCK`, and says whether it was set before.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, nonblocking: bool) -> io::Result<bool> {
    let flags = fcntl_getfl(fd)?;
    let was = flags.contains(OFlags::NONBLOCK);
    if was != nonblocking {
        let mut wanted = flags;
        wanted.set(OFlags::NONBLOCK, nonblocking);
        fcntl_setfl(fd, wanted)?;
    }
    Ok(was)
}

/// What `fd` is called if it is a kind of file that pollers refuse, because it is always ready.
pub(crate) fn unpollable(fd: BorrowedFd<'_>) -> io::Result<Option<&'static str>> {
    Ok(match file_type(fd)? {
        FileType::RegularFile => Some("regular file"),
        FileType::Directory => Some("directory"),
        FileType::BlockDevice => Some("block device"),
        _ => None,
    })
}

fn file_type(fd: BorrowedFd<'_>) -> io::Result<FileType> {
    Ok(FileType::from_raw_mode(fstat(fd)?.st_mode))
}

/// Reads once, to the end of `buffer`, into the room that it has left; how much it was.
pub(crate) fn read(fd: BorrowedFd<'_>, buffer: &mut Vec<u8>) -> io::Result<usize> {
    enter(Call::Receive)?;
    Ok(rustix::io::read(fd, rustix::buffer::spare_capacity(buffer))?)
}

/// Writes once to a descriptor that is writable but may be in blocking mode: no more than it takes at once.
pub(crate) fn write_some(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    enter(Call::Send)?;
    let is_long = bytes.len() > PIPE_BUF;
    let most = if is_long && unpollable(fd)?.is_none() { PIPE_BUF } else { bytes.len() };
    Ok(rustix::io::write(fd, &bytes[..most])?)
}
