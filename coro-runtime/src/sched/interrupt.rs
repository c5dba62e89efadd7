//! Interrupts on their way to a thread: kill, raise, timeout (`README.md`, section 5).

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use super::Loop;
use super::current::Cx;
use super::timers::{Target, TimerKey};
use super::unwind::Mark;
use crate::payload::UnwindKind;

/// The thread was killed; never cleared.
const KILLED: u8 = 1;
/// Something waits in `raised`.
const RAISED: u8 = 2;
/// At least one frame has expired.
const EXPIRED: u8 = 4;
/// A test counts suspensions.
const TRAPPED: u8 = 8;

/// How many `timeout` and `shield` calls are under way; in one word, since every switch compares it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth(u64);

impl Depth {
    fn new(frames: u32, shields: u32) -> Depth {
        Depth(u64::from(frames) << 32 | u64::from(shields))
    }

    fn frames(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn shields(self) -> u32 {
        self.0 as u32
    }

    /// Whether a `shield` call has begun since there were `before`.
    pub(crate) fn is_shielded_since(self, before: Depth) -> bool {
        self.shields() > before.shields()
    }
}

/// The frames and shields of a coroutine that is in no thread's chain: none, mostly.
#[derive(Debug, Default)]
pub(crate) struct Detached(Option<Box<Taken>>);

#[derive(Debug)]
struct Taken {
    frames: Vec<Frame>,
    /// The depth at which they began, of which the frames' own shield depths are a part.
    base: Depth,
    shields: u32,
}

impl Detached {
    pub(crate) fn is_shielded(&self) -> bool {
        self.0.as_ref().is_some_and(|taken| taken.shields > 0)
    }
}

/// One `timeout` call that is under way.
#[derive(Debug)]
struct Frame {
    number: u64,
    /// None if the limit lies beyond the end of time.
    deadline: Option<Instant>,
    /// The shield depth at the call: the frame is held back by shields inside it, not by those around it.
    shield: u32,
    timer: Option<TimerKey>,
    expired: bool,
}

/// An interrupt that has been taken for delivery; the wait that got it either raises it or keeps it for later.
#[must_use]
pub(crate) struct Interrupt(UnwindKind);

impl Interrupt {
    /// Unwinds the running thread up to whoever the interrupt is addressed to.
    #[cold]
    pub(crate) fn raise(self) -> ! {
        super::unwind::start(self.0)
    }

    /// Makes the interrupt pending again, before all others of its kind.
    pub(crate) fn put_back(self) {
        super::current::with(|cx| {
            if let Some(cx) = cx {
                cx.rec.interrupts.put_back(self);
            }
        });
    }
}

/// Makes what was raised at the running thread pending again, before all others.
pub(super) fn put_back(payload: Box<dyn Any + Send>) {
    Interrupt(UnwindKind::Raise(super::current::number(), payload)).put_back();
}

/// The kill of a thread that runs on after its `k`-th suspension, for tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trap {
    pub(crate) suspensions_left: u32,
    /// Kill while it is parked, rather than just before it parks.
    pub(crate) when_parked: bool,
}

/// What is pending for one thread, and what holds it back.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Interrupts {
    /// First, beside what else a turn touches of its thread's record.
    flags: Cell<u8>,
    /// How many `shield` calls are under way, and how many frames there are.
    depth: Cell<Depth>,
    /// None until it is needed: most threads are never interrupted, and a million of them pay for every word.
    details: OnceCell<Box<Details>>,
}

/// What only threads have that set limits, are interrupted or unwind.
#[derive(Default)]
struct Details {
    frames: RefCell<Vec<Frame>>,
    raised: RefCell<VecDeque<Box<dyn Any + Send>>>,
    /// What the thread knows of its own last unwind.
    mark: Cell<Mark>,
    /// Whether an interrupt was ever delivered at the beginning of a wait.
    delivered: Cell<bool>,
    trap: Cell<Option<Trap>>,
}

impl Interrupts {
    /// Forgets what was pending for a thread that has ended.
    #[inline]
    pub(crate) fn reset(&mut self) {
        if self.any() || self.depth.get() != Depth::default() || self.details.get().is_some() {
            *self = Interrupts::default();
        }
    }

    fn details(&self) -> &Details {
        self.details.get_or_init(Box::default)
    }

    /// The thread's own answer to "am I unwinding", used while others are parked mid-unwind (`README.md`, section 6).
    pub(super) fn mark(&self) -> Mark {
        self.details.get().map_or(Mark::default(), |details| details.mark.get())
    }

    pub(super) fn set_mark(&self, mark: Mark) {
        if mark != self.mark() {
            self.details().mark.set(mark);
        }
    }

    #[inline(always)]
    pub(crate) fn depth(&self) -> Depth {
        self.depth.get()
    }

    fn shields(&self) -> u32 {
        self.depth.get().shields()
    }

    fn set_shields(&self, shields: u32) {
        self.depth.set(Depth::new(self.depth.get().frames(), shields));
    }

    /// Notes how many frames there are, and whether one of them has expired.
    fn note_frames(&self) {
        let frames = self.details().frames.borrow();
        let count = u32::try_from(frames.len()).expect("fewer than 2^32 calls fit onto a stack");
        self.depth.set(Depth::new(count, self.shields()));
        if frames.iter().any(|frame| frame.expired) {
            self.set(EXPIRED);
        } else {
            self.clear(EXPIRED);
        }
    }

    /// Takes out what was added since there were `base`.
    fn take_since(&self, base: Depth) -> Taken {
        let frames = self.details().frames.borrow_mut().split_off(base.frames() as usize);
        let shields = self.shields() - base.shields();
        self.set_shields(base.shields());
        self.note_frames();
        Taken { frames, base, shields }
    }

    /// Puts back what `take_since` took, perhaps from another thread, on top of what there is.
    fn put_on_top(&self, taken: Taken) {
        let Taken { mut frames, base, shields } = taken;
        let here = self.shields();
        for frame in &mut frames {
            frame.shield = frame.shield - base.shields() + here;
        }
        self.details().frames.borrow_mut().append(&mut frames);
        self.set_shields(here + shields);
        self.note_frames();
    }

    /// Takes what was raised and never delivered.
    pub(crate) fn take_raised(&self) -> VecDeque<Box<dyn Any + Send>> {
        self.details.get().map(|details| details.raised.take()).unwrap_or_default()
    }

    /// Whether a look at the details is needed; false on every fast path.
    #[inline(always)]
    pub(crate) fn any(&self) -> bool {
        self.flags.get() != 0
    }

    #[inline]
    pub(crate) fn is_killed(&self) -> bool {
        self.has(KILLED)
    }

    pub(crate) fn kill(&self) {
        self.set(KILLED);
    }

    pub(crate) fn push_raise(&self, payload: Box<dyn Any + Send>) {
        self.details().raised.borrow_mut().push_back(payload);
        self.set(RAISED);
    }

    /// Takes the most urgent interrupt that is not held back. A kill and an expired frame stay pending.
    pub(crate) fn take_deliverable(&self) -> Option<Interrupt> {
        if !self.any() {
            return None;
        }
        let shield = self.shields();
        if self.has(KILLED) && shield == 0 {
            return Some(Interrupt(UnwindKind::Kill(super::current::number())));
        }
        if self.has(EXPIRED) {
            let frames = self.details().frames.borrow();
            let outermost = frames.iter().find(|frame| frame.expired && frame.shield == shield);
            if let Some(frame) = outermost {
                return Some(Interrupt(UnwindKind::Timeout(frame.number)));
            }
        }
        if self.has(RAISED) && shield == 0 {
            let mut raised = self.details().raised.borrow_mut();
            let payload = raised.pop_front();
            if raised.is_empty() {
                self.clear(RAISED);
            }
            return payload
                .map(|payload| Interrupt(UnwindKind::Raise(super::current::number(), payload)));
        }
        None
    }

    /// Notes that an interrupt is raised without a suspension before it; whether that happened before.
    pub(crate) fn note_delivery(&self) -> bool {
        self.details().delivered.replace(true)
    }

    /// Gives a raise back that was taken and not delivered; the others are still pending anyway.
    fn put_back(&self, interrupt: Interrupt) {
        if let UnwindKind::Raise(_, payload) = interrupt.0 {
            self.details().raised.borrow_mut().push_front(payload);
            self.set(RAISED);
        }
    }

    /// Whether `take_deliverable` would find something.
    pub(crate) fn has_deliverable(&self) -> bool {
        let shield = self.shields();
        (self.has(KILLED | RAISED) && shield == 0)
            || (self.has(EXPIRED)
                && self
                    .details()
                    .frames
                    .borrow()
                    .iter()
                    .any(|frame| frame.expired && frame.shield == shield))
    }

    pub(crate) fn enter_shield(&self) {
        self.set_shields(self.shields() + 1);
    }

    pub(crate) fn leave_shield(&self) {
        self.set_shields(self.shields() - 1);
    }

    /// Begins a frame, innermost; `timer` marks it as expired at `deadline`.
    pub(crate) fn push_frame(
        &self,
        number: u64,
        deadline: Option<Instant>,
        timer: Option<TimerKey>,
    ) {
        let frame = Frame { number, deadline, shield: self.shields(), timer, expired: false };
        self.details().frames.borrow_mut().push(frame);
        self.note_frames();
    }

    /// Ends the innermost frame; its timer, if it has not expired, is for the caller to remove.
    pub(crate) fn pop_frame(&self) -> Option<TimerKey> {
        let popped = self.details().frames.borrow_mut().pop();
        self.note_frames();
        popped?.timer
    }

    pub(crate) fn has_frame(&self, number: u64) -> bool {
        let Some(details) = self.details.get() else { return false };
        details.frames.borrow().iter().any(|frame| frame.number == number)
    }

    /// Marks a frame as expired, unless its call has ended.
    pub(crate) fn expire_frame(&self, number: u64) {
        let Some(details) = self.details.get() else { return };
        let mut frames = details.frames.borrow_mut();
        if let Some(frame) = frames.iter_mut().find(|frame| frame.number == number) {
            frame.expired = true;
            frame.timer = None;
            self.set(EXPIRED);
        }
    }

    pub(crate) fn set_trap(&self, trap: Trap) {
        self.details().trap.set(Some(trap));
        self.set(TRAPPED);
    }

    /// Counts a suspension; the trap, when this was the last.
    #[cold]
    pub(crate) fn spring_trap(&self) -> Option<Trap> {
        let mut trap = self.details().trap.get()?;
        trap.suspensions_left -= 1;
        if trap.suspensions_left > 0 {
            self.details().trap.set(Some(trap));
            return None;
        }
        self.details().trap.set(None);
        self.clear(TRAPPED);
        Some(trap)
    }

    pub(crate) fn is_trapped(&self) -> bool {
        self.has(TRAPPED)
    }

    fn has(&self, flags: u8) -> bool {
        self.flags.get() & flags != 0
    }

    fn set(&self, flags: u8) {
        self.flags.set(self.flags.get() | flags);
    }

    fn clear(&self, flags: u8) {
        self.flags.set(self.flags.get() & !flags);
    }
}

impl Loop {
    /// Takes what a coroutine has added to its thread's frames and shields, with the timers.
    pub(crate) fn detach(&self, cx: Cx<'_>, since: Depth) -> Detached {
        let mut taken = cx.rec.interrupts.take_since(since);
        for frame in &mut taken.frames {
            if let Some(timer) = frame.timer.take() {
                self.remove_timer(timer);
            }
        }
        let is_empty = taken.frames.is_empty() && taken.shields == 0;
        Detached((!is_empty).then(|| Box::new(taken)))
    }

    /// Gives a coroutine's frames and shields to the thread that runs it now.
    pub(crate) fn attach(&self, cx: Cx<'_>, detached: Detached) {
        let Some(mut taken) = detached.0 else { return };
        let thread = self.key_of(cx.rec);
        for frame in taken.frames.iter_mut().filter(|frame| !frame.expired) {
            let target = Target::Frame { thread, frame: frame.number };
            frame.timer = frame.deadline.map(|deadline| self.insert_timer(deadline, target));
        }
        cx.rec.interrupts.put_on_top(*taken);
    }
}

impl fmt::Debug for Interrupts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupts")
            .field("killed", &self.is_killed())
            .field("shield", &self.shields())
            .field("frames", &self.depth.get().frames())
            .field("is_raised_at", &self.has(RAISED))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(interrupts: &Interrupts) -> Option<&'static str> {
        interrupts.take_deliverable().map(|interrupt| match interrupt.0 {
            UnwindKind::Kill(_) => "kill",
            UnwindKind::Timeout(1) => "timeout 1",
            UnwindKind::Timeout(_) => "timeout",
            UnwindKind::Raise(..) => "raise",
            UnwindKind::CoroutineKill(_) | UnwindKind::CoroutineRaise(..) => "a coroutine's",
        })
    }

    #[test]
    fn kill_comes_first_and_stays() {
        let interrupts = Interrupts::default();
        interrupts.push_raise(Box::new(1));
        interrupts.kill();
        assert_eq!(taken(&interrupts), Some("kill"));
        assert_eq!(taken(&interrupts), Some("kill"));
    }

    #[test]
    fn a_raise_is_delivered_once() {
        let interrupts = Interrupts::default();
        interrupts.push_raise(Box::new(1));
        assert_eq!(taken(&interrupts), Some("raise"));
        assert_eq!(taken(&interrupts), None);
        assert!(!interrupts.any());
    }

    #[test]
    fn the_outermost_expired_frame_is_served_until_it_is_popped() {
        let interrupts = Interrupts::default();
        interrupts.push_frame(1, None, None);
        interrupts.push_frame(2, None, None);
        interrupts.expire_frame(2);
        interrupts.expire_frame(1);
        assert_eq!(taken(&interrupts), Some("timeout 1"));
        interrupts.pop_frame();
        assert_eq!(taken(&interrupts), Some("timeout 1"));
        interrupts.pop_frame();
        assert_eq!(taken(&interrupts), None);
    }

    #[test]
    fn a_shield_holds_back_all_but_the_frames_inside_it() {
        let interrupts = Interrupts::default();
        interrupts.push_frame(1, None, None);
        interrupts.expire_frame(1);
        interrupts.kill();
        interrupts.enter_shield();
        assert!(!interrupts.has_deliverable());
        assert_eq!(taken(&interrupts), None);
        interrupts.push_frame(2, None, None);
        interrupts.expire_frame(2);
        assert_eq!(taken(&interrupts), Some("timeout"));
        interrupts.pop_frame();
        interrupts.leave_shield();
        assert_eq!(taken(&interrupts), Some("kill"));
    }
}
