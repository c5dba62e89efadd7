//! What once went wrong, or nearly: closures of any size, swallowed interrupts, broken scopes, other people's unwinds.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use coro::thread;

use crate::support::{MILLISECOND, child};

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::panic_any(coro::__private::Planned);
    }
}

/// Parks when it is dropped, until somebody unparks its thread.
struct ParksInDrop;

impl Drop for ParksInDrop {
    fn drop(&mut self) {
        thread::park();
    }
}

#[coro::test]
fn closures_of_any_size_run() {
    fn sum<const N: usize>() {
        let bytes = [1_u8; N];
        let spawned = thread::spawn(move || bytes.iter().filter(|byte| **byte == 1).count());
        assert_eq!(spawned.join().unwrap(), N);
        let scoped = thread::scope(|scope| scope.spawn(move || bytes.len()).join());
        assert_eq!(scoped.unwrap(), N);
    }
    sum::<0>();
    sum::<400>();
    sum::<512>();
    sum::<1000>();
    sum::<1024>();
    sum::<16_384>();
}

#[test]
fn a_thread_that_swallows_every_kill_does_not_keep_the_loop_to_itself() {
    let ended = child::run(|| {
        coro::Builder::new().shutdown_grace(MILLISECOND * 50).run(|| {
            let builder = thread::Builder::new().name("stubborn".into());
            let stubborn = builder.spawn(|| {
                loop {
                    let _ = std::panic::catch_unwind(thread::park);
                }
            });
            thread::yield_now();
            stubborn.unwrap().kill();
            // Others go on while it spins.
            for _ in 0..10 {
                thread::sleep(MILLISECOND);
            }
            eprintln!("main has slept");
        });
    });
    ended.expect_abort_saying(&["main has slept", "'stubborn'"]);
}

#[coro::test]
fn a_scope_survives_a_spawn_that_unwinds() {
    let outcome = coro::panic::catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            let bomb = Bomb;
            let builder = thread::Builder::new().stack_size(1);
            // The stack is refused, so the closure is dropped, and with it the bomb.
            let _ = builder.spawn_scoped(scope, move || drop(bomb));
        });
    }));
    assert!(outcome.unwrap_err().is::<coro::__private::Planned>());
}

#[coro::test]
fn a_scope_that_is_left_by_a_raise_keeps_the_next_one() {
    let child = Rc::new(Cell::new(None));
    let victim = thread::spawn({
        let child = child.clone();
        move || {
            let first = coro::catch::<u8, _>(|| {
                thread::scope(|scope| {
                    let shielded = scope.spawn(|| coro::shield(thread::park));
                    child.set(Some(shielded.thread().clone()));
                    thread::park();
                });
            });
            (first, coro::catch::<&str, _>(thread::park))
        }
    });
    thread::yield_now();
    thread::yield_now();
    victim.raise(1_u8);
    thread::yield_now();
    // It waits for its child now, which does not end yet.
    victim.raise("two");
    thread::yield_now();
    child.take().unwrap().unpark();
    assert_eq!(victim.join().unwrap(), (Err(1), Err("two")));
}

#[coro::test]
fn a_thread_spawned_into_a_killed_scope_is_killed() {
    let owner = thread::spawn(|| {
        thread::scope(|scope| {
            scope.spawn(|| {
                let _late = SpawnsLate(|| {
                    scope.spawn(thread::park);
                });
                thread::park();
            });
            thread::park();
        });
    });
    thread::yield_now();
    thread::yield_now();
    owner.kill();
    assert!(owner.join().unwrap_err().is_killed());
}

/// Calls its function when it is dropped.
struct SpawnsLate<F: Fn()>(F);

impl<F: Fn()> Drop for SpawnsLate<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[coro::test]
fn unwinds_of_coro_panic_are_noticed_while_another_thread_cleans_up() {
    let cleaner = thread::spawn(|| {
        let _slow = ParksInDrop;
        thread::park();
    });
    thread::yield_now();
    cleaner.kill();
    thread::yield_now();
    assert!(std::thread::panicking());

    let caught = coro::panic::catch_unwind(|| std::panic::panic_any(coro::__private::Planned));
    assert!(caught.is_err());
    assert!(!thread::panicking(), "the unwind has been caught");

    let unwinds = Rc::new(Cell::new(false));
    let resumer = thread::spawn({
        let unwinds = unwinds.clone();
        move || {
            let _look = SpawnsLate(|| unwinds.set(thread::panicking()));
            coro::panic::resume_unwind(Box::new(7_u8))
        }
    });
    let error = resumer.join().map(|never: ()| never).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&7_u8));
    assert!(unwinds.get());

    cleaner.thread().unpark();
    assert!(cleaner.join().unwrap_err().is_killed());
}

#[test]
fn a_panic_with_nobody_at_standard_error_ends_its_thread_only() {
    let ended = child::run(|| {
        let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(reader);
        rustix::stdio::dup2_stderr(&writer).unwrap();
        coro::run(|| {
            let bomb = thread::spawn(|| panic!("nobody reads this"));
            assert!(bomb.join().unwrap_err().is_panic());
        });
    });
    ended.expect_success();
}

#[test]
fn run_in_a_destructor_of_an_unwinding_os_thread_works() {
    let ended = child::run(|| {
        let outcome = std::thread::spawn(|| {
            let _run = SpawnsLate(|| {
                coro::run(|| {
                    assert!(!thread::panicking());
                    assert!(coro::timeout(MILLISECOND, thread::park).is_err());
                });
            });
            std::panic::resume_unwind(Box::new(()));
        })
        .join();
        assert!(outcome.is_err());
        coro::run(|| thread::sleep(Duration::ZERO));
    });
    ended.expect_success();
}

#[test]
fn waiting_for_a_lock_leaves_an_os_threads_own_token_alone() {
    for _ in 0..200 {
        let lock = coro::sync::Mutex::new(());
        let guard = lock.lock().unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                drop(lock.lock());
                std::thread::park();
            });
            // However the two run, the token is there when it parks at the end.
            waiter.thread().unpark();
            drop(guard);
            waiter.join().unwrap();
        });
    }
}

#[test]
fn a_catch_in_a_destructor_does_not_hide_that_the_outer_unwind_is_caught() {
    /// Unwinds and catches when it is dropped.
    struct Catches;

    impl Drop for Catches {
        fn drop(&mut self) {
            let planned = || std::panic::panic_any(coro::__private::Planned);
            assert!(coro::panic::catch_unwind(planned).is_err());
        }
    }

    let ended = child::run(|| {
        coro::run(|| {
            let cleaner = thread::spawn(|| {
                let _slow = ParksInDrop;
                thread::park();
            });
            let swallower = thread::spawn(|| {
                let swallowed = std::panic::catch_unwind(|| {
                    let _catches = Catches;
                    thread::park();
                });
                drop(swallowed);
                thread::panicking()
            });
            thread::yield_now();
            cleaner.kill();
            thread::yield_now();
            swallower.raise("up");
            assert!(!swallower.join().unwrap());
            cleaner.thread().unpark();
            assert!(cleaner.join().unwrap_err().is_killed());
        });
    });
    ended.expect_success();
}

#[coro::test]
fn more_buffers_than_the_system_takes_are_cut_short_as_by_std() {
    use std::io::{IoSlice, IoSliceMut, Read, Write};

    let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = coro::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let bytes = [7_u8; 2000];
    let slices: Vec<IoSlice<'_>> = bytes.chunks(1).map(IoSlice::new).collect();
    assert_eq!(client.write_vectored(&slices).unwrap(), 1024);
    let mut room = [0_u8; 2000];
    let mut slices: Vec<IoSliceMut<'_>> = room.chunks_mut(1).map(IoSliceMut::new).collect();
    assert_eq!(server.read_vectored(&mut slices).unwrap(), 1024);
    assert_eq!(room[..1024], bytes[..1024]);
}

#[coro::test]
fn a_listener_made_blocking_behind_its_back_parks_its_threads() {
    use std::os::fd::AsFd;

    let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let copy = listener.as_fd().try_clone_to_owned().unwrap();
    std::net::TcpListener::from(copy).set_nonblocking(false).unwrap();
    let acceptor = thread::spawn(move || listener.accept().map(drop));
    thread::yield_now();
    acceptor.kill();
    assert!(acceptor.join().unwrap_err().is_killed());
}
