//! Coroutines: functions on stacks of their own that hand values in and out, without a scheduler.
//!
//! The counterpart of the original manual's module `coroutine`, typed. A [`Coroutine`] runs only when somebody resumes
//! it, on the OS thread that made it, inside a loop or outside of any.
//!
//! - [`resume`](Coroutine::resume) is a call: the answer comes back to the caller, wherever it is.
//! - [`transfer`](Coroutine::transfer) is a jump: who called last still waits, and gets the answer of whoever gives one.
//! - [`main`] goes to the thread's own stack, past all callers.
//!
//! Any coroutine may resume or transfer to any other one, in circles too. What one waits for decides what it takes: the
//! next input, or, if it has resumed another one, an answer of the type that this one gives out.
//!
//! A coroutine may do all that its thread may, sockets and sleeps included: when it waits, the whole thread parks, and
//! with it everybody who has resumed it. Interrupts of the thread arrive inside it and unwind through it to whoever
//! resumed it.
//!
//! A handle owns no stack. Dropping one kills the coroutine; forgetting one leaves it suspended, until its loop ends or,
//! outside any loop, for ever.

mod gate;
mod target;
mod yielder;

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;

pub use crate::error::ResumeError;
pub use target::{AnyCoroutine, Target, current, main};
pub(crate) use yielder::Exchange;
pub use yielder::{CoroutineState, Yielder};

use crate::error::JoinError;
use crate::sched::chain::{self, Glance, Raised};
use crate::sched::coroutines;
use crate::sched::head::{CoroutineKey, DiscardOnDrop, Head, Parts, Ports};
use crate::sched::unwind;
use gate::{Answer, Door, Gate};
use target::put_in_inlet;

/// Any type, and nothing in its place.
type Invariant<T> = PhantomData<fn(T) -> T>;

/// A function on a stack of its own, which is resumed with `In`s, gives out `Out`s and returns an `R`.
///
/// Dropping the handle kills a coroutine that waits: it unwinds, and its destructors run. One that has control, here
/// or in another thread, is killed at its next suspension. A handle that is dropped on another OS thread, or outside
/// the loop in which the coroutine was started, leaves it suspended, as [`std::mem::forget`] does.
///
/// As an iterator, with `In = ()`, it gives what the function gives out until it returns.
///
/// # Examples
/// ```
/// use coro::coroutine::{Coroutine, Yielder};
/// let mut fibonacci = Coroutine::new(|cx: &Yielder<(), u64>, ()| {
///     let (mut a, mut b) = (0, 1);
///     loop {
///         cx.suspend(a);
///         (a, b) = (b, a + b);
///     }
/// });
/// assert_eq!(fibonacci.by_ref().take(8).collect::<Vec<_>>(), [0, 1, 1, 2, 3, 5, 8, 13]);
/// assert_eq!(fibonacci.next(), Some(21));
/// ```
#[doc(alias("generator", "greenlet"))]
pub struct Coroutine<In: 'static, Out: 'static, R: 'static> {
    key: CoroutineKey,
    /// Values of these types go in and out on the coroutine's own OS thread only, so the handle may go anywhere.
    /// Invariant: a subtype has another identity, by which values are found.
    marker: Invariant<(In, Out, R)>,
}

impl<In: 'static, Out: 'static, R: 'static> Coroutine<In, Out, R> {
    /// Makes a coroutine that will run `f`, on a stack of the default size (256 KiB, or what the loop was told).
    ///
    /// The first value that it is resumed with is the second argument of `f`; all else that `f` needs is captured. The
    /// stack is taken at the first resume.
    ///
    /// # Panics
    /// In the destructor of a thread-local, when the OS thread ends.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// let offset = 10;
    /// let add = Coroutine::new(move |cx: &Yielder<u32, u32>, n| cx.suspend(n + offset));
    /// assert_eq!(add.resume(34)?, CoroutineState::Yielded(44));
    /// assert_eq!(add.resume(7)?, CoroutineState::Complete(7));
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    #[track_caller]
    pub fn new<F>(f: F) -> Coroutine<In, Out, R>
    where
        F: FnOnce(&Yielder<In, Out>, In) -> R + 'static,
    {
        Self::make(None, f)
    }

    /// Makes a coroutine with a stack of at least `bytes`: 16 KiB or more.
    ///
    /// A size out of range is reported by the first resume: [`is_no_stack`](ResumeError::is_no_stack).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let tiny = Coroutine::with_stack_size(1000, |_: &Yielder<u8, ()>, n: u8| n);
    /// let error = tiny.resume(7).unwrap_err();
    /// assert!(error.is_no_stack());
    /// assert!(error.to_string().contains("stack of 1000 bytes is below the minimum of 16384"));
    /// assert_eq!(error.into_value(), Some(7));
    /// ```
    #[track_caller]
    pub fn with_stack_size<F>(bytes: usize, f: F) -> Coroutine<In, Out, R>
    where
        F: FnOnce(&Yielder<In, Out>, In) -> R + 'static,
    {
        Self::make(Some(bytes), f)
    }

    #[track_caller]
    fn make<F>(stack_size: Option<usize>, f: F) -> Coroutine<In, Out, R>
    where
        F: FnOnce(&Yielder<In, Out>, In) -> R + 'static,
    {
        let gate = Gate::<In, Out>::new();
        let inlet = gate.inlet.clone();
        let ports =
            Rc::new(Door::<Out, R> { outlet: gate.outlet.clone(), result: Cell::new(None) });
        let entry = Box::new(move |me| run_to_end(&me, gate, f));
        let key = coroutines::make(Parts { inlet, ports, stack_size, entry }, Location::caller());
        Coroutine { key, marker: PhantomData }
    }

    /// Hands `value` to the coroutine and waits until it gives something out or ends.
    ///
    /// The first resume starts it. Called by another coroutine, it can be given to one of that one's own callers too:
    /// that one's resume returns, with `value` as what was given out, if it has that type.
    ///
    /// # Errors
    /// The value inside an error, if the coroutine cannot take it: it has ended, has control itself, waits inside a
    /// parked thread, belongs to another OS thread or loop, waits for another type, or there is no stack for it
    /// ([`is_no_stack`](ResumeError::is_no_stack)). An error without the value if it was killed, or raised at and did not
    /// catch it, before it gave anything out.
    ///
    /// # Panics
    /// A panic of the coroutine goes on here. It also panics if a transfer has led to a coroutine that ends with a
    /// result of another type than `R`.
    ///
    /// # Interruption
    /// Called by a coroutine, it is a suspension point for that one's own kill and raise. An interrupt of the thread
    /// that arrives inside the coroutine unwinds through it and goes on here.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<String, ()>, text: String| text.len());
    /// assert_eq!(c.resume("four".into())?, CoroutineState::Complete(4));
    /// let error = c.resume("more".into()).unwrap_err();
    /// assert!(error.is_done());
    /// assert_eq!(error.into_value().as_deref(), Some("more")); // refused, but not lost
    /// # Ok::<_, coro::ResumeError<String>>(())
    /// ```
    #[doc(alias = "send")]
    #[inline(always)]
    pub fn resume(&self, value: In) -> Result<CoroutineState<Out, R>, ResumeError<In>> {
        let me = coroutines::running();
        let me = me.as_ref().map(|me| (me, chain::before_leaving(me)));
        let head = match coroutines::find_waiting_here(self.key) {
            Some(head) => {
                put_in_inlet(&head, value);
                head
            }
            None => self.target().admit(value)?,
        };
        let answer = self.call(me, head);
        answer.map_err(|ending| ResumeError::ended(ending, self.key.to_string()))
    }

    /// Switches to the coroutine, which has been given something, and takes the answer.
    #[inline(always)]
    fn call(
        &self,
        me: Option<(&Rc<Head>, Glance)>,
        head: Rc<Head>,
    ) -> Result<CoroutineState<Out, R>, JoinError> {
        let ports = head.ports.clone();
        let door = ports.clone().into_any().downcast::<Door<Out, R>>();
        let Ok(door) = door else { unreachable!("the key was made with this door") };
        // An answer that comes together with an interrupt of the caller has nobody to take it.
        let unwanted = DiscardOnDrop(&*door);
        chain::call(me, head, ports);
        std::mem::forget(unwanted);
        door.take_answer()
    }

    /// Goes to this coroutine with `value`; returns when somebody resumes or transfers to the one that called it.
    ///
    /// The calling coroutine waits for its next input then, an `I`. Whoever has resumed it still waits, and gets the
    /// answer of whichever coroutine gives one out first, if its type is the one waited for.
    /// [`Yielder::transfer`] is the same with `I` known to the compiler.
    ///
    /// # Errors
    /// As [`resume`](Self::resume). On a thread's own stack, which is no coroutine:
    /// [`is_outside`](ResumeError::is_outside). If the calling coroutine's inputs are no `I`s:
    /// [`is_mismatch`](ResumeError::is_mismatch).
    ///
    /// # Interruption
    /// The calling coroutine's own kill and raise arrive here.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// let last = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| { cx.suspend(n + 1); });
    /// let first = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| {
    ///     let again: u32 = last.transfer(n * 2).expect("it waits for a number");
    ///     assert_eq!(again, 5);
    /// });
    /// assert_eq!(first.resume(20)?, CoroutineState::Yielded(41)); // given out by `last`
    /// assert_eq!(first.resume(5)?, CoroutineState::Complete(()));
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    #[doc(alias = "switch")]
    pub fn transfer<I: 'static>(&self, value: In) -> Result<I, ResumeError<In>> {
        self.target().transfer(value)
    }

    /// Where values for this coroutine go: a plain copyable name, for transfers in circles.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
    /// let name = c.target();
    /// assert!(!name.is_done());
    /// drop(c);
    /// assert!(name.is_done()); // it keeps nothing alive
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn target(&self) -> Target<In> {
        Target::new(self.key)
    }

    /// Ends the coroutine: it unwinds from where it waits, and its destructors run before this returns.
    ///
    /// One that was never resumed drops its function unrun. One that has control itself, here or in another thread, is
    /// killed at its next suspension. One that has ended is left alone. The kill is sticky, as that of a
    /// [thread](crate::thread::Thread::kill), and held back by a [`shield`](crate::shield) inside the coroutine (in a loop:
    /// outside there are no shields) and while it unwinds anyway. No panic message is printed.
    ///
    /// # Errors
    /// It belongs to another OS thread or another loop.
    ///
    /// # Panics
    /// A panic of a destructor goes on here.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// use std::{cell::Cell, rc::Rc};
    /// struct Told(Rc<Cell<bool>>);
    /// impl Drop for Told {
    ///     fn drop(&mut self) { self.0.set(true); }
    /// }
    ///
    /// let dropped = Rc::new(Cell::new(false));
    /// let told = Told(dropped.clone());
    /// let mut endless = Coroutine::<(), u32, ()>::new(move |cx: &Yielder<(), u32>, ()| {
    ///     let _told = told;
    ///     loop { cx.suspend(1); }
    /// });
    /// assert_eq!(endless.next(), Some(1));
    /// endless.kill()?;
    /// assert!(dropped.get() && endless.is_done());
    /// # Ok::<_, coro::ResumeError<()>>(())
    /// ```
    pub fn kill(&self) -> Result<(), ResumeError<()>> {
        self.any().kill()
    }

    /// Raises `exception` where the coroutine waits, and waits until it gives something out or ends.
    ///
    /// It unwinds to the innermost [`coro::catch`](crate::catch) for that type, and may go on from there; else to its
    /// root. One that was never resumed ends unrun. No panic message is printed. The original manual calls it
    /// `raise_exception`.
    ///
    /// # Errors
    /// The exception inside an error, if it cannot be raised now: the coroutine has ended, has control, belongs to
    /// another OS thread or loop, or is inside a [`shield`](crate::shield) or an unwind. If it was not caught:
    /// [`is_raised`](ResumeError::is_raised), with the exception in the [`JoinError`].
    ///
    /// # Panics
    /// As [`resume`](Self::resume).
    ///
    /// # Interruption
    /// As [`resume`](Self::resume).
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// #[derive(Debug, PartialEq)]
    /// struct Reset;
    ///
    /// let counter = Coroutine::<(), u32, ()>::new(|cx: &Yielder<(), u32>, ()| loop {
    ///     let _ = coro::catch::<Reset, ()>(|| for n in 1.. { cx.suspend(n); });
    /// });
    /// assert_eq!(counter.resume(()).unwrap(), CoroutineState::Yielded(1));
    /// assert_eq!(counter.resume(()).unwrap(), CoroutineState::Yielded(2));
    /// assert_eq!(counter.raise(Reset).unwrap(), CoroutineState::Yielded(1));
    /// ```
    #[doc(alias = "raise_exception")]
    pub fn raise<E: Any + Send>(
        &self,
        exception: E,
    ) -> Result<CoroutineState<Out, R>, ResumeError<E>> {
        let me = coroutines::running();
        let me = me.as_ref().map(|me| (me, chain::before_leaving(me)));
        let ended = |ending| ResumeError::ended(ending, self.key.to_string());
        match chain::raise(self.key, Box::new(exception)) {
            Ok(Raised::Pending(head)) => self.call(me, head).map_err(ended),
            Ok(Raised::Unrun(head, ending)) => {
                head.drop_entry();
                Err(ended(ending))
            }
            Err((refusal, payload)) => {
                let exception =
                    payload.downcast().unwrap_or_else(|_| unreachable!("it is as it was"));
                Err(ResumeError::refused(refusal, self.key.to_string(), *exception))
            }
        }
    }

    /// Whether it was resumed before. On another OS thread than its own this cannot be known, and is false.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|cx: &Yielder<(), ()>, ()| cx.suspend(()));
    /// assert!(!c.is_started());
    /// c.resume(())?;
    /// assert!(c.is_started() && !c.is_done());
    /// # Ok::<_, coro::ResumeError<()>>(())
    /// ```
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.any().is_started()
    }

    /// Whether it has ended; the original manual calls that *stale*. On another OS thread than its own this cannot be
    /// known, and is false.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<(), ()>, ()| ());
    /// c.resume(())?;
    /// assert!(c.is_done());
    /// # Ok::<_, coro::ResumeError<()>>(())
    /// ```
    #[doc(alias = "stale")]
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.any().is_done()
    }

    /// The coroutine without its types: for comparisons with [`current`].
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{self, Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<(), ()>, ()| coroutine::current());
    /// let name = c.any();
    /// assert_eq!(c.resume(())?, coroutine::CoroutineState::Complete(Some(name)));
    /// # Ok::<_, coro::ResumeError<()>>(())
    /// ```
    #[must_use]
    pub fn any(&self) -> AnyCoroutine {
        AnyCoroutine::new(self.key)
    }
}

/// Runs `f` on the coroutine's stack and tells its caller how it ended.
fn run_to_end<In: 'static, Out: 'static, R: 'static>(
    me: &Rc<Head>,
    gate: Gate<In, Out>,
    f: impl FnOnce(&Yielder<In, Out>, In) -> R,
) {
    let outcome = unwind::catch(|| {
        let input = gate.take_input();
        let yielder = Yielder::of_coroutine(me.clone(), gate.clone());
        f(&yielder, input)
    });
    // What is left over is user code to drop, so it comes before the answer, which may go to these ports.
    chain::drop_last(gate.inlet.take());
    drop(DiscardOnDrop(&*me.ports));
    chain::settle(me);
    let thrown = match outcome {
        Ok(result) => {
            answer_with_result(me, result);
            None
        }
        Err(payload) => match me.sort(payload) {
            Ok(ending) => {
                awaited(me).put_ended(ending);
                None
            }
            Err(payload) => Some(payload),
        },
    };
    chain::finish(me, thrown);
}

fn answer_with_result<R: 'static>(me: &Rc<Head>, result: R) {
    let ports = awaited(me);
    let mut result = Some(result);
    if !ports.put_complete(&mut result) {
        chain::drop_last(result);
        chain::settle(me);
        let (_, wanted) = ports.type_names();
        let given = std::any::type_name::<R>();
        // The destructor may have gone places; whoever waits now is told.
        awaited(me).put_mismatch(format!(
            "{me}, to which a transfer led, ended with a {given}, but what was resumed ends with a {wanted}"
        ));
    }
}

fn awaited(me: &Rc<Head>) -> Rc<dyn Ports> {
    chain::awaited_from(me).expect("a coroutine that has control has a caller")
}

impl<Out, R> Door<Out, R> {
    #[inline(always)]
    fn take_answer(&self) -> Result<CoroutineState<Out, R>, JoinError> {
        match self.outlet.take() {
            Some(Answer::Yielded(out)) => Ok(CoroutineState::Yielded(out)),
            Some(other) => self.take_end(other),
            None => unreachable!("the chain gives control back with an answer only"),
        }
    }

    #[cold]
    #[track_caller]
    fn take_end(&self, answer: Answer<Out>) -> Result<CoroutineState<Out, R>, JoinError> {
        match answer {
            Answer::Yielded(out) => Ok(CoroutineState::Yielded(out)),
            Answer::Complete => {
                let result = self.result.take();
                Ok(CoroutineState::Complete(result.expect("it was put there before the answer")))
            }
            Answer::Ended(ending) => Err(ending),
            Answer::Mismatch(message) => panic!("{message}"),
        }
    }
}

/// Gives what the function gives out, until it returns. One that is killed, or raised at and does not catch it, ends too.
///
/// # Panics
/// If the coroutine cannot be resumed, as [`Coroutine::resume`] tells, and a panic of the coroutine goes on here.
impl<Out: 'static, R: 'static> Iterator for Coroutine<(), Out, R> {
    type Item = Out;

    fn next(&mut self) -> Option<Out> {
        match self.resume(()) {
            Ok(CoroutineState::Yielded(out)) => Some(out),
            Ok(CoroutineState::Complete(_)) => None,
            Err(error) if error.is_done() || error.is_killed() || error.is_raised() => None,
            Err(error) => panic!("{error}"),
        }
    }
}

impl<Out: 'static, R: 'static> std::iter::FusedIterator for Coroutine<(), Out, R> {}

impl<In: 'static, Out: 'static, R: 'static> Drop for Coroutine<In, Out, R> {
    fn drop(&mut self) {
        chain::kill_quietly(self.key);
    }
}

impl<In: 'static, Out: 'static, R: 'static> fmt::Debug for Coroutine<In, Out, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coroutine").field("number", &self.key.number).finish_non_exhaustive()
    }
}
