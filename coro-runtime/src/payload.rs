//! What an unwind of ours carries.

#![expect(
    unsafe_code,
    reason = "a payload is shared between OS threads only by reference to Sync types"
)]

use std::any::Any;
use std::fmt;

/// The payload of an unwind that an interrupt started.
pub(crate) enum Unwind {
    /// Goes to the thread's root.
    Kill,
    /// Goes to the `timeout` call with this frame number.
    Timeout(u64),
    /// Goes to the matching `catch`, else to the thread's root.
    Raise(Box<dyn Any + Send>),
}

/// A boxed payload that may be stored in an error which is `Sync`.
pub(crate) struct Payload(Box<dyn Any + Send>);

// SAFETY: the only access through a shared reference is `downcast_ref`, which hands out `&T` for `T: Sync` alone;
// `is` reads no more than the type's identity. Everything else takes the payload by value, and it is `Send`.
unsafe impl Sync for Payload {}

impl Payload {
    pub(crate) fn new(inner: Box<dyn Any + Send>) -> Payload {
        Payload(inner)
    }

    pub(crate) fn is<T: Any>(&self) -> bool {
        (*self.0).is::<T>()
    }

    pub(crate) fn downcast_ref<T: Any + Sync>(&self) -> Option<&T> {
        (*self.0).downcast_ref::<T>()
    }

    pub(crate) fn into_inner(self) -> Box<dyn Any + Send> {
        self.0
    }

    /// The text of a payload made by `panic!`.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Some(text) = self.downcast_ref::<&'static str>() {
            return Some(text);
        }
        self.downcast_ref::<String>().map(String::as_str)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text:?}"),
            None => f.write_str("Any { .. }"),
        }
    }
}
