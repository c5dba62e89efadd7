//! Choosing from a list that is put together while the program runs.

use std::fmt;
use std::io;
use std::ptr;
use std::time::{Duration, Instant};

use super::chan::NotSent;
use super::error::{
    ReadyTimeoutError, RecvError, SelectTimeoutError, SendError, TryReadyError, TrySelectError,
};
use super::receiver::Receiver;
use super::sender::Sender;
use super::wait::Awaited;
use crate::sched::choice::{self, Arm, Chosen, Key, Preference};
use crate::sched::wait;

/// A list of operations, one of which is to be done: the first that can be.
///
/// It has the shape of crossbeam-channel's; [`select!`](crate::select) is shorter where the operations are known when the
/// program is written. Of several operations that can be done at once each has the same chance, unless the list was made
/// by [`new_biased`](Self::new_biased). An operation on a disconnected channel can be done: it fails at once.
///
/// Two things differ. The list also takes whatever implements [`Wait`](super::Wait), as [`Awaited`]. And a [`SelectedOperation`] that is not completed
/// does not panic, but is given back: nothing is lost when a thread is killed in between. The list stays on its OS thread.
///
/// # Examples
/// ```
/// use coro::channel::{Select, unbounded};
/// coro::run(|| {
///     let channels: Vec<_> = (0..3).map(|_| unbounded()).collect();
///     channels[1].0.send("news").unwrap();
///
///     let mut select = Select::new();
///     for (_, receiver) in &channels {
///         select.recv(receiver);
///     }
///     let operation = select.select();
///     let index = operation.index();
///     assert_eq!(index, 1);
///     assert_eq!(operation.recv(&channels[index].1), Ok("news"));
/// });
/// ```
#[derive(Clone, Default)]
pub struct Select<'a> {
    arms: Vec<Arm<'a>>,
    /// What is known of each arm, in the same order.
    operations: Vec<Operation>,
    next_index: usize,
    biased: bool,
}

#[derive(Clone, Copy)]
struct Operation {
    index: usize,
    subject: Subject,
}

/// What an operation is done with; a handle is known by its address, which its borrow keeps where it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Sender(usize),
    Receiver(usize),
    Other,
}

impl<'a> Select<'a> {
    /// Makes an empty list.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::Select::new().try_select().is_err());
    /// ```
    #[must_use]
    pub fn new() -> Select<'a> {
        Select::default()
    }

    /// Makes an empty list that prefers the operation that was added first.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, receiver) = unbounded();
    /// sender.send(1).unwrap();
    /// let mut select = Select::new_biased();
    /// select.recv(&receiver);
    /// select.send(&sender); // can be done as well, but comes second
    /// let operation = select.select();
    /// assert_eq!(operation.index(), 0);
    /// assert_eq!(operation.recv(&receiver), Ok(1));
    /// ```
    #[must_use]
    pub fn new_biased() -> Select<'a> {
        Select { biased: true, ..Select::default() }
    }

    /// Adds sending into a channel; the index tells it from the others.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, receiver) = unbounded();
    /// let mut select = Select::new();
    /// select.send(&sender);
    /// select.select().send(&sender, "news").unwrap();
    /// assert_eq!(receiver.recv(), Ok("news"));
    /// ```
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        self.add(Arm::new(&sender.end), Subject::Sender(ptr::from_ref(sender).addr()))
    }

    /// Adds receiving from a channel; the index tells it from the others.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, receiver) = unbounded();
    /// sender.send("news").unwrap();
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert_eq!(select.select().recv(&receiver), Ok("news"));
    /// ```
    pub fn recv<T>(&mut self, receiver: &'a Receiver<T>) -> usize {
        let subject = Subject::Receiver(ptr::from_ref(receiver).addr());
        self.add(Arm::new(receiver.branch()), subject)
    }

    /// Adds waiting for something that is no channel; the index tells it from the others.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Awaited, Select};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let mut worker = coro::thread::spawn(|| 6 * 7);
    ///     let end = Awaited::new(&mut worker);
    ///     let minute = Awaited::new(Duration::from_secs(60));
    ///     let mut select = Select::new();
    ///     select.wait(&minute);
    ///     let of_worker = select.wait(&end);
    ///     let operation = select.select();
    ///     assert_eq!(operation.index(), of_worker);
    ///     operation.wait().unwrap();
    ///     drop(end);
    ///     assert_eq!(worker.join().unwrap(), 42); // it does not wait
    /// });
    /// ```
    pub fn wait(&mut self, what: &'a Awaited<'_>) -> usize {
        self.add(Arm::new(what.branch()), Subject::Other)
    }

    fn add(&mut self, arm: Arm<'a>, subject: Subject) -> usize {
        let index = self.next_index;
        self.next_index += 1;
        self.arms.push(arm);
        self.operations.push(Operation { index, subject });
        index
    }

    /// Takes an operation out of the list; the others keep their indices.
    ///
    /// # Panics
    /// If there is no operation with this index, or it was removed before.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (_sender, first) = unbounded::<u32>();
    /// let (sender, second) = unbounded();
    /// sender.send(2).unwrap();
    /// let mut select = Select::new();
    /// let of_first = select.recv(&first);
    /// let of_second = select.recv(&second);
    /// select.remove(of_first);
    /// let operation = select.select();
    /// assert_eq!(operation.index(), of_second);
    /// assert_eq!(operation.recv(&second), Ok(2));
    /// ```
    #[track_caller]
    pub fn remove(&mut self, index: usize) {
        let position = self.operations.iter().position(|operation| operation.index == index);
        let Some(position) = position else {
            panic!(
                "no operation in the select has the index {index}; pass one that was returned when it was added"
            );
        };
        self.arms.remove(position);
        self.operations.remove(position);
    }

    /// Chooses an operation that can be done without waiting.
    ///
    /// A message that a `select!` has to send through a channel without room is made only now, and this call waits for
    /// it; it waits for nothing else.
    ///
    /// # Errors
    /// If none can be done.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, receiver) = unbounded();
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.try_select().is_err());
    /// sender.send(1).unwrap();
    /// assert_eq!(select.try_select().unwrap().recv(&receiver), Ok(1));
    /// ```
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        let chosen = choice::attempt(&self.arms, self.preference(), None).ok_or(TrySelectError)?;
        Ok(self.selected(chosen))
    }

    /// Waits until an operation can be done, and chooses it.
    ///
    /// # Panics
    /// If the list is empty: it would wait for ever.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, unless an operation was chosen before; that is returned then.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, bounded};
    /// coro::run(|| {
    ///     let (sender, receiver) = bounded(0);
    ///     coro::thread::spawn(move || sender.send("hand to hand").unwrap());
    ///     let mut select = Select::new();
    ///     select.recv(&receiver);
    ///     assert_eq!(select.select().recv(&receiver), Ok("hand to hand"));
    /// });
    /// ```
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        self.expect_some();
        let chosen = self.choose(None);
        self.selected(chosen.expect("a choice without a deadline ends only when it was made"))
    }

    /// As [`select`](Self::select), but waits for at most `timeout`.
    ///
    /// # Errors
    /// If none could be done in time.
    ///
    /// # Interruption
    /// As [`select`](Self::select).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, bounded};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (sender, _receiver) = bounded::<u32>(0);
    ///     let mut select = Select::new();
    ///     select.send(&sender);
    ///     assert!(select.select_timeout(Duration::from_millis(1)).is_err());
    /// });
    /// ```
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        let chosen = self.choose(wait::deadline_after(timeout)).ok_or(SelectTimeoutError)?;
        Ok(self.selected(chosen))
    }

    /// As [`select`](Self::select), but waits no longer than until `deadline` by the loop's clock.
    ///
    /// # Errors
    /// If none could be done in time.
    ///
    /// # Interruption
    /// As [`select`](Self::select).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, bounded};
    /// coro::run(|| {
    ///     let (sender, _receiver) = bounded::<u32>(0);
    ///     let mut select = Select::new();
    ///     select.send(&sender);
    ///     assert!(select.select_deadline(coro::time::now()).is_err());
    /// });
    /// ```
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        let chosen = self.choose(Some(deadline)).ok_or(SelectTimeoutError)?;
        Ok(self.selected(chosen))
    }

    /// Finds an operation that could be done now, and does not choose it: somebody else may be faster.
    ///
    /// # Errors
    /// If there is none.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, receiver) = unbounded();
    /// let mut select = Select::new();
    /// let index = select.recv(&receiver);
    /// assert!(select.try_ready().is_err());
    /// sender.send(1).unwrap();
    /// assert_eq!(select.try_ready(), Ok(index));
    /// assert_eq!(receiver.try_recv(), Ok(1)); // it was not taken
    /// ```
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        let number = choice::try_ready(&self.arms, self.preference()).ok_or(TryReadyError)?;
        Ok(self.operations[number].index)
    }

    /// Waits until an operation could be done, and does not choose it: somebody else may be faster.
    ///
    /// Two threads that only ask whether a channel without room is ready do not see each other.
    ///
    /// # Panics
    /// If the list is empty: it would wait for ever.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. It takes nothing, so nothing is lost.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// coro::run(|| {
    ///     let (sender, receiver) = unbounded();
    ///     coro::thread::spawn(move || sender.send(1).unwrap());
    ///     let mut select = Select::new();
    ///     let index = select.recv(&receiver);
    ///     assert_eq!(select.ready(), index);
    ///     assert_eq!(receiver.try_recv(), Ok(1));
    /// });
    /// ```
    #[track_caller]
    pub fn ready(&mut self) -> usize {
        self.expect_some();
        self.ready_until(None).expect("a wait without a deadline ends only when something is ready")
    }

    /// As [`ready`](Self::ready), but waits for at most `timeout`.
    ///
    /// # Errors
    /// If none could be done in time.
    ///
    /// # Interruption
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, never};
    /// use std::time::Duration;
    /// let receiver = never::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.ready_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        self.ready_until(wait::deadline_after(timeout)).ok_or(ReadyTimeoutError)
    }

    /// As [`ready`](Self::ready), but waits no longer than until `deadline` by the loop's clock.
    ///
    /// # Errors
    /// If none could be done in time.
    ///
    /// # Interruption
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, never};
    /// let receiver = never::<u32>();
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.ready_deadline(coro::time::now()).is_err());
    /// ```
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.ready_until(Some(deadline)).ok_or(ReadyTimeoutError)
    }

    fn choose(&self, deadline: Option<Instant>) -> Option<Chosen> {
        wait::spend_operation();
        choice::choose(&self.arms, self.preference(), deadline)
    }

    fn ready_until(&self, deadline: Option<Instant>) -> Option<usize> {
        wait::spend_operation();
        let number = choice::ready(&self.arms, self.preference(), deadline)?;
        Some(self.operations[number].index)
    }

    #[track_caller]
    fn expect_some(&self) {
        assert!(
            !self.arms.is_empty(),
            "no operations have been added to the select; it would wait for ever"
        );
    }

    fn preference(&self) -> Preference {
        if self.biased { Preference::First } else { Preference::None }
    }

    fn selected(&self, chosen: Chosen) -> SelectedOperation<'a> {
        let arm = self.arms[chosen.branch];
        let operation = self.operations[chosen.branch];
        SelectedOperation { arm, operation, key: Some(chosen.key) }
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Select { .. }")
    }
}

/// An operation that was chosen and is to be completed.
///
/// What it has got is kept for it: a message, a place in the channel, or somebody who waits to receive. If it is dropped
/// instead of completed, which would panic in crossbeam-channel, that is given back: the message is the next to be
/// received, before all others. If it is forgotten, that is lost.
///
/// # Examples
/// ```
/// use coro::channel::{Select, unbounded};
/// let (sender, receiver) = unbounded();
/// sender.send(1).unwrap();
/// sender.send(2).unwrap();
/// let mut select = Select::new();
/// select.recv(&receiver);
/// drop(select.select()); // not completed
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[must_use = "the operation is given back if it is not completed"]
pub struct SelectedOperation<'a> {
    arm: Arm<'a>,
    operation: Operation,
    /// Where the branch keeps what was got; none once it is completed.
    key: Option<Key>,
}

impl SelectedOperation<'_> {
    /// The index that was returned when the operation was added.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, unbounded};
    /// let (sender, _receiver) = unbounded::<u32>();
    /// let mut select = Select::new();
    /// let index = select.send(&sender);
    /// assert_eq!(select.select().index(), index);
    /// ```
    #[must_use]
    pub fn index(&self) -> usize {
        self.operation.index
    }

    /// Completes sending.
    ///
    /// It does not wait, with one exception: if the channel has no room and the receiver that was found has been killed or
    /// has run out of time meanwhile, it waits for another one.
    ///
    /// # Errors
    /// The message, if all receivers are gone.
    ///
    /// # Panics
    /// If `sender` is not the one with which the chosen operation was added.
    ///
    /// # Interruption
    /// If it waits, as [`Sender::send`].
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Select, SendError, bounded};
    /// let (sender, receiver) = bounded(0);
    /// drop(receiver);
    /// let mut select = Select::new();
    /// select.send(&sender);
    /// assert_eq!(select.select().send(&sender, "too late"), Err(SendError("too late")));
    /// ```
    #[track_caller]
    pub fn send<T>(mut self, sender: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        let key = self.take(Subject::Sender(ptr::from_ref(sender).addr()), "send on this sender");
        sender.complete(key, message)
    }

    /// Completes receiving. It does not wait.
    ///
    /// # Errors
    /// If the channel is empty and all senders are gone.
    ///
    /// # Panics
    /// If `receiver` is not the one with which the chosen operation was added.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{RecvError, Select, bounded};
    /// let (sender, receiver) = bounded::<u32>(0);
    /// drop(sender);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert_eq!(select.select().recv(&receiver), Err(RecvError));
    /// ```
    #[track_caller]
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        let subject = Subject::Receiver(ptr::from_ref(receiver).addr());
        let key = self.take(subject, "receive from this receiver");
        receiver.complete(key)
    }

    /// Completes waiting for something that is no channel. It does not wait any more.
    ///
    /// # Errors
    /// For the readiness of a descriptor, those of asking the system for it.
    ///
    /// # Panics
    /// If the chosen operation is one of a channel.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{Awaited, Select};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let pause = Awaited::new(Duration::from_millis(1));
    ///     let mut select = Select::new();
    ///     select.wait(&pause);
    ///     select.select().wait().unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn wait(mut self) -> io::Result<()> {
        let key = self.take(Subject::Other, "wait");
        self.arm.branch().complete(key)
    }

    #[track_caller]
    fn take(&mut self, subject: Subject, what: &str) -> Key {
        assert!(
            self.operation.subject == subject,
            "the operation with the index {} is no {what}; complete it with what it was added with",
            self.operation.index
        );
        self.key.take().expect("only completing takes the key, and it takes self")
    }
}

impl<T> Sender<T> {
    /// Sends the message of a choice.
    pub(super) fn complete(&self, key: Key, message: T) -> Result<(), SendError<T>> {
        let sent = self.end.chan().complete_send(key, message);
        sent.map_err(|error| SendError(NotSent::into_message(error)))
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.arm.branch().abandon(key);
        }
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}
