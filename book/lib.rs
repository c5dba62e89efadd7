//! The guide to coro, and the pages of the repository that hold code, as doctests.
//!
//! Each chapter is the documentation of an empty module, so `cargo test -p coro-book` compiles and runs every code
//! block in it. Read the chapters in `src/`, or with `mdbook serve book`.

#[doc = include_str!("src/introduction.md")]
mod introduction {}

#[doc = include_str!("src/getting-started.md")]
mod getting_started {}

#[doc = include_str!("src/threads.md")]
mod threads {}

#[doc = include_str!("src/coroutines.md")]
mod coroutines {}

#[doc = include_str!("src/macros.md")]
mod macros {}

#[doc = include_str!("src/stacks.md")]
mod stacks {}

#[doc = include_str!("src/interrupts.md")]
mod interrupts {}

#[doc = include_str!("src/time.md")]
mod time {}

#[doc = include_str!("src/sockets.md")]
mod sockets {}

#[doc = include_str!("src/io.md")]
mod io {}

#[doc = include_str!("src/locks.md")]
mod locks {}

#[doc = include_str!("src/channels.md")]
mod channels {}

#[doc = include_str!("src/event-loop.md")]
mod event_loop {}

#[doc = include_str!("src/async.md")]
mod with_async {}

#[doc = include_str!("src/testing.md")]
mod testing {}

#[doc = include_str!("src/porting.md")]
mod porting {}

#[doc = include_str!("src/differences.md")]
mod differences {}

#[doc = include_str!("src/from-tokio.md")]
mod from_tokio {}

#[doc = include_str!("src/from-python.md")]
mod from_python {}

#[doc = include_str!("src/faq.md")]
mod faq {}

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("../SOUNDNESS.md")]
mod soundness {}
