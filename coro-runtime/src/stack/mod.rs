//! Stacks seen and steered: what they take, what they can spare, how far a function goes, and big ones for a call.
//!
//! A thread's stack is address space, 256 KiB of it unless it is [told otherwise](crate::thread::Builder::stack_size);
//! memory is used only as far as the thread has gone. [`measure`] says how far a function goes, and
//! [`Thread::stack_high_water`](crate::thread::Thread::stack_high_water) how far a thread has gone. Small stacks suffice
//! for most code; what needs more now and then, such as a deep recursion or a library in C, can be called
//! [on a big stack](on_big_stack).
//!
//! Below each stack lies a guard: code that goes too far ends the process, and does not touch other memory.

mod measure;
mod remaining;
mod trim;
mod usage;

use std::io;

pub use measure::{Measured, measure};
pub use remaining::remaining;
pub use trim::trim;
pub use usage::{ClassUsage, Usage, usage};

use crate::sched::stacks;

/// Runs `f` in place, on a stack of at least `bytes` with a guard of 1 MiB, and returns what it returns.
///
/// It is for code that needs more stack than its thread has: deep recursion, large frames, C libraries. To all else
/// nothing changes: `f` runs as part of the thread, coroutine or OS thread that calls this, so it may borrow, panic, wait,
/// resume coroutines, suspend the coroutine it runs in, and call this again. Together with [`remaining`] a recursion of
/// any depth can go on where it is about to run out of stack.
///
/// The stack comes from the loop's pool and goes back when `f` ends, however it ends; outside any loop, it comes from a
/// pool of the OS thread. The first call with a size takes some system calls, the next ones well below a microsecond. If the
/// thread is never resumed again, its big stack stays as its own does. Sizes are rounded up to a power of two, and memory is
/// used only as far as `f` goes.
///
/// Stack and memory are kept for the next call: a loop lets go of them when they were not needed for a second or two, but
/// outside any loop they stay until [`trim`](trim()) is called, or a loop runs on that OS thread. A stack of more than
/// 1 GiB is not kept at all.
///
/// # Panics
/// If no stack of this size can be had; [`try_on_big_stack`] returns an error instead. A panic of `f` goes on here.
///
/// # Interruption
/// None of its own. Kill, raise and timeout that arrive in a wait of `f` unwind through this call.
///
/// # Examples
/// ```
/// fn depth(n: u32) -> u32 {
///     let frame = [n; 256]; // a KiB a call
///     if n == 0 { 0 } else { depth(std::hint::black_box(&frame)[0] - 1) + 1 }
/// }
///
/// coro::run(|| {
///     let small = coro::thread::Builder::new().stack_size(16 * 1024).spawn(|| {
///         coro::stack::on_big_stack(64 * 1024 * 1024, || depth(10_000))
///     });
///     assert_eq!(small.unwrap().join().unwrap(), 10_000);
/// });
/// ```
#[track_caller]
pub fn on_big_stack<R>(bytes: usize, f: impl FnOnce() -> R) -> R {
    match try_on_big_stack(bytes, f) {
        Ok(result) => result,
        Err(error) => panic!("failed to take a big stack: {error}"),
    }
}

/// As [`on_big_stack`], with an error where that panics.
///
/// # Errors
/// `InvalidInput` for a size beyond the address space, `OutOfMemory` if no stack of this size can be had, `Unsupported`
/// when the OS thread ends and has destroyed what held its stacks. `f` is dropped unrun then.
///
/// # Panics
/// A panic of `f` goes on here.
///
/// # Interruption
/// As [`on_big_stack`].
///
/// # Examples
/// ```
/// let sum = coro::stack::try_on_big_stack(1 << 20, || [1_u8; 500_000].iter().map(|&n| u32::from(n)).sum())?;
/// assert_eq!(500_000_u32, sum);
///
/// let error = coro::stack::try_on_big_stack(usize::MAX, || ()).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
/// # Ok::<_, std::io::Error>(())
/// ```
pub fn try_on_big_stack<R>(bytes: usize, f: impl FnOnce() -> R) -> io::Result<R> {
    stacks::on_big_stack(bytes, f)
}
