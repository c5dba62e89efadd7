//! The integration tests: a module for each topic, all in one binary.
//!
//! Tests are data where they can be: a helper takes an input and what is expected of it. Nothing here waits for time
//! to pass in the hope that something has happened meanwhile: tests shake hands, look at what a thread waits for, or
//! run on a paused clock.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod support;

mod clock;
mod coroutine_misuse;
mod coroutine_waits;
mod coroutines;
mod event_list;
mod event_loop;
mod fairness;
mod interrupts;
mod kth_kill;
mod manual;
mod misuse;
mod panics;
mod raw_sockets;
mod resume;
mod semantics;
mod shortages;
mod sockets;
mod sync;
mod test_macro;
mod threads;
mod wall_clock;
