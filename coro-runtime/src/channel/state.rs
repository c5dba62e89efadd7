//! What a channel knows: messages, and who waits at either end. Plain data under its lock, and who may do what with it.
//!
//! An *entry* is somebody at an end of the channel, under a key that is its owner's. It stands in the line of its end as
//! long as it can be served; whoever serves it takes it out of the line and changes its state, and only the owner removes
//! it. So serving never races with leaving: when the owner looks, under the lock, it finds either that it was served and
//! has its message, or that it was not and nobody will.
//!
//! ```text
//!   receiver:   Waiting ──► Served(message)          by whoever sends
//!      │           │  └───► Closed                   by the last sender's end
//!      │           ▼
//!      └──────► Promised ─► Served                   by the sender that promised, when it completes
//!                  └──────► Annulled                 by the same, when it abandons: the receiver begins anew
//!
//!   sender:     Waiting(message) ─► Sent | Refused(message)          a thread that sends
//!               Waiting(nothing) ─► Place | Owes(receiver) | Closed  a choice: it makes its message only when chosen
//!                                              Owes ─► Free          by a receiver that declines
//! ```
//!
//! **A message is handed over directly.** Who sends and finds a receiver waiting puts the message into that entry. Who
//! receives and so makes room moves the first waiting sender's message into the queue. So nothing is woken in vain, and a
//! wake-up never has to be passed on: a receiver that is killed after it was served returns with the message all the
//! same, and the kill comes at its next suspension.
//!
//! **Choices** have to be claimed before they are served. What a choice has got lies under its key until it is completed
//! or abandoned: for one that receives, the message; for one that sends, a place in the queue. Abandoning gives the
//! message to the next receiver or puts it back to the front, and the place to the next sender. A queue may hold more
//! than its capacity for as long as messages that came back are in it.
//!
//! **Without a queue** (capacity 0) a choice that sends has nothing to give when it is matched. It *promises*: the
//! receiver, thread or choice, waits for this one message. It may decline, by a kill or at its deadline; then the sender,
//! which was chosen, completes like any other `send`: it waits for another receiver. If the sender abandons, the receiver
//! begins anew. Both know the other's key, and both sides change only under the lock.
//!
//! **A kill at each point.** Before the entry is made: nothing has happened. Waiting: the entry goes, a sender's message
//! with it (it is dropped by the unwind, outside the lock). Served, Sent: the wait reports it. Promised: declined, as
//! above. Between choice and completion: abandoned by the unwind.
//!
//! No message is dropped and nobody is woken under the lock, for that may be user code: messages are returned, and who is
//! to be woken is collected in a [`Wake`].

use std::collections::VecDeque;

use super::line::{Wake, claim, first_open, has_other, wake_watchers};
use crate::list::List;
use crate::sched::choice::{Candidate, Key, Promise};
use crate::sched::wait::Waiter;

/// Somebody who receives.
pub(super) struct Receiving<T> {
    state: ReceiverState<T>,
    /// Until it is woken; none also for a choice that was matched before it waited.
    candidate: Option<Candidate>,
}

enum ReceiverState<T> {
    Waiting,
    Served(T),
    Closed,
    /// Matched with the sender under this key, which is a choice that makes its message now.
    Promised(Key),
    Annulled,
}

/// Somebody who sends.
struct Sending<T> {
    state: SenderState<T>,
    candidate: Option<Candidate>,
}

enum SenderState<T> {
    /// In line with its message; a choice has none yet.
    Waiting(Option<T>),
    Sent,
    Refused(T),
    /// A choice has a place in the queue.
    Place,
    /// A choice owes its message to the receiver under this key.
    Owes(Key),
    /// The receiver to which it owed declined.
    Free,
    Closed,
}

/// What came of sending.
pub(super) enum Put<T> {
    Done,
    /// There is neither room nor a receiver.
    Full(T),
    /// All receivers are gone.
    Closed(T),
}

/// What came of receiving.
pub(super) enum Take<T> {
    Message(T),
    Empty,
    /// All senders are gone, and nothing is left.
    Closed,
    /// The first in line to send is a choice, which can only promise.
    Chooser,
}

/// What a receiver finds when it collects its entry.
pub(super) enum Collected<T> {
    Message(T),
    Closed,
    /// A promise was broken.
    Annulled,
    /// It was not served, and is out of the line now.
    Nothing,
}

/// What a sender finds when it collects its entry.
pub(super) enum Returned<T> {
    Sent,
    Refused(T),
    /// It was not served, and is out of the line now.
    Unsent(T),
}

/// What came of completing the send of a choice.
pub(super) enum Completed<T> {
    Sent,
    Refused(T),
    /// The receiver has declined; the message is to be sent as any other.
    Again(T),
}

/// The state of a channel.
pub(super) struct State<T> {
    queue: VecDeque<T>,
    /// How many messages the queue may hold; `usize::MAX` if it has no bound.
    capacity: usize,
    /// How many places of the queue choices have that have not sent yet.
    places: usize,
    senders: List<Sending<T>>,
    receivers: List<Receiving<T>>,
    /// Who wants to know when there may be something to receive, or room to send.
    receive_watchers: List<Waiter>,
    send_watchers: List<Waiter>,
    senders_gone: bool,
    receivers_gone: bool,
}

impl<T> State<T> {
    pub(super) fn new(capacity: usize) -> State<T> {
        State {
            queue: VecDeque::new(),
            capacity,
            places: 0,
            senders: List::new(),
            receivers: List::new(),
            receive_watchers: List::new(),
            send_watchers: List::new(),
            senders_gone: false,
            receivers_gone: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    fn has_room(&self) -> bool {
        self.queue.len() + self.places < self.capacity
    }

    pub(super) fn is_full(&self) -> bool {
        !self.has_room()
    }

    /// Hands a message to a receiver that waits, or to the queue.
    #[inline]
    pub(super) fn put(&mut self, message: T, wake: &mut Wake) -> Put<T> {
        if self.receivers_gone {
            return Put::Closed(message);
        }
        let message = match self.serve(message, wake) {
            None => return Put::Done,
            Some(message) => message,
        };
        if !self.has_room() {
            return Put::Full(message);
        }
        self.queue.push_back(message);
        wake_watchers(&mut self.receive_watchers, wake);
        Put::Done
    }

    /// Takes the next message, of the queue or of a sender that waits.
    #[inline]
    pub(super) fn take(&mut self, wake: &mut Wake) -> Take<T> {
        if let Some(message) = self.queue.pop_front() {
            self.admit(wake);
            return Take::Message(message);
        }
        if self.senders_gone {
            return Take::Closed;
        }
        if self.capacity > 0 {
            return Take::Empty;
        }
        self.take_directly(wake)
    }

    /// Takes the message of the first sender in line.
    fn take_directly(&mut self, wake: &mut Wake) -> Take<T> {
        let Some(key) = first_open(&mut self.senders, |sender| sender.candidate.as_ref()) else {
            return Take::Empty;
        };
        let Some(sender) = self.senders.get_mut(key) else { return Take::Empty };
        let SenderState::Waiting(message) = &mut sender.state else { return Take::Empty };
        let Some(message) = message.take() else { return Take::Chooser };
        sender.state = SenderState::Sent;
        let candidate = sender.candidate.take();
        self.senders.leave(key);
        wake.push_candidate(candidate);
        Take::Message(message)
    }

    /// Gives the message to the first receiver that waits; gives it back if there is none.
    #[inline]
    fn serve(&mut self, message: T, wake: &mut Wake) -> Option<T> {
        if self.receivers.first().is_none() {
            return Some(message);
        }
        let Some(key) = self.claim_receiver() else { return Some(message) };
        self.hand_over(key, message, wake)
    }

    /// Gives the message to the receiver under `key`; gives it back if that one is gone.
    #[inline]
    fn hand_over(&mut self, key: Key, message: T, wake: &mut Wake) -> Option<T> {
        let Some(receiver) = self.receivers.get_mut(key) else { return Some(message) };
        receiver.state = ReceiverState::Served(message);
        wake.push_candidate(receiver.candidate.take());
        None
    }

    /// Takes the first receiver that can be had out of the line.
    #[inline]
    fn claim_receiver(&mut self) -> Option<Key> {
        claim(&mut self.receivers, |receiver| receiver.candidate.as_ref())
    }

    fn claim_sender(&mut self) -> Option<Key> {
        claim(&mut self.senders, |sender| sender.candidate.as_ref())
    }

    /// Lets senders that wait have the room that there is.
    #[inline]
    fn admit(&mut self, wake: &mut Wake) {
        while self.senders.first().is_some() && self.has_room() {
            self.admit_one(wake);
        }
        if self.has_room() {
            wake_watchers(&mut self.send_watchers, wake);
        }
    }

    fn admit_one(&mut self, wake: &mut Wake) {
        let Some(key) = self.claim_sender() else { return };
        let Some(sender) = self.senders.get_mut(key) else { return };
        let SenderState::Waiting(message) = &mut sender.state else { return };
        let message = message.take();
        wake.push_candidate(sender.candidate.take());
        let Some(message) = message else {
            sender.state = SenderState::Place;
            self.places += 1;
            return;
        };
        sender.state = SenderState::Sent;
        self.enter(message, wake);
    }

    /// Hands a message that has a place to a receiver, or puts it into the queue.
    fn enter(&mut self, message: T, wake: &mut Wake) {
        if let Some(message) = self.serve(message, wake) {
            self.queue.push_back(message);
            wake_watchers(&mut self.receive_watchers, wake);
        }
    }

    // What follows is for a thread that receives.

    /// Receives, or makes an entry: in line, or matched with a choice that sends.
    ///
    /// With `only_promise` it makes one only if there is such a choice.
    ///
    /// # Errors
    /// What there was without an entry, and the candidate, which is not needed.
    #[inline]
    pub(super) fn wait_to_receive(
        &mut self,
        candidate: Candidate,
        only_promise: bool,
        wake: &mut Wake,
    ) -> Result<Key, (Collected<T>, Candidate)> {
        loop {
            let collected = match self.take(wake) {
                Take::Message(message) => Collected::Message(message),
                Take::Closed => Collected::Closed,
                Take::Empty if only_promise => Collected::Nothing,
                Take::Empty => return Ok(self.line_up_receiver(candidate, wake)),
                Take::Chooser => match self.claim_chooser() {
                    Some(by) => return Ok(self.oblige(by, Some(candidate), wake)),
                    None => continue,
                },
            };
            return Err((collected, candidate));
        }
    }

    #[inline]
    fn line_up_receiver(&mut self, candidate: Candidate, wake: &mut Wake) -> Key {
        if self.capacity == 0 {
            wake_watchers(&mut self.send_watchers, wake);
        }
        let state = ReceiverState::Waiting;
        self.receivers.push(Receiving { state, candidate: Some(candidate) })
    }

    /// Takes the first in line to send out of it, if that is a choice and can be had.
    fn claim_chooser(&mut self) -> Option<Key> {
        loop {
            let key = first_open(&mut self.senders, |sender| sender.candidate.as_ref())?;
            let candidate = self.senders.get(key)?.candidate.as_ref()?;
            if !candidate.is_choice() {
                return None;
            }
            let claimed = candidate.claim();
            self.senders.leave(key);
            if claimed {
                return Some(key);
            }
        }
    }

    /// Makes an entry for a receiver to which the choice under `by` owes its message from now on.
    fn oblige(&mut self, by: Key, candidate: Option<Candidate>, wake: &mut Wake) -> Key {
        let to = self.receivers.insert(Receiving { state: ReceiverState::Promised(by), candidate });
        if let Some(sender) = self.senders.get_mut(by) {
            sender.state = SenderState::Owes(to);
            wake.push_candidate(sender.candidate.take());
        }
        to
    }

    /// Removes a receiver's entry and says what was in it.
    #[inline]
    pub(super) fn collect(&mut self, key: Key) -> Collected<T> {
        let Some(Receiving { state, .. }) = self.receivers.remove(key) else {
            return Collected::Nothing;
        };
        match state {
            ReceiverState::Served(message) => Collected::Message(message),
            ReceiverState::Closed => Collected::Closed,
            ReceiverState::Annulled => Collected::Annulled,
            ReceiverState::Waiting => Collected::Nothing,
            ReceiverState::Promised(by) => {
                if let Some(sender) = self.senders.get_mut(by) {
                    sender.state = SenderState::Free;
                }
                Collected::Nothing
            }
        }
    }

    // What follows is for a thread that sends.

    pub(super) fn wait_to_send(
        &mut self,
        message: T,
        candidate: Candidate,
        wake: &mut Wake,
    ) -> Key {
        self.line_up_sender(Some(message), candidate, wake)
    }

    fn line_up_sender(&mut self, message: Option<T>, candidate: Candidate, wake: &mut Wake) -> Key {
        if self.capacity == 0 {
            wake_watchers(&mut self.receive_watchers, wake);
        }
        let state = SenderState::Waiting(message);
        self.senders.push(Sending { state, candidate: Some(candidate) })
    }

    /// Removes the entry of a thread that sends.
    pub(super) fn take_back(&mut self, key: Key) -> Returned<T> {
        match self.senders.remove(key).map(|sender| sender.state) {
            Some(SenderState::Waiting(Some(message))) => Returned::Unsent(message),
            Some(SenderState::Refused(message)) => Returned::Refused(message),
            _ => Returned::Sent,
        }
    }

    // What follows is for a choice that receives.

    /// Takes a message, or the promise of one, and keeps it under the key.
    pub(super) fn reserve_message(&mut self, wake: &mut Wake) -> Option<Key> {
        loop {
            let state = match self.take(wake) {
                Take::Message(message) => ReceiverState::Served(message),
                Take::Closed => ReceiverState::Closed,
                Take::Empty => return None,
                Take::Chooser => match self.claim_chooser() {
                    Some(by) => return Some(self.oblige(by, None, wake)),
                    None => continue,
                },
            };
            return Some(self.receivers.insert(Receiving { state, candidate: None }));
        }
    }

    /// Whether a receiver, but not one of the same choice as `candidate`, would get something.
    pub(super) fn can_receive(&mut self, candidate: Option<&Candidate>) -> bool {
        !self.queue.is_empty()
            || self.senders_gone
            || self.capacity == 0
                && has_other(&mut self.senders, candidate, |sender| sender.candidate.as_ref())
    }

    pub(super) fn enlist_receiver(&mut self, candidate: Candidate, wake: &mut Wake) -> Option<Key> {
        if self.can_receive(Some(&candidate)) {
            return None;
        }
        Some(self.line_up_receiver(candidate, wake))
    }

    /// What has become of the promise to a receiver; one that was served needs none.
    pub(super) fn promise(&self, key: Key) -> Promise {
        match self.receivers.get(key).map(|receiver| &receiver.state) {
            Some(ReceiverState::Promised(_)) => Promise::Owed,
            Some(ReceiverState::Annulled) => Promise::Broken,
            _ => Promise::Kept,
        }
    }

    /// Notes whom to wake when the promise is kept or broken.
    ///
    /// # Errors
    /// The waiter, if that has happened.
    pub(super) fn expect(&mut self, key: Key, waiter: Waiter) -> Result<(), Waiter> {
        match self.receivers.get_mut(key) {
            Some(receiver) if matches!(receiver.state, ReceiverState::Promised(_)) => {
                receiver.candidate = Some(Candidate::single(waiter));
                Ok(())
            }
            _ => Err(waiter),
        }
    }

    /// Puts back a message that nobody wants any more: for the next receiver, before all others.
    ///
    /// # Errors
    /// The message, if all receivers are gone.
    pub(super) fn give_back(&mut self, message: T, wake: &mut Wake) -> Result<(), T> {
        if self.receivers_gone {
            return Err(message);
        }
        if let Some(message) = self.serve(message, wake) {
            self.queue.push_front(message);
            wake_watchers(&mut self.receive_watchers, wake);
        }
        Ok(())
    }

    // What follows is for a choice that sends.

    /// Takes a place in the queue, or promises a message to a receiver, and keeps that under the key.
    pub(super) fn reserve_place(&mut self) -> Option<Key> {
        if self.receivers_gone {
            return Some(
                self.senders.insert(Sending { state: SenderState::Closed, candidate: None }),
            );
        }
        if self.capacity == 0 {
            return self.promise_to_receiver();
        }
        if !self.has_room() {
            return None;
        }
        self.places += 1;
        Some(self.senders.insert(Sending { state: SenderState::Place, candidate: None }))
    }

    fn promise_to_receiver(&mut self) -> Option<Key> {
        let to = self.claim_receiver()?;
        let state = SenderState::Owes(to);
        let by = self.senders.insert(Sending { state, candidate: None });
        if let Some(receiver) = self.receivers.get_mut(to) {
            receiver.state = ReceiverState::Promised(by);
        }
        Some(by)
    }

    /// Whether a sender, but not one of the same choice as `candidate`, would get rid of its message.
    pub(super) fn can_send(&mut self, candidate: Option<&Candidate>) -> bool {
        if self.receivers_gone {
            return true;
        }
        if self.capacity > 0 {
            return self.has_room();
        }
        has_other(&mut self.receivers, candidate, |receiver| receiver.candidate.as_ref())
    }

    pub(super) fn enlist_sender(&mut self, candidate: Candidate, wake: &mut Wake) -> Option<Key> {
        if self.can_send(Some(&candidate)) {
            return None;
        }
        Some(self.line_up_sender(None, candidate, wake))
    }

    /// Sends the message of a choice that was chosen.
    pub(super) fn complete_send(&mut self, key: Key, message: T, wake: &mut Wake) -> Completed<T> {
        match self.senders.remove(key).map(|sender| sender.state) {
            Some(SenderState::Closed) => Completed::Refused(message),
            Some(SenderState::Place) => {
                self.places -= 1;
                if self.receivers_gone {
                    return Completed::Refused(message);
                }
                // The place was this message's, whatever came back to the queue meanwhile. A receiver that waited for it
                // leaves the place to the next.
                self.enter(message, wake);
                self.admit(wake);
                Completed::Sent
            }
            Some(SenderState::Owes(to)) => match self.hand_over(to, message, wake) {
                None => Completed::Sent,
                Some(message) => Completed::Again(message),
            },
            _ => Completed::Again(message),
        }
    }

    /// Removes the entry of a choice that sends: it was not chosen, or gives up what it had got.
    pub(super) fn abandon_send(&mut self, key: Key, wake: &mut Wake) {
        match self.senders.remove(key).map(|sender| sender.state) {
            Some(SenderState::Place) => {
                self.places -= 1;
                self.admit(wake);
            }
            Some(SenderState::Owes(to)) => {
                if let Some(receiver) = self.receivers.get_mut(to) {
                    receiver.state = ReceiverState::Annulled;
                    wake.push_candidate(receiver.candidate.take());
                }
            }
            _ => {}
        }
    }

    // What follows is for watchers.

    pub(super) fn watch_receive(&mut self, waiter: Waiter) -> Result<Key, Waiter> {
        if self.can_receive(None) { Err(waiter) } else { Ok(self.receive_watchers.push(waiter)) }
    }

    pub(super) fn unwatch_receive(&mut self, key: Key) -> Option<Waiter> {
        self.receive_watchers.remove(key)
    }

    pub(super) fn watch_send(&mut self, waiter: Waiter) -> Result<Key, Waiter> {
        if self.can_send(None) { Err(waiter) } else { Ok(self.send_watchers.push(waiter)) }
    }

    pub(super) fn unwatch_send(&mut self, key: Key) -> Option<Waiter> {
        self.send_watchers.remove(key)
    }

    // What follows is for the ends.

    /// The last sender is gone: nobody waits for messages any more.
    pub(super) fn close_senders(&mut self, wake: &mut Wake) {
        self.senders_gone = true;
        while let Some(key) = self.claim_receiver() {
            self.close_receiver(key, wake);
        }
        // A promise was forgotten together with the choice that made it.
        for key in self.receivers.keys() {
            if self.promise(key) == Promise::Owed {
                self.close_receiver(key, wake);
            }
        }
        wake_watchers(&mut self.receive_watchers, wake);
    }

    fn close_receiver(&mut self, key: Key, wake: &mut Wake) {
        if let Some(receiver) = self.receivers.get_mut(key) {
            receiver.state = ReceiverState::Closed;
            wake.push_candidate(receiver.candidate.take());
        }
    }

    /// The last receiver is gone: senders get their messages back. What was sent is to be dropped without the lock.
    pub(super) fn close_receivers(&mut self, wake: &mut Wake) -> VecDeque<T> {
        self.receivers_gone = true;
        while let Some(key) = self.claim_sender() {
            let Some(sender) = self.senders.get_mut(key) else { continue };
            if let SenderState::Waiting(message) = &mut sender.state {
                sender.state = match message.take() {
                    Some(message) => SenderState::Refused(message),
                    None => SenderState::Closed,
                };
            }
            wake.push_candidate(sender.candidate.take());
        }
        wake_watchers(&mut self.send_watchers, wake);
        let mut messages = std::mem::take(&mut self.queue);
        messages.extend(self.forgotten());
        messages
    }

    /// The messages of choices that were neither completed nor abandoned, and whose receivers are gone.
    fn forgotten(&mut self) -> Vec<T> {
        let keys = self.receivers.keys().into_iter();
        keys.filter_map(|key| match self.collect(key) {
            Collected::Message(message) => Some(message),
            _ => None,
        })
        .collect()
    }
}
