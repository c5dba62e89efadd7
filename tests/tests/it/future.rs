//! Threads that wait for futures, and futures that wait for threads.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use coro::__private::{Planned, kill_at_suspension};
use coro::future::block_on;
use coro::thread::{self, JoinFuture, JoinHandle};
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, child, watch};

/// What reports call the wait.
const FUTURE: &str = "a future";

/// A value that is sent once, and awaited from wherever.
struct Oneshot<T>(Arc<Mutex<OneshotState<T>>>);

struct OneshotState<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Clone for Oneshot<T> {
    fn clone(&self) -> Oneshot<T> {
        Oneshot(self.0.clone())
    }
}

impl<T> Oneshot<T> {
    fn new() -> Oneshot<T> {
        Oneshot(Arc::new(Mutex::new(OneshotState { value: None, waker: None })))
    }

    fn send(&self, value: T) {
        let mut state = self.0.lock().unwrap();
        state.value = Some(value);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Oneshot<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.lock().unwrap();
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Wakes itself so many times before it is ready, and counts the polls.
async fn spin(times: usize, polls: &Cell<usize>) {
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        if polls.get() > times {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A foreign executor: one OS thread, a queue of tasks, and std's park.
mod foreign {
    use super::*;

    struct Unparks(std::thread::Thread);

    impl Wake for Unparks {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    pub(super) fn run<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Arc::new(Unparks(std::thread::current())).into();
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

/// A waker that counts.
#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Arc<Counts>) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(&waker.clone().into()))
}

#[coro::test(seeds = 100)]
fn threads_wait_for_futures_that_others_complete() {
    let order: Rc<RefCell<Vec<usize>>> = Rc::default();
    let first = Oneshot::new();
    let mut next = first.clone();
    let links: Vec<_> = (1..10)
        .map(|number| {
            let (incoming, outgoing) = (next.clone(), Oneshot::new());
            next = outgoing.clone();
            let order = order.clone();
            thread::spawn(move || {
                let value: usize = block_on(incoming);
                order.borrow_mut().push(number);
                outgoing.send(value + 1);
            })
        })
        .collect();
    first.send(0);
    assert_eq!(block_on(next), 9);
    links.into_iter().for_each(|link| link.join().unwrap());
    assert!(order.borrow().iter().copied().eq(1..10));
}

#[coro::test(seeds = 100)]
fn it_parks_the_thread_while_the_future_is_pending() {
    let polls = Rc::new(Cell::new(0));
    let oneshot = Oneshot::new();
    let builder = thread::Builder::new().name("waiter".into());
    let waiter = builder.spawn({
        let (polls, mut oneshot) = (polls.clone(), oneshot.clone());
        move || {
            block_on(poll_fn(|cx| {
                polls.set(polls.get() + 1);
                Pin::new(&mut oneshot).poll(cx)
            }))
        }
    });
    watch::until_parked("waiter", FUTURE);
    (0..10).for_each(|_| thread::yield_now());
    assert_eq!(polls.get(), 1);
    oneshot.send("done");
    assert_eq!(waiter.unwrap().join().unwrap(), "done");
    assert_eq!(polls.get(), 2);
}

#[coro::test]
fn a_future_that_wakes_itself_gives_way() {
    let polls = Rc::new(Cell::new(0));
    let seen = thread::spawn({
        let polls = polls.clone();
        move || polls.get()
    });
    block_on(spin(1000, &polls));
    assert_eq!(polls.get(), 1001);
    assert_eq!(seen.join().unwrap(), 1);
}

#[test]
fn wakes_from_other_os_threads_are_never_lost() {
    const ROUNDS: usize = 20_000;
    let (sender, receiver) = mpsc::channel::<Oneshot<usize>>();
    let other = std::thread::spawn(move || {
        receiver.into_iter().enumerate().for_each(|(round, oneshot)| oneshot.send(round));
    });
    let exchange = || {
        for round in 0..ROUNDS {
            let oneshot = Oneshot::new();
            sender.send(oneshot.clone()).unwrap();
            assert_eq!(block_on(oneshot) % ROUNDS, round);
        }
    };
    coro::run(exchange);
    exchange(); // and outside any loop
    drop(sender);
    other.join().unwrap();
}

#[coro::test]
fn a_wake_within_the_poll_is_not_lost() {
    let mut woken = false;
    block_on(poll_fn(|cx| {
        if std::mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        std::thread::spawn(move || waker.wake()).join().unwrap();
        Poll::Pending
    }));
}

#[coro::test(seeds = 100)]
fn they_nest_and_wait_within_a_poll() {
    let outer = Oneshot::new();
    let helper = thread::spawn({
        let outer = outer.clone();
        move || {
            thread::yield_now();
            outer.send(1);
        }
    });
    let sum = block_on(async {
        let inner = block_on(async {
            thread::yield_now();
            thread::spawn(|| 10).await.unwrap()
        });
        inner + outer.await
    });
    assert_eq!(sum, 11);
    helper.join().unwrap();
}

#[coro::test(start_paused)]
fn time_goes_on_while_a_future_is_pending() {
    let start = coro::time::now();
    let late = coro::timeout(HOUR, || block_on(std::future::pending::<()>()));
    assert!(late.is_err());
    assert_eq!(coro::time::now(), start + HOUR);
    let sleeper = thread::spawn(|| thread::sleep(HOUR));
    block_on(sleeper).unwrap();
    assert_eq!(coro::time::now(), start + HOUR * 2);
}

#[coro::test]
fn a_kill_drops_the_future_wherever_it_waits() {
    for when_parked in [false, true] {
        for k in 1..=6 {
            let drops = Drops::default();
            let steps: Vec<_> = (0..4).map(|_| Oneshot::new()).collect();
            let victim = thread::spawn({
                let (steps, drops) = (steps.clone(), drops.clone());
                move || {
                    kill_at_suspension(k, when_parked);
                    let canary = drops.canary();
                    block_on(async {
                        let _canary = canary;
                        for step in steps {
                            let _inner = drops.canary();
                            step.await;
                        }
                    });
                    let _last = drops.canary();
                    thread::park();
                }
            });
            for step in &steps {
                thread::yield_now();
                thread::yield_now();
                step.send(());
            }
            if k == 6 {
                // The first wait after the future's four is the fifth.
                thread::yield_now();
                victim.kill();
            }
            assert!(victim.join().unwrap_err().is_killed(), "at {k}");
            drops.expect_none_alive();
            // Nobody else holds what the wakers of the dead thread held.
            assert!(steps.iter().all(|step| Arc::strong_count(&step.0) == 1));
        }
    }
}

#[coro::test]
fn a_panic_of_the_future_is_the_thread_s_own() {
    let unlucky = thread::spawn(|| {
        block_on(async {
            thread::spawn(|| ()).await.unwrap();
            std::panic::panic_any(Planned)
        })
    });
    assert!(unlucky.join().unwrap_err().is::<Planned>());
}

#[coro::test]
fn a_destructor_that_unwinds_waits_for_its_future() {
    struct Waits(Oneshot<u32>, Rc<Cell<u32>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            self.1.set(block_on(self.0.clone()));
        }
    }
    let (oneshot, got) = (Oneshot::new(), Rc::new(Cell::new(0)));
    let builder = thread::Builder::new().name("unwinds".into());
    let unwinds = builder.spawn({
        let waits = Waits(oneshot.clone(), got.clone());
        move || {
            let _waits = waits;
            std::panic::panic_any(Planned);
        }
    });
    watch::until_parked("unwinds", FUTURE);
    oneshot.send(7);
    assert!(unwinds.unwrap().join().unwrap_err().is_panic());
    assert_eq!(got.get(), 7);
}

mod join {
    use super::*;

    #[coro::test(seeds = 100)]
    fn a_handle_can_be_awaited() {
        let results = block_on(async {
            let threads: Vec<JoinHandle<usize>> = (0..5)
                .map(|number| {
                    thread::spawn(move || {
                        (0..number).for_each(|_| thread::yield_now());
                        number
                    })
                })
                .collect();
            let mut results = Vec::new();
            for thread in threads {
                results.push(thread.await.unwrap());
            }
            results
        });
        assert_eq!(results, [0, 1, 2, 3, 4]);
    }

    #[coro::test]
    fn errors_are_those_of_join() {
        let killed = thread::spawn(thread::park);
        killed.kill();
        assert!(block_on(killed).unwrap_err().is_killed());
        let panicked = thread::spawn(|| std::panic::panic_any(Planned));
        assert!(block_on(panicked).unwrap_err().is::<Planned>());
        let raised = thread::spawn(thread::park);
        raised.raise(404);
        assert_eq!(block_on(raised).unwrap_err().downcast_ref(), Some(&404));
    }

    #[coro::test]
    fn only_the_newest_waker_is_woken() {
        let gate = Oneshot::new();
        let thread = thread::spawn({
            let gate = gate.clone();
            move || block_on(gate)
        });
        let mut future = thread.into_future();
        let (old, new) = (Arc::new(Counts::default()), Arc::new(Counts::default()));
        assert!(poll_once(&mut future, &old).is_pending());
        assert!(poll_once(&mut future, &new).is_pending());
        assert_eq!(Arc::strong_count(&old), 1);
        gate.send("value");
        watch::until_alone();
        assert_eq!((old.0.load(Ordering::SeqCst), new.0.load(Ordering::SeqCst)), (0, 1));
        assert!(matches!(poll_once(&mut future, &old), Poll::Ready(Ok("value"))));
        // The result was taken.
        assert!(matches!(poll_once(&mut future, &old), Poll::Ready(Err(_))));
        drop(future);
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    }

    #[coro::test]
    fn dropping_the_future_detaches_the_thread_and_lets_the_waker_go() {
        let drops = Drops::default();
        let gate = Oneshot::new();
        let thread = thread::spawn({
            let (gate, drops) = (gate.clone(), drops.clone());
            move || {
                block_on(gate);
                drops.canary()
            }
        });
        let mut future = thread.into_future();
        let waker = Arc::new(Counts::default());
        assert!(poll_once(&mut future, &waker).is_pending());
        drop(future);
        assert_eq!(Arc::strong_count(&waker), 1);
        gate.send(());
        watch::until_alone();
        assert_eq!((drops.made(), waker.0.load(Ordering::SeqCst)), (1, 0));
        drops.expect_none_alive();
    }

    #[test]
    fn a_foreign_executor_awaits_threads_of_a_loop() {
        let (sender, receiver) = mpsc::channel::<JoinFuture<u32>>();
        let other = std::thread::spawn(move || {
            foreign::run(async {
                let mut sum = 0;
                for future in receiver {
                    sum += future.await.unwrap();
                }
                sum
            })
        });
        coro::run(|| {
            let threads: Vec<_> = (0..1000)
                .map(|number| {
                    let thread = thread::spawn(move || {
                        (0..number % 4).for_each(|_| thread::yield_now());
                        number
                    });
                    sender.send(thread.into_future()).unwrap();
                    if number % 7 == 0 {
                        thread::yield_now();
                    }
                })
                .collect();
            assert_eq!(threads.len(), 1000);
            drop(sender);
            watch::until_alone();
        });
        assert_eq!(other.join().unwrap(), (0..1000).sum::<u32>());
    }

    #[test]
    fn loops_await_one_another() {
        let (to_second, from_first) = mpsc::channel::<JoinHandle<u64>>();
        let (done, is_done) = mpsc::channel::<()>();
        let second = std::thread::spawn(move || {
            coro::run(|| {
                let sum: u64 = from_first.into_iter().map(|thread| block_on(thread).unwrap()).sum();
                drop(done);
                sum
            })
        });
        coro::run(|| {
            for number in 0..200_u64 {
                let thread = thread::spawn(move || {
                    thread::sleep(MILLISECOND / 10);
                    number
                });
                to_second.send(thread).unwrap();
            }
            drop(to_second);
            watch::until_alone();
            let _ = is_done.recv();
        });
        assert_eq!(second.join().unwrap(), 199 * 200 / 2_u64);
    }

    #[test]
    fn a_waker_that_panics_does_no_harm() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                std::panic::panic_any(Planned);
            }
        }
        let ended = child::run(|| {
            coro::run(|| {
                let thread = thread::spawn(|| {
                    thread::yield_now();
                    5
                });
                let mut future = thread.into_future();
                let waker = Arc::new(Panics).into();
                let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                watch::until_alone();
                assert_eq!(block_on(future).unwrap(), 5);
            });
        });
        ended.expect_success();
    }

    #[coro::test]
    fn a_thread_cannot_await_its_own_end() {
        let own: Rc<RefCell<VecDeque<JoinHandle<()>>>> = Rc::default();
        let thread = thread::spawn({
            let own = own.clone();
            move || {
                let handle = own.borrow_mut().pop_front().unwrap();
                let caught = coro::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    drop(block_on(handle));
                }));
                let payload = caught.unwrap_err();
                let text = payload.downcast_ref::<String>().unwrap();
                assert!(text.ends_with("cannot join itself"), "{text}");
            }
        });
        own.borrow_mut().push_back(thread);
        watch::until_alone();
    }
}

#[test]
fn types_are_as_free_as_they_can_be() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    fn unpin<T: Unpin>() {}
    send::<JoinFuture<u32>>();
    sync::<JoinFuture<u32>>();
    unpin::<JoinFuture<std::marker::PhantomPinned>>();
}
