//! The attributes of coro and the inside of its `select!`, re-exported by the crate `coro`: use them from there.
//!
//! An expansion goes through four steps, each in its own file. `args` reads the attribute's arguments and
//! `function` the item, `check` finds what cannot be expanded, and `expand` writes the new function. When there
//! were mistakes, all of them are told at once, and `fallback` mends the function so that it is still there and its
//! callers compile. `resume` and `yielder` know the parameters that make a thread one that is resumed.
//! `select` is on its own.
//! `bind` moves the parameters into the closure that has the body.
//! `lifetimes`, `block` and `impl_trait` work out what a routine may borrow, which is the only part that is not plain
//! writing.
//!
//! Everything here works on `proc_macro2` tokens, so that the unit tests need no compiler: tokens in, tokens or messages
//! out. This file only forwards.

mod args;
mod bind;
mod block;
mod check;
mod errors;
mod expand;
#[cfg(test)]
mod expansions;
mod fallback;
mod function;
mod impl_trait;
mod lifetimes;
#[cfg(test)]
mod mutations;
mod naming;
mod resume;
mod select;
#[cfg(test)]
mod spans;
mod spelling;
mod yielder;

use proc_macro::TokenStream;

/// Turns a function into one that binds its arguments and returns a routine, which runs as a thread.
///
/// Calling the function runs nothing yet. The `coro::thread::Routine` it returns is then
/// - run as a thread of the current loop by `.spawn()`, if all it borrows is `'static`,
/// - run as a thread that may borrow by `scope.spawn_routine(…)`,
/// - run in place, as the function before, by `.call()`.
///
/// Inside the body nothing changes: `return`, `?`, recursion and borrows work as in any function, and the arguments are
/// dropped when it ends. A call of the function in its own body makes a routine too. The book's chapter "The macros"
/// shows every form, and what each error means.
///
/// # What it stands on
/// What may be an `async fn` may stand here, with the few exceptions that come of the macro seeing words and not types,
/// which the book lists:
/// - free functions, associated functions and methods of `impl` blocks, by every receiver;
/// - methods of traits, with a default body or without, and their implementations: the attribute goes on each of them.
///   Such a trait may be a `dyn` one;
/// - with generics, constants, where-clauses, lifetimes named or left off, `impl Trait` and `dyn` in parameters and
///   results, patterns, parameters under `#[cfg]`, and the result `!`, which becomes `Infallible`.
///
/// Attributes, documentation and visibility stay on the function. Only a `#[must_use]` without a reason goes, since every
/// routine is `#[must_use]`.
///
/// The routine borrows for as long as every argument allows: with `&self`, as long as `self`; with `self` or
/// `self: Rc<Self>`, as long as what the type itself borrows. The macro sees only what is written, so a type that hides
/// its lifetime, such as `Chars`, has to show it: `Chars<'_>`. An implementation of a trait writes the types of its
/// parameters as the trait does: `Self::Item` where that says `Self::Item`.
///
/// ```
/// use coro::thread;
/// use std::rc::Rc;
///
/// struct Server {
///     greeting: String,
/// }
///
/// impl Server {
///     #[coro::thread]
///     fn greet(&self, whom: &str) -> String {
///         format!("{}, {whom}", self.greeting)
///     }
///
///     #[coro::thread(name = "client {id}")]
///     fn serve(self: Rc<Self>, id: u32) -> String {
///         self.greet(&id.to_string()).call()
///     }
/// }
///
/// coro::run(|| {
///     let server = Rc::new(Server { greeting: "hello".into() });
///     let clients = [1, 2].map(|id| server.clone().serve(id).spawn());
///     assert_eq!(clients.map(|client| client.join().unwrap()), ["hello, 1", "hello, 2"]);
///     thread::scope(|scope| {
///         let greeting = scope.spawn_routine(server.greet("you"));
///         assert_eq!(greeting.join().unwrap(), "hello, you");
///     });
/// });
/// ```
///
/// # Arguments
/// - `name = "…"`: the thread's name, a string literal; the function's name if left off. `{parameter}` in it is
///   formatted when the routine is made, as by `format!`; a brace is written `{{`. `.named("…")` on the routine wins
///   over it.
/// - `stack_size = …`: the least stack size in bytes, any expression of type `usize`; the loop's default if left off.
///   It is evaluated when the arguments have been moved into the routine, so it is made of constants.
///   `.stack_size(…)` on the routine wins over it.
/// - `crate = …`: the path that leads to coro, `::coro` if left off; for a crate that re-exports or renames it, and for
///   macros.
///
/// # Values in and out
/// A parameter of type `&Yielder<In, Out>`, the first behind `self`, makes the thread one that is resumed: calling the
/// function returns a `coro::thread::ResumeRoutine`, whose `.spawn()` gives a `ResumeHandle`. The thread starts at its
/// first `.resume(value)`, and that value fills the parameter marked with `#[resume]`. Each `.suspend(out)` of the
/// yielder then gives a value out, as the result of the resume, and returns what the next resume brings in. The caller
/// passes the other parameters. Where `In` is `()`, the marked parameter may be left out, and the handle is an iterator
/// over the values that come out.
///
/// ```
/// use coro::{CoroutineState, Yielder};
///
/// #[coro::thread]
/// fn averager(cx: &Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> String {
///     let (mut sum, mut count, mut next) = (0.0, 0, first);
///     while next.is_finite() {
///         sum += next;
///         count += 1;
///         next = cx.suspend(sum / f64::from(count));
///     }
///     format!("{label}: {count} values")
/// }
///
/// #[coro::thread]
/// fn numbers(cx: &Yielder<(), u32>, end: u32) {
///     (0..end).for_each(|number| cx.suspend(number));
/// }
///
/// coro::run(|| {
///     let mut avg = averager("latency").spawn();
///     assert_eq!(avg.resume(10.0)?, CoroutineState::Yielded(10.0));
///     assert_eq!(avg.resume(20.0)?, CoroutineState::Yielded(15.0));
///     assert_eq!(avg.resume(f64::NAN)?, CoroutineState::Complete("latency: 2 values".to_owned()));
///
///     assert!(numbers(3).spawn().eq([0, 1, 2]));
///     Ok::<(), coro::ResumeError<f64>>(())
/// })
/// .expect("each resume finds the thread waiting");
/// ```
///
/// `Yielder` is known by its name, as the last part of the path that is written; an alias of it is an ordinary type.
/// `In` and `Out` are the same for every resume, so a lifetime in them has a name.
///
/// # Expansion
/// ```text
/// #[coro::thread]
/// fn echo<T: Read>(mut conn: T, label: &str) -> io::Result<()> { … }
///
/// fn echo<'coro, '_label: 'coro, T: Read + 'coro>(
///     conn: T,
///     label: &'_label str,
/// ) -> coro::thread::Routine<'coro, io::Result<()>> {
///     // binds the arguments and the body
/// }
/// ```
/// Without references the routine is `'static`; with one lifetime and no types it borrows for that lifetime.
///
/// ```text
/// #[coro::thread]
/// fn averager(cx: &Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> String { … }
///
/// fn averager(label: &'static str) -> coro::thread::ResumeRoutine<'static, f64, f64, String> {
///     // binds the argument and the body
/// }
/// ```
///
/// # Errors
/// An unknown, doubled or mistyped argument is an error that says what the attribute takes. So is a function that is
/// `async`, `const`, `unsafe` or `extern`, or has C variadics, and one under another of coro's attributes or `#[test]`.
/// A placeholder that names no parameter of the caller's is one too, and so are `name` and `stack_size` on a trait's
/// function without a body, whose implementations say them.
///
/// With a yielder, it is an error if it is not the first parameter, not a plain `&` to a `Yielder` with two types, or not
/// the only one; if no parameter or more than one is marked with `#[resume]`; and if the marked one has another type than
/// `In`. A mark without a yielder is an error too.
///
/// All mistakes are told at once, and the function is emitted all the same, so that its callers compile.
///
/// # Panics
/// The function itself runs none of the body, so it panics only where formatting its name does. `.spawn()` panics
/// outside a loop; a panic of the body ends its thread, and is what `join` tells.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// #[coro::thread]
/// fn add_later(a: u32, b: u32) -> u32 {
///     coro::thread::sleep(Duration::from_millis(1)); // the others run meanwhile
///     a + b
/// }
///
/// #[coro::thread(name = "counter", stack_size = 64 * 1024)]
/// fn count<T: PartialEq>(items: &[T], item: &T) -> usize {
///     items.iter().filter(|other| *other == item).count()
/// }
///
/// coro::run(|| {
///     let sum = add_later(1, 2).spawn();
///     assert_eq!(add_later(3, 4).call(), 7);
///     assert_eq!(sum.join().expect("it returns"), 3);
///
///     let letters = vec!['a', 'b', 'a'];
///     coro::thread::scope(|scope| {
///         let count = scope.spawn_routine(count(&letters, &'a'));
///         assert_eq!(count.join().expect("it returns"), 2);
///     });
/// });
/// ```
#[proc_macro_attribute]
pub fn thread(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::thread(args.into(), item.into()).into()
}

/// Runs a function as the main thread of a new loop.
///
/// The function becomes one that can be called from anywhere outside a loop, most often by the program's start. It runs
/// in place, on the caller's stack. When it returns, the threads that are still there are killed, and the call ends when
/// all of them are gone. Its result is passed on: nothing, a `Result`, an `ExitCode`, `!`, or any other that may end a
/// program.
///
/// # Arguments
/// - `stack_size = …`: the default stack size of spawned threads in bytes, any expression of type `usize`; 256 KiB if
///   left off.
/// - `name = "…"`: the main thread's name, a string literal; `main` if left off.
/// - `crate = …`: the path that leads to coro, `::coro` if left off; for a crate that re-exports or renames it, and for
///   macros.
///
/// `coro::Builder` sets these and more without a macro.
///
/// # Expansion
/// ```text
/// #[coro::main]
/// fn main() -> io::Result<()> { … }
///
/// fn main() -> io::Result<()> {
///     coro::Builder::new().run(|| -> io::Result<()> { … })
/// }
/// ```
///
/// # Errors
/// An unknown, doubled or mistyped argument is an error that says what the attribute takes. So is a function that is
/// `async`, `const`, `unsafe` or `extern`, or has parameters, generic parameters or no body.
///
/// # Panics
/// The function panics if it is called inside a loop.
///
/// # Examples
/// ```
/// use coro::net::{TcpListener, TcpStream};
/// use std::io::{self, Read, Write};
///
/// #[coro::thread]
/// fn greet(listener: TcpListener) -> io::Result<()> {
///     let (mut conn, _) = listener.accept()?;
///     conn.write_all(b"hello")
/// }
///
/// #[coro::main(stack_size = 128 * 1024)]
/// fn main() -> io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     greet(listener).spawn();
///     let mut greeting = String::new();
///     TcpStream::connect(address)?.read_to_string(&mut greeting)?;
///     assert_eq!(greeting, "hello");
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::main(args.into(), item.into()).into()
}

/// Runs a function as a test, as the main thread of a new loop.
///
/// It adds `#[test]`, so `cargo test` finds the function, and keeps every other attribute, such as `#[should_panic]` and
/// `#[ignore]`; a `#[test]` above it would run it twice. The function returns nothing, a `Result`, an `ExitCode` or `!`, as any test, and nothing under
/// `#[should_panic]`. At its end the test also fails if a thread, a registered file descriptor, a timer or a waiter is
/// left over.
///
/// # Arguments
/// - `start_paused`: starts the loop's clock paused. Time then stands still while a thread can run, and jumps to the next
///   deadline when all are parked: a test of an hour takes no time.
/// - `seed = …`: runs the ready threads in a random order drawn from this seed, any expression of type `u64`.
/// - `seeds = …`: runs the test this many times, each with its own seed from 0 on, any expression of type `u64`. A seed
///   that fails is printed with the line that replays it.
/// - `timeout = …`: fails a run that takes longer than this many seconds by the loop's clock, a literal such as `5` or
///   `0.5`.
/// - `crate = …`: the path that leads to coro, `::coro` if left off; for a crate that re-exports or renames it, and for
///   macros.
///
/// The environment variable `CORO_SEED` makes every such test run the one seed it gives.
///
/// # Expansion
/// ```text
/// #[coro::test(seeds = 100)]
/// fn takes_turns() { … }
///
/// #[test]
/// fn takes_turns() {
///     // runs the body in a new loop for each seed
/// }
/// ```
///
/// # Errors
/// An unknown, doubled or mistyped argument is an error that says what the attribute takes, and so are `seed` and
/// `seeds` together. So is a function that is `async`, `const`, `unsafe` or `extern`, or has parameters, generic
/// parameters, no body or a `#[test]` of its own, or a result under `#[should_panic]`.
///
/// # Panics
/// The test panics, and so fails, where its body does, where something is left over, and where the timeout strikes; the
/// last two at the test's own place, with a line on what each thread waits for.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// #[coro::test(start_paused, timeout = 7200)]
/// fn an_hour_passes_at_once() {
///     let start = coro::time::now();
///     coro::thread::sleep(Duration::from_secs(3600));
///     assert!(coro::time::now() - start >= Duration::from_secs(3600));
/// }
///
/// #[coro::test(seeds = 100)]
/// fn both_orders_are_right() -> Result<(), coro::JoinError> {
///     let doubled = coro::thread::spawn(|| 21 * 2);
///     coro::thread::yield_now();
///     assert_eq!(doubled.join()?, 42);
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::test(args.into(), item.into()).into()
}

/// What `coro::select!` calls, which documents it. The input begins with the path to coro.
#[doc(hidden)]
#[proc_macro]
pub fn select(input: TokenStream) -> TokenStream {
    select::select(input.into(), false).into()
}

/// What `coro::select_biased!` calls, which documents it. The input begins with the path to coro.
#[doc(hidden)]
#[proc_macro]
pub fn select_biased(input: TokenStream) -> TokenStream {
    select::select(input.into(), true).into()
}
