//! Messages as iterators.

use std::fmt;
use std::iter::FusedIterator;

use super::receiver::Receiver;

/// The messages of a borrowed receiver, as they come; made by [`Receiver::iter`].
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::channel::unbounded();
/// sender.send(1).unwrap();
/// drop(sender);
/// let messages: coro::channel::Iter<'_, i32> = receiver.iter();
/// assert!(messages.eq([1]));
/// ```
pub struct Iter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
}

/// The messages that are there already; made by [`Receiver::try_iter`].
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::channel::unbounded();
/// sender.send(1).unwrap();
/// let messages: coro::channel::TryIter<'_, i32> = receiver.try_iter();
/// assert!(messages.eq([1]));
/// ```
pub struct TryIter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
}

/// The messages of a receiver that the iterator owns, as they come.
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::channel::unbounded();
/// sender.send(1).unwrap();
/// drop(sender);
/// let messages: coro::channel::IntoIter<i32> = receiver.into_iter();
/// assert!(messages.eq([1]));
/// ```
pub struct IntoIter<T> {
    pub(super) receiver: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Iter { .. }")
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("TryIter { .. }")
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("IntoIter { .. }")
    }
}
