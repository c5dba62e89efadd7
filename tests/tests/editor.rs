//! Every form of the attributes in one file, for editors as much as for the compiler.
//!
//! As a test it holds what each form does. As a sample it is what rust-analyzer is run on: an editor expands the
//! attributes by itself and checks the result by its own rules, so it must find nothing to complain of here. The command
//! stands in CONTRIBUTING.md.

use coro::net::{TcpListener, TcpStream};
use coro::{CoroutineState, JoinError, ResumeError, Yielder};
use std::io::{self, Read, Write};
use std::ops::Add;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// A type of its own, whose fields and methods an editor has to know inside the bodies.
#[derive(Clone, Debug, Default, PartialEq)]
struct Account {
    owner: String,
    cents: u64,
}

impl Account {
    fn add(&mut self, cents: u64) -> &mut Self {
        self.cents += cents;
        self
    }

    #[coro::thread]
    fn of(owner: &str) -> Self {
        Self { owner: owner.to_owned(), cents: 0 }
    }

    #[coro::thread]
    fn initial(&self) -> Option<char> {
        self.owner.chars().next()
    }

    #[coro::thread]
    #[expect(clippy::needless_arbitrary_self_type, reason = "a form like the others")]
    fn name(self: &Self) -> &str {
        &self.owner
    }

    #[coro::thread(name = "payer")]
    fn pay_in(&mut self, cents: u64, times: u64) -> &mut Self {
        for _ in 0..times {
            self.add(cents);
        }
        self
    }

    #[coro::thread]
    fn merge(mut self, other: &Account) -> Self {
        self.cents += other.cents;
        self
    }

    #[coro::thread]
    fn letters(&self, cx: &Yielder<(), char>) {
        for letter in self.owner.chars() {
            cx.suspend(letter);
        }
    }

    #[coro::thread]
    fn boxed(self: Box<Self>) -> String {
        self.owner
    }

    #[coro::thread]
    fn counted(self: Rc<Self>) -> usize {
        Rc::strong_count(&self)
    }

    #[coro::thread]
    fn shared(self: Arc<Self>, other: Arc<Self>) -> bool {
        Arc::ptr_eq(&self, &other)
    }

    #[coro::thread]
    fn pinned(self: Pin<&mut Self>) -> u64 {
        let account = self.get_mut();
        account.cents += 1;
        account.cents
    }
}

/// A block with parameters of its own.
struct Pile<'name, T> {
    name: &'name str,
    items: Vec<T>,
}

impl<'name, T: Clone> Pile<'name, T> {
    #[coro::thread]
    fn named(&self) -> &'name str {
        self.name
    }

    #[coro::thread]
    fn push(&mut self, item: T) -> Option<T> {
        let last = self.items.last().cloned();
        self.items.push(item);
        last
    }
}

/// Its functions are threads in each implementation.
trait Handler<T> {
    type Output;

    #[coro::thread]
    fn handle(&self, item: T) -> Self::Output;

    #[coro::thread]
    fn describe(&self, text: &str) -> usize {
        text.len()
    }
}

impl Handler<String> for Account {
    type Output = usize;

    #[coro::thread]
    fn handle(&self, item: String) -> usize {
        self.owner.len() + item.len()
    }
}

impl<T: Clone> Handler<usize> for Pile<'_, T> {
    type Output = Option<T>;

    #[coro::thread]
    fn handle(&self, item: usize) -> Option<T> {
        self.items.get(item).cloned()
    }

    #[coro::thread]
    fn describe(&self, text: &str) -> usize {
        self.items.len() + self.name.len() + text.len()
    }
}

#[coro::thread]
fn nothing() {}

/// A documented thread, with settings.
#[coro::thread(name = "adder", stack_size = 64 * KIB)]
#[must_use]
pub(crate) fn add<T: Add<Output = T>>(first: T, mut second: T) -> T {
    second = first + second;
    second
}

const KIB: usize = 1024;

#[coro::thread]
fn largest<'items, T, const N: usize>(items: &'items [T; N], least: &'items T) -> &'items T
where
    T: Ord,
{
    items.iter().fold(least, |largest, item| largest.max(item))
}

#[coro::thread]
fn pay(account: &mut Account, (count, cents): (u64, u64), _: &str, _unused: u8) -> u64 {
    let sum = count * cents;
    account.add(sum).add(1);
    account.cents
}

#[coro::thread]
fn take(Account { owner, cents }: Account, [first, ..]: [u64; 3], &last: &u64) -> (String, u64) {
    (owner, cents + first + last)
}

#[coro::thread]
fn joined(parts: impl IntoIterator<Item = impl AsRef<str>>) -> impl std::fmt::Display {
    let mut text = String::new();
    for part in parts {
        text.push_str(part.as_ref());
    }
    text
}

#[coro::thread]
fn boxed(text: &str) -> Box<dyn Iterator<Item = char> + '_> {
    Box::new(text.chars().rev())
}

#[coro::thread]
fn parse(text: &str, #[cfg(any())] missing: Missing, #[allow(unused)] base: u32) -> io::Result<u8> {
    if text.is_empty() {
        return Ok(0);
    }
    let number = text.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(number)
}

#[coro::thread]
fn fibonacci(r#in: u64) -> u64 {
    if r#in < 2 {
        return r#in;
    }
    let one = fibonacci(r#in - 1).spawn();
    fibonacci(r#in - 2).call() + one.join().expect("it returns")
}

#[coro::thread]
fn echo(mut conn: TcpStream) -> io::Result<usize> {
    let (mut buf, mut total) = ([0; 16], 0);
    loop {
        let n = conn.read(&mut buf)?;
        if n == 0 {
            return Ok(total);
        }
        total += n;
        conn.write_all(&buf[..n])?;
    }
}

#[coro::thread]
fn averager(cx: &Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> String {
    let (mut sum, mut count, mut next) = (0.0, 0, first);
    while next.is_finite() {
        sum += next;
        count += 1;
        next = cx.suspend(sum / f64::from(count));
    }
    format!("{label}: {count} values")
}

#[coro::thread]
fn numbers(cx: &Yielder<(), u32>, end: u32) {
    (0..end).for_each(|number| cx.suspend(number));
}

#[coro::thread]
fn swapped<A, B>(cx: &Yielder<(A, B), (B, A)>, mut left: usize, #[resume] (a, b): (A, B))
where
    A: 'static,
    B: 'static,
{
    let mut pair = (a, b);
    while left > 0 {
        left -= 1;
        pair = cx.suspend((pair.1, pair.0));
    }
}

#[coro::thread]
fn endless(mut count: u64) -> ! {
    loop {
        count += 1;
        coro::thread::park_timeout(Duration::from_secs(count));
    }
}

#[coro::test]
fn free_functions_run() {
    nothing().call();
    assert_eq!(add(1, 2).spawn().join().expect("it returns"), 3);
    assert_eq!(largest(&[1, 3, 2], &0).call(), &3);
    let mut account = Account::of("Ada").call();
    assert_eq!(pay(&mut account, (2, 50), "", 0).call(), 101);
    assert_eq!(take(account, [1, 2, 3], &4).call(), ("Ada".to_owned(), 106));
    assert_eq!(format!("{}", joined(["a", "b"]).call()), "ab");
    assert_eq!(boxed("abc").call().collect::<String>(), "cba");
    assert_eq!(parse("7", 10).call().expect("it is a number"), 7);
    assert_eq!(parse("x", 10).call().expect_err("it is none").kind(), io::ErrorKind::InvalidData);
    assert_eq!(fibonacci(10).spawn().join().expect("it returns"), 55);
}

#[coro::test]
fn methods_run() {
    let mut account = Account::of("Ada").spawn().join().expect("it returns");
    assert_eq!((account.initial().call(), account.name().call()), (Some('A'), "Ada"));
    assert_eq!(account.pay_in(10, 3).call().cents, 30);
    assert_eq!(Pin::new(&mut account).pinned().call(), 31);
    let merged = account.clone().merge(&account).call();
    assert_eq!(merged.cents, 62);
    let (counted, shared) = (Rc::new(merged), Arc::new(account.clone()));
    assert_eq!(Rc::clone(&counted).counted().spawn().join().expect("it returns"), 2);
    assert!(Arc::clone(&shared).shared(shared).spawn().join().expect("it returns"));
    coro::thread::scope(|scope| {
        let initial = scope.spawn_routine(account.initial());
        assert_eq!(initial.join().expect("it returns"), Some('A'));
        let mut letters = scope.spawn_resumable(account.letters());
        assert!(matches!(letters.resume(()), Ok(CoroutineState::Yielded('A'))));
    });
    let endless = endless(0).spawn();
    endless.kill();
    assert_eq!(Box::new(account).boxed().spawn().join().expect("it returns"), "Ada");
}

#[coro::test]
fn functions_of_traits_run() {
    let account = Account::of("Ada").call();
    let handler: &dyn Handler<String, Output = usize> = &account;
    assert_eq!(handler.handle("four".to_owned()).call(), 7);
    assert_eq!(handler.describe("two").call(), 3);
    let mut pile = Pile { name: "numbers", items: vec![1, 2] };
    assert_eq!(pile.push(3).call(), Some(2));
    assert_eq!((pile.handle(2).call(), pile.describe("").call()), (Some(3), 10));
    assert_eq!(pile.named().call(), "numbers");
}

#[coro::test]
fn threads_borrow_in_a_scope() -> Result<(), JoinError> {
    let items = [String::from("b"), String::from("c")];
    let least = String::from("a");
    coro::thread::scope(|scope| {
        let largest = scope.spawn_routine(largest(&items, &least));
        assert_eq!(largest.join()?, "c");
        Ok(())
    })
}

#[coro::test(timeout = 10)]
fn connections_are_echoed() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (conn, _) = listener.accept()?;
    let echo = echo(conn).spawn();
    client.write_all(b"hello")?;
    let mut answer = [0; 5];
    client.read_exact(&mut answer)?;
    drop(client);
    assert_eq!(&answer, b"hello");
    assert_eq!(echo.join().expect("it returns")?, 5);
    Ok(())
}

#[coro::test(start_paused, seeds = 3)]
fn values_go_in_and_out() -> Result<(), ResumeError<f64>> {
    let mut averager = averager("latency").spawn();
    assert_eq!(averager.resume(10.0)?, CoroutineState::Yielded(10.0));
    coro::thread::sleep(Duration::from_secs(3600));
    assert_eq!(averager.resume(20.0)?, CoroutineState::Yielded(15.0));
    let end = averager.resume(f64::NAN)?;
    assert_eq!(end, CoroutineState::Complete("latency: 2 values".to_owned()));
    assert!(numbers(3).spawn().eq([0, 1, 2]));
    let mut swapped = swapped(1).spawn();
    assert!(matches!(swapped.resume((1, 'a')), Ok(CoroutineState::Yielded(('a', 1)))));
    assert!(matches!(swapped.resume((2, 'b')), Ok(CoroutineState::Complete(()))));
    Ok(())
}

#[coro::test(seed = 7)]
#[should_panic(expected = "it must")]
fn panics_are_told() {
    let failing = coro::thread::spawn(|| -> u8 { panic!("it must") });
    let error = failing.join().expect_err("it panics");
    std::panic::resume_unwind(error.into_panic());
}

#[coro::main(name = "boss", stack_size = 64 * KIB)]
fn program() -> ExitCode {
    let sum: u8 = add(1, 2).spawn().join().expect("it returns");
    ExitCode::from(sum)
}

#[coro::main]
fn failing_program() -> Result<(), Box<dyn std::error::Error>> {
    let number = parse("300", 10).spawn().join()??;
    unreachable!("{number} is no `u8`")
}

#[test]
fn programs_end_with_their_results() {
    assert_eq!(program(), ExitCode::from(3));
    assert!(failing_program().is_err());
}
