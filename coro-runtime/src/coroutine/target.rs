//! Names of coroutines: typed by what they take, or not at all.

use std::any::type_name;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use super::yielder::leave_for_main;
use crate::error::{ResumeError, ResumeErrorKind as Refusal};
use crate::sched::chain::{self, Glance};
use crate::sched::coroutines;
use crate::sched::head::{CoroutineKey, Head};

/// The name of a coroutine that takes `In`s: for transfers, in circles too. It keeps nothing alive.
///
/// # Examples
/// ```
/// use coro::coroutine::{Coroutine, CoroutineState, Target, Yielder};
/// let even = Coroutine::new(|cx: &Yielder<(Target<u32>, u32), bool>, (odd, n)| {
///     if n == 0 { cx.suspend(true); }
///     let _ = cx.transfer(odd, n - 1);
/// });
/// let odd = Coroutine::new(|cx: &Yielder<u32, bool>, n| { cx.suspend(n == 0); });
/// assert_eq!(even.resume((odd.target(), 1)).unwrap(), CoroutineState::Yielded(true));
/// ```
pub struct Target<In> {
    key: CoroutineKey,
    /// Invariant: a subtype has another identity, by which the place for values is found.
    marker: PhantomData<fn(In) -> In>,
}

impl<In: 'static> Target<In> {
    #[inline(always)]
    pub(super) fn new(key: CoroutineKey) -> Target<In> {
        Target { key, marker: PhantomData }
    }

    #[cold]
    pub(super) fn refuse<T>(self, refusal: Refusal, value: T) -> ResumeError<T> {
        ResumeError::refused(refusal, self.key.to_string(), value)
    }

    /// Goes to the coroutine with `value`: see [`Coroutine::transfer`](super::Coroutine::transfer).
    ///
    /// # Errors
    /// As [`Coroutine::transfer`](super::Coroutine::transfer).
    ///
    /// # Panics
    /// As [`Yielder::suspend`](super::Yielder::suspend), for code that does not run on the coroutine's stack.
    ///
    /// # Interruption
    /// The calling coroutine's own kill and raise arrive here.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
    /// let refused = c.target().transfer::<()>(7).unwrap_err();
    /// assert!(refused.is_outside()); // this is main, which is no coroutine
    /// assert_eq!(refused.into_value(), Some(7));
    /// ```
    #[doc(alias = "switch")]
    pub fn transfer<I: 'static>(self, value: In) -> Result<I, ResumeError<In>> {
        let Some(me) = coroutines::running() else {
            return Err(self.refuse(Refusal::Outside, value));
        };
        let Some(inlet) = me.inlet.downcast_ref::<Cell<Option<I>>>() else {
            return Err(wrong_input::<I, _>(&me, value));
        };
        let glance = chain::before_leaving(&me);
        self.transfer_from(&me, glance, value)?;
        Ok(take_from(inlet))
    }

    /// Goes from `me`, which has control; returns when its next input is there.
    #[inline(always)]
    pub(super) fn transfer_from(
        self,
        me: &Rc<Head>,
        glance: Glance,
        value: In,
    ) -> Result<(), ResumeError<In>> {
        let head = match coroutines::find_waiting(me, self.key) {
            Some(head) => {
                put_in_inlet(&head, value);
                head
            }
            None => self.admit(value)?,
        };
        chain::transfer(me, glance, head);
        Ok(())
    }

    /// Gives `value` to the coroutine, if it can take one now.
    #[cold]
    pub(super) fn admit(self, value: In) -> Result<Rc<Head>, ResumeError<In>> {
        let head = match coroutines::admit(self.key) {
            Ok(head) => head,
            Err(refusal) => return Err(self.refuse(refusal, value)),
        };
        match put_in(&head, value) {
            Ok(()) => Ok(head),
            Err(value) => {
                let wanted = head.awaited().map_or("nothing", |ports| ports.type_names().0);
                Err(self.refuse(Refusal::Mismatch { wanted, given: type_name::<In>() }, value))
            }
        }
    }

    /// Whether it was resumed before; false on another OS thread than its own.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
    /// assert!(!c.target().is_started());
    /// ```
    #[must_use]
    pub fn is_started(self) -> bool {
        self.any().is_started()
    }

    /// Whether it has ended; false on another OS thread than its own.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
    /// c.kill()?;
    /// assert!(c.target().is_done());
    /// # Ok::<_, coro::ResumeError<()>>(())
    /// ```
    #[doc(alias = "stale")]
    #[must_use]
    pub fn is_done(self) -> bool {
        self.any().is_done()
    }

    /// The coroutine without its types.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
    /// assert_eq!(c.target().any(), c.any());
    /// ```
    #[must_use]
    pub fn any(self) -> AnyCoroutine {
        AnyCoroutine { key: self.key }
    }
}

/// The error of a coroutine that wants an input of a type that it does not take.
#[cold]
fn wrong_input<I, T>(me: &Head, value: T) -> ResumeError<T> {
    ResumeError::refused(Refusal::WrongInput { wanted: type_name::<I>() }, me.to_string(), value)
}

/// Takes the input that has made the running coroutine go on.
#[inline(always)]
pub(super) fn take_from<T>(inlet: &Cell<Option<T>>) -> T {
    match inlet.take() {
        Some(value) => value,
        None => unreachable!("whoever made the coroutine go on has given it a value"),
    }
}

/// Gives `value` to a coroutine that can take one now; gives it back if the coroutine waits for another type.
fn put_in<T: 'static>(head: &Rc<Head>, value: T) -> Result<(), T> {
    if head.is_calling() {
        return put_in_as_answer(head, value);
    }
    put_in_inlet(head, value);
    Ok(())
}

/// Gives `value` to a coroutine that waits for an input.
#[inline(always)]
pub(super) fn put_in_inlet<T: 'static>(head: &Head, value: T) {
    match head.inlet.downcast_ref::<Cell<Option<T>>>() {
        Some(inlet) => inlet.set(Some(value)),
        None => unreachable!("the key was made with the type of the coroutine's inputs"),
    }
}

/// Gives `value` to a coroutine that waits for the answer of another one.
fn put_in_as_answer<T: 'static>(head: &Rc<Head>, value: T) -> Result<(), T> {
    let mut value = Some(value);
    let taken = head.awaited().is_some_and(|ports| ports.put_yielded(&mut value));
    match value {
        Some(value) if !taken => Err(value),
        _ => Ok(()),
    }
}

impl<In> Clone for Target<In> {
    fn clone(&self) -> Target<In> {
        *self
    }
}

impl<In> Copy for Target<In> {}

impl<In: 'static, Out: 'static, R: 'static> From<&super::Coroutine<In, Out, R>> for Target<In> {
    fn from(coroutine: &super::Coroutine<In, Out, R>) -> Target<In> {
        coroutine.target()
    }
}

impl<In> PartialEq for Target<In> {
    fn eq(&self, other: &Target<In>) -> bool {
        self.key == other.key
    }
}

impl<In> Eq for Target<In> {}

impl<In> fmt::Debug for Target<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.key.number).finish()
    }
}

/// The name of a coroutine whose types are not known: what [`current`] gives.
///
/// # Examples
/// ```
/// use coro::coroutine::{Coroutine, Yielder};
/// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| ());
/// let name = c.any();
/// assert_eq!(name.target::<u32>(), Some(c.target()));
/// assert_eq!(name.target::<String>(), None); // it takes numbers
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnyCoroutine {
    key: CoroutineKey,
}

impl AnyCoroutine {
    pub(super) fn new(key: CoroutineKey) -> AnyCoroutine {
        AnyCoroutine { key }
    }

    /// Where values for it go, if it is alive and takes `In`s.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{self, Coroutine, Yielder};
    /// let c = Coroutine::new(|_: &Yielder<u32, ()>, _| {
    ///     coroutine::current().expect("this is one").target::<u32>().is_some()
    /// });
    /// assert_eq!(c.resume(1)?, coroutine::CoroutineState::Complete(true));
    /// # Ok::<_, coro::ResumeError<u32>>(())
    /// ```
    #[must_use]
    pub fn target<In: 'static>(self) -> Option<Target<In>> {
        let head = coroutines::find(self.key)?;
        head.inlet.is::<Cell<Option<In>>>().then(|| Target::new(self.key))
    }

    /// Ends the coroutine: see [`Coroutine::kill`](super::Coroutine::kill).
    ///
    /// # Errors
    /// It belongs to another OS thread or another loop.
    ///
    /// # Panics
    /// A panic of a destructor goes on here.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{self, Coroutine, Yielder};
    /// let suicidal = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
    ///     coroutine::current().expect("this is one").kill().expect("it is at home");
    ///     cx.suspend(()); // a kill of the running coroutine comes here
    ///     unreachable!();
    /// });
    /// assert!(suicidal.resume(()).unwrap_err().is_killed());
    /// ```
    pub fn kill(self) -> Result<(), ResumeError<()>> {
        chain::kill(self.key)
            .map_err(|refusal| ResumeError::refused(refusal, self.key.to_string(), ()))
    }

    /// Whether it was resumed before; false on another OS thread than its own.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// assert!(!Coroutine::new(|_: &Yielder<u32, ()>, _| ()).any().is_started());
    /// ```
    #[must_use]
    pub fn is_started(self) -> bool {
        coroutines::progress(self.key).is_some_and(|(started, _)| started)
    }

    /// Whether it has ended; false on another OS thread than its own.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// assert!(!Coroutine::new(|_: &Yielder<u32, ()>, _| ()).any().is_done());
    /// ```
    #[doc(alias = "stale")]
    #[must_use]
    pub fn is_done(self) -> bool {
        coroutines::progress(self.key).is_some_and(|(_, done)| done)
    }
}

impl fmt::Debug for AnyCoroutine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyCoroutine").field(&self.key.number).finish()
    }
}

/// The coroutine that has control; none on a thread's own stack, which the original manual calls the main coroutine.
///
/// # Examples
/// ```
/// use coro::coroutine::{self, Coroutine, CoroutineState, Yielder};
/// assert_eq!(coroutine::current(), None);
/// let c = Coroutine::new(|_: &Yielder<(), ()>, ()| coroutine::current());
/// assert_eq!(c.resume(())?, CoroutineState::Complete(Some(c.any())));
/// # Ok::<_, coro::ResumeError<()>>(())
/// ```
#[doc(alias = "getcurrent")]
#[must_use]
pub fn current() -> Option<AnyCoroutine> {
    coroutines::running().map(|head| AnyCoroutine { key: head.key })
}

/// Gives `value` to the thread's own stack, past all callers; returns when somebody resumes the calling coroutine.
///
/// The value arrives where the thread resumed whichever coroutine it was, as what that one gave out, if it has that
/// type. The calling coroutine waits for its next input, an `I`; those that it skipped still wait for their answers, and
/// take a value of that type from whoever resumes them. [`Yielder::main`](super::Yielder::main) is the same with `I`
/// known to the compiler.
///
/// # Errors
/// The value inside an error: [`is_outside`](ResumeError::is_outside) on the thread's own stack, and
/// [`is_mismatch`](ResumeError::is_mismatch) if main waits for another type, or the inputs of the calling coroutine are
/// no `I`s.
///
/// # Interruption
/// The calling coroutine's own kill and raise arrive here.
///
/// # Examples
/// ```
/// use coro::coroutine::{self, Coroutine, CoroutineState, Yielder};
/// let counter = Coroutine::<(), u32, ()>::new(|_: &Yielder<(), u32>, ()| {
///     for n in 1_u32.. {
///         let () = coroutine::main(n).expect("main waits for a number");
///     }
/// });
/// assert_eq!(counter.resume(())?, CoroutineState::Yielded(1));
/// assert_eq!(counter.resume(())?, CoroutineState::Yielded(2));
/// # Ok::<_, coro::ResumeError<()>>(())
/// ```
pub fn main<T: 'static, I: 'static>(value: T) -> Result<I, ResumeError<T>> {
    let Some(me) = coroutines::running() else {
        return Err(ResumeError::refused(Refusal::Outside, "main".to_owned(), value));
    };
    let Some(inlet) = me.inlet.downcast_ref::<Cell<Option<I>>>() else {
        return Err(wrong_input::<I, _>(&me, value));
    };
    let glance = chain::before_leaving(&me);
    leave_for_main(&me, glance, value)?;
    Ok(take_from(inlet))
}
