//! The original manual's own examples, and its exceptions: each has a typed counterpart that can be reached.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use coro::CoroutineState::{Complete, Yielded};
use coro::coroutine::{self, Coroutine};
use coro::net::{Domain, Socket, Type, make_socket};
use coro::panic::{Unwind, catch_unwind};
use coro::{Cond, CondError, EventLoop, SocketError, ThreadError, TimeoutError, Yielder, thread};

use crate::support::MILLISECOND;

/// Runs `f` outside any loop, in the main thread of one, and in another thread of it.
fn everywhere(f: fn()) {
    f();
    coro::run(|| {
        f();
        thread::spawn(f).join().unwrap();
    });
}

/// The coro cause inside an error of a socket.
#[track_caller]
fn cause<E: Error + 'static>(error: &io::Error) -> &E {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    cause.unwrap_or_else(|| panic!("{error} has another cause"))
}

#[test]
fn my_coro() {
    fn my_coro(_: &Yielder<u32, u32>, n: u32) {
        let _: u32 = coroutine::main(n + 10).expect("main waits for a number");
    }

    everywhere(|| {
        let c = Coroutine::new(my_coro);
        assert_eq!(c.resume(34).unwrap(), Yielded(44));
        assert_eq!(c.resume(0).unwrap(), Complete(()));
        let stale = c.resume(34).unwrap_err();
        assert!(stale.is_done());
        assert_eq!(stale.into_value(), Some(34));
    });
}

#[test]
fn counter() {
    fn counter(_: &Yielder<(), u32>, (): ()) {
        let mut i = 0_u32;
        loop {
            i += 1;
            let () = coroutine::main(i).expect("main waits for a number");
        }
    }

    everywhere(|| {
        let c = Coroutine::new(counter);
        assert_eq!(c.resume(()).unwrap(), Yielded(1));
        assert_eq!(c.resume(()).unwrap(), Yielded(2));
        assert_eq!(c.resume(()).unwrap(), Yielded(3));
        assert_eq!(c.resume(()).unwrap(), Yielded(4));
    });
}

/// Waits for a datagram when it is dropped, and keeps what came of it.
struct Farewell {
    socket: Socket,
    outcome: Rc<Cell<Option<io::Error>>>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.outcome.set(self.socket.recv(&mut [0]).err());
    }
}

#[coro::test]
fn coroutine_socket_error() {
    let (socket, _peer) = Socket::pair(Domain::UNIX, Type::DGRAM, None).unwrap();
    let outcome = Rc::new(Cell::new(None));
    let waiting = thread::spawn({
        let farewell = Farewell { socket, outcome: outcome.clone() };
        move || {
            let _farewell = farewell;
            thread::park();
        }
    });
    thread::yield_now();
    waiting.kill();
    assert!(waiting.join().unwrap_err().is_killed());
    let error = outcome.take().expect("there was nothing to receive");
    assert_eq!(error.kind(), io::ErrorKind::Other);
    assert!(cause::<SocketError>(&error).is_unwinding());
}

#[coro::test]
fn coroutine_cond_error() {
    let cond = Cond::new();
    let unheard: CondError<String> = cond.wake_one("news".to_owned()).unwrap_err();
    assert_eq!(unheard.to_string(), "no thread waits on this condition");
    assert_eq!(unheard.into_inner(), "news");
}

#[coro::test]
fn coroutine_thread_error() {
    let driving = thread::spawn(|| EventLoop::current().expect("there is one").run(None));
    let not_main: ThreadError = driving.join().unwrap().unwrap_err();
    assert!(not_main.is_not_main());
    assert!(cause::<ThreadError>(&EventLoop::new().unwrap_err()).is_loop_running());
}

#[coro::test]
fn timeout_error() {
    let late: Result<(), TimeoutError> = coro::timeout(MILLISECOND, thread::park);
    late.unwrap_err();
    let late: Result<u32, TimeoutError> = Cond::new().wait_timeout(MILLISECOND);
    late.unwrap_err();

    let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    for limit in [Duration::ZERO, MILLISECOND] {
        let late = socket.wait_for_read(Some(limit)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        let _: &TimeoutError = cause(&late);
    }
    socket.wait_for_write(Some(Duration::ZERO)).unwrap();
}

#[test]
fn unwind() {
    fn catching(cx: &Yielder<(), ()>, (): ()) -> bool {
        let caught = catch_unwind(AssertUnwindSafe(|| cx.suspend(())));
        let unwind = caught.unwrap_err().downcast::<Unwind>().expect("a kill is an Unwind");
        unwind.is_kill()
    }

    everywhere(|| {
        let killed = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            assert!(catching(cx, ()));
            cx.suspend(()); // the kill comes again here
            unreachable!("a kill is sticky");
        });
        assert_eq!(killed.resume(()).unwrap(), Yielded(()));
        killed.kill().unwrap();
        assert!(killed.is_done());

        let raised = Coroutine::new(catching);
        assert_eq!(raised.resume(()).unwrap(), Yielded(()));
        assert_eq!(raised.raise("stop").unwrap(), Complete(false));
    });
}
