//! Compiles every expansion that the tests of `coro-macros` compare, as if someone had written it, beside the code it
//! comes from.
//!
//! Those tests write the list of the cases. Here the compiler has the last word: the printed code is real code, and the
//! tests among the cases pass.

// Each case shows a form, and most call nothing.
#![allow(dead_code)]
// What is generated for every form alike need not be what someone would write for this one.
#![allow(unused_braces, clippy::all, clippy::semicolon_if_nothing_returned)]

#[rustfmt::skip]
#[path = "../../coro-macros/expansions/list.rs"]
mod list;
