//! Names of Unix sockets: std's type at the edge, socket2's within.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use socket2::{Domain, SockAddr};

/// The name that a path stands for; the empty path is no name.
///
/// # Errors
/// `InvalidInput` for a path that is too long or holds a zero byte, with std's words.
pub(super) fn of_path(path: impl AsRef<Path>) -> io::Result<SockAddr> {
    from_std(&SocketAddr::from_pathname(path)?)
}

/// # Errors
/// None that is known: std's type holds nothing that does not fit.
pub(super) fn from_std(address: &SocketAddr) -> io::Result<SockAddr> {
    if let Some(path) = address.as_pathname() {
        return SockAddr::unix(path);
    }
    match abstract_name(address) {
        // A name that starts with a zero byte is abstract.
        Some(name) => SockAddr::unix(OsStr::from_bytes(&[&[0], name].concat())),
        None => SockAddr::unix(""),
    }
}

/// # Errors
/// `InvalidInput` for a name of another family, which a descriptor may have brought in.
pub(super) fn into_std(address: &SockAddr) -> io::Result<SocketAddr> {
    if address.domain() != Domain::UNIX {
        let message =
            format!("{address:?} is no Unix address; wrap this socket in coro::net::Socket");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    match (address.as_pathname(), from_abstract_name(address)) {
        (Some(path), _) => SocketAddr::from_pathname(path),
        (None, Some(name)) => name,
        (None, None) => Ok(unnamed()),
    }
}

/// The name of a socket that has none.
pub(super) fn unnamed() -> SocketAddr {
    SocketAddr::from_pathname("").expect("the empty path is short and holds no zero byte")
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name(address: &SocketAddr) -> Option<&[u8]> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    address.as_abstract_name()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_name(_address: &SocketAddr) -> Option<&[u8]> {
    None
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn from_abstract_name(address: &SockAddr) -> Option<io::Result<SocketAddr>> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    address.as_abstract_namespace().map(SocketAddr::from_abstract_name)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn from_abstract_name(_address: &SockAddr) -> Option<io::Result<SocketAddr>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(address: &SocketAddr) {
        let there = from_std(address).expect("it fits");
        let back = into_std(&there).expect("a Unix address");
        assert_eq!(format!("{back:?}"), format!("{address:?}"));
    }

    #[test]
    fn names_survive() {
        round_trip(&unnamed());
        assert!(unnamed().is_unnamed());
        round_trip(&SocketAddr::from_pathname("some/path").expect("a path"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn abstract_names_survive() {
        use std::os::linux::net::SocketAddrExt;
        for name in [&b""[..], b"name", b"\0within\0", &[b'x'; 107]] {
            round_trip(&SocketAddr::from_abstract_name(name).expect("an abstract name"));
        }
    }

    #[test]
    fn other_families_are_refused() {
        let address: std::net::SocketAddr = ([127, 0, 0, 1], 1).into();
        let error = into_std(&address.into()).expect_err("it is no Unix address");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
