//! What happens when there are no more stacks: by the limits that the system sets to address space, to data and to
//! mappings, and by faults. And that what lies between stacks is guarded.
//!
//! Each runs in a child, for a limit holds for the whole process.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use coro::__private::Faults;
use coro::coroutine::{Coroutine, CoroutineState};
use coro::net::{TcpListener, TcpStream};
use coro::thread::{self, Builder, JoinHandle};
use coro::{EventLoop, JoinSet, Yielder};
use coro_tests::stacks::{self, Storm};
use coro_tests::watchdog::Watchdog;
use coro_tests::{process, raw};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::child;

const SIGSEGV: i32 = 11;

/// glibc reserves 64 MiB for the heap of an OS thread, which would hide that no more can be had.
const ONE_HEAP: (&str, &str) = ("MALLOC_ARENA_MAX", "1");
/// What a backtrace would take need not be left.
const NO_BACKTRACE: (&str, &str) = ("RUST_BACKTRACE", "0");
/// Guards as Linux before 6.13 has them.
const MPROTECT: (&str, &str) = ("CORO_STACK_GUARD", "mprotect");

/// Spawns threads that park, until no more can be had or there are `most`.
fn fill(most: usize) -> (Vec<JoinHandle<()>>, Option<io::Error>) {
    let mut threads = Vec::new();
    while threads.len() < most {
        match Builder::new().spawn(thread::park) {
            Ok(thread) => threads.push(thread),
            Err(error) => return (threads, Some(error)),
        }
    }
    (threads, None)
}

fn end(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        thread.thread().unpark();
        thread.join().unwrap();
    }
}

#[test]
fn a_write_into_any_guard_ends_the_process() {
    child::run(|| {
        coro::run(|| {
            let (threads, _) = fill(300);
            thread::yield_now();
            for thread in &threads {
                let guard = coro::__private::guard_of(thread.thread()).unwrap();
                for address in [guard.start, guard.end - 1] {
                    assert_eq!(raw::write_in_a_child(address).unwrap(), Some(SIGSEGV));
                }
                assert_eq!(raw::write_in_a_child(guard.end).unwrap(), None);
            }
            end(threads);
        });
    })
    .expect_silent_success();
}

#[coro::thread]
fn annotated() {}

#[coro::thread]
fn resumed(cx: &Yielder<(), ()>, #[resume] _first: ()) {
    cx.suspend(());
}

/// The text of the panic with which `f` ends.
#[track_caller]
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| drop(f()))).expect_err("there was a stack");
    *payload.downcast::<String>().expect("the panic has a message")
}

#[track_caller]
fn error_of<T>(outcome: io::Result<T>) -> String {
    let Err(error) = outcome else { panic!("there was a stack") };
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    error.to_string()
}

/// All ways to ask for a stack say no, each in its own manner, with the same reason.
fn every_way_refuses(reason: &str) {
    let check = |way: &str, said: String| assert!(said.ends_with(reason), "{way}: {said}");
    check("Builder::spawn", error_of(Builder::new().spawn(|| ())));
    check(
        "Builder::spawn_scoped",
        thread::scope(|s| error_of(Builder::new().spawn_scoped(s, || ()))),
    );
    check("JoinSet::spawn_with", error_of(JoinSet::new().spawn_with(Builder::new(), || ())));
    check(
        "EventLoop::spawn",
        EventLoop::current().unwrap().insert_thread(annotated()).unwrap_err().to_string(),
    );

    check("spawn", panic_of(|| thread::spawn(|| ())));
    check("scope", panic_of(|| thread::scope(|s| s.spawn(|| ()).join())));
    check("JoinSet::spawn", panic_of(|| JoinSet::new().spawn(|| ())));
    check("JoinSet::spawn_routine", panic_of(|| JoinSet::new().spawn_routine(annotated())));
    check("join", panic_of(|| coro::join(|| (), || ())));
    check("map_bounded", panic_of(|| thread::map_bounded([1, 2], 2, |n| n)));
    check("an annotated function", panic_of(|| annotated().spawn()));
    check("one that is resumed", panic_of(|| resumed().spawn()));

    check("try_on_big_stack", error_of(coro::stack::try_on_big_stack(256 << 10, || ())));
    check("on_big_stack", panic_of(|| coro::stack::on_big_stack(256 << 10, || ())));

    let coroutine = Coroutine::<u8, (), ()>::new(|_, _| ());
    let error = coroutine.resume(7).unwrap_err();
    check("Coroutine::resume", error.to_string());
    assert!(error.is_no_stack());
    assert_eq!(error.into_value(), Some(7), "a value that was refused comes back");
    assert!(!coroutine.is_started());
}

/// What needs no new stack works.
fn the_rest_goes_on(threads: &[JoinHandle<()>]) {
    the_heap_has_room();
    // Those that exist run: the last of them have not had a turn yet.
    thread::yield_now();
    assert!(threads.iter().all(|thread| !thread.is_finished()));
    annotated().call();
    assert!(coro::timeout(Duration::from_millis(1), thread::park).is_err());
    assert_eq!(coro::blocking::unblock(|| 42), 42);
    a_thread_that_has_ended_is_raised_at_from_outside();
    a_connection_works();
}

/// Blocks of all sizes, 12 MiB together.
fn the_heap_has_room() {
    let large = vec![1_u8; 8 << 20];
    let small: Vec<_> = (0..50_000).map(Box::new).collect();
    let middling: Vec<_> = (1..20).map(|size| vec![1_u8; size * 10_000]).collect();
    std::hint::black_box((large, small, middling));
}

/// What nobody can take gets a stack to be dropped on, if there is one.
fn a_thread_that_has_ended_is_raised_at_from_outside() {
    let main = thread::current();
    let raised = coro::catch::<String, _>(|| {
        std::thread::Builder::new()
            .spawn(move || main.raise(String::from("from outside")))
            .map(drop)?;
        thread::park();
        Ok::<_, io::Error>(())
    });
    assert!(!matches!(raised, Ok(Ok(()))), "{raised:?}");
}

fn a_connection_works() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"message").unwrap();
    let mut message = [0; 7];
    server.read_exact(&mut message).unwrap();
    assert_eq!(&message, b"message");
}

/// In a loop where `least` stacks can be had or more, but not without end.
fn exhaust(least: usize, names: &[&str]) {
    let (mut threads, error) = fill(usize::MAX);
    let error = error.expect("there is an end");
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert!(names.iter().all(|name| error.to_string().contains(name)), "{error}");
    assert!(threads.len() >= least, "{} stacks: {error}", threads.len());

    every_way_refuses(&error.to_string());
    the_rest_goes_on(&threads);

    // As many as end can be had again.
    let kept = threads.split_off(threads.len() / 2);
    let count = threads.len();
    end(threads);
    let (again, error) = fill(count);
    assert!(error.is_none(), "after {} of {count}: {error:?}", again.len());
    end(again);
    end(kept);
}

/// Limits a resource to what is used of it and so many MiB more.
fn leave(mib: u64, resource: Resource) {
    let used = match resource {
        Resource::As => process::mapped_kib(),
        _ => process::data_kib(),
    };
    let maximum = getrlimit(resource).maximum;
    setrlimit(resource, Rlimit { current: Some((used << 10) + (mib << 20)), maximum }).unwrap();
}

#[test]
fn a_limit_of_address_space_is_an_error_and_all_else_goes_on() {
    for (mib, least) in [("48", 16), ("200", 300), ("1000", 2000), ("4000", 10_000)] {
        let least = least.to_string();
        child::run_with(&[ONE_HEAP, NO_BACKTRACE, ("MIB", mib), ("LEAST", &least)], || {
            coro::run(|| {
                leave(number("MIB"), Resource::As);
                exhaust(number("LEAST") as usize, &["ulimit -v"]);
            });
        })
        .expect_success();
    }
}

#[test]
fn a_panic_at_the_limit_prints_its_backtrace() {
    let ended = child::run_with(&[ONE_HEAP, ("RUST_BACKTRACE", "1")], || {
        coro::run(|| {
            leave(2000, Resource::As);
            exhaust(1000, &["ulimit -v"]);
        });
    });
    assert!(ended.success && ended.stderr.contains("stack backtrace:"), "{}", ended.stderr);
}

#[test]
fn a_limit_of_data_is_an_error_and_all_else_goes_on() {
    child::run_with(&[ONE_HEAP, NO_BACKTRACE], || {
        coro::run(|| {
            leave(200, Resource::Data);
            exhaust(300, &["ulimit -d"]);
        });
    })
    .expect_success();
}

#[test]
fn a_limit_of_mappings_is_an_error_and_all_else_goes_on() {
    child::run_with(&[ONE_HEAP, MPROTECT], || {
        coro::run(|| exhaust(10_000, &["vm.max_map_count"]));
    })
    .expect_success();
}

/// Free stacks of another size, and those of ended coroutines, make room for whoever needs it.
fn free_stacks_make_room() {
    let (threads, refused) = fill(usize::MAX);
    assert!(refused.is_some());
    let count = threads.len();
    end(threads);
    assert!(coro::stack::usage().pooled() >= count);
    let small: Vec<_> = (0..count)
        .map(|_| Builder::new().stack_size(64 << 10).spawn(thread::park).unwrap())
        .collect();
    end(small);
    let coroutines: Vec<_> = (0..count / 2)
        .map(|_| {
            let coroutine = Coroutine::<(), (), ()>::new(|cx, ()| cx.suspend(()));
            coroutine.resume(()).unwrap();
            coroutine
        })
        .collect();
    for coroutine in &coroutines {
        assert_eq!(coroutine.resume(()).unwrap(), CoroutineState::Complete(()));
    }
    assert!(coro::stack::usage().pooled() >= count / 2);
    coro::stack::try_on_big_stack(64 << 20, || ()).unwrap();
    let (threads, _) = fill(count / 2);
    assert_eq!(threads.len(), count / 2);
    end(threads);
}

#[test]
fn free_stacks_are_let_go_before_a_spawn_fails() {
    child::run_with(&[ONE_HEAP, NO_BACKTRACE], || {
        coro::run(|| {
            leave(1000, Resource::As);
            free_stacks_make_room();
        });
    })
    .expect_silent_success();
    child::run_with(&[ONE_HEAP, MPROTECT], || coro::run(free_stacks_make_room))
        .expect_silent_success();
}

fn number(name: &str) -> u64 {
    std::env::var(name).expect("the parent has set it").parse().expect("it is a number")
}

#[test]
fn faults_lose_no_stack() {
    child::run(|| {
        coro::run(|| {
            let mut refused = 0;
            for seed in 0..200 {
                let faults = Faults::arm(seed, 2 + seed % 9);
                let spawned: Vec<_> = (0..100)
                    .map(|n| Builder::new().stack_size(16 << (10 + n % 7)).spawn(move || n))
                    .collect();
                drop(faults);
                refused += spawned.iter().filter(|outcome| outcome.is_err()).count();
                for (n, outcome) in spawned.into_iter().enumerate() {
                    assert!(outcome.is_err() || outcome.unwrap().join().unwrap() == n);
                }
                assert_eq!(coro::__private::leftovers(), "");
                let usage = coro::stack::usage();
                assert_eq!(usage.in_use(), 0, "{usage}");
                if seed % 10 == 9 {
                    coro::stack::trim();
                    assert_eq!(coro::stack::usage().reserved(), 0);
                }
            }
            assert!(refused > 50, "{refused} were refused");
        });
    })
    .expect_silent_success();
}

fn watchdog() -> Watchdog {
    Watchdog::start(|_| "cargo test -p coro-tests --test it limits".to_owned())
}

#[test]
fn memory_comes_back_after_a_storm() {
    child::run(|| {
        let storm = Storm { seed: 1, round: 3000, rounds: 5, most: 300 };
        storm.run(&watchdog(), |finding| println!("{finding}")).unwrap();
    })
    .expect_silent_success();
}

#[test]
fn guards_among_thousands_are_guards() {
    child::run(|| stacks::write_into_guards(3000, 100, 1, &watchdog()).unwrap())
        .expect_silent_success();
}
