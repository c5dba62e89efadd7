//! The loop driven by hand: runs, exits, single turns, views, and owners that end in unusual places.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use coro::net::{TcpListener, TcpStream};
use coro::thread::{self, Routine};
use coro::{EventLoop, ThreadError};
use coro_tests::canary::Drops;
use coro_tests::{process, sockets};

use crate::support::{HOUR, MILLISECOND, MINUTE, child};

fn new_loop() -> EventLoop {
    EventLoop::new().unwrap()
}

fn handle() -> EventLoop {
    EventLoop::current().expect("a loop is current")
}

fn ids(threads: &[thread::Thread]) -> Vec<thread::ThreadId> {
    threads.iter().map(thread::Thread::id).collect()
}

fn thread_error(error: &io::Error) -> &ThreadError {
    error.get_ref().and_then(|inner| inner.downcast_ref()).expect("a ThreadError is inside")
}

/// Spawns a thread that parks for good and owns a canary.
fn park_with_canary(drops: &Drops) -> thread::JoinHandle<()> {
    let canary = drops.canary();
    thread::spawn(move || {
        let _canary = canary;
        thread::park();
    })
}

#[test]
fn a_run_ends_when_no_other_thread_is_left() {
    let event_loop = new_loop();
    event_loop.run(None).unwrap();
    let order = Rc::new(RefCell::new(Vec::new()));
    for n in 0..3 {
        let order = order.clone();
        let routine = Routine::from_fn(move || {
            thread::sleep(MILLISECOND);
            thread::spawn(move || order.borrow_mut().push(n));
        });
        event_loop.insert_thread(routine).unwrap();
    }
    event_loop.run(MILLISECOND).unwrap();
    order.borrow_mut().sort_unstable();
    assert_eq!(*order.borrow(), [0, 1, 2]);
    assert!(event_loop.thread_list().is_empty());
}

#[test]
fn a_run_that_exits_can_be_taken_up_again() {
    let event_loop = new_loop();
    let count = Rc::new(Cell::new(0));
    let endless = thread::spawn({
        let count = count.clone();
        move || loop {
            count.set(count.get() + 1);
            if count.get() % 10 == 0 {
                handle().exit();
            }
            thread::yield_now();
        }
    });
    for runs in 1..=3 {
        event_loop.run(None).unwrap();
        assert_eq!(count.get(), 10 * runs);
    }
    endless.kill();
    event_loop.run(None).unwrap();
    assert!(endless.join().unwrap_err().is_killed());
}

#[test]
fn a_request_before_the_run_ends_that_run_only() {
    let event_loop = new_loop();
    let ran = thread::spawn(|| ());
    event_loop.exit();
    event_loop.exit_handle().exit();
    event_loop.run(None).unwrap();
    assert!(!ran.is_finished());
    event_loop.run(None).unwrap();
    assert!(ran.is_finished());
}

#[test]
fn another_os_thread_ends_a_run_that_sleeps() {
    let event_loop = new_loop();
    let exit = event_loop.exit_handle();
    let (sender, receiver) = mpsc::channel::<()>();
    let stopper = std::thread::spawn(move || {
        for () in receiver {
            exit.exit();
        }
    });
    let sleeper = thread::spawn(move || {
        // The loop sleeps, or is about to, when the exit arrives.
        for _ in 0..200 {
            sender.send(()).unwrap();
            thread::park();
        }
    });
    for _ in 0..200 {
        event_loop.run(Duration::MAX).unwrap();
        assert!(!sleeper.is_finished());
        sleeper.thread().unpark();
    }
    event_loop.run(Duration::MAX).unwrap();
    sleeper.join().unwrap();
    stopper.join().unwrap();
}

#[test]
fn an_exit_is_seen_although_the_poller_is_interrupted() {
    let event_loop = new_loop();
    let parked = thread::spawn(thread::park);
    event_loop.run_pending().unwrap();
    let exit = event_loop.exit_handle();
    // Every wait of the poller fails as if a signal had come.
    let faults = coro::__private::Faults::arm(1, 1);
    let stopper = std::thread::spawn(move || exit.exit());
    event_loop.run(Duration::MAX).unwrap();
    assert_eq!(event_loop.turn(Duration::MAX).unwrap(), 0);
    assert!(faults.injected() > 0);
    drop(faults);
    stopper.join().unwrap();
    assert!(!parked.is_finished());
}

#[test]
fn an_exit_does_not_wait_for_threads_that_keep_busy() {
    let event_loop = new_loop();
    let exit = event_loop.exit_handle();
    for _ in 0..10 {
        thread::spawn(|| {
            loop {
                thread::yield_now();
            }
        });
    }
    let stopper = std::thread::spawn(move || exit.exit());
    event_loop.run(None).unwrap();
    stopper.join().unwrap();
    assert_eq!(event_loop.thread_list().len(), 10);
}

#[test]
fn only_main_drives() {
    let event_loop = new_loop();
    let builder = thread::Builder::new().name("driver".into());
    let refused = builder.spawn(|| {
        let (here, own) = (handle(), thread::current().id());
        assert_eq!(here.current_thread().unwrap().id(), own);
        assert!(here.run_pending().unwrap_err().is_not_main());
        let error = here.turn(None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert!(thread_error(&error).is_not_main());
        here.run(None).unwrap_err()
    });
    event_loop.run(None).unwrap();
    let refused = refused.unwrap().join().unwrap();
    assert_eq!(
        refused.to_string(),
        "run was called in thread 'driver', but only the main thread drives the loop; \
         a thread waits with join, park or sleep"
    );
    assert!(event_loop.current_thread().is_none());
}

#[test]
fn one_loop_an_os_thread() {
    let refused = |()| {
        let error = EventLoop::new().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(thread_error(&error).is_loop_running());
        assert!(coro::Builder::new().build().is_err());
    };
    coro::run(|| refused(()));
    let event_loop = new_loop();
    refused(());
    let nested = std::panic::catch_unwind(|| coro::run(|| ()));
    assert!(nested.unwrap_err().downcast_ref::<&str>().unwrap().contains("another OS thread"));
    // The refusals have done no harm.
    assert_eq!(thread::spawn(|| 7).join().unwrap(), 7);
    drop(event_loop);
    coro::run(|| ());
    new_loop();
}

#[test]
fn a_handle_of_a_loop_that_has_ended_finds_nothing() {
    let owner = new_loop();
    let (left, exit) = (handle(), owner.exit_handle());
    drop(owner);
    let another = new_loop();
    let parked = thread::spawn(thread::park);
    another.run_pending().unwrap();
    assert!(left.run(None).unwrap_err().is_no_loop());
    assert!(left.run_pending().unwrap_err().is_no_loop());
    assert!(thread_error(&left.turn(None).unwrap_err()).is_no_loop());
    let error = left.insert_thread(Routine::from_fn(|| ())).unwrap_err();
    assert!(error.is_no_loop());
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::Unsupported);
    assert!(left.thread_list().is_empty() && left.pending().is_empty());
    assert!(left.read_set().is_empty() && left.write_set().is_empty());
    assert!(left.the_event_list().is_empty() && left.current_thread().is_none());
    assert_eq!(left.next_timeout(), None);
    left.exit();
    exit.exit();
    // Nor has it touched the other loop; and its fd is nobody else's.
    assert_ne!(left.as_raw_fd(), another.as_raw_fd());
    parked.thread().unpark();
    another.run(None).unwrap();
    assert!(parked.is_finished());
}

#[test]
fn a_thread_that_gets_no_stack_is_an_error() {
    let event_loop = new_loop();
    let drops = Drops::default();
    let canary = drops.canary();
    let routine = Routine::from_fn(move || canary.check()).stack_size(1000);
    let error = event_loop.insert_thread(routine).unwrap_err();
    assert!(error.is_no_stack());
    assert_eq!(
        error.to_string(),
        "cannot start a thread: stack of 1000 bytes is below the minimum of 16384"
    );
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
    drops.expect_none_alive();
}

#[test]
fn dropping_the_owner_ends_every_thread() {
    let event_loop = new_loop();
    let drops = Drops::default();
    let handles: Vec<_> = (0..10).map(|_| park_with_canary(&drops)).collect();
    event_loop.run_pending().unwrap();
    let new = park_with_canary(&drops);
    let saved = Rc::new(Cell::new(false));
    thread::spawn({
        let saved = saved.clone();
        move || {
            let _late = drops_late(move || {
                thread::sleep(MILLISECOND);
                saved.set(true);
            });
            thread::park();
        }
    });
    event_loop.run_pending().unwrap();
    drop(event_loop);
    drops.expect_none_alive();
    assert!(saved.get());
    for handle in handles.into_iter().chain([new]) {
        assert!(handle.join().unwrap_err().is_killed());
    }
}

/// Calls `f` when it is dropped.
fn drops_late<F: FnOnce()>(f: F) -> impl Drop {
    struct Late<F: FnOnce()>(Option<F>);
    impl<F: FnOnce()> Drop for Late<F> {
        fn drop(&mut self) {
            if let Some(f) = self.0.take() {
                f();
            }
        }
    }
    Late(Some(f))
}

#[test]
fn a_panic_in_main_ends_the_loop_as_a_return_does() {
    let drops = Drops::default();
    let was_unwinding = Rc::new(Cell::new(true));
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let event_loop = new_loop();
        park_with_canary(&drops);
        thread::spawn({
            let was_unwinding = was_unwinding.clone();
            move || {
                coro::shield(|| thread::sleep(MILLISECOND));
                // Main unwinds at this moment, this thread does not.
                was_unwinding.set(thread::panicking());
            }
        });
        event_loop.run_pending().unwrap();
        std::panic::panic_any(coro::__private::Planned);
    }));
    assert!(outcome.unwrap_err().is::<coro::__private::Planned>());
    drops.expect_none_alive();
    assert!(!was_unwinding.get());
    assert!(EventLoop::current().is_none());
}

#[test]
fn main_does_not_drive_while_it_unwinds() {
    let event_loop = new_loop();
    let refused = Cell::new(0);
    let outcome = coro::panic::catch_unwind(AssertUnwindSafe(|| {
        let _late = drops_late(|| {
            let errors = [event_loop.run(None).unwrap_err(), event_loop.run_pending().unwrap_err()];
            refused.set(errors.iter().filter(|error| error.is_unwinding()).count());
            assert_eq!(event_loop.turn(None).unwrap_err().kind(), io::ErrorKind::Other);
        });
        std::panic::panic_any(coro::__private::Planned);
    }));
    assert!(outcome.is_err());
    assert_eq!(refused.get(), 2);
    event_loop.run(None).unwrap();
}

#[test]
fn a_loop_may_be_made_and_ended_by_a_destructor_of_an_unwinding_os_thread() {
    let ran = Cell::new(false);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _late = drops_late(|| {
            let event_loop = new_loop();
            let killed = thread::spawn(thread::park);
            thread::yield_now();
            killed.kill();
            event_loop.run(None).unwrap();
            ran.set(killed.join().unwrap_err().is_killed());
        });
        std::panic::panic_any(coro::__private::Planned);
    }));
    assert!(outcome.is_err() && ran.get());
}

/// What a child says last that leaves a loop in place.
const IN_PLACE: &str = "the loop is left in place";

/// Ends a child so that no leak checker looks at what is meant to leak.
fn leave_in_place() -> ! {
    eprintln!("{IN_PLACE}");
    std::process::abort()
}

#[test]
fn an_owner_that_one_of_its_threads_drops_leaves_the_loop_in_place() {
    // It is never taken back, so it keeps its fds: that is for a process of its own.
    let ended = child::run(|| {
        let drops = Drops::default();
        let owner = new_loop();
        let parked = park_with_canary(&drops);
        let exit = owner.exit_handle();
        thread::spawn(move || drop(owner)).join().unwrap();
        handle().run_pending().unwrap();
        assert_eq!(ids(&handle().thread_list()), [parked.thread().id()]);
        exit.exit();
        handle().run(None).unwrap();
        assert!(EventLoop::new().is_err());
        assert_eq!(drops.dropped(), 0);
        leave_in_place();
    });
    ended.expect_abort_saying(&[IN_PLACE]);
}

#[test]
fn an_owner_that_is_forgotten_leaves_the_loop_in_place() {
    let ended = child::run(|| {
        let drops = Drops::default();
        let outside = drops.clone();
        let os_thread = std::thread::spawn(move || {
            std::mem::forget(new_loop());
            let parked = park_with_canary(&outside);
            let (listener, waits) = (TcpListener::bind("127.0.0.1:0").unwrap(), outside.canary());
            let listener = Arc::new(listener);
            thread::spawn({
                let listener = listener.clone();
                move || {
                    let _waits = waits;
                    let _ = listener.accept();
                }
            });
            handle().run_pending().unwrap();
            (parked.thread().clone(), listener)
        });
        let (parked, listener) = os_thread.join().unwrap();
        // Its threads hang for ever; whoever speaks to them is not disturbed.
        parked.unpark();
        parked.kill();
        drop(listener);
        assert_eq!((drops.made(), drops.dropped()), (2, 0));
        leave_in_place();
    });
    ended.expect_abort_saying(&[IN_PLACE]);
}

#[test]
fn an_owner_in_a_thread_local_ends_with_its_os_thread() {
    thread_local! {
        static OWNER: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
    }
    // The threads hold no reference to a thread-local, so this is no more than discouraged.
    let drops = Drops::default();
    let inside = drops.clone();
    let os_thread = std::thread::spawn(move || {
        OWNER.set(Some(new_loop()));
        park_with_canary(&inside);
        handle().run_pending().unwrap();
        park_with_canary(&inside);
        thread::spawn(|| {
            let _late = drops_late(|| thread::sleep(MILLISECOND));
            thread::park();
        });
    });
    os_thread.join().unwrap();
    assert_eq!(drops.made(), 2);
    drops.expect_none_alive();
}

#[test]
fn loops_of_several_os_threads_work_together() {
    let mutex = Arc::new(coro::sync::Mutex::new(0));
    let cond = Arc::new(coro::Cond::new());
    let (sender, receiver) = mpsc::channel();
    let os_threads: Vec<_> = (0..3)
        .map(|_| {
            let (mutex, cond, sender) = (mutex.clone(), cond.clone(), sender.clone());
            std::thread::spawn(move || {
                let event_loop = new_loop();
                let waiter = thread::spawn(move || {
                    let value: u32 = cond.wait();
                    *mutex.lock().unwrap() += value;
                    value
                });
                event_loop.run_pending().unwrap();
                sender.send(waiter).unwrap();
                event_loop.run(None).unwrap();
            })
        })
        .collect();
    let event_loop = new_loop();
    let waiters: Vec<_> = (0..3).map(|_| receiver.recv().unwrap()).collect();
    assert_eq!(cond.wake_all(5), 3);
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), 5);
    }
    os_threads.into_iter().for_each(|os_thread| os_thread.join().unwrap());
    assert_eq!(*mutex.lock().unwrap(), 15);
    drop(event_loop);
}

#[test]
fn interrupts_of_main_are_held_back_but_for_timeouts() {
    let drops = Drops::default();
    // A shield around the making is none of main's.
    let event_loop = coro::shield(new_loop);
    let main = thread::current();
    let canary = drops.canary();
    thread::spawn(move || {
        main.kill();
        main.raise(canary);
    });
    thread::sleep(MILLISECOND);
    event_loop.run(None).unwrap();
    event_loop.run_pending().unwrap();
    event_loop.turn(Duration::ZERO).unwrap();
    thread::yield_now();
    let endless = thread::spawn(thread::park);
    let start = Instant::now();
    assert!(coro::timeout(MILLISECOND, || event_loop.run(MINUTE)).is_err());
    assert!(
        coro::timeout(MILLISECOND, || loop {
            event_loop.turn(MINUTE).unwrap();
        })
        .is_err()
    );
    assert!(start.elapsed() >= MILLISECOND * 2);
    assert!(!endless.is_finished());
    assert_eq!(drops.dropped(), 0);
    drop(event_loop);
    drops.expect_none_alive();
}

#[test]
fn a_run_that_a_timeout_has_ended_is_over() {
    let event_loop = new_loop();
    let parked = thread::spawn(thread::park);
    assert!(coro::timeout(MILLISECOND, || event_loop.run(None)).is_err());
    // No run is under way, so this is for the next one, and does not wake main here.
    event_loop.exit();
    thread::sleep(MILLISECOND);
    event_loop.run(None).unwrap();
    assert!(!parked.is_finished());
}

#[test]
fn a_loop_may_end_inside_a_timeout_and_a_shield() {
    let first = new_loop();
    let second = coro::timeout(HOUR, || {
        coro::shield(|| {
            drop(first);
            new_loop()
        })
    });
    let second = second.unwrap();
    let main = thread::current();
    thread::spawn(move || main.kill()).join().unwrap();
    second.run(None).unwrap();
    assert!(second.the_event_list().is_empty());
}

#[test]
fn a_loop_may_end_by_the_unwind_of_a_timeout() {
    let drops = Drops::default();
    let event_loop = new_loop();
    park_with_canary(&drops);
    let outcome = coro::timeout(MILLISECOND, move || {
        let _owner = event_loop;
        thread::park();
    });
    assert!(outcome.is_err());
    drops.expect_none_alive();
    assert!(EventLoop::current().is_none() && !thread::panicking());
    assert_eq!(coro::run(|| 7), 7);
}

#[test]
fn a_loop_may_end_inside_a_scope() {
    let drops = Drops::default();
    let canary = drops.canary();
    let event_loop = new_loop();
    thread::scope(|scope| {
        let joined = scope.spawn(|| {
            let _late = drops_late(|| {
                thread::sleep(MILLISECOND);
                canary.check();
            });
            thread::park();
        });
        scope.spawn(thread::park);
        event_loop.run_pending().unwrap();
        drop(event_loop);
        assert!(joined.join().unwrap_err().is_killed());
        assert!(scope_spawn_panics(|| drop(scope.spawn(thread::park))));
    });
    drop(canary);
    drops.expect_none_alive();
}

/// Whether there is no loop to spawn in.
fn scope_spawn_panics(spawn: impl FnOnce()) -> bool {
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(spawn));
    let payload = outcome.unwrap_err();
    payload.downcast_ref::<String>().is_some_and(|text| text.contains("no coro loop runs"))
}

#[test]
fn what_was_raised_at_main_may_panic_when_it_is_dropped() {
    let event_loop = new_loop();
    let main = thread::current();
    main.raise(Bomb);
    drop(event_loop);
    assert!(EventLoop::current().is_none());
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::panic_any(coro::__private::Planned);
    }
}

#[test]
fn run_pending_gives_each_ready_thread_one_turn() {
    let builders = (0..20).map(|seed| coro::Builder::new().seed(seed));
    for builder in builders.chain([coro::Builder::new()]) {
        let event_loop = builder.build().unwrap();
        let turns: Rc<[Cell<u32>; 10]> = Rc::default();
        for n in 0..10 {
            let turns = turns.clone();
            thread::spawn(move || {
                // What becomes ready meanwhile waits for the next round.
                thread::spawn(thread::park);
                loop {
                    turns[n].set(turns[n].get() + 1);
                    thread::yield_now();
                }
            });
        }
        assert_eq!(event_loop.run_pending().unwrap(), 10);
        assert_eq!(*turns, std::array::from_fn(|_| Cell::new(1)));
        assert_eq!(event_loop.pending().len(), 20);
        assert_eq!(event_loop.run_pending().unwrap(), 20);
        assert_eq!(*turns, std::array::from_fn(|_| Cell::new(2)));
    }
}

#[test]
fn views_show_who_waits_for_what() {
    let event_loop = new_loop();
    let (reader, mut sender) = sockets::std_pair().unwrap();
    let reader = Arc::new(TcpStream::from(reader));
    let fd = reader.as_raw_fd();
    let read = || {
        let reader = reader.clone();
        thread::spawn(move || (&*reader).read(&mut [0]).unwrap())
    };
    let readers = [read(), read()];
    let (writer, idle) = sockets::pair().unwrap();
    sockets::fix_buffers(&writer).unwrap();
    sockets::fix_buffers(&idle).unwrap();
    let writer_fd = writer.as_raw_fd();
    let writer = thread::spawn(move || (&writer).write_all(&vec![0; sockets::MORE_THAN_FITS]));
    let late = thread::spawn(|| coro::timeout(HOUR * 2, thread::park));
    let soon = thread::spawn(|| thread::sleep(HOUR));
    let all = [
        readers[0].thread().id(),
        readers[1].thread().id(),
        writer.thread().id(),
        late.thread().id(),
        soon.thread().id(),
    ];
    assert_eq!(ids(&event_loop.pending()), all);
    assert_eq!(ids(&event_loop.thread_list()), all);
    let start = coro::time::now();
    event_loop.run_pending().unwrap();
    assert!(event_loop.pending().is_empty());
    // The first visits to the poller may find room for the writer.
    while event_loop.write_set().is_empty() || !event_loop.pending().is_empty() {
        event_loop.turn(None).unwrap();
    }

    let waits = event_loop.read_set();
    assert_eq!(waits.keys().collect::<Vec<_>>(), [&fd]);
    assert_eq!(ids(&waits[&fd]), all[..2]);
    let waits = event_loop.write_set();
    assert_eq!(waits.keys().collect::<Vec<_>>(), [&writer_fd]);
    assert_eq!(ids(&waits[&writer_fd]), all[2..3]);
    let deadlines = event_loop.the_event_list();
    let (times, whom): (Vec<_>, Vec<_>) = deadlines.into_iter().unzip();
    assert_eq!(ids(&whom), [all[4], all[3]]);
    assert!(times[0] >= start + HOUR && times[1] >= start + HOUR * 2);

    // Who was woken waits no longer, though it has not run since.
    readers[0].kill();
    assert_eq!(ids(&event_loop.read_set()[&fd]), all[1..2]);
    assert_eq!(ids(&event_loop.pending()), all[..1]);
    sender.write_all(&[7]).unwrap();
    assert_eq!(readers.into_iter().nth(1).unwrap().join().unwrap(), 1);
    assert!(event_loop.read_set().is_empty());
}

#[test]
fn views_show_main_while_it_waits() {
    let event_loop = new_loop();
    let main = thread::current().id();
    let (mut reader, mut sender) = sockets::pair().unwrap();
    let fd = reader.as_raw_fd();
    let viewer = thread::spawn(move || {
        let here = handle();
        while here.read_set().is_empty() {
            thread::yield_now();
        }
        assert_eq!(ids(&here.read_set()[&fd]), [main]);
        assert_eq!(here.the_event_list()[0].1.id(), main);
        assert!(here.pending().is_empty() && here.thread_list().len() == 1);
        sender.write_all(&[7]).unwrap();
    });
    reader.set_read_timeout(Some(HOUR)).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 1);
    event_loop.run(None).unwrap();
    viewer.join().unwrap();
}

#[test]
fn loops_that_have_ended_leave_nothing_behind() {
    let ended = child::run(|| {
        new_loop();
        let before = process::open_fds();
        for _ in 0..500 {
            let event_loop = new_loop();
            let exit = event_loop.exit_handle();
            thread::spawn(move || {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let _ = listener.accept();
            });
            event_loop.turn(Duration::ZERO).unwrap();
            drop(event_loop);
            exit.exit();
        }
        assert_eq!(process::open_fds(), before);
    });
    ended.expect_silent_success();
}

#[test]
fn a_paused_clock_jumps_in_runs_and_turns() {
    let event_loop = coro::Builder::new().start_paused(true).build().unwrap();
    let start = coro::time::now();
    thread::spawn(|| thread::sleep(HOUR));
    event_loop.run(None).unwrap();
    assert_eq!(coro::time::now(), start + HOUR);
    thread::spawn(|| {
        thread::sleep(HOUR);
        thread::sleep(HOUR);
    });
    assert_eq!(event_loop.turn(Duration::ZERO).unwrap(), 1);
    for hours in 2..=3 {
        assert_eq!(event_loop.next_timeout(), Some(Duration::ZERO));
        assert_eq!(event_loop.turn(None).unwrap(), 1);
        assert_eq!(coro::time::now(), start + HOUR * hours);
    }
    assert_eq!(event_loop.next_timeout(), None);
}

/// A main loop that is not coro's: it sleeps in poll(2), where it watches the loop's fd and one of its own.
fn foreign_loop(event_loop: &EventLoop, own: BorrowedFd<'_>, mut turn: impl FnMut(bool) -> bool) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    loop {
        let timeout = event_loop.next_timeout().map(|left| Timespec {
            tv_sec: left.as_secs().try_into().unwrap(),
            tv_nsec: left.subsec_nanos().into(),
        });
        let mut fds =
            [PollFd::new(event_loop, PollFlags::IN), PollFd::from_borrowed_fd(own, PollFlags::IN)];
        poll(&mut fds, timeout.as_ref()).unwrap();
        let own_is_ready = !fds[1].revents().is_empty();
        event_loop.turn(Duration::ZERO).unwrap();
        if turn(own_is_ready) {
            return;
        }
    }
}

#[test]
fn a_foreign_loop_drives_an_echo_server_and_timers() {
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 50;
    let event_loop = new_loop();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming().map(Result::unwrap) {
            thread::spawn(move || io::copy(&mut &connection, &mut &connection).unwrap());
        }
    });
    let ticks = Rc::new(Cell::new(0));
    thread::spawn({
        let ticks = ticks.clone();
        move || loop {
            thread::sleep(MILLISECOND);
            ticks.set(ticks.get() + 1);
        }
    });
    let (foreign, notify) = std::os::unix::net::UnixStream::pair().unwrap();
    let clients = std::thread::spawn(move || {
        let clients = (0..CLIENTS).map(|n| {
            std::thread::spawn(move || {
                let mut stream = std::net::TcpStream::connect(address).unwrap();
                for round in 0..ROUNDS {
                    let sent = [n as u8, round as u8];
                    stream.write_all(&sent).unwrap();
                    let mut answer = [0; 2];
                    stream.read_exact(&mut answer).unwrap();
                    assert_eq!(answer, sent);
                }
            })
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        drop(notify);
    });
    let mut clients_are_done = false;
    foreign_loop(&event_loop, foreign.as_fd(), |own_is_ready| {
        clients_are_done |= own_is_ready;
        clients_are_done && ticks.get() >= 3
    });
    clients.join().unwrap();
    // All connections are closed: the acceptor and the ticker are left.
    while event_loop.thread_list().len() > 2 {
        event_loop.turn(None).unwrap();
    }
}

#[test]
fn a_foreign_loop_hears_of_wake_ups_from_other_os_threads() {
    let event_loop = new_loop();
    let (foreign, notify) = std::os::unix::net::UnixStream::pair().unwrap();
    let (sender, receiver) = mpsc::channel::<()>();
    let waiting = thread::spawn(move || {
        for _ in 0..1000 {
            sender.send(()).unwrap();
            thread::park();
        }
    });
    let waker = std::thread::spawn({
        let waiting = waiting.thread().clone();
        move || {
            for () in receiver {
                waiting.unpark();
            }
            drop(notify);
        }
    });
    foreign_loop(&event_loop, foreign.as_fd(), |_| waiting.is_finished());
    waiting.join().unwrap();
    waker.join().unwrap();
}

#[test]
fn the_fd_is_quiet_while_nothing_happens() {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let event_loop = new_loop();
    let is_readable = || {
        let mut fds = [PollFd::new(&event_loop, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec::default())).unwrap() > 0
    };
    assert!(!is_readable());
    event_loop.exit_handle().exit();
    assert!(is_readable());
    // A turn takes the notification in, also when it finds a thread that is ready.
    thread::spawn(thread::park);
    event_loop.turn(Duration::ZERO).unwrap();
    assert!(!is_readable());
    let thread = thread::spawn(thread::park).thread().clone();
    event_loop.turn(Duration::ZERO).unwrap();
    std::thread::spawn(move || thread.unpark()).join().unwrap();
    assert!(is_readable());
    assert_eq!(event_loop.turn(Duration::ZERO).unwrap(), 1);
    assert!(!is_readable());
}

#[coro::test]
fn a_handle_leaves_nothing_over_in_a_run() {
    let here = handle();
    let child = thread::spawn(|| {
        thread::sleep(MILLISECOND);
        7
    });
    here.run(None).unwrap();
    assert!(child.is_finished());
    here.turn(Duration::ZERO).unwrap();
    assert!(here.thread_list().is_empty());
}

#[test]
fn a_kill_ends_a_run_of_coro_run() {
    let outcome = std::panic::catch_unwind(|| {
        coro::run(|| {
            let main = thread::current();
            thread::spawn(move || {
                main.kill();
                thread::park();
            });
            handle().run(None).unwrap();
        });
    });
    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"the main thread was killed"));
}

#[test]
fn threads_of_a_scope_run_in_a_run() {
    let event_loop = new_loop();
    let numbers = [1, 2, 3];
    let sum = thread::scope(|scope| {
        let sum = scope.spawn(|| {
            thread::sleep(MILLISECOND);
            numbers.iter().sum::<i32>()
        });
        event_loop.run(None).unwrap();
        assert!(sum.is_finished());
        sum.join().unwrap()
    });
    assert_eq!(sum, 6);
}
