//! A fiber: our cover over corosensei's coroutine.
//!
//! It adds a state that makes both halves of a switch safe to call, keeps the pointer by which the inner side
//! suspends, and never unwinds a stack from outside: a fiber that is dropped while suspended leaks its stack.

#![expect(
    unsafe_code,
    reason = "switches stacks through a pointer that lives on the fiber's own stack"
)]

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;

use corosensei::stack::Stack as _;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::machine;
use super::stack::{self, Stack};

/// Nothing is passed by the switch itself, but the first resume tells the entry function its fiber.
type Inner = Coroutine<*const Fiber, (), (), Stack>;
type InnerYielder = Yielder<*const Fiber, ()>;

const WORD: usize = size_of::<usize>();

/// How far below the saved stack pointer the switch goes, in bytes.
const PUSHED: usize = 3 * WORD;

/// How much of a new stack is asked for before its function starts, in bytes: three lines, that is.
const FIRST_FRAMES: usize = 3 * machine::CACHE_LINE;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not running: never started, or suspended.
    Suspended,
    /// Between a resume and the suspend or the end that answers it.
    Running,
    /// Its function has returned; the stack can be taken.
    Done,
}

/// What a resumed fiber did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Progress {
    Suspended,
    Done,
}

/// A function on a stack of its own. It stays at one address while it runs.
pub(crate) struct Fiber {
    /// Touched by `resume` and `into_stack` only, the first while `state` is `Running`.
    coroutine: UnsafeCell<ManuallyDrop<Inner>>,
    /// Points into the fiber's stack; set when its function starts, valid until it returns.
    yielder: Cell<*const InnerYielder>,
    state: Cell<State>,
    /// The stack pointer of its last suspension; its stack's top before the first (`README.md`, section 4).
    saved: Cell<usize>,
    /// How far it had gone down its own stack when memory of that was released, in words: what was released is not seen any
    /// more. It fits in beside `state`; of more than 32 GiB it says as much.
    mark: Cell<u32>,
    /// So that an `Option<Fiber>` needs no word of its own: a cell's unused values could not say that there is none.
    #[expect(dead_code, reason = "only the values that it cannot have are of use")]
    there: There,
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum There {
    Yes = 1,
}

impl Fiber {
    /// A fiber that will run `entry`, which is moved onto the stack and may have 1,024 bytes at most; larger closures are
    /// boxed where threads are spawned (`thread::builder`).
    ///
    /// # Safety
    /// Everything that `entry` borrows must live until the fiber is done or for ever. `entry` must not unwind.
    #[inline]
    pub(crate) unsafe fn new<F: FnOnce()>(stack: Stack, entry: F) -> Fiber {
        let main = move |yielder: &InnerYielder, fiber: *const Fiber| {
            // SAFETY: the first resume passes the address of the fiber it was called on, which stays there and
            // borrowed until that resume returns, and this line runs before that.
            unsafe { &*fiber }.yielder.set(yielder);
            entry();
        };
        let saved = Cell::new(stack.base().get());
        // SAFETY: the caller vouches for what `entry` borrows; `Fiber` never lets the coroutine be dropped while
        // it is suspended, so its stack stays as it is until `main` has returned, or for ever.
        let coroutine = unsafe { Inner::with_stack_unchecked(stack, main) };
        Fiber {
            coroutine: UnsafeCell::new(ManuallyDrop::new(coroutine)),
            yielder: Cell::new(ptr::null()),
            state: Cell::new(State::Suspended),
            saved,
            mark: Cell::new(0),
            there: There::Yes,
        }
    }

    /// A fiber that will run `entry`, which borrows nothing. Should `entry` unwind, the process aborts.
    pub(crate) fn of_static(stack: Stack, entry: Box<dyn FnOnce()>) -> Fiber {
        let entry = move || {
            let bomb = AbortOnDrop;
            entry();
            std::mem::forget(bomb);
        };
        // SAFETY: `entry` is `'static`, so it borrows nothing that could end, and the bomb aborts the process before an
        // unwind could leave it.
        unsafe { Fiber::new(stack, entry) }
    }

    /// Runs the fiber until it suspends or ends.
    ///
    /// # Panics
    /// If the fiber runs already or has ended: both are mistakes of the scheduler.
    #[inline(always)]
    pub(crate) fn resume(&self) -> Progress {
        assert!(self.state.get() == State::Suspended, "only a suspended fiber can be resumed");
        self.state.set(State::Running);
        // SAFETY: the state was `Suspended`, so no other resume of this fiber is under way and nobody else holds a
        // reference to the coroutine; `into_stack` takes the fiber by value.
        let coroutine = unsafe { &mut *self.coroutine.get() };
        match coroutine.resume(self) {
            CoroutineResult::Yield(()) => {
                self.state.set(State::Suspended);
                Progress::Suspended
            }
            CoroutineResult::Return(()) => {
                self.state.set(State::Done);
                Progress::Done
            }
        }
    }

    /// Goes back to whoever resumed this fiber; returns at the next resume.
    ///
    /// It is called by code that runs on this fiber's stack, or on that of a fiber which this one has resumed: by the
    /// wait of the running thread (`sched::wait`), and for the running coroutine of that thread (`sched::head`).
    ///
    /// # Panics
    /// If the fiber does not run.
    #[inline(always)]
    pub(crate) fn suspend(&self) {
        assert!(self.state.get() == State::Running, "only the running fiber can suspend");
        // SAFETY: the fiber runs, so its function has set the pointer and has not returned: the yielder lives on
        // its stack. A fiber is not `Sync`, and its two callers see to it that they run on its stack, or on that of one
        // that it has resumed: they take the fiber from the record of what runs on this OS thread at this moment.
        let yielder = unsafe { &*self.yielder.get() };
        self.saved.set(machine::stack_pointer());
        yielder.suspend(());
    }

    /// Asks for the lines of the stack that a resume and the next suspension are likely to touch: what the switch has
    /// pushed, the frames that called it, and the link to the resumer near the stack's top, where the yielder is. For a
    /// fiber that has not started, those below the top.
    #[inline(always)]
    pub(crate) fn prefetch(&self) {
        let (saved, yielder) = (self.saved.get(), self.yielder.get().addr());
        let (from, to) = match yielder {
            0 => (saved.wrapping_sub(FIRST_FRAMES), saved.wrapping_sub(machine::CACHE_LINE)),
            _ => (saved.wrapping_sub(PUSHED), yielder),
        };
        machine::prefetch(from);
        machine::prefetch(from.wrapping_add(machine::CACHE_LINE));
        machine::prefetch(to);
    }

    /// The stack pointer of its last suspension, in whichever stack the code that suspended it ran; none while it runs,
    /// and on machines where the pointer cannot be had.
    pub(crate) fn saved_stack_pointer(&self) -> Option<usize> {
        (self.state.get() == State::Suspended).then(|| self.saved.get()).filter(|&saved| saved != 0)
    }

    /// An address in its own stack.
    pub(crate) fn own_stack_address(&self) -> usize {
        let yielder = self.yielder.get();
        // Before its function starts, the saved pointer is the stack's top.
        if yielder.is_null() { self.saved.get() - 1 } else { yielder.addr() }
    }

    /// How many bytes of its own stack, from the top down, have been written to since it was all zeros, whatever of them was
    /// released meanwhile; none if that cannot be found out, or if it is done.
    pub(crate) fn high_water(&self) -> Option<usize> {
        if self.state.get() == State::Done {
            return None;
        }
        // SAFETY: a fiber that is not done has its stack, whose chunk is mapped as long as that is out. A fiber cannot be
        // sent, so who calls this runs on the OS thread of everybody who writes to the stack.
        let measured = unsafe { stack::high_water(self.own_stack_address()) }?;
        Some(measured.max(self.mark.get() as usize * WORD))
    }

    /// Lets go of the memory below where it is suspended, in whichever stack that is (`README.md`, section 4).
    pub(crate) fn release_unused(&self) {
        let started = !self.yielder.get().is_null();
        if let Some(saved) = self.saved_stack_pointer().filter(|_| started) {
            // SAFETY: the code that has suspended the fiber stands still until the fiber is resumed, and the fiber, which
            // cannot be sent, is not resumed by this OS thread meanwhile.
            let released = unsafe { stack::release_below(saved) };
            if let Some((slot, depth)) = released
                && slot.contains(self.own_stack_address())
            {
                let words = u32::try_from(depth / WORD).unwrap_or(u32::MAX);
                self.mark.set(self.mark.get().max(words));
            }
        }
    }

    /// The stack of a fiber that is done; none, for ever, if it is not.
    pub(crate) fn into_stack(self) -> Option<Stack> {
        if self.state.get() != State::Done {
            return None;
        }
        Some(ManuallyDrop::into_inner(self.coroutine.into_inner()).into_stack())
    }
}

/// Ends the process if it is dropped, that is, if something unwinds past it.
struct AbortOnDrop;

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        std::process::abort();
    }
}

impl fmt::Debug for Fiber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fiber").field("state", &self.state.get()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::pool::{Pool, Shape};
    use super::super::stack::MIN_STACK_SIZE;
    use super::*;

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_fiber_or_none_takes_one_line_of_the_cache() {
        assert_eq!(size_of::<Option<Fiber>>(), 64);
    }

    #[test]
    fn a_fiber_suspends_and_ends_and_its_stack_is_reused() {
        let mut pool = Pool::default();
        for _ in 0..100 {
            let steps = Rc::new(Cell::new(0));
            let fiber: Rc<Cell<Option<Rc<Fiber>>>> = Rc::default();
            let (inner, count) = (fiber.clone(), steps.clone());
            let entry = move || {
                let me = inner.take().expect("the fiber was put here before it ran");
                count.set(1);
                me.suspend();
                count.set(2);
            };
            // SAFETY: `entry` borrows nothing and does not unwind.
            let made = unsafe {
                Fiber::new(
                    pool.take(Shape { size: MIN_STACK_SIZE, guard: 0 }).expect("a stack"),
                    entry,
                )
            };
            let made = Rc::new(made);
            fiber.set(Some(made.clone()));
            assert_eq!(made.resume(), Progress::Suspended);
            assert_eq!(steps.get(), 1);
            assert_eq!(made.resume(), Progress::Done);
            assert_eq!(steps.get(), 2);
            let made = Rc::into_inner(made).expect("the fiber's own handle is gone");
            pool.give(made.into_stack().expect("the fiber is done"));
        }
    }

    /// Uses 40 KiB of stack, and keeps nothing there.
    #[cfg(not(feature = "sanitizer"))]
    #[inline(never)]
    fn go_deep() {
        std::hint::black_box(&mut [0xa5_u8; 40 * 1024]);
    }

    // A sanitizer moves locals off the stack.
    #[cfg(not(feature = "sanitizer"))]
    #[test]
    fn what_lies_below_a_suspended_fiber_is_let_go() {
        let mut pool = Pool::default();
        let fiber: Rc<Cell<Option<Rc<Fiber>>>> = Rc::default();
        let inner = fiber.clone();
        let entry = move || {
            let me = inner.take().expect("the fiber was put here before it ran");
            let kept = std::hint::black_box([7_u8; 100]);
            go_deep();
            me.suspend();
            assert_eq!(std::hint::black_box(kept), [7; 100]);
            me.suspend();
        };
        let stack = pool.take(Shape { size: 128 * 1024, guard: 0 }).expect("a stack");
        let made = Rc::new(Fiber::of_static(stack, Box::new(entry)));
        made.release_unused();
        assert!(made.high_water() < Some(2000), "{:?}", made.high_water());
        fiber.set(Some(made.clone()));
        assert_eq!(made.resume(), Progress::Suspended);
        let deep = made.high_water().expect("the kernel tells");
        assert!((40 * 1024..60 * 1024).contains(&deep), "{deep}");
        for _ in 0..2 {
            made.release_unused();
            assert_eq!(made.high_water(), Some(deep), "the mark stays");
            // SAFETY: the fiber is suspended, so its stack is mapped and nobody writes to it.
            let after = unsafe { stack::high_water(made.own_stack_address()) };
            assert!(after < Some(20 * 1024), "{after:?}");
        }
        assert_eq!(made.resume(), Progress::Suspended);
        assert_eq!(made.resume(), Progress::Done);
        assert_eq!(made.high_water(), None);
        made.release_unused();
        let made = Rc::into_inner(made).expect("the fiber's own handle is gone");
        pool.give(made.into_stack().expect("the fiber is done"));
    }
}
