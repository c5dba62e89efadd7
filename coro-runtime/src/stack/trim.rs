//! Giving back to the system what stacks can spare.

use crate::sched::stacks;

/// Gives back to the system all memory that the stacks of this OS thread can spare.
///
/// That is the memory of every stack that nobody uses, with its address space where a whole chunk of stacks is unused;
/// and of every stack on which a thread or a coroutine is suspended, what lies below the point where it is: a thread that
/// has gone deep once and waits now keeps a page or two. Nothing else changes; stacks that are used again get fresh pages,
/// which takes the system some microseconds each. How deep each thread has gone is noted, so that
/// [`Thread::stack_high_water`](crate::thread::Thread::stack_high_water) does not fall.
///
/// A loop lets go of unused stacks by itself, when they were not needed for a second or two. It does so in portions between
/// the turns of its threads, which takes longer where these take milliseconds; this does all at once. So it is for moments
/// when a load is known to be over, or many threads are about to wait for long. It takes two system calls for each
/// suspended thread, some microseconds if there is memory to give back. What the thread that calls it uses, and the
/// callers of a running coroutine's thread on its own stack, is not touched, nor are the stacks of other OS threads.
///
/// # Examples
/// ```
/// #[inline(never)]
/// fn go_deep() {
///     std::hint::black_box([1_u8; 100_000]);
/// }
///
/// coro::run(|| {
///     let once_deep = || {
///         go_deep();
///         coro::thread::park();
///     };
///     let threads: Vec<_> = (0..20).map(|_| coro::thread::spawn(once_deep)).collect();
///     coro::thread::yield_now();
///     assert!(coro::stack::usage().committed() >= 20 * 100_000);
///     coro::stack::trim();
///     assert!(coro::stack::usage().committed() < 20 * 20_000);
///     for thread in &threads { thread.thread().unpark(); }
///     for thread in threads { thread.join().expect("it goes on as if nothing had happened"); }
/// });
/// ```
pub fn trim() {
    stacks::trim();
}
