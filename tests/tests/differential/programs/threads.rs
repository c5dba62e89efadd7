//! Threads: spawning, joining, scopes, panics, parking.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::sys::panic::{AssertUnwindSafe, catch_unwind};
use super::sys::sync::{Mutex, mpsc};
use super::sys::thread;
use crate::support::text;

programs! {
    results,
    names,
    ids,
    panics,
    payloads_of_any_type,
    finished_or_not,
    dropped_handles,
    questions_across_a_join,
    a_borrowing_scope,
    disjoint_halves,
    a_scope_in_a_scope,
    a_spawn_from_inside,
    a_scope_waits,
    a_joined_panic_in_a_scope,
    a_lost_panic_in_a_scope,
    a_panicking_scope,
    a_builder_in_a_scope,
    a_token_before_parking,
    ping_pong_by_parking,
    sleeps_of_nothing,
    panicking_in_a_destructor,
}

fn results(log: &mut String) {
    let threads: Vec<_> = (0..10).map(|n| thread::spawn(move || n * n)).collect();
    for thread in threads.into_iter().rev() {
        note!(log, "{}", thread.join().unwrap());
    }
}

fn names(log: &mut String) {
    let name = || thread::current().name().map(str::to_owned);
    note!(log, "{:?}", thread::spawn(name).join().unwrap());
    let named = thread::Builder::new().name("worker".into()).spawn(name).unwrap();
    note!(log, "{:?}", named.thread().name());
    note!(log, "{:?}", named.join().unwrap());
}

fn ids(log: &mut String) {
    let one = thread::spawn(|| thread::current().id());
    let other = thread::spawn(|| thread::current().id());
    let (id, handle) = (one.thread().id(), one.thread().clone());
    let joined = one.join().unwrap();
    note!(log, "{} {}", id == joined, handle.id() == id);
    note!(log, "{} {}", joined == other.join().unwrap(), joined == thread::current().id());
}

fn panics(log: &mut String) {
    let error = thread::spawn(|| panic!("boom")).join().unwrap_err();
    note!(log, "{:?} {}", error.downcast_ref::<&str>(), error.is::<String>());
    let error = thread::spawn(|| panic!("boom {}", 1)).join().unwrap_err();
    note!(log, "{:?} {}", error.downcast_ref::<String>(), error.is::<&str>());
    let error = thread::spawn(|| Vec::<u8>::new()[1]).join().unwrap_err();
    note!(log, "{:?}", error.downcast_ref::<String>());
}

fn payloads_of_any_type(log: &mut String) {
    let error = thread::spawn(|| std::panic::panic_any(7_u8)).join().unwrap_err();
    note!(log, "{} {:?}", error.is::<u8>(), error.downcast_ref::<u8>());
    match error.downcast::<u8>() {
        Ok(number) => note!(log, "{number}"),
        Err(_) => note!(log, "something else"),
    }
}

fn finished_or_not(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || receiver.recv().unwrap());
    note!(log, "{}", thread.is_finished());
    sender.send(3).unwrap();
    while !thread.is_finished() {
        thread::yield_now();
    }
    note!(log, "{}", thread.join().unwrap());
}

fn dropped_handles(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    drop(thread::spawn(move || sender.send("still here").unwrap()));
    note!(log, "{:?} {:?}", receiver.recv(), receiver.recv());
}

fn questions_across_a_join(log: &mut String) {
    let failing = || -> io::Result<u8> { Err(io::ErrorKind::NotFound.into()) };
    let outer = thread::spawn(move || -> io::Result<u8> {
        let value = thread::spawn(failing).join().unwrap()?;
        Ok(value + 1)
    });
    note!(log, "{:?}", outer.join().unwrap().map_err(|error| error.kind()));
}

fn a_borrowing_scope(log: &mut String) {
    let words = vec!["one".to_owned(), "two".to_owned()];
    let total = Mutex::new(0);
    let longest = thread::scope(|scope| {
        for word in &words {
            let total = &total;
            scope.spawn(move || *total.lock().unwrap() += word.len());
        }
        scope.spawn(|| words.iter().map(String::len).max()).join().unwrap()
    });
    note!(log, "{longest:?} {:?} {words:?}", total.into_inner());
}

fn disjoint_halves(log: &mut String) {
    let mut numbers = [1, 2, 3, 4, 5, 6];
    thread::scope(|scope| {
        for half in numbers.chunks_mut(3) {
            scope.spawn(move || half.iter_mut().for_each(|number| *number *= 2));
        }
    });
    note!(log, "{numbers:?}");
}

fn a_scope_in_a_scope(log: &mut String) {
    let sum = AtomicUsize::new(0);
    thread::scope(|outer| {
        outer.spawn(|| {
            let local = 5;
            thread::scope(|inner| {
                inner.spawn(|| sum.fetch_add(local, Ordering::SeqCst));
            });
            sum.fetch_add(1, Ordering::SeqCst);
        });
    });
    note!(log, "{}", sum.into_inner());
}

fn a_spawn_from_inside(log: &mut String) {
    let sum = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let child = scope.spawn(|| sum.fetch_add(2, Ordering::SeqCst));
            child.join().unwrap();
            scope.spawn(|| sum.fetch_add(3, Ordering::SeqCst));
        });
    });
    note!(log, "{}", sum.into_inner());
}

fn a_scope_waits(log: &mut String) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(2));
            done.store(true, Ordering::SeqCst);
        });
    });
    note!(log, "{}", done.into_inner());
}

fn a_joined_panic_in_a_scope(log: &mut String) {
    let result = thread::scope(|scope| {
        let error = scope.spawn(|| panic!("joined")).join().map(|()| 0).unwrap_err();
        error.downcast_ref::<&str>().copied()
    });
    note!(log, "{result:?}");
}

fn a_lost_panic_in_a_scope(log: &mut String) {
    let ran = AtomicBool::new(false);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            scope.spawn(|| panic!("nobody joins"));
            scope.spawn(|| ran.store(true, Ordering::SeqCst));
        });
    }));
    note!(log, "{} {}", text(&*caught.unwrap_err()), ran.into_inner());
}

fn a_panicking_scope(log: &mut String) {
    let ran = AtomicBool::new(false);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            scope.spawn(|| ran.store(true, Ordering::SeqCst));
            panic!("the closure itself");
        })
    }));
    note!(log, "{} {}", text(&*caught.unwrap_err()), ran.into_inner());
}

fn a_builder_in_a_scope(log: &mut String) {
    let word = "borrowed".to_owned();
    let length = thread::scope(|scope| {
        let builder = thread::Builder::new().name("scoped".into()).stack_size(256 * 1024);
        let handle = builder.spawn_scoped(scope, || word.len()).unwrap();
        note!(log, "{:?}", handle.thread().name());
        handle.join().unwrap()
    });
    note!(log, "{length}");
}

fn a_token_before_parking(log: &mut String) {
    let me = thread::current();
    me.unpark();
    me.unpark(); // there is but one token
    thread::park();
    thread::park_timeout(Duration::from_millis(1));
    note!(log, "awake");
}

fn ping_pong_by_parking(log: &mut String) {
    let turns = Arc::new(AtomicUsize::new(0));
    let main = thread::current();
    let wait_for = |turns: &AtomicUsize, odd: usize| {
        while turns.load(Ordering::SeqCst) % 2 != odd {
            thread::park();
        }
    };
    let other = thread::spawn({
        let turns = turns.clone();
        move || {
            for _ in 0..10 {
                wait_for(&turns, 1);
                turns.fetch_add(1, Ordering::SeqCst);
                main.unpark();
            }
        }
    });
    for _ in 0..10 {
        wait_for(&turns, 0);
        turns.fetch_add(1, Ordering::SeqCst);
        other.thread().unpark();
    }
    other.join().unwrap();
    note!(log, "{}", turns.load(Ordering::SeqCst));
}

fn sleeps_of_nothing(log: &mut String) {
    thread::sleep(Duration::ZERO);
    thread::yield_now();
    thread::park_timeout(Duration::ZERO);
    note!(log, "{}", thread::available_parallelism().unwrap());
}

struct Asks(mpsc::Sender<bool>);

impl Drop for Asks {
    fn drop(&mut self) {
        self.0.send(thread::panicking()).unwrap();
    }
}

fn panicking_in_a_destructor(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    drop(Asks(sender.clone()));
    let unwinding = thread::spawn(move || {
        let _asks = Asks(sender);
        panic!("on purpose");
    });
    let error = unwinding.join().map(|()| 0).unwrap_err();
    note!(log, "{:?} {:?}", error.is::<&str>(), receiver.iter().collect::<Vec<_>>());
    note!(log, "{}", thread::panicking());
}
