//! The names of `std::os::unix::net` and `std::os::linux::net`.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::sys;

imports! {
    sys::os::linux::net::SocketAddrExt;
}

types! {
    sys::os::unix::net::Incoming<'static>;
    sys::os::unix::net::UnixDatagram;
    sys::os::unix::net::UnixListener;
    sys::os::unix::net::UnixStream;
}

items! {
    sys::os::unix::net::UnixDatagram::bind::<&str>;
    sys::os::unix::net::UnixDatagram::bind_addr;
    sys::os::unix::net::UnixDatagram::unbound;
    sys::os::unix::net::UnixDatagram::pair;
    sys::os::unix::net::UnixDatagram::connect::<&str>;
    sys::os::unix::net::UnixDatagram::connect_addr;
    sys::os::unix::net::UnixDatagram::try_clone;
    sys::os::unix::net::UnixDatagram::local_addr;
    sys::os::unix::net::UnixDatagram::peer_addr;
    sys::os::unix::net::UnixDatagram::recv_from;
    sys::os::unix::net::UnixDatagram::recv;
    sys::os::unix::net::UnixDatagram::send_to::<&str>;
    sys::os::unix::net::UnixDatagram::send_to_addr;
    sys::os::unix::net::UnixDatagram::send;
    sys::os::unix::net::UnixDatagram::set_read_timeout;
    sys::os::unix::net::UnixDatagram::set_write_timeout;
    sys::os::unix::net::UnixDatagram::read_timeout;
    sys::os::unix::net::UnixDatagram::write_timeout;
    sys::os::unix::net::UnixDatagram::set_nonblocking;
    sys::os::unix::net::UnixDatagram::take_error;
    sys::os::unix::net::UnixDatagram::shutdown;
    sys::os::unix::net::UnixListener::bind::<&str>;
    sys::os::unix::net::UnixListener::bind_addr;
    sys::os::unix::net::UnixListener::accept;
    sys::os::unix::net::UnixListener::try_clone;
    sys::os::unix::net::UnixListener::local_addr;
    sys::os::unix::net::UnixListener::set_nonblocking;
    sys::os::unix::net::UnixListener::take_error;
    sys::os::unix::net::UnixListener::incoming;
    sys::os::unix::net::UnixStream::connect::<&str>;
    sys::os::unix::net::UnixStream::connect_addr;
    sys::os::unix::net::UnixStream::pair;
    sys::os::unix::net::UnixStream::try_clone;
    sys::os::unix::net::UnixStream::local_addr;
    sys::os::unix::net::UnixStream::peer_addr;
    sys::os::unix::net::UnixStream::set_read_timeout;
    sys::os::unix::net::UnixStream::set_write_timeout;
    sys::os::unix::net::UnixStream::read_timeout;
    sys::os::unix::net::UnixStream::write_timeout;
    sys::os::unix::net::UnixStream::set_nonblocking;
    sys::os::unix::net::UnixStream::take_error;
    sys::os::unix::net::UnixStream::shutdown;
}

impls! {
    sys::os::unix::net::Incoming<'static>: Debug;
    sys::os::unix::net::Incoming<'static>: Iterator;
    sys::os::unix::net::Incoming<'static>: RefUnwindSafe;
    sys::os::unix::net::Incoming<'static>: Send;
    sys::os::unix::net::Incoming<'static>: Sync;
    sys::os::unix::net::Incoming<'static>: Unpin;
    sys::os::unix::net::Incoming<'static>: UnwindSafe;
    sys::os::unix::net::UnixDatagram: AsFd;
    sys::os::unix::net::UnixDatagram: AsRawFd;
    sys::os::unix::net::UnixDatagram: Debug;
    sys::os::unix::net::UnixDatagram: From<OwnedFd>;
    OwnedFd: From<sys::os::unix::net::UnixDatagram>;
    sys::os::unix::net::UnixDatagram: FromRawFd;
    sys::os::unix::net::UnixDatagram: IntoRawFd;
    sys::os::unix::net::UnixDatagram: RefUnwindSafe;
    sys::os::unix::net::UnixDatagram: Send;
    sys::os::unix::net::UnixDatagram: Sync;
    sys::os::unix::net::UnixDatagram: Unpin;
    sys::os::unix::net::UnixDatagram: UnwindSafe;
    sys::os::unix::net::UnixListener: AsFd;
    sys::os::unix::net::UnixListener: AsRawFd;
    sys::os::unix::net::UnixListener: Debug;
    sys::os::unix::net::UnixListener: From<OwnedFd>;
    OwnedFd: From<sys::os::unix::net::UnixListener>;
    sys::os::unix::net::UnixListener: FromRawFd;
    &'static sys::os::unix::net::UnixListener: IntoIterator;
    sys::os::unix::net::UnixListener: IntoRawFd;
    sys::os::unix::net::UnixListener: RefUnwindSafe;
    sys::os::unix::net::UnixListener: Send;
    sys::os::unix::net::UnixListener: Sync;
    sys::os::unix::net::UnixListener: Unpin;
    sys::os::unix::net::UnixListener: UnwindSafe;
    sys::os::unix::net::UnixStream: AsFd;
    sys::os::unix::net::UnixStream: AsRawFd;
    sys::os::unix::net::UnixStream: Debug;
    sys::os::unix::net::UnixStream: From<OwnedFd>;
    OwnedFd: From<sys::os::unix::net::UnixStream>;
    sys::os::unix::net::UnixStream: FromRawFd;
    sys::os::unix::net::UnixStream: IntoRawFd;
    &'static sys::os::unix::net::UnixStream: Read;
    sys::os::unix::net::UnixStream: Read;
    &'static sys::os::unix::net::UnixStream: Write;
    sys::os::unix::net::UnixStream: Write;
    sys::os::unix::net::UnixStream: RefUnwindSafe;
    sys::os::unix::net::UnixStream: Send;
    sys::os::unix::net::UnixStream: Sync;
    sys::os::unix::net::UnixStream: Unpin;
    sys::os::unix::net::UnixStream: UnwindSafe;
}
