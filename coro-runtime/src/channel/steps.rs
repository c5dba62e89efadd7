//! What `select!` expands to: the steps of one choice. Nothing here is stable.
//!
//! The macro keeps its branches in variables, chooses, and matches on the number of the one that was chosen. What was
//! picked is plain numbers, so that nothing is borrowed any more when the body of an arm runs.

use std::time::Duration;

use super::error::{RecvError, SendError};
use super::receiver::Receiver;
use super::sender::Sender;
use super::wait::{Wait, Waiting};
use crate::sched::choice::{self, Arm, Branch, Chosen, Key, Preference};
use crate::sched::wait;

/// What was chosen.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Picked(Option<Chosen>);

impl Picked {
    /// The number of the arm; one that no arm has if nothing could be had.
    #[doc(hidden)]
    pub fn number(self) -> usize {
        self.0.map_or(usize::MAX, |chosen| chosen.branch)
    }

    fn key(self) -> Key {
        self.0.expect("the arm was chosen").key
    }
}

#[doc(hidden)]
pub fn receiving<T>(receiver: &Receiver<T>) -> Arm<'_> {
    Arm::new(receiver.branch())
}

#[doc(hidden)]
pub fn sending<T>(sender: &Sender<T>) -> Arm<'_> {
    Arm::new(&sender.end)
}

#[doc(hidden)]
#[track_caller]
pub fn waiting<'a, W: Wait<'a, Output = R>, R>(what: W) -> Waiting<'a, R> {
    Waiting::new(what)
}

#[doc(hidden)]
pub fn waiting_arm<'b, R>(waiting: &'b Waiting<'_, R>) -> Arm<'b> {
    Arm::new(waiting.branch())
}

/// Waits until an arm can be had.
#[doc(hidden)]
#[inline]
pub fn choose(arms: &[Arm<'_>], biased: bool) -> Picked {
    wait::spend_operation();
    Picked(choice::choose(arms, preference(biased), None))
}

/// Looks whether an arm can be had.
#[doc(hidden)]
pub fn choose_now(arms: &[Arm<'_>], biased: bool) -> Picked {
    Picked(choice::attempt(arms, preference(biased), None))
}

/// Waits for at most `timeout` until an arm can be had.
#[doc(hidden)]
pub fn choose_within(arms: &[Arm<'_>], biased: bool, timeout: Duration) -> Picked {
    wait::spend_operation();
    Picked(choice::choose(arms, preference(biased), wait::deadline_after(timeout)))
}

fn preference(biased: bool) -> Preference {
    if biased { Preference::First } else { Preference::None }
}

#[doc(hidden)]
pub fn received<T>(receiver: &Receiver<T>, picked: Picked) -> Result<T, RecvError> {
    receiver.complete(picked.key())
}

#[doc(hidden)]
pub fn waited<R>(waiting: Waiting<'_, R>, picked: Picked) -> R {
    waiting.complete(picked.key())
}

/// What a chosen sender has got, while the code that makes the message runs. Dropped, it is given back.
#[doc(hidden)]
#[derive(Debug)]
pub struct Reserved<'a, T> {
    sender: &'a Sender<T>,
    key: Option<Key>,
}

#[doc(hidden)]
pub fn reserved<T>(sender: &Sender<T>, picked: Picked) -> Reserved<'_, T> {
    Reserved { sender, key: Some(picked.key()) }
}

impl<T> Reserved<'_, T> {
    #[doc(hidden)]
    pub fn send(mut self, message: T) -> Result<(), SendError<T>> {
        let key = self.key.take().expect("only send takes the key, and it takes self");
        self.sender.complete(key, message)
    }
}

impl<T> Drop for Reserved<'_, T> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.sender.end.abandon(key);
        }
    }
}
