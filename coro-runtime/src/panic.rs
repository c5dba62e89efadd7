//! Catching and resuming unwinds, shaped after [`mod@std::panic`].
//!
//! std's own functions work in threads too. They differ in one case: std counts unwinds per OS thread, so while some
//! thread of the loop waits in a destructor, in the middle of its unwind, std cannot tell the loop whether *another*
//! thread unwinds. The functions here can. After `std::panic::catch_unwind` has caught a panic in that time, the
//! thread is still taken for unwinding, and its sockets refuse to wait; after `std::panic::resume_unwind`, it is not
//! taken for unwinding, and a kill in one of its destructors would abort the process. Interrupts are spared this as long
//! as the same kind of function catches and resumes: their payload, [`Unwind`], tells the loop when it is dropped.

use std::any::Any;

pub use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, RefUnwindSafe, UnwindSafe};

pub use crate::payload::Unwind;

use crate::sched::unwind;

/// Runs `f` and catches a panic that unwinds out of it, as [`std::panic::catch_unwind`].
///
/// Like std's, it also catches the unwind of an interrupt. A kill and a timeout come again at the next suspension
/// point; a raise that is caught here has been delivered. To catch a raise, use [`catch`](crate::catch).
///
/// # Errors
/// The payload of the panic; for an interrupt, an [`Unwind`].
///
/// # Examples
/// ```
/// coro::run(|| {
///     let caught = coro::panic::catch_unwind(|| panic!("boom"));
///     assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"boom"));
/// });
/// ```
pub fn catch_unwind<R>(f: impl FnOnce() -> R + UnwindSafe) -> std::thread::Result<R> {
    unwind::catch(f)
}

/// Unwinds with `payload` and prints nothing, as [`std::panic::resume_unwind`].
///
/// # Panics
/// Always, with `payload`.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let error = coro::thread::spawn(|| -> u32 { panic!("boom") }).join().unwrap_err();
///     let parent = coro::thread::spawn(|| -> u32 { coro::panic::resume_unwind(error.into_panic()) });
///     assert_eq!(parent.join().unwrap_err().downcast_ref(), Some(&"boom"));
/// });
/// ```
pub fn resume_unwind(payload: Box<dyn Any + Send>) -> ! {
    unwind::resume(payload)
}
