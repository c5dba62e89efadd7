//! Blocking calls on helper OS threads: results, panics, interrupts, and the pool's bounds.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::ToSocketAddrs as _;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::ThreadId;

use coro::__private::{Planned, kill_at_suspension};
use coro::blocking::unblock;
use coro::net::{TcpListener, TcpStream};
use coro::thread;
use coro_tests::canary::Drops;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{HOUR, child, watch};

/// What reports call the wait.
const CALL: &str = "a blocking call";

fn os_thread() -> ThreadId {
    std::thread::current().id()
}

/// Says on which OS thread it was dropped.
#[derive(Debug)]
struct Tells(mpsc::Sender<ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(os_thread());
    }
}

#[coro::test(seeds = 100)]
fn others_run_while_it_blocks() {
    let (sender, receiver) = mpsc::channel();
    let caller = thread::spawn(move || unblock(move || receiver.recv().map(|n: u32| n + 1)));
    // The helper blocks until a thread of this loop runs.
    let other = thread::spawn(move || sender.send(41));
    assert_eq!(caller.join().unwrap(), Ok(42));
    other.join().unwrap().unwrap();
}

#[coro::test]
fn it_runs_on_a_helper_and_comes_back_here() {
    let here = os_thread();
    assert_ne!(unblock(os_thread), here);
    assert_eq!(os_thread(), here);
    assert!(unblock(|| std::thread::current().name() == Some("coro-blocking")));
    // Within it there is no loop, so a call within a call runs in place.
    let (outer, inner) = unblock(|| (os_thread(), unblock(os_thread)));
    assert_eq!(outer, inner);
}

#[test]
fn outside_any_loop_it_runs_in_place() {
    assert_eq!(unblock(os_thread), os_thread());
}

#[coro::test]
fn a_panic_is_carried_over() {
    let unlucky = thread::spawn(|| unblock(|| std::panic::panic_any(Planned)));
    let error = unlucky.join().unwrap_err();
    assert!(error.is_panic() && error.is::<Planned>(), "{error:?}");
    let caught =
        coro::panic::catch_unwind(|| unblock(|| -> u32 { std::panic::panic_any("no luck") }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"no luck"));
    assert_eq!(unblock(|| 5), 5);
}

#[coro::test(seeds = 100)]
fn when_the_caller_is_killed_the_call_goes_on_and_the_helper_drops_its_result() {
    let (tell, told) = mpsc::channel();
    let (go_on, wait) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    let builder = thread::Builder::new().name("caller".into());
    let call = move || {
        begun.send(os_thread()).unwrap();
        wait.recv().unwrap();
        Tells(tell)
    };
    let caller = builder.spawn(move || unblock(call)).unwrap();
    watch::until_parked("caller", CALL);
    caller.kill();
    assert!(caller.join().unwrap_err().is_killed());
    go_on.send(()).unwrap();
    assert_eq!(told.recv(), has_begun.recv());
}

#[coro::test]
fn a_thread_that_is_killed_before_the_call_does_not_begin_it() {
    let begun = Arc::new(AtomicBool::new(false));
    let drops = Drops::default();
    let caller = thread::spawn({
        let (begun, canary) = (begun.clone(), drops.canary());
        move || {
            kill_at_suspension(1, false);
            unblock(move || {
                begun.store(true, Ordering::Relaxed);
                drop(canary);
            });
        }
    });
    assert!(caller.join().unwrap_err().is_killed());
    assert!(!begun.load(Ordering::Relaxed));
    drops.expect_none_alive();
}

#[coro::test(seeds = 100)]
fn a_kill_that_races_the_end_loses_nothing() {
    let drops = Drops::default();
    let (done, all_done) = mpsc::channel::<()>();
    let callers: Vec<_> = (0..10)
        .map(|number| {
            let (drops, done) = (drops.clone(), done.clone());
            thread::spawn(move || {
                if number % 3 > 0 {
                    kill_at_suspension(number / 3 + 1, number % 3 == 1);
                }
                loop {
                    let (canary, done) = (drops.canary(), done.clone());
                    let canary = unblock(move || {
                        canary.check();
                        (canary, done)
                    });
                    canary.0.check();
                    if number % 3 == 0 {
                        return;
                    }
                }
            })
        })
        .collect();
    drop(done);
    for (number, caller) in callers.into_iter().enumerate() {
        assert_eq!(caller.join().is_ok(), number % 3 == 0);
    }
    // Whoever holds a sender also holds a canary, and drops it first.
    let _ = unblock(move || all_done.recv());
    drops.expect_none_alive();
}

#[coro::test]
fn a_raise_that_comes_too_late_is_not_lost() {
    let (sender, receiver) = mpsc::channel::<()>();
    let builder = thread::Builder::new().name("caller".into());
    let caller = builder.spawn(move || {
        let raised = coro::catch::<u32, _>(|| unblock(move || receiver.recv().is_ok()));
        raised.and_then(|_| coro::catch::<u32, _>(thread::yield_now))
    });
    watch::until_parked("caller", CALL);
    let caller = caller.unwrap();
    drop(sender);
    caller.raise(7_u32);
    assert_eq!(caller.join().unwrap(), Err(7));
}

#[coro::test]
fn a_destructor_that_unwinds_waits_for_the_call() {
    struct Saves(Arc<AtomicUsize>);
    impl Drop for Saves {
        fn drop(&mut self) {
            let saved = self.0.clone();
            unblock(move || saved.fetch_add(1, Ordering::Relaxed));
        }
    }
    let saved = Arc::new(AtomicUsize::new(0));
    let killed = thread::spawn({
        let saves = Saves(saved.clone());
        move || {
            let _saves = saves;
            thread::park();
        }
    });
    thread::yield_now();
    killed.kill();
    assert!(killed.join().unwrap_err().is_killed());
    assert_eq!(saved.load(Ordering::Relaxed), 1);
}

#[coro::test(start_paused)]
fn a_paused_clock_stands_still_meanwhile() {
    let start = coro::time::now();
    let sleeper = thread::spawn(|| thread::sleep(HOUR));
    thread::yield_now();
    for _ in 0..20 {
        unblock(std::thread::yield_now);
        assert_eq!(coro::time::now(), start);
    }
    sleeper.join().unwrap();
    assert_eq!(coro::time::now(), start + HOUR);
}

#[coro::test]
fn calls_beyond_the_bound_wait_and_look_ups_do_not() {
    const BOUND: usize = 512;
    let running = Arc::new(AtomicUsize::new(0));
    let (begun, beginnings) = mpsc::channel();
    let gate = Arc::new(std::sync::RwLock::new(()));
    let closed = gate.write().unwrap();
    let callers: Vec<_> = (0..BOUND + 50)
        .map(|number| {
            let (running, gate, begun) = (running.clone(), gate.clone(), begun.clone());
            let call = move || {
                let before = running.fetch_add(1, Ordering::SeqCst);
                begun.send(()).unwrap();
                drop(gate.read());
                running.fetch_sub(1, Ordering::SeqCst);
                assert!(before < BOUND, "{before} calls at a time");
                number
            };
            thread::spawn(move || unblock(call))
        })
        .collect();
    thread::yield_now();
    // Calls of other tests may take helpers, but they end.
    beginnings.iter().take(BOUND).for_each(drop);
    // None is left, and still names are looked up.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    TcpStream::connect(("localhost", port)).unwrap();
    drop(closed);
    for (number, caller) in callers.into_iter().enumerate() {
        assert_eq!(caller.join().unwrap(), number);
    }
}

#[test]
fn without_an_os_thread_to_spare_it_runs_in_place() {
    let ended = child::run(|| {
        coro::run(|| {
            // Room for anything but the stack of another OS thread.
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
            let current = Some((pages * rustix::param::page_size() as u64) + (1 << 20));
            let maximum = getrlimit(Resource::As).maximum;
            setrlimit(Resource::As, Rlimit { current, maximum }).unwrap();
            assert!(std::thread::Builder::new().spawn(|| ()).is_err());
            assert_eq!(unblock(os_thread), os_thread());
            let unlucky = coro::panic::catch_unwind(|| unblock(|| std::panic::panic_any(Planned)));
            assert!(unlucky.unwrap_err().is::<Planned>());
        });
    });
    ended.expect_success();
}

#[test]
fn two_loops_and_two_os_threads_use_one_pool() {
    const EACH: usize = 200;
    let done = Arc::new(AtomicUsize::new(0));
    let os_threads: Vec<_> = (0..4)
        .map(|number| {
            let done = done.clone();
            let calls = move || {
                for _ in 0..EACH {
                    let done = done.clone();
                    unblock(move || done.fetch_add(1, Ordering::Relaxed));
                }
            };
            std::thread::spawn(move || if number % 2 == 0 { coro::run(calls) } else { calls() })
        })
        .collect();
    os_threads.into_iter().for_each(|os_thread| os_thread.join().unwrap());
    assert_eq!(done.load(Ordering::Relaxed), 4 * EACH);
}

#[coro::test(seeds = 100)]
fn callers_keep_their_own_results() {
    let results: Rc<RefCell<Vec<u32>>> = Rc::default();
    let calls = Rc::new(Cell::new(0));
    thread::scope(|scope| {
        for number in 0..20 {
            let (results, calls) = (results.clone(), calls.clone());
            scope.spawn(move || {
                calls.set(calls.get() + 1);
                let result = unblock(move || number);
                results.borrow_mut().push(result);
            });
        }
    });
    results.borrow_mut().sort_unstable();
    assert!(results.borrow().iter().copied().eq(0..20));
    assert_eq!(calls.get(), 20);
}

#[coro::test]
fn errors_come_back_as_they_are() -> io::Result<()> {
    let missing = unblock(|| std::fs::read("no such file")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    let addresses = unblock(|| ("127.0.0.1", 7).to_socket_addrs())?;
    assert_eq!(addresses.count(), 1);
    Ok(())
}
