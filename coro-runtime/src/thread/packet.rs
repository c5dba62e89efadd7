//! The way of a thread's result to whoever joins it.
//!
//! A packet has two owners, the thread (`Writer`) and its handle (`Reader`), perhaps on different OS threads. It is
//! a reference count, a one-shot channel and a wait in one atomic byte, because spawn and join are hot.
//!
//! The thread ends on the OS thread of its loop, its *home*. When the handle, too, is used there, the two cannot run at the
//! same time, and plain reads and writes do. Each end has to know that of the other: a handle that waits says so by
//! `HOME`, and what it is elsewhere is no matter once it is gone. So a join that waits costs no read-modify-write at all
//! at home, nor does a handle that is dropped before its thread has ended; and a join of a thread that has ended costs
//! one, in the thread.
//!
//! | bit | set by | means |
//! |---|---|---|
//! | `DONE` | writer | `result` is written; it belongs to the reader from here on |
//! | `WAITING` | reader | `waiter` is written; it belongs to the writer once `DONE` is set as well |
//! | `HOME` | reader, with `WAITING` | who waits is a thread of the writer's loop: it does not run while the writer does |
//! | `READER_GONE`, `WRITER_GONE` | either | who sets the second of the two frees the packet |

#![expect(
    unsafe_code,
    reason = "two owners share one allocation; the state byte says who may touch what"
)]

use std::any::Any;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::sched::blocks::{self, Block};
use crate::sched::current;
use crate::sched::remote::LoopId;
use crate::sched::wait::{Clause, Waiter};

const DONE: u8 = 1;
const WAITING: u8 = 2;
const READER_GONE: u8 = 4;
const WRITER_GONE: u8 = 8;
const HOME: u8 = 16;

/// What a thread's function returned, or what it unwound with.
pub(crate) type Outcome<T> = Result<T, Box<dyn Any + Send>>;

struct Packet<T> {
    state: AtomicU8,
    /// The writer's until `DONE`, then the reader's; whoever frees the packet drops what is left.
    result: UnsafeCell<Option<Outcome<T>>>,
    /// The reader's, except while `WAITING` and `DONE` are both set: then the writer's.
    waiter: UnsafeCell<Option<Waiter>>,
}

/// The thread's end.
pub(crate) struct Writer<T>(NonNull<Packet<T>>);

/// The handle's end.
pub(crate) struct Reader<T> {
    packet: NonNull<Packet<T>>,
    /// The loop on whose OS thread the writer is.
    home: LoopId,
}

// SAFETY: a writer moves a result in, hence `T: Send`; for the rest, see below.
unsafe impl<T: Send> Send for Writer<T> {}
// SAFETY: a reader gives access to the result, hence `T: Send`; the waiter is `Send`, the state is atomic, and the
// table above keeps the two ends from touching a field at the same time.
unsafe impl<T: Send> Send for Reader<T> {}
// SAFETY: through a shared reference a reader only reads the atomic state (`is_done`).
unsafe impl<T> Sync for Reader<T> {}

impl<T> Packet<T> {
    /// Whether it lies in a block; else it has a box of its own.
    const IN_BLOCK: bool =
        size_of::<Self>() <= size_of::<Block>() && align_of::<Self>() <= align_of::<Block>();

    fn new() -> Self {
        let (result, waiter) = (UnsafeCell::new(None), UnsafeCell::new(None));
        Packet { state: AtomicU8::new(0), result, waiter }
    }
}

/// Makes a packet and its two ends, for a thread of the loop `home`.
#[inline]
pub(crate) fn packet<T>(home: LoopId) -> (Writer<T>, Reader<T>) {
    let packet = if Packet::<T>::IN_BLOCK {
        let block = NonNull::from(Box::leak(blocks::take())).cast::<Packet<T>>();
        // SAFETY: the block is nobody else's, and large enough and aligned for a packet (`IN_BLOCK`).
        unsafe { block.write(Packet::new()) };
        block
    } else {
        NonNull::from(Box::leak(Box::new(Packet::new())))
    };
    (Writer(packet), Reader { packet, home })
}

/// Frees the packet.
///
/// # Safety
/// Both `GONE` bits are set and the caller set the second, having acquired what the other end did.
unsafe fn free<T>(packet: NonNull<Packet<T>>) {
    if !Packet::<T>::IN_BLOCK {
        // SAFETY: `packet` has leaked it from a `Box`, and by this function's contract nobody uses it any more.
        return drop(unsafe { Box::from_raw(packet.as_ptr()) });
    }
    // It goes back even if a destructor of the result unwinds.
    let _block = Freed(packet.cast());
    // SAFETY: `packet` has written it, and by this function's contract nobody uses it any more.
    unsafe { packet.drop_in_place() };
}

/// The block of a packet that nobody uses any more; it goes back when this is dropped, after what was in it.
struct Freed(NonNull<Block>);

impl Drop for Freed {
    fn drop(&mut self) {
        // SAFETY: `packet` has leaked the block from a `Box`, and `free`, which makes this, is the only one to take it back.
        blocks::give(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl<T> Writer<T> {
    fn packet(&self) -> &Packet<T> {
        // SAFETY: the packet is freed only after `WRITER_GONE` is set, which this end does when it is dropped.
        unsafe { self.0.as_ref() }
    }

    /// Hands the result over and wakes the reader; gives it back if there is no reader any more.
    #[inline]
    pub(crate) fn complete(self, outcome: Outcome<T>) -> Option<Outcome<T>> {
        let packet = self.packet();
        let state = packet.state.load(Ordering::Acquire);
        if state & READER_GONE != 0 {
            return Some(outcome);
        }
        // SAFETY: `DONE` is not set, so the result is the writer's; there is none yet that would have to be dropped.
        unsafe { packet.result.get().write(Some(outcome)) };
        if state == WAITING | HOME {
            // SAFETY: the reader's wait is one of a thread of this OS thread, which runs the writer: so it does not end
            // meanwhile, and the waiter can be had.
            let waiter = unsafe { (*packet.waiter.get()).take() };
            return self.leave_to(waiter);
        }
        if state == 0 {
            let all = DONE | WRITER_GONE;
            let set = packet.state.compare_exchange(0, all, Ordering::AcqRel, Ordering::Relaxed);
            if set.is_ok() {
                // The reader frees the packet.
                std::mem::forget(self);
                return None;
            }
        }
        self.complete_abroad()
    }

    /// Leaves a complete packet to the reader, who waits at home.
    #[inline]
    fn leave_to(self, waiter: Option<Waiter>) -> Option<Outcome<T>> {
        self.packet().state.store(WAITING | HOME | DONE | WRITER_GONE, Ordering::Release);
        std::mem::forget(self);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
        None
    }

    /// Hands over a result that is there, to a reader that may be on another OS thread.
    #[cold]
    fn complete_abroad(self) -> Option<Outcome<T>> {
        let packet = self.packet();
        let before = packet.state.fetch_or(DONE, Ordering::AcqRel);
        if before & READER_GONE != 0 {
            // SAFETY: the reader is gone and will not look, so the result is still the writer's.
            return unsafe { (*packet.result.get()).take() };
        }
        if before & WAITING != 0 {
            // SAFETY: `WAITING` was set when `DONE` was, so the waiter is the writer's.
            let waiter = unsafe { (*packet.waiter.get()).take() };
            if let Some(waiter) = waiter {
                waiter.wake();
            }
        }
        self.leave()
    }

    /// Ends this end's ownership; the result, if the reader has gone meanwhile without taking it.
    fn leave(self) -> Option<Outcome<T>> {
        let before = self.packet().state.fetch_or(WRITER_GONE, Ordering::AcqRel);
        let packet = ManuallyDrop::new(self);
        if before & READER_GONE == 0 {
            return None;
        }
        // SAFETY: the reader is gone, so the packet is still there and the result is this end's.
        let result = unsafe { (*packet.packet().result.get()).take() };
        // SAFETY: this set the second bit.
        unsafe { free(packet.0) };
        result
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        let before = self.packet().state.fetch_or(WRITER_GONE, Ordering::AcqRel);
        if before & READER_GONE != 0 {
            // SAFETY: this set the second bit.
            unsafe { free(self.0) };
        }
    }
}

impl<T> Reader<T> {
    fn packet(&self) -> &Packet<T> {
        // SAFETY: the packet is freed only after `READER_GONE` is set or by this end itself, when it is dropped.
        unsafe { self.packet.as_ref() }
    }

    /// Whether the result is there.
    pub(crate) fn is_done(&self) -> bool {
        self.packet().state.load(Ordering::Acquire) & DONE != 0
    }

    /// A look at the result, if it is there and was not taken before.
    pub(crate) fn peek(&mut self) -> Option<&Outcome<T>> {
        if !self.is_done() {
            return None;
        }
        // SAFETY: `DONE` is set and was acquired, so the result is the reader's, which is borrowed mutably meanwhile.
        let result = unsafe { &*self.packet().result.get() };
        result.as_ref()
    }

    /// The result, if it is there and was not taken before.
    pub(crate) fn try_take(&mut self) -> Option<Outcome<T>> {
        if !self.is_done() {
            return None;
        }
        // SAFETY: `DONE` is set and was acquired, so the result is the reader's.
        unsafe { (*self.packet().result.get()).take() }
    }
}

impl<T> Reader<T> {
    /// Whether this runs on the writer's OS thread, so that the writer does not run at the same time.
    #[inline]
    fn is_at_home(&self) -> bool {
        current::with_loop(|lp| lp.is_some_and(|lp| lp.id() == self.home))
    }
}

impl<T> Drop for Reader<T> {
    #[inline]
    fn drop(&mut self) {
        let at_home = self.is_at_home();
        let state = &self.packet().state;
        let mut before = state.load(Ordering::Acquire);
        if before & WRITER_GONE == 0 {
            if at_home {
                state.store(before | READER_GONE, Ordering::Release);
            } else {
                before = state.fetch_or(READER_GONE, Ordering::AcqRel);
            }
        }
        if before & WRITER_GONE != 0 {
            // SAFETY: the writer is gone and so is, from here on, the reader.
            unsafe { free(self.packet) };
        }
    }
}

impl<T> Clause for Reader<T> {
    const WHAT: &'static str = "another thread's end (join)";

    #[inline]
    fn register(&mut self, waiter: Waiter) {
        let packet = self.packet();
        let state = packet.state.load(Ordering::Acquire);
        if state & DONE != 0 {
            // A waiter that was there when the thread ended has left `WAITING` set.
            return waiter.wake();
        }
        assert_eq!(state & WAITING, 0, "a handle waits for its thread's end once at a time");
        let at_home = waiter.is_in(self.home);
        // SAFETY: `WAITING` is not set, and only this end sets it, so the waiter is the reader's. There is none that would
        // have to be dropped: whoever clears `WAITING` takes it out.
        unsafe { ptr::write(packet.waiter.get(), Some(waiter)) };
        if at_home {
            packet.state.store(state | WAITING | HOME, Ordering::Release);
        } else {
            self.register_abroad();
        }
    }

    #[inline]
    fn deregister(&mut self) -> bool {
        let packet = self.packet();
        let state = packet.state.load(Ordering::Acquire);
        if state & DONE != 0 {
            return true;
        }
        if state & HOME != 0 {
            packet.state.store(state & !(WAITING | HOME), Ordering::Release);
        } else if packet.state.fetch_and(!WAITING, Ordering::AcqRel) & DONE != 0 {
            return true;
        }
        // SAFETY: `WAITING` was cleared before `DONE` was set, so the waiter is the reader's again.
        drop(unsafe { (*packet.waiter.get()).take() });
        false
    }
}

impl<T> Reader<T> {
    /// Says that the waiter is there, when the writer may be at work on another OS thread.
    #[cold]
    fn register_abroad(&self) {
        let packet = self.packet();
        let before = packet.state.fetch_or(WAITING, Ordering::AcqRel);
        if before & DONE != 0 {
            // SAFETY: `DONE` came before `WAITING`, so the writer has not looked at the waiter and never will.
            let waiter = unsafe { (*packet.waiter.get()).take() };
            if let Some(waiter) = waiter {
                waiter.wake();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// These tests run outside any loop: nobody is at home.
    fn home() -> LoopId {
        LoopId::of_no_loop()
    }

    #[test]
    fn a_block_comes_back_though_the_result_unwinds_when_it_is_dropped() {
        struct Unwinds;
        impl Drop for Unwinds {
            fn drop(&mut self) {
                std::panic::resume_unwind(Box::new(()));
            }
        }
        crate::run(|| {
            let (writer, reader) = packet(home());
            let address = writer.0.as_ptr().addr();
            assert!(writer.complete(Ok(Unwinds)).is_none());
            let dropped = std::panic::AssertUnwindSafe(|| drop(reader));
            assert!(std::panic::catch_unwind(dropped).is_err());
            let block = blocks::take();
            assert_eq!(block.as_ptr().addr(), address);
        });
    }

    #[test]
    fn the_result_is_dropped_once_whichever_end_goes_first() {
        for reader_first in [true, false] {
            let canary = Arc::new(());
            let (writer, mut reader) = packet(home());
            if reader_first {
                drop(reader);
                let back = writer.complete(Ok(canary.clone()));
                assert!(matches!(back, Some(Ok(_))));
                drop(back);
            } else {
                assert!(writer.complete(Ok(canary.clone())).is_none());
                assert!(reader.is_done());
                assert!(matches!(reader.try_take(), Some(Ok(_))));
                assert!(reader.try_take().is_none());
            }
            assert_eq!(Arc::strong_count(&canary), 1);
        }
    }

    #[test]
    fn an_unread_result_goes_with_the_reader() {
        let canary = Arc::new(());
        let (writer, reader) = packet(home());
        assert!(writer.complete(Ok(canary.clone())).is_none());
        drop(reader);
        assert_eq!(Arc::strong_count(&canary), 1);
    }

    #[test]
    fn a_writer_that_never_completes_frees_its_share() {
        let (writer, reader) = packet::<String>(home());
        drop(writer);
        assert!(!reader.is_done());
    }

    #[test]
    fn os_threads_race_over_packets_without_a_loss() {
        for round in 0..2_000 {
            let (writer, mut reader) = packet(home());
            let other = std::thread::spawn(move || writer.complete(Ok(round)));
            if round % 3 == 0 {
                drop(reader);
                let back = other.join().expect("no panic");
                assert!(back.is_none() || matches!(back, Some(Ok(value)) if value == round));
            } else {
                while !reader.is_done() {
                    assert!(crate::sched::wait::on(&mut reader, None).or_raise());
                }
                assert!(matches!(reader.try_take(), Some(Ok(value)) if value == round));
                assert!(other.join().expect("no panic").is_none());
            }
        }
    }
}
