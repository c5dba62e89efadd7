//! A thread that never has to wait gives way all the same; counted in operations, not in time.

use std::cell::Cell;
use std::io::{Read, Write};
use std::rc::Rc;

use coro::thread;
use coro_tests::sockets;

use crate::support::{MILLISECOND, watch};

/// After how many operations a thread must have given way.
const BUDGET: u64 = 128;

/// A thread that writes and reads on a connection of its own, so that it never has to wait.
struct Hog {
    thread: thread::JoinHandle<()>,
    /// How many operations it has done.
    operations: Rc<Cell<u64>>,
}

impl Hog {
    fn spawn(each: impl Fn(u64) + 'static) -> Hog {
        let (one, other) = sockets::pair().unwrap();
        let operations = Rc::new(Cell::new(0));
        let thread = thread::spawn({
            let operations = operations.clone();
            move || {
                let step = || {
                    operations.set(operations.get() + 1);
                    each(operations.get());
                };
                loop {
                    (&one).write_all(&[7]).unwrap();
                    step();
                    (&other).read_exact(&mut [0]).unwrap();
                    step();
                }
            }
        });
        Hog { thread, operations }
    }

    fn end(self) {
        self.thread.kill();
        assert!(self.thread.join().unwrap_err().is_killed());
    }
}

#[coro::test]
fn a_thread_that_yields_comes_round_within_a_budget() {
    let hog = Hog::spawn(|_| ());
    let mut longest = 0;
    for _ in 0..200 {
        let before = hog.operations.get();
        thread::yield_now();
        longest = longest.max(hog.operations.get() - before);
    }
    hog.end();
    assert!((1..=BUDGET).contains(&longest), "{longest} operations in one turn");
}

#[coro::test]
fn a_socket_that_becomes_ready_is_seen_within_two_budgets() {
    let (quiet, waker) = sockets::pair().unwrap();
    let woken_at = Rc::new(Cell::new(0));
    let hog = Hog::spawn({
        let woken_at = woken_at.clone();
        move |operation| {
            if operation % 1000 == 0 {
                woken_at.set(operation);
                (&waker).write_all(&[7]).unwrap();
            }
        }
    });
    for _ in 0..20 {
        (&quiet).read_exact(&mut [0]).unwrap();
        let late = hog.operations.get() - woken_at.get();
        assert!(late <= 2 * BUDGET, "{late} operations");
    }
    hog.end();
}

#[coro::test]
fn a_sleeper_wakes_within_two_budgets() {
    let due = Rc::new(Cell::new(None));
    let seen_due = Rc::new(Cell::new(0));
    let hog = Hog::spawn({
        let (due, seen_due) = (due.clone(), seen_due.clone());
        move |operation| {
            if due.get().is_some_and(|due| coro::time::now() >= due) {
                seen_due.set(operation);
                due.set(None);
            }
        }
    });
    for _ in 0..20 {
        let deadline = coro::time::now() + MILLISECOND;
        due.set(Some(deadline));
        thread::sleep_until(deadline);
        if due.take().is_none() {
            let late = hog.operations.get() - seen_due.get();
            assert!(late <= 2 * BUDGET, "{late} operations");
        }
    }
    hog.end();
}

#[coro::test]
fn a_server_that_is_hogged_serves_the_others() {
    let served = Rc::new(Cell::new(0));
    let hog = Hog::spawn(|_| ());
    let others: Vec<_> = (0..20)
        .map(|_| {
            let (one, other) = sockets::pair().unwrap();
            let served = served.clone();
            thread::spawn(move || {
                for _ in 0..10 {
                    (&one).write_all(&[7]).unwrap();
                    (&other).read_exact(&mut [0]).unwrap();
                    thread::yield_now();
                    served.set(served.get() + 1);
                }
            })
        })
        .collect();
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(served.get(), 200);
    let turns = hog.operations.get();
    watch::until("the hog goes on", || hog.operations.get() > turns);
    hog.end();
}
