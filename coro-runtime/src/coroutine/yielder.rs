//! What the inner side of a resume sees: the yielder, by which it gives a value out and takes the next one in.

use std::fmt;
use std::rc::Rc;

use super::gate::{Answer, Gate};
use super::target::{Target, take_from};
use crate::error::{ResumeError, ResumeErrorKind as Refusal};
use crate::sched::chain::{self, Glance};
use crate::sched::head::Head;

/// What a resume brought: a value on the way, or the result at the end.
///
/// The two cases have the names of `std::ops::CoroutineState`, which is not stable yet.
///
/// # Examples
/// ```
/// use coro::CoroutineState;
/// use coro::coroutine::Coroutine;
/// let greeter = Coroutine::new(|cx: &coro::Yielder<&str, String>, name| {
///     let question = cx.suspend(format!("hello {name}"));
///     question.len()
/// });
/// assert_eq!(greeter.resume("Ada")?, CoroutineState::Yielded("hello Ada".to_string()));
/// assert_eq!(greeter.resume("how are you?")?, CoroutineState::Complete(12));
/// # Ok::<_, coro::ResumeError<&str>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoroutineState<Out, R> {
    /// It gave this value out and waits to be resumed.
    Yielded(Out),
    /// Its function has returned this.
    Complete(R),
}

/// The inner side's means to give a value out and to wait for the next one in.
///
/// A function that is resumed with values of type `In`, and gives out values of type `Out`, gets a `&Yielder<In, Out>`:
/// the entry function of a [`Coroutine`](super::Coroutine), or an annotated function whose first parameter it is. It
/// works from any depth of calls, but only on the stack that it was made for.
///
/// # Examples
/// ```
/// use coro::Yielder;
/// use coro::coroutine::Coroutine;
/// fn walk(cx: &Yielder<(), u32>, depth: u32) {
///     if depth > 0 {
///         walk(cx, depth - 1);
///         cx.suspend(depth); // from within the recursion
///         walk(cx, depth - 1);
///     }
/// }
/// let ruler = Coroutine::new(|cx: &Yielder<(), u32>, ()| walk(cx, 3));
/// assert_eq!(ruler.collect::<Vec<_>>(), [1, 2, 1, 3, 1, 2, 1]);
/// ```
#[doc(alias = "generator")]
pub struct Yielder<In, Out> {
    side: Side<In, Out>,
}

/// Who is resumed.
enum Side<In, Out> {
    /// A coroutine: it is itself switched to.
    Coroutine {
        me: Rc<Head>,
        gate: Gate<In, Out>,
        /// `answer_for_another`, for which the types must be known to borrow nothing.
        answer_for_another: fn(&Rc<Head>, Out) -> Result<(), String>,
    },
    /// A scheduled thread.
    Thread(Rc<dyn Exchange<In, Out>>),
}

/// How a thread gives a value out and waits for the next one in.
pub(crate) trait Exchange<In, Out> {
    /// Why the running code may not suspend here, if it may not.
    fn objection(&self) -> Option<String>;

    /// Gives `out` to whoever resumed the thread, and parks it until it is resumed again.
    fn exchange(&self, out: Out) -> In;
}

impl<In, Out> Yielder<In, Out> {
    /// The yielder of a thread.
    pub(crate) fn of_thread(exchange: Rc<dyn Exchange<In, Out>>) -> Yielder<In, Out> {
        Yielder { side: Side::Thread(exchange) }
    }

    pub(super) fn of_coroutine(me: Rc<Head>, gate: Gate<In, Out>) -> Yielder<In, Out>
    where
        Out: 'static,
    {
        Yielder { side: Side::Coroutine { me, gate, answer_for_another } }
    }

    /// Gives `out` to whoever resumed, and waits to be resumed again; returns what the next resume brings.
    ///
    /// What a thread gives out when nobody waits for it is dropped: the answer to a
    /// [scheduled](crate::thread::ResumeHandle::schedule) value, or to a resume that was interrupted.
    ///
    /// # Panics
    /// If the yielder is another thread's or coroutine's: the code that calls it must run on the stack that the yielder
    /// was made for, and a scoped thread may borrow one that is not its own. In a coroutine, if a
    /// [transfer][`Coroutine::transfer`] has led here and whoever waits takes another type than `Out`.
    ///
    /// # Interruption
    /// This is where a coroutine's own kill and raise arrive. In a thread, kill, raise and timeout end the wait; `out` has
    /// been given by then, and a thread whose handle is gone is killed here, even under a [`shield`](crate::shield).
    /// During an unwind nothing is delivered, and a destructor that suspends waits all the same: for ever, if nobody
    /// resumes it, so it asks [`coro::thread::panicking`](crate::thread::panicking) first.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState};
    /// let adder = Coroutine::new(|cx: &coro::Yielder<u32, u32>, first| {
    ///     let mut sum = first;
    ///     loop {
    ///         sum += cx.suspend(sum);
    ///         if sum > 10 { return "enough" }
    ///     }
    /// });
    /// assert_eq!(adder.resume(3)?, CoroutineState::Yielded(3));
    /// assert_eq!(adder.resume(4)?, CoroutineState::Yielded(7));
    /// assert_eq!(adder.resume(5)?, CoroutineState::Complete("enough"));
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    ///
    /// [`Coroutine::transfer`]: super::Coroutine::transfer
    #[doc(alias = "yield")]
    #[inline(always)]
    #[track_caller]
    pub fn suspend(&self, out: Out) -> In {
        match &self.side {
            Side::Coroutine { me, gate, answer_for_another } => {
                let glance = chain::before_leaving(me);
                if me.answers_itself() {
                    gate.outlet.set(Some(Answer::Yielded(out)));
                } else {
                    expect_taken(answer_for_another(me, out));
                }
                chain::suspend(me, glance);
                gate.take_input()
            }
            Side::Thread(exchange) => {
                expect_taken(exchange.objection().map_or(Ok(()), Err));
                exchange.exchange(out)
            }
        }
    }

    /// Goes to `target` with `value`, and waits to be resumed or transferred to; returns what that brings.
    ///
    /// It is [`Coroutine::transfer`](super::Coroutine::transfer) with the type of the next input known.
    ///
    /// # Errors
    /// The value inside an error, if `target` cannot take it: see [`ResumeError`]. In a thread, whose stack is no
    /// coroutine: [`is_outside`](ResumeError::is_outside).
    ///
    /// # Panics
    /// As [`suspend`](Self::suspend), for code that does not run on the coroutine's stack.
    ///
    /// # Interruption
    /// As [`suspend`](Self::suspend).
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// let pong = Coroutine::new(|cx: &Yielder<u32, u32>, ball: u32| cx.suspend(ball + 1));
    /// let to_pong = pong.target();
    /// let ping = Coroutine::new(move |cx: &Yielder<u32, u32>, ball: u32| {
    ///     cx.transfer(to_pong, ball * 10).expect("pong waits for the ball")
    /// });
    /// // ping hands over to pong, and pong's answer goes to whoever resumed ping
    /// assert_eq!(ping.resume(4)?, CoroutineState::Yielded(41));
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    #[doc(alias = "switch")]
    #[inline(always)]
    #[track_caller]
    pub fn transfer<T: 'static>(
        &self,
        target: impl Into<Target<T>>,
        value: T,
    ) -> Result<In, ResumeError<T>> {
        let target = target.into();
        let Side::Coroutine { me, gate, .. } = &self.side else {
            return Err(target.refuse(Refusal::Outside, value));
        };
        let glance = chain::before_leaving(me);
        target.transfer_from(me, glance, value)?;
        Ok(gate.take_input())
    }

    /// Gives `value` to the thread's own stack, past all callers, and waits to be resumed; returns what that brings.
    ///
    /// It is [`coroutine::main`](super::main) with the type of the next input known.
    ///
    /// # Errors
    /// The value inside an error, if main waits for another type ([`is_mismatch`](ResumeError::is_mismatch)). In a
    /// thread, which has no main below it: [`is_outside`](ResumeError::is_outside).
    ///
    /// # Panics
    /// As [`suspend`](Self::suspend), for code that does not run on the coroutine's stack.
    ///
    /// # Interruption
    /// As [`suspend`](Self::suspend).
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// let inner = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| cx.main(n + 1).map(|_| ()));
    /// let outer = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| inner.resume(2 * n).is_ok());
    /// assert_eq!(outer.resume(20)?, CoroutineState::Yielded(41)); // from inner, past outer
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    #[track_caller]
    pub fn main<T: 'static>(&self, value: T) -> Result<In, ResumeError<T>> {
        let Side::Coroutine { me, gate, .. } = &self.side else {
            return Err(ResumeError::refused(Refusal::Outside, "main".to_owned(), value));
        };
        let glance = chain::before_leaving(me);
        leave_for_main(me, glance, value)?;
        Ok(gate.take_input())
    }
}

/// Gives `value` to the base; returns when `me` has its next input.
pub(super) fn leave_for_main<T: 'static>(
    me: &Rc<Head>,
    glance: Glance,
    value: T,
) -> Result<(), ResumeError<T>> {
    let mut value = Some(value);
    let awaited = chain::awaited_by_main(me);
    let taken = awaited.as_ref().is_some_and(|ports| ports.put_yielded(&mut value));
    match value {
        Some(value) if !taken => {
            let wanted = awaited.map_or("nothing", |ports| ports.type_names().0);
            let refusal = Refusal::Mismatch { wanted, given: std::any::type_name::<T>() };
            Err(ResumeError::refused(refusal, "main".to_owned(), value))
        }
        _ => {
            chain::leave_for_main(me, glance);
            Ok(())
        }
    }
}

/// Gives `out` to a caller that has resumed another coroutine, from which a transfer has led here.
#[cold]
fn answer_for_another<Out: 'static>(me: &Rc<Head>, out: Out) -> Result<(), String> {
    let ports = chain::awaited_from(me).expect("a coroutine that has control has a caller");
    let mut out = Some(out);
    if ports.put_yielded(&mut out) {
        return Ok(());
    }
    let (wanted, _) = ports.type_names();
    let given = std::any::type_name::<Out>();
    Err(format!(
        "{me} gives out a {given}, but whoever waits takes a {wanted}: a transfer has led here, so transfer back, or resume instead"
    ))
}

/// Panics, in the name of whoever suspends, with what `outcome` says.
#[inline(always)]
#[track_caller]
fn expect_taken(outcome: Result<(), String>) {
    if let Err(message) = outcome {
        panic!("{message}");
    }
}

impl<In, Out> Gate<In, Out> {
    #[inline(always)]
    pub(super) fn take_input(&self) -> In {
        take_from(&self.inlet)
    }
}

impl<In, Out> fmt::Debug for Yielder<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielder").finish_non_exhaustive()
    }
}
