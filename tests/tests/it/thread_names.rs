//! The names that `#[coro::thread(name = "…")]` gives.

use std::cell::Cell;
use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

use coro::thread::{Routine, current};
use coro::{CoroutineState, Yielder};

fn own_name() -> String {
    current().name().unwrap().to_owned()
}

/// Spawns a routine that returns the name it runs under.
#[track_caller]
fn named(routine: Routine<'static, String>, expected: &str) {
    assert_eq!(coro::run(|| routine.spawn().join()).unwrap(), expected);
}

#[coro::thread(name = "worker {id}")]
fn worker(id: u32) -> String {
    own_name()
}

#[coro::thread(name = "{host:?}:{port:>5} {port:#x} {host:}<4} {host:width$.port$}")]
fn formatted(mut host: String, port: usize, width: usize) -> String {
    host.clear();
    own_name()
}

#[coro::thread(name = "{{{id}}} {{id}} \u{7b}id}")]
fn braced(id: u32) -> String {
    own_name()
}

#[coro::thread(name = "{{id}}")]
fn unformatted(_id: u32) -> String {
    own_name()
}

#[coro::thread(name = r#"{_shard}/{type} "{N}""#)]
fn odd<const N: usize>(_shard: impl Display + 'static, r#type: &'static str) -> String {
    own_name()
}

#[test]
fn placeholders_are_formatted() {
    named(worker(7), "worker 7");
    named(formatted("db".into(), 1, 3), "\"db\":    1 0x1 db}} d  ");
    named(braced(3), "{3} {id} 3");
    named(unformatted(3), "{id}");
    named(odd::<5>('x', "y"), "x/y \"5\"");
}

#[test]
fn a_name_on_the_routine_wins() {
    named(worker(7).named("other"), "other");
}

#[coro::thread(name = "{a} and {b}")]
fn borrowed<T: Display>(a: &str, b: &T) -> String {
    format!("{} {a}{b}", own_name())
}

#[test]
fn a_name_may_show_what_is_borrowed() {
    coro::run(|| {
        let (a, b) = (String::from("x"), 3);
        let name = coro::thread::scope(|scope| scope.spawn_routine(borrowed(&a, &b)).join());
        assert_eq!(name.unwrap(), "x and 3 x3");
    });
}

#[coro::thread(name = "numbers from {start}")]
fn numbers(cx: &Yielder<u32, String>, start: u32, #[resume] _first: u32) {
    cx.suspend(own_name());
}

#[test]
fn a_thread_that_is_resumed_is_named_by_its_arguments() {
    coro::run(|| {
        let mut numbers = numbers(4).spawn();
        let named = CoroutineState::Yielded("numbers from 4".to_owned());
        assert_eq!(numbers.resume(1).unwrap(), named);
    });
}

/// Counts how often it was written.
#[derive(Clone, Default)]
struct Counted(Rc<Cell<u32>>);

impl Display for Counted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.set(self.0.get() + 1);
        write!(f, "{}", self.0.get())
    }
}

#[coro::thread(name = "{counted}")]
fn counting(counted: Counted) -> String {
    own_name()
}

#[test]
fn a_name_is_formatted_once_when_the_routine_is_made() {
    let counted = Counted::default();
    let routine = counting(counted.clone());
    assert_eq!(counted.0.get(), 1);
    counted.0.set(8);
    named(routine, "1");
    assert_eq!(counted.0.get(), 8);
}

#[coro::thread(name = "{kept}")]
fn kept_only_for_its_name(kept: Counted) -> u32 {
    coro::thread::yield_now();
    1
}

#[test]
fn what_only_the_name_shows_lives_as_long_as_the_thread() {
    coro::run(|| {
        let counted = Counted::default();
        let thread = kept_only_for_its_name(counted.clone()).spawn();
        coro::thread::yield_now();
        assert_eq!(Rc::strong_count(&counted.0), 2);
        thread.join().unwrap();
        assert_eq!(Rc::strong_count(&counted.0), 1);
    });
}

/// Makes threads whose parts come from the caller, from the macro, and from both.
macro_rules! make {
    ($function:ident($arg:ident), $name:literal, $text:expr) => {
        #[coro::thread(name = $name)]
        fn $function($arg: u8, from_macro: u8) -> String {
            let _ = from_macro;
            own_name()
        }

        #[coro::thread(name = $text)]
        fn as_expression(from_macro: u8) -> String {
            own_name()
        }
    };
}
make!(from_a_macro(id), "{id}", "it is {from_macro}");

#[test]
fn names_may_come_out_of_macros() {
    named(from_a_macro(4, 2), "4");
    named(as_expression(2), "it is 2");
}

#[coro::main(name = "main {of} {{all}}")]
fn entry() -> String {
    own_name()
}

#[test]
fn the_name_of_main_is_plain_text() {
    assert_eq!(entry(), "main {of} {{all}}");
}
