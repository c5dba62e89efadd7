//! User code inside a wait: a descriptor's own `as_fd`, and an operation that does what it should not.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use coro::EventLoop;
use coro::channel::{Awaited, Select, TryRecvError, bounded};
use coro::coroutine::Coroutine;
use coro::io::Source;
use coro::thread;

use crate::support::{MILLISECOND, watch};

const SELECT: &str = "one of several things to be ready (select)";

fn would_block<R>() -> io::Result<R> {
    Err(ErrorKind::WouldBlock.into())
}

/// A pipe that does something when it is asked for its descriptor the n-th time from now.
struct Asked<F> {
    pipe: PipeReader,
    left: Rc<Cell<u32>>,
    then: F,
}

impl<F: Fn()> AsFd for Asked<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        if self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            if self.left.get() == 0 {
                (self.then)();
            }
        }
        self.pipe.as_fd()
    }
}

#[test]
fn an_operation_may_end_the_loop_that_it_runs_in() {
    let (reader, mut writer) = io::pipe().unwrap();
    let source = Source::new(reader).unwrap();
    let owner = RefCell::new(Some(EventLoop::new().unwrap()));
    let outcome = source.read_with(|_| {
        if owner.take().is_none() {
            return Ok(EventLoop::current().is_none());
        }
        // Without a loop, what follows waits for the descriptor itself.
        writer.write_all(b"x")?;
        would_block()
    });
    assert!(outcome.unwrap());
}

#[test]
fn a_descriptor_may_end_the_loop_when_it_is_asked_for() {
    for asked in 1..=4 {
        let owner = Rc::new(RefCell::new(None));
        let (pipe, _writer) = io::pipe().unwrap();
        let left = Rc::new(Cell::new(0));
        let then = {
            let owner: Rc<RefCell<Option<EventLoop>>> = owner.clone();
            move || drop(owner.take())
        };
        let source = Source::new(Asked { pipe, left: left.clone(), then }).unwrap();
        owner.replace(Some(EventLoop::new().unwrap()));
        left.set(asked);
        let error = source.wait_for_read(Some(MILLISECOND)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "asked {asked} times");
        drop(source);
        drop(owner.take());
    }
}

#[coro::test]
fn an_operation_may_go_on_in_another_thread() {
    let (reader, mut writer) = io::pipe().unwrap();
    let coroutine = Coroutine::<(), (), &str>::new(move |cx, ()| {
        let source = Source::new(reader).unwrap();
        let mut is_first = true;
        let outcome = source.read_with(|_| {
            if std::mem::take(&mut is_first) {
                cx.suspend(());
                return would_block();
            }
            Ok("read")
        });
        outcome.unwrap()
    });
    let coroutine = Rc::new(RefCell::new(coroutine));
    let go_on = |coroutine: &Rc<RefCell<Coroutine<(), (), &'static str>>>| {
        let coroutine = coroutine.clone();
        move || coroutine.borrow_mut().resume(()).unwrap()
    };
    thread::spawn(go_on(&coroutine)).join().unwrap();
    // The record of the thread in which the operation began is somebody else's now.
    let bystander = thread::spawn(|| thread::sleep(MILLISECOND));
    thread::yield_now();
    let other = thread::Builder::new().name("other".into()).spawn(go_on(&coroutine)).unwrap();
    watch::until_parked("other", "a file descriptor");
    writer.write_all(b"x").unwrap();
    assert_eq!(other.join().unwrap(), coro::CoroutineState::Complete("read"));
    bystander.join().unwrap();
}

#[coro::test]
fn an_edge_that_comes_during_an_operation_is_not_forgotten() {
    let (reader, mut writer) = io::pipe().unwrap();
    let source = Source::new(reader).unwrap();
    let mut second = writer.try_clone().unwrap();
    thread::spawn(move || second.write_all(b"x").unwrap());
    source.wait_for_read(None).unwrap();
    let mut tries = 0;
    let outcome = source.read_with(|mut reader| {
        tries += 1;
        if tries == 1 {
            reader.read_exact(&mut [0])?;
            writer.write_all(b"y")?;
            // The loop reads the edge meanwhile.
            thread::sleep(MILLISECOND);
            return would_block();
        }
        Ok(tries)
    });
    assert_eq!(outcome.unwrap(), 2);
}

#[coro::test]
fn a_panic_while_a_choice_enlists_leaves_nobody_in_line() {
    let (pipe, _writer) = io::pipe().unwrap();
    let left = Rc::new(Cell::new(0));
    let then = || panic!("asked once too often");
    let source = Source::new(Asked { pipe, left: left.clone(), then }).unwrap();
    let (sender, receiver) = bounded(0);
    left.set(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        coro::select_biased! {
            recv(receiver) -> _ => unreachable!("nobody sends"),
            wait(source.readable()) -> _ => unreachable!("nobody writes"),
        }
    }));
    assert!(outcome.is_err());
    assert!(sender.try_send("to nobody").is_err());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[coro::test]
fn what_is_awaited_by_two_wakes_the_one_that_is_left() {
    let (reader, mut writer) = io::pipe().unwrap();
    let source = Source::new(reader).unwrap();
    let awaited = Awaited::new(source.readable());
    let ready = || {
        let mut select = Select::new();
        select.wait(&awaited);
        select.ready()
    };
    thread::scope(|scope| {
        let spawn = |name: &str| {
            thread::Builder::new().name(name.into()).spawn_scoped(scope, ready).unwrap()
        };
        let (first, second) = (spawn("first"), spawn("second"));
        watch::until_parked("first", SELECT);
        watch::until_parked("second", SELECT);
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        writer.write_all(b"x").unwrap();
        assert_eq!(second.join().unwrap(), 0);
    });
}

#[coro::test]
fn the_end_of_a_thread_may_be_awaited_by_several() {
    let mut target = thread::spawn(thread::park);
    let target_thread = target.thread().clone();
    let awaited = Awaited::new(&mut target);
    let ready = || {
        let mut select = Select::new();
        select.wait(&awaited);
        select.wait(&awaited);
        select.ready()
    };
    thread::scope(|scope| {
        let names = ["first", "second", "third"];
        let waiting = names.map(|name| {
            thread::Builder::new().name(name.into()).spawn_scoped(scope, ready).unwrap()
        });
        names.iter().for_each(|name| watch::until_parked(name, SELECT));
        let [first, second, third] = waiting;
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        target_thread.unpark();
        assert!(second.join().unwrap() < 2);
        assert!(third.join().unwrap() < 2);
    });
    drop(awaited);
    target.join().unwrap();
}

#[test]
fn os_threads_wait_for_the_end_of_a_thread_in_many_arms() {
    for _ in 0..200 {
        let (give, take) = std::sync::mpsc::channel();
        let running = std::thread::spawn(move || {
            coro::run(|| give.send(thread::spawn(thread::yield_now)).unwrap());
        });
        let mut target = take.recv().unwrap();
        let awaited = Awaited::new(&mut target);
        let mut select = Select::new();
        for _ in 0..8 {
            select.wait(&awaited);
        }
        assert!(select.ready() < 8);
        running.join().unwrap();
        drop(awaited);
        // It may have been killed when its loop ended.
        let _ = target.join();
    }
}

#[test]
fn a_thousand_wake_ups_of_an_os_thread_that_polls_block_nobody() {
    let (reader, _writer) = io::pipe().unwrap();
    let source = Source::new(reader).unwrap();
    let (sender, receiver) = bounded(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let awaited = Awaited::new(source.readable());
            let mut select = Select::new();
            let readable = select.wait(&awaited);
            for _ in 0..1000 {
                select.recv(&receiver);
            }
            assert_ne!(select.ready(), readable);
        });
        sender.send("news").unwrap();
    });
}

#[test]
fn a_time_that_is_given_back_is_seen_by_who_comes_to_wait() {
    for _ in 0..300 {
        let at = coro::channel::at(coro::time::now());
        std::thread::scope(|scope| {
            let mut select = Select::new();
            select.recv(&at);
            let taken = select.select();
            let other = scope.spawn(|| at.recv());
            drop(taken);
            other.join().unwrap().unwrap();
        });
    }
}

#[coro::test]
fn a_source_whose_peer_is_half_closed_waits_for_room() {
    let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
    other.shutdown(std::net::Shutdown::Write).unwrap();
    let source = Source::new(one).unwrap();
    let tries = Cell::new(0);
    let fill = || {
        source.write_with(|mut stream| {
            tries.set(tries.get() + 1);
            stream.write(&[0; 65536])
        })
    };
    let stuck = coro::timeout(10 * MILLISECOND, || {
        loop {
            fill().unwrap();
        }
    });
    assert!(stuck.is_err());
    assert!(tries.get() < 1000, "it tried {} times", tries.get());
}

#[coro::test(start_paused = true)]
fn an_end_is_found_by_a_choice_that_could_not_wait_for_a_promise() {
    let (sender, receiver) = bounded(0);
    let mut worker = thread::spawn(thread::park);
    let worker_thread = worker.thread().clone();
    let awaited = Awaited::new(&mut worker);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            let mut select = Select::new();
            select.wait(&awaited);
            select.ready()
        });
        scope.spawn(|| {
            let message = || {
                worker_thread.unpark();
                thread::sleep(10 * MILLISECOND);
                "late"
            };
            coro::select! { send(sender, message()) -> outcome => _ = outcome }
        });
        thread::yield_now();
        let mut select = Select::new_biased();
        select.recv(&receiver);
        let end = select.wait(&awaited);
        let operation = select.select_timeout(3 * MILLISECOND).unwrap();
        assert_eq!(operation.index(), end);
        operation.wait().unwrap();
        assert_eq!(first.join().unwrap(), 0);
        assert_eq!(receiver.recv(), Ok("late"));
    });
    drop(awaited);
    worker.join().unwrap();
}
