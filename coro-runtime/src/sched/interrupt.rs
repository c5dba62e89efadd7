//! Interrupts on their way to a thread: kill, raise, timeout (`README.md`, section 5).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;

use super::timers::TimerKey;
use crate::payload::Unwind;

/// The thread was killed; never cleared.
const KILLED: u8 = 1;
/// Something waits in `raised`.
const RAISED: u8 = 2;
/// At least one frame has expired.
const EXPIRED: u8 = 4;
/// A test counts suspensions.
const TRAPPED: u8 = 8;

/// One `timeout` call that is under way.
#[derive(Debug)]
struct Frame {
    number: u64,
    /// The shield depth at the call: the frame is held back by shields inside it, not by those around it.
    shield: u32,
    timer: Option<TimerKey>,
    expired: bool,
}

/// An interrupt that has been taken for delivery; the wait that got it either raises it or keeps it for later.
#[must_use]
pub(crate) struct Interrupt(Unwind);

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

/// The kill of a thread that runs on after its `k`-th suspension, for tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trap {
    pub(crate) suspensions_left: u32,
    /// Kill while it is parked, rather than just before it parks.
    pub(crate) when_parked: bool,
}

/// What is pending for one thread, and what holds it back.
#[derive(Default)]
pub(crate) struct Interrupts {
    flags: Cell<u8>,
    /// How many `shield` calls are under way.
    shield: Cell<u32>,
    frames: RefCell<Vec<Frame>>,
    raised: RefCell<VecDeque<Box<dyn Any + Send>>>,
    /// Whether an interrupt was ever delivered at the beginning of a wait.
    delivered: Cell<bool>,
    trap: Cell<Option<Trap>>,
}

impl Interrupts {
    /// Forgets what was pending for a thread that has ended.
    pub(crate) fn reset(&mut self) {
        if self.any() || self.shield.get() > 0 || self.delivered.get() {
            *self = Interrupts::default();
        }
    }

    /// Takes what was raised and never delivered.
    pub(crate) fn take_raised(&self) -> VecDeque<Box<dyn Any + Send>> {
        self.raised.take()
    }

    /// Whether a look at the details is needed; false on every fast path.
    #[inline(always)]
    pub(crate) fn any(&self) -> bool {
        self.flags.get() != 0
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.has(KILLED)
    }

    pub(crate) fn kill(&self) {
        self.set(KILLED);
    }

    pub(crate) fn push_raise(&self, payload: Box<dyn Any + Send>) {
        self.raised.borrow_mut().push_back(payload);
        self.set(RAISED);
    }

    /// Takes the most urgent interrupt that is not held back. A kill and an expired frame stay pending.
    pub(crate) fn take_deliverable(&self) -> Option<Interrupt> {
        if !self.any() {
            return None;
        }
        let shield = self.shield.get();
        if self.has(KILLED) && shield == 0 {
            return Some(Interrupt(Unwind::Kill));
        }
        if self.has(EXPIRED) {
            let frames = self.frames.borrow();
            let outermost = frames.iter().find(|frame| frame.expired && frame.shield == shield);
            if let Some(frame) = outermost {
                return Some(Interrupt(Unwind::Timeout(frame.number)));
            }
        }
        if self.has(RAISED) && shield == 0 {
            let mut raised = self.raised.borrow_mut();
            let payload = raised.pop_front();
            if raised.is_empty() {
                self.clear(RAISED);
            }
            return payload.map(|payload| Interrupt(Unwind::Raise(payload)));
        }
        None
    }

    /// Notes that an interrupt is raised without a suspension before it; whether that happened before.
    pub(crate) fn note_delivery(&self) -> bool {
        self.delivered.replace(true)
    }

    /// Gives a raise back that was taken and not delivered; the others are still pending anyway.
    fn put_back(&self, interrupt: Interrupt) {
        if let Unwind::Raise(payload) = interrupt.0 {
            self.raised.borrow_mut().push_front(payload);
            self.set(RAISED);
        }
    }

    /// Whether `take_deliverable` would find something.
    pub(crate) fn has_deliverable(&self) -> bool {
        let shield = self.shield.get();
        (self.has(KILLED | RAISED) && shield == 0)
            || (self.has(EXPIRED)
                && self.frames.borrow().iter().any(|frame| frame.expired && frame.shield == shield))
    }

    pub(crate) fn enter_shield(&self) {
        self.shield.set(self.shield.get() + 1);
    }

    pub(crate) fn leave_shield(&self) {
        self.shield.set(self.shield.get() - 1);
    }

    pub(crate) fn push_frame(&self, number: u64) {
        let shield = self.shield.get();
        self.frames.borrow_mut().push(Frame { number, shield, timer: None, expired: false });
    }

    pub(crate) fn set_frame_timer(&self, timer: TimerKey) {
        if let Some(frame) = self.frames.borrow_mut().last_mut() {
            frame.timer = Some(timer);
        }
    }

    /// Ends the innermost frame; its timer, if it has not expired, is for the caller to remove.
    pub(crate) fn pop_frame(&self) -> Option<TimerKey> {
        let mut frames = self.frames.borrow_mut();
        let popped = frames.pop();
        if !frames.iter().any(|frame| frame.expired) {
            self.clear(EXPIRED);
        }
        popped?.timer
    }

    /// Marks a frame as expired, unless its call has ended.
    pub(crate) fn expire_frame(&self, number: u64) {
        let mut frames = self.frames.borrow_mut();
        if let Some(frame) = frames.iter_mut().find(|frame| frame.number == number) {
            frame.expired = true;
            frame.timer = None;
            self.set(EXPIRED);
        }
    }

    pub(crate) fn set_trap(&self, trap: Trap) {
        self.trap.set(Some(trap));
        self.set(TRAPPED);
    }

    /// Counts a suspension; the trap, when this was the last.
    #[cold]
    pub(crate) fn spring_trap(&self) -> Option<Trap> {
        let mut trap = self.trap.get()?;
        trap.suspensions_left -= 1;
        if trap.suspensions_left > 0 {
            self.trap.set(Some(trap));
            return None;
        }
        self.trap.set(None);
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

impl fmt::Debug for Interrupts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupts")
            .field("killed", &self.is_killed())
            .field("shield", &self.shield.get())
            .field("frames", &self.frames.borrow().len())
            .field("raised", &self.raised.borrow().len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(interrupts: &Interrupts) -> Option<&'static str> {
        interrupts.take_deliverable().map(|interrupt| match interrupt.0 {
            Unwind::Kill => "kill",
            Unwind::Timeout(1) => "timeout 1",
            Unwind::Timeout(_) => "timeout",
            Unwind::Raise(_) => "raise",
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
        interrupts.push_frame(1);
        interrupts.push_frame(2);
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
        interrupts.push_frame(1);
        interrupts.expire_frame(1);
        interrupts.kill();
        interrupts.enter_shield();
        assert!(!interrupts.has_deliverable());
        assert_eq!(taken(&interrupts), None);
        interrupts.push_frame(2);
        interrupts.expire_frame(2);
        assert_eq!(taken(&interrupts), Some("timeout"));
        interrupts.pop_frame();
        interrupts.leave_shield();
        assert_eq!(taken(&interrupts), Some("kill"));
    }
}
