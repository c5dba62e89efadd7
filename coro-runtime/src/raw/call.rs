//! A call on another stack, which returns as any call does.
//!
//! Unlike a fiber it has no state of its own: to whoever runs, a thread or a coroutine, the other stack is a piece of its
//! own that happens to lie elsewhere. It can be suspended there, and goes on there.

use std::panic::{self, AssertUnwindSafe};

use super::stack::Stack;

/// Runs `f` from the top of `stack`, and goes on here with what it returns or unwinds with.
pub(crate) fn call_on<R>(stack: &mut Stack, f: impl FnOnce() -> R) -> R {
    // Nothing may unwind past the first frame of a stack. The payload passes by unseen, so nobody takes the unwind for
    // ended.
    let outcome = corosensei::on_stack(stack, || panic::catch_unwind(AssertUnwindSafe(f)));
    outcome.unwrap_or_else(|payload| panic::resume_unwind(payload))
}
