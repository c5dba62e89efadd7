//! The meeting place of a thread that is resumed and the handle that resumes it.
//!
//! ```text
//!   Resumer (the handle)             Rendezvous               Resumed (the thread)
//!     put ──── value number k ────►  input, one slot  ──── take: `taken` = k ────►  runs
//!     reply ◄─ answer number k ────  answer           ◄─── give, if k is awaited ─  suspends
//!     reply ◄────────────────────────  ended  ◄──── End, dropped once the result is there
//! ```
//!
//! Values are numbered by the order in which they are put in, and what the thread gives out answers the value that it
//! took last. It is kept only if a resume waits for the answer to that very value; so the answers to scheduled values,
//! and to resumes that were interrupted, go nowhere.
//!
//! The two sides may belong to different loops, or one to a plain OS thread. All they share lies under one short lock.
//! No user code runs under it: values are moved in and out, and what nobody wants is dropped after it is released.
//! There is one handle, and putting a value in takes it mutably; so at most one resumer waits at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::current;
use crate::coroutine::Exchange;
use crate::id::ThreadId;
use crate::payload::UnwindKind;
use crate::sched::current as here;
use crate::sched::interrupt::Interrupt;
use crate::sched::unwind;
use crate::sched::wait::{self, Clause, Outcome, Waiter};
use crate::time;

/// What both sides share.
struct Rendezvous<In, Out> {
    state: Mutex<State<In, Out>>,
}

struct State<In, Out> {
    /// The value that the thread takes next; its number is `taken + 1`.
    input: Option<In>,
    /// The number of the value that the thread took last; the first is 1.
    taken: u64,
    /// The number of the value whose answer a resume waits for; none once the answer is there.
    awaited: Option<u64>,
    /// The answer that was awaited.
    answer: Option<Out>,
    /// The thread, while it waits to be resumed.
    thread: Option<Waiter>,
    /// The resumer, while it waits: for its answer if one is awaited, else for room in `input`.
    resumer: Option<Waiter>,
    /// The handle is gone: once `input` is empty, it stays so.
    orphaned: bool,
    /// The thread's result is there. It takes and gives nothing any more.
    ended: bool,
}

/// The handle's side; dropping it tells the thread that nobody will resume it any more.
pub(super) struct Resumer<In, Out> {
    rendezvous: Arc<Rendezvous<In, Out>>,
}

/// The thread's side before it runs: it may be made elsewhere, and begins on the thread itself.
pub(super) struct Beginning<In, Out> {
    rendezvous: Arc<Rendezvous<In, Out>>,
}

/// The thread's side.
pub(super) struct Resumed<In, Out> {
    rendezvous: Arc<Rendezvous<In, Out>>,
    /// The thread that has begun here, the only one that may wait here.
    owner: ThreadId,
}

/// Dropping it tells the resumer that the thread has ended and its result is there.
pub(super) struct End<In, Out> {
    rendezvous: Arc<Rendezvous<In, Out>>,
}

/// Why a value was not put in; it is in here.
pub(super) enum Refused<In> {
    /// The value before it has not been taken.
    Full(In),
    /// The thread has ended.
    Ended(In),
}

/// What a resume waits for.
pub(super) enum Reply<In, Out> {
    /// The thread gave this out after it had taken the value.
    Answer(Out),
    /// The thread has ended; the value, if it was not taken.
    End(Option<In>),
}

/// What the thread finds after a wait.
enum Turn<In> {
    Value(In),
    Orphaned,
    /// Nothing new.
    Nothing,
}

/// Makes a meeting place: the handle's side, the thread's, and the thread's end.
pub(super) fn rendezvous<In, Out>() -> (Resumer<In, Out>, Beginning<In, Out>, End<In, Out>) {
    let state = State {
        input: None,
        taken: 0,
        awaited: None,
        answer: None,
        thread: None,
        resumer: None,
        orphaned: false,
        ended: false,
    };
    let rendezvous = Arc::new(Rendezvous { state: Mutex::new(state) });
    let beginning = Beginning { rendezvous: rendezvous.clone() };
    let end = End { rendezvous: rendezvous.clone() };
    (Resumer { rendezvous }, beginning, end)
}

impl<In, Out> Rendezvous<In, Out> {
    fn state(&self) -> MutexGuard<'_, State<In, Out>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next value in, and wakes a resumer that waits for room.
    fn take(&self) -> Turn<In> {
        let mut state = self.state();
        let Some(value) = state.input.take() else {
            return if state.orphaned { Turn::Orphaned } else { Turn::Nothing };
        };
        state.taken += 1;
        let waiting = if state.awaited.is_none() { state.resumer.take() } else { None };
        drop(state);
        wake(waiting);
        Turn::Value(value)
    }

    /// Hands `out` to the resume that waits for it; gives it back if there is none.
    fn give(&self, out: Out) -> Option<Out> {
        let mut state = self.state();
        if state.awaited != Some(state.taken) {
            return Some(out);
        }
        state.awaited = None;
        let before = state.answer.replace(out);
        let waiting = state.resumer.take();
        drop(state);
        wake(waiting);
        before
    }
}

impl<In, Out> State<In, Out> {
    fn is_vacant(&self) -> bool {
        self.input.is_none() || self.ended
    }

    /// The answer that was awaited, or the end.
    fn reply(&mut self) -> Option<Reply<In, Out>> {
        if let Some(out) = self.answer.take() {
            return Some(Reply::Answer(out));
        }
        self.ended.then(|| Reply::End(self.input.take()))
    }
}

fn wake(waiter: Option<Waiter>) {
    if let Some(waiter) = waiter {
        waiter.wake();
    }
}

impl<In, Out> Resumer<In, Out> {
    /// Puts a value in, for an answer that nobody waits for.
    ///
    /// # Errors
    /// The value, if there is no room or no thread.
    pub(super) fn schedule(&mut self, value: In) -> Result<(), Refused<In>> {
        self.put(value, Answer::Unwanted)
    }

    /// Waits for room, puts `value` in, and waits for the answer to it or for the end.
    pub(super) fn ask(&mut self, mut value: In) -> Reply<In, Out> {
        loop {
            match self.put(value, Answer::Awaited) {
                Ok(()) => return self.wait_for_reply(),
                Err(Refused::Ended(back)) => return Reply::End(Some(back)),
                Err(Refused::Full(back)) => value = back,
            }
            wait::on(&mut Vacancy { rendezvous: &self.rendezvous }, None).or_raise();
        }
    }

    fn put(&self, value: In, answer: Answer) -> Result<(), Refused<In>> {
        let mut state = self.rendezvous.state();
        if state.ended {
            return Err(Refused::Ended(value));
        }
        if state.input.is_some() {
            return Err(Refused::Full(value));
        }
        state.input = Some(value);
        state.awaited = match answer {
            Answer::Awaited => Some(state.taken + 1),
            Answer::Unwanted => None,
        };
        let waiting = state.thread.take();
        drop(state);
        wake(waiting);
        Ok(())
    }

    fn wait_for_reply(&self) -> Reply<In, Out> {
        loop {
            let mut clause = Replied { rendezvous: &self.rendezvous, reply: None };
            let outcome = wait::on(&mut clause, None);
            if let Some(reply) = clause.reply.take() {
                return reply;
            }
            if let Outcome::Interrupted(interrupt) = outcome {
                match self.withdraw() {
                    // It came from another OS thread between the wait and here, and counts as in the wait.
                    Some(reply) => {
                        interrupt.put_back();
                        return reply;
                    }
                    None => interrupt.raise(),
                }
            }
        }
    }

    /// Ceases to await the answer, unless it is there. The value stays in, as if it had been scheduled.
    fn withdraw(&self) -> Option<Reply<In, Out>> {
        let mut state = self.rendezvous.state();
        state.awaited = None;
        state.reply()
    }
}

/// Whether somebody waits for the answer to a value.
enum Answer {
    Awaited,
    Unwanted,
}

impl<In, Out> Drop for Resumer<In, Out> {
    fn drop(&mut self) {
        let mut state = self.rendezvous.state();
        state.orphaned = true;
        let waiting = state.thread.take();
        drop(state);
        wake(waiting);
    }
}

impl<In, Out> Beginning<In, Out> {
    /// Makes the running thread the one that is resumed here.
    pub(super) fn begin(self) -> Resumed<In, Out> {
        Resumed { rendezvous: self.rendezvous, owner: current().id() }
    }
}

impl<In, Out> Resumed<In, Out> {
    /// Whether the running thread is the one that is resumed here.
    fn is_ours(&self) -> bool {
        here::with(|cx| cx.is_some_and(|cx| ThreadId::of_coro_thread(cx.rec.number) == self.owner))
    }

    /// Waits to be resumed, and takes the value; the interrupt that ended the wait, if one did.
    pub(super) fn next(&self) -> Result<In, Interrupt> {
        let mut killed = false;
        loop {
            let outcome = wait::on(&mut Next { rendezvous: &self.rendezvous }, None);
            if let Outcome::Interrupted(interrupt) = outcome {
                return Err(interrupt);
            }
            match self.rendezvous.take() {
                Turn::Value(value) => return Ok(value),
                Turn::Nothing => {}
                Turn::Orphaned if killed => self.end_in_spite(),
                // The kill arrives in the wait that comes next, unless something holds it back.
                Turn::Orphaned => {
                    current().kill();
                    killed = true;
                }
            }
        }
    }

    /// Unwinds a thread that nobody can resume any more and that cannot be killed either, because a shield or an
    /// unwind under way holds the kill back: there is no value that its wait could return.
    fn end_in_spite(&self) -> ! {
        // No second unwind may start in a destructor. The end of the loop names the thread.
        while unwind::panicking() {
            let _ = wait::on(&mut Abandoned, None);
        }
        // Code that swallows the unwind and comes back for more must not keep the loop to itself.
        wait::yield_now();
        unwind::start(UnwindKind::Kill(here::number()))
    }
}

/// Never fires: nobody is left who could resume.
struct Abandoned;

impl Clause for Abandoned {
    const WHAT: &'static str = "a resume, in a destructor, by a handle that is gone";

    fn register(&mut self, _waiter: Waiter) {}

    fn deregister(&mut self) -> bool {
        false
    }
}

impl<In, Out> Exchange<In, Out> for Resumed<In, Out> {
    fn objection(&self) -> Option<String> {
        if self.is_ours() {
            return None;
        }
        let me = current().described();
        Some(format!(
            "thread {me} cannot suspend with the yielder of another thread, {:?}; hand the value to that thread, which can",
            self.owner
        ))
    }

    fn exchange(&self, out: Out) -> In {
        if let Some(unwanted) = self.rendezvous.give(out) {
            // Its destructor is the business of nobody who waits here, so it neither panics nor is interrupted here.
            time::shield(|| unwind::drop_quietly(unwanted));
        }
        // Another OS thread may be so fast with the next value that this thread never parks.
        wait::spend_operation();
        self.next().unwrap_or_else(|interrupt| interrupt.raise())
    }
}

impl<In, Out> Drop for End<In, Out> {
    fn drop(&mut self) {
        let mut state = self.rendezvous.state();
        state.ended = true;
        // A resume that waits takes its value back.
        let leftover = if state.awaited.is_none() { state.input.take() } else { None };
        let waiting = state.resumer.take();
        drop(state);
        wake(waiting);
        drop(leftover);
    }
}

/// Fires when there is a value for the thread, or never will be.
struct Next<'a, In, Out> {
    rendezvous: &'a Rendezvous<In, Out>,
}

impl<In, Out> Clause for Next<'_, In, Out> {
    const WHAT: &'static str = "a resume";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.rendezvous.state();
        if state.input.is_none() && !state.orphaned {
            state.thread = Some(waiter);
            return;
        }
        drop(state);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        self.rendezvous.state().thread = None;
        // A value is not lost by staying in, so whatever spent the ticket decides: a kill before a value counts.
        false
    }
}

/// Fires when a value can be put in, or never again.
struct Vacancy<'a, In, Out> {
    rendezvous: &'a Rendezvous<In, Out>,
}

impl<In, Out> Clause for Vacancy<'_, In, Out> {
    const WHAT: &'static str = "a thread to take the value before (resume)";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.rendezvous.state();
        if !state.is_vacant() {
            state.resumer = Some(waiter);
            return;
        }
        drop(state);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.rendezvous.state();
        state.resumer = None;
        state.is_vacant()
    }
}

/// Fires when the reply is there, and takes it.
struct Replied<'a, In, Out> {
    rendezvous: &'a Rendezvous<In, Out>,
    reply: Option<Reply<In, Out>>,
}

impl<In, Out> Clause for Replied<'_, In, Out> {
    const WHAT: &'static str = "a thread's answer (resume)";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.rendezvous.state();
        if state.answer.is_none() && !state.ended {
            state.resumer = Some(waiter);
            return;
        }
        drop(state);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.rendezvous.state();
        state.resumer = None;
        self.reply = state.reply();
        self.reply.is_some()
    }
}
