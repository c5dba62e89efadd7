//! Names behind which coro has std's own types and traits.

use std::io::Sink;

type T = u8;

/// Checks that both paths lead to one type.
macro_rules! same_types {
    ($($($segment:ident)::+ $(<$($argument:tt),*>)?;)*) => {
        pub(crate) const NAMES: &[&str] = &[$(stringify!($($segment)::+)),*];
        const _: fn() = || { $({
            let _: fn(std::$($segment)::+ $(<$($argument),*>)?)
                -> coro::$($segment)::+ $(<$($argument),*>)? = |x| x;
        })* };
    };
}

/// Checks that both paths lead to one trait.
macro_rules! same_traits {
    ($($($segment:ident)::+;)*) => {
        const _: fn() = || { $({
            fn needs_std<Type: std::$($segment)::+>() {}
            #[allow(dead_code, reason = "it is enough that it compiles")]
            fn has_coro<Type: coro::$($segment)::+>() { needs_std::<Type>(); }
        })* };
    };
}

same_types! {
    net::AddrParseError;
    net::Ipv4Addr;
    net::Ipv6Addr;
    net::SocketAddrV4;
    net::SocketAddrV6;
    net::IpAddr;
    net::Shutdown;
    net::SocketAddr;
    os::unix::net::SocketAddr;
    sync::Arc<T>;
    sync::PoisonError<T>;
    sync::Weak<T>;
    sync::TryLockError<T>;
    sync::LockResult<T>;
    sync::TryLockResult<T>;
    sync::mpsc::RecvError;
    sync::mpsc::SendError<T>;
    sync::mpsc::RecvTimeoutError;
    sync::mpsc::TryRecvError;
    sync::mpsc::TrySendError<T>;
    io::BufReader<T>;
    io::BufWriter<Sink>;
    io::Bytes<T>;
    io::Chain<T, T>;
    io::Cursor<T>;
    io::Empty;
    io::Error;
    io::IntoInnerError<T>;
    io::IoSlice<'static>;
    io::IoSliceMut<'static>;
    io::LineWriter<Sink>;
    io::Lines<T>;
    io::Repeat;
    io::Sink;
    io::Split<T>;
    io::Take<T>;
    io::WriterPanicked;
    io::ErrorKind;
    io::SeekFrom;
    io::Result<T>;
}

same_traits! {
    io::BufRead;
    io::Read;
    io::Seek;
    io::Write;
    os::linux::net::SocketAddrExt;
}
