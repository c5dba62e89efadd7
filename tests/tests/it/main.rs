//! The integration tests: a module for each topic, all in one binary.
//!
//! Tests are data where they can be: a helper takes an input and what is expected of it. Nothing here waits for time
//! to pass in the hope that something has happened meanwhile: tests shake hands, look at what a thread waits for, or
//! run on a paused clock.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod support;

mod barrier;
mod blocking;
mod channel;
mod children;
mod clock;
mod coroutine_misuse;
mod coroutine_waits;
mod coroutines;
mod event;
mod event_list;
mod event_loop;
mod fairness;
mod foreign_code;
mod future;
mod interrupts;
mod io_source;
mod join_set;
mod kth_kill;
mod limits;
mod local;
mod macros;
mod manual;
mod misuse;
mod mpsc;
mod once;
mod overflow;
mod panics;
mod raw_sockets;
mod resume;
mod rwlock;
mod scopes;
mod select;
mod semantics;
mod semaphore;
mod shortages;
mod side_by_side;
mod sockets;
mod spread;
mod stacks;
mod stdio;
mod sync;
mod test_macro;
mod thread_names;
mod threads;
mod trimming;
mod udp;
mod unix;
mod wall_clock;
