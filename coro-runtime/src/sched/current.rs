//! Which loop this OS thread runs, and which thread the loop runs.
//!
//! The only thread-local that threads depend on: one pointer, const-initialised, read once per operation. (Raw
//! coroutines, which need no loop, have another in `coroutines.rs`.)

#![expect(
    unsafe_code,
    reason = "turns the two current pointers into references, and an installed loop into a box"
)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;

use super::Loop;
use super::record::Record;

thread_local! {
    /// Points at the loop in `run`'s frame while that frame is active, or at an installed loop; else null.
    static LOOP: Cell<*const Loop> = const { Cell::new(ptr::null()) };
}

/// The running thread and its loop.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) lp: &'a Loop,
    pub(crate) rec: &'a Record,
}

/// Calls `f` with the running thread, or with none outside any loop (and between two threads).
///
/// On the way to a switch `f` is a function marked `#[inline(always)]`, not a closure: a call frame of a closure that
/// the compiler did not inline costs more than the switch, because the return that ends it is mispredicted.
#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(Option<Cx<'_>>) -> R) -> R {
    with_argument((), |cx, ()| f(cx))
}

/// As `with`, for an `f` that is no closure and needs an argument.
#[inline(always)]
pub(crate) fn with_argument<A, R>(argument: A, f: impl FnOnce(Option<Cx<'_>>, A) -> R) -> R {
    // SAFETY: as in `with_loop`.
    let cx = match unsafe { LOOP.get().as_ref() } {
        Some(lp) => lp.current.get().map(|rec| Cx { lp, rec }),
        None => None,
    };
    f(cx, argument)
}

/// The number of the running thread; 0 outside any loop.
pub(crate) fn number() -> u64 {
    with(|cx| cx.map_or(0, |cx| cx.rec.number))
}

/// Calls `f` with the loop of this OS thread, whether or not one of its threads runs at the moment.
#[inline(always)]
pub(crate) fn with_loop<R>(f: impl FnOnce(Option<&Loop>) -> R) -> R {
    // SAFETY: null or the address of a loop that lives. Either `enter` borrows it; `Entered::drop` takes it back
    // before that borrow ends, and code on any stack of this OS thread runs inside `run`'s frame in between. Or
    // `install` owns it; `Installed::take_back` says why nobody is inside `f` when it gives the loop away.
    f(unsafe { LOOP.get().as_ref() })
}

/// Keeps a loop current; the borrow sees to it that the loop outlives it.
pub(crate) struct Entered<'a> {
    /// Not `Send`: it must be dropped on the OS thread whose pointer it set.
    marker: PhantomData<(&'a Loop, *const ())>,
}

/// Makes `lp` the current loop of this OS thread; none, if there is one already.
pub(crate) fn enter(lp: &Loop) -> Option<Entered<'_>> {
    if !LOOP.get().is_null() {
        return None;
    }
    LOOP.set(lp);
    Some(Entered { marker: PhantomData })
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        LOOP.set(ptr::null());
    }
}

/// Keeps a loop on the heap current. Dropped without [`take_back`](Self::take_back), it leaves the loop there for good.
pub(crate) struct Installed {
    /// From `Box::into_raw`, and nobody frees it but `take_back`. A pointer is not `Send`, and this must not be: it
    /// belongs to the OS thread whose pointer was set.
    lp: *mut Loop,
}

/// Makes `lp` the current loop of this OS thread until it is taken back; none, if there is one already.
pub(crate) fn install(lp: Box<Loop>) -> Option<Installed> {
    if !LOOP.get().is_null() {
        return None;
    }
    let lp = Box::into_raw(lp);
    LOOP.set(lp);
    Some(Installed { lp })
}

impl Installed {
    /// Whether the main thread of this loop runs now on its own stack, as opposed to one of its threads, or a coroutine
    /// that main has resumed.
    pub(crate) fn is_in_main(&self) -> bool {
        with(|cx| {
            cx.is_some_and(|Cx { lp, rec }| {
                ptr::eq(lp, self.lp) && rec.is_main() && !rec.base.is_occupied()
            })
        })
    }

    /// Takes the loop back; none, and it stays for good, unless its main thread runs and is its only thread.
    pub(crate) fn take_back(self) -> Option<Box<Loop>> {
        let is_over = self.is_in_main() && with_loop(|lp| lp.is_some_and(Loop::is_alone));
        if !is_over {
            return None;
        }
        LOOP.set(ptr::null());
        // SAFETY: the pointer came from `Box::into_raw` in `install`; it is made a box once, for this takes the only
        // `Installed`. No reference to the loop is left: it has no thread but main, so no other stack has any; main
        // runs user code, or it would not have come here, and runs it with no such reference in its frames
        // (`README.md`, section 7).
        Some(unsafe { Box::from_raw(self.lp) })
    }
}

/// The loop's pointer to the record of the thread that runs.
///
/// Null or valid: `Loop::run_thread` holds a reference count on the record from before it is set until after it is
/// cleared, and the main thread's record lives as long as the loop.
pub(crate) struct CurrentRecord(Cell<*const Record>);

impl CurrentRecord {
    pub(crate) const fn none() -> CurrentRecord {
        CurrentRecord(Cell::new(ptr::null()))
    }

    #[inline(always)]
    pub(crate) fn set(&self, rec: Option<&Record>) {
        self.0.set(rec.map_or(ptr::null(), ptr::from_ref));
    }

    /// The record of the running thread.
    ///
    /// The reference may be kept across a suspension by that thread's own code: a thread's record lives until the
    /// thread is done.
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<&Record> {
        // SAFETY: null or valid, as said above; records are shared and never borrowed mutably.
        unsafe { self.0.get().as_ref() }
    }
}
