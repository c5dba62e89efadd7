//! Anything that names socket addresses, with host names looked up off the loop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::{iter, option, slice, vec};

use super::resolver;

/// Something that stands for one or more socket addresses, as [`std::net::ToSocketAddrs`].
///
/// It is implemented for what std's is implemented for. The difference: inside a loop, looking up a host name parks
/// the thread while a helper OS thread asks the system's resolver. Addresses in figures need no look-up.
///
/// # Examples
/// ```
/// use coro::net::ToSocketAddrs;
/// coro::run(|| -> std::io::Result<()> {
///     let mut addresses = ("localhost", 80).to_socket_addrs()?;
///     assert!(addresses.all(|address| address.ip().is_loopback()));
///     Ok(())
/// }).unwrap();
/// ```
pub trait ToSocketAddrs {
    /// The iterator over the addresses.
    type Iter: Iterator<Item = SocketAddr>;

    /// The addresses.
    ///
    /// # Errors
    /// A name that cannot be resolved, or a text that is no `host:port`.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait for a look-up, which then runs to its end for nobody.
    fn to_socket_addrs(&self) -> io::Result<Self::Iter>;
}

/// Implements the trait for types that convert into one address.
macro_rules! one_address {
    ($($ty:ty),*) => {$(
        impl ToSocketAddrs for $ty {
            type Iter = option::IntoIter<SocketAddr>;

            fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
                Ok(Some(SocketAddr::from(*self)).into_iter())
            }
        }
    )*};
}

one_address!(
    SocketAddr,
    SocketAddrV4,
    SocketAddrV6,
    (IpAddr, u16),
    (Ipv4Addr, u16),
    (Ipv6Addr, u16)
);

impl ToSocketAddrs for (&str, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => Ok(vec![SocketAddr::new(ip, port)].into_iter()),
            Err(_) => resolver::look_up(host, port).map(Vec::into_iter),
        }
    }
}

impl ToSocketAddrs for (String, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (self.0.as_str(), self.1).to_socket_addrs()
    }
}

impl ToSocketAddrs for str {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        if let Ok(address) = self.parse() {
            return Ok(vec![address].into_iter());
        }
        let (host, port) = self.rsplit_once(':').ok_or_else(|| invalid(self, "has no port"))?;
        let port = port.parse().map_err(|_| invalid(self, "has no port from 0 to 65535"))?;
        (host, port).to_socket_addrs()
    }
}

impl ToSocketAddrs for String {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        self.as_str().to_socket_addrs()
    }
}

impl<'a> ToSocketAddrs for &'a [SocketAddr] {
    type Iter = iter::Cloned<slice::Iter<'a, SocketAddr>>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        Ok(self.iter().cloned())
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {
    type Iter = T::Iter;

    fn to_socket_addrs(&self) -> io::Result<T::Iter> {
        (**self).to_socket_addrs()
    }
}

fn invalid(text: &str, problem: &str) -> io::Error {
    let message = format!("socket address {text:?} {problem}; write host:port");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// Calls `f` with each address until one succeeds.
pub(super) fn each<A: ToSocketAddrs, R>(
    addresses: A,
    mut f: impl FnMut(SocketAddr) -> io::Result<R>,
) -> io::Result<R> {
    let mut last = None;
    for address in addresses.to_socket_addrs()? {
        match f(address) {
            Ok(value) => return Ok(value),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| {
        let message = "could not resolve to any addresses";
        io::Error::new(io::ErrorKind::InvalidInput, message)
    }))
}
