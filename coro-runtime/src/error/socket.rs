//! What coro itself refuses on sockets.

use std::fmt;
use std::io;
use std::time::Duration;

use super::TimeoutError;

/// Why coro itself, not the system, refused or ended an operation on a socket: the cause inside an [`io::Error`].
///
/// Look for it with [`io::Error::get_ref`] and a downcast. The counterpart of the original manual's
/// `CoroutineSocketError`.
///
/// # Examples
/// ```
/// use std::io;
/// use coro::SocketError;
/// use coro::net::{Domain, Type, make_socket};
/// use std::time::Duration;
///
/// fn refusal(error: &io::Error) -> Option<&SocketError> {
///     error.get_ref()?.downcast_ref()
/// }
///
/// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
/// let error = socket.set_read_timeout(Some(Duration::ZERO)).unwrap_err();
/// assert!(refusal(&error).unwrap().is_zero_limit());
/// assert_eq!(format!("{error:?}"), "Custom { kind: InvalidInput, \
///     error: SocketError(cannot set a 0 duration timeout; pass None for no timeout) }");
/// let error = socket.peer_addr().unwrap_err(); // the system's: it is not connected
/// assert!(refusal(&error).is_none());
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct SocketError {
    kind: SocketErrorKind,
}

#[derive(Debug, thiserror::Error)]
enum SocketErrorKind {
    #[error("the thread is unwinding, so this operation cannot wait")]
    Unwinding,
    #[error("cannot set a 0 duration timeout; pass None for no timeout")]
    ZeroLimit,
    #[error("no connection to {address} within {limit:?}")]
    NoConnection {
        address: String,
        limit: Duration,
        #[source]
        cause: TimeoutError,
    },
}

impl SocketError {
    /// Whether the operation would have had to wait while its thread unwinds. The `io::Error` is of kind
    /// [`Other`](io::ErrorKind::Other).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// struct Farewell(Socket);
    /// impl Drop for Farewell {
    ///     fn drop(&mut self) {
    ///         let error = self.0.recv(&mut [0]).unwrap_err(); // nothing has come
    ///         let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<coro::SocketError>());
    ///         assert!(cause.unwrap().is_unwinding());
    ///     }
    /// }
    /// coro::run(|| {
    ///     let (one, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
    ///     let victim = coro::thread::spawn(move || {
    ///         let _farewell = Farewell(one);
    ///         coro::thread::park();
    ///     });
    ///     victim.kill();
    ///     assert!(victim.join().unwrap_err().is_killed());
    /// });
    /// ```
    #[must_use]
    pub fn is_unwinding(&self) -> bool {
        matches!(self.kind, SocketErrorKind::Unwinding)
    }

    /// Whether a time limit of zero was given where std refuses one too. The `io::Error` is of kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// use std::time::Duration;
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// let error = socket.set_write_timeout(Some(Duration::ZERO)).unwrap_err();
    /// let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<coro::SocketError>());
    /// assert!(cause.unwrap().is_zero_limit());
    /// ```
    #[must_use]
    pub fn is_zero_limit(&self) -> bool {
        matches!(self.kind, SocketErrorKind::ZeroLimit)
    }

    /// Whether a connection was not made within the limit given to `connect_timeout`. The `io::Error` is of kind
    /// [`TimedOut`](io::ErrorKind::TimedOut); the [`source`](std::error::Error::source) is a [`TimeoutError`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SockAddr, SocketAddr, Type, make_socket};
    /// use std::time::Duration;
    /// let listener = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    /// listener.listen(0).unwrap(); // room for one
    /// let address = listener.local_addr().unwrap();
    /// let first = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// first.connect(&address).unwrap();
    /// let second = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// let error = second.connect_timeout(&address, Duration::from_millis(5)).unwrap_err();
    /// let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<coro::SocketError>());
    /// assert!(cause.unwrap().is_timeout());
    /// ```
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, SocketErrorKind::NoConnection { .. })
    }

    fn into_io(kind: io::ErrorKind, cause: SocketErrorKind) -> io::Error {
        io::Error::new(kind, SocketError { kind: cause })
    }
}

/// With the text, for that is what `unwrap` prints.
impl fmt::Debug for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketError").field(&format_args!("{self}")).finish()
    }
}

/// The error of an operation that would have to wait while its thread unwinds.
pub(crate) fn unwinding() -> io::Error {
    SocketError::into_io(io::ErrorKind::Other, SocketErrorKind::Unwinding)
}

/// The error of a duration of zero where std refuses one too.
pub(crate) fn zero_duration() -> io::Error {
    SocketError::into_io(io::ErrorKind::InvalidInput, SocketErrorKind::ZeroLimit)
}

/// The error of a connection that was not made in time.
pub(crate) fn no_connection(address: String, limit: Duration) -> io::Error {
    let cause = SocketErrorKind::NoConnection { address, limit, cause: TimeoutError };
    SocketError::into_io(io::ErrorKind::TimedOut, cause)
}
