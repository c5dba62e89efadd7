//! The lines at a channel's ends: finding somebody in them who can be had, and waking.

use crate::list::List;
use crate::sched::choice::{Candidate, Key};
use crate::sched::wait::Waiter;

/// Whom to wake once the lock is released.
#[derive(Default)]
pub(super) struct Wake {
    first: Option<Waiter>,
    others: Vec<Waiter>,
}

impl Wake {
    #[inline]
    pub(super) fn push_candidate(&mut self, candidate: Option<Candidate>) {
        if let Some(candidate) = candidate {
            self.push(candidate.into_waiter());
        }
    }

    #[inline]
    fn push(&mut self, waiter: Waiter) {
        if self.first.is_none() {
            self.first = Some(waiter);
        } else {
            self.others.push(waiter);
        }
    }

    /// Wakes them; to be called when no lock is held.
    #[inline]
    pub(super) fn wake(&mut self) {
        if let Some(first) = self.first.take() {
            first.wake();
            if !self.others.is_empty() {
                self.wake_others();
            }
        }
    }

    #[cold]
    fn wake_others(&mut self) {
        self.others.drain(..).for_each(Waiter::wake);
    }
}

/// Takes the first entry that can be claimed out of the line, and the dead ones before it.
#[inline]
pub(super) fn claim<E>(
    list: &mut List<E>,
    candidate: impl Fn(&E) -> Option<&Candidate>,
) -> Option<Key> {
    while let Some(key) = list.first() {
        let claimed = list.get(key).and_then(&candidate).is_some_and(Candidate::claim);
        list.leave(key);
        if claimed {
            return Some(key);
        }
    }
    None
}

/// The first entry that could be claimed; dead ones before it leave the line.
pub(super) fn first_open<E>(
    list: &mut List<E>,
    candidate: impl Fn(&E) -> Option<&Candidate>,
) -> Option<Key> {
    while let Some(key) = list.first() {
        if list.get(key).and_then(&candidate).is_some_and(Candidate::is_open) {
            return Some(key);
        }
        list.leave(key);
    }
    None
}

/// Whether somebody waits in the line who could be claimed and is not part of the same choice.
pub(super) fn has_other<E>(
    list: &mut List<E>,
    own: Option<&Candidate>,
    candidate: impl Fn(&E) -> Option<&Candidate>,
) -> bool {
    let mut key = first_open(list, &candidate);
    while let Some(here) = key {
        key = list.after(here);
        let other = list.get(here).and_then(&candidate);
        let is_other = other.is_some_and(|other| {
            other.is_open() && !own.is_some_and(|own| own.is_same_choice(other))
        });
        if is_other {
            return true;
        }
    }
    false
}

/// Wakes all who want to know.
#[inline]
pub(super) fn wake_watchers(watchers: &mut List<Waiter>, wake: &mut Wake) {
    if watchers.first().is_some() {
        wake_all(watchers, wake);
    }
}

#[cold]
fn wake_all(watchers: &mut List<Waiter>, wake: &mut Wake) {
    watchers.drain().for_each(|waiter| wake.push(waiter));
}
