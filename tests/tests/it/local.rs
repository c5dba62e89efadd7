//! `coro::local!`: a value for each thread, when it is made, and when it is destroyed.

use std::cell::{Cell, OnceCell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use coro::CoroutineState::{Complete, Yielded};
use coro::Yielder;
use coro::coroutine::{self, Coroutine};
use coro::thread::{self, AccessError, LocalKey, ResumeRoutine};
use coro_tests::canary::{Canary, Drops};

use crate::support::{HOUR, MILLISECOND, kth, watch};

/// What happened, in order; it may be told by destructors of any OS thread.
type Log = Arc<Mutex<Vec<String>>>;

fn tell(log: &Log, what: &str) {
    log.lock().unwrap().push(what.to_owned());
}

fn told(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

/// Tells of its end.
struct Teller {
    log: Log,
    name: &'static str,
}

impl Teller {
    fn new(log: &Log, name: &'static str) -> Option<Teller> {
        Some(Teller { log: log.clone(), name })
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        tell(&self.log, self.name);
    }
}

mod declaring {
    use super::*;

    coro::local! {}

    coro::local! {
        /// With a comment, an attribute, and the visibility of the test.
        #[allow(dead_code, reason = "an attribute goes with its static")]
        pub(crate) static COMMENTED: Cell<u8> = Cell::new(1);
        static CONSTANT: Cell<u8> = const { Cell::new(2) };
        pub(super) static TEXT: Cell<Option<&str>> = Cell::new(Some("text"));
        static TYPED: RefCell<Box<dyn Fn(u8) -> u8>> = RefCell::new(Box::new(|n| n + 1));
        static BLOCK: RefCell<Vec<u8>> = { let list = vec![1]; RefCell::new(list) };
        static LAST: Cell<Option<&str>> = const { Cell::new(None) }
    }

    coro::local!(static ONE: u8 = 1);

    #[test]
    fn takes_all_that_std_takes() {
        assert_eq!((COMMENTED.get(), CONSTANT.get(), ONE.with(|one| *one)), (1, 2, 1));
        assert_eq!((TEXT.get(), LAST.get()), (Some("text"), None));
        assert_eq!(TYPED.with_borrow(|f| f(1)), 2);
        BLOCK.with_borrow(|list| assert_eq!(*list, [1]));
    }

    #[test]
    fn goes_by_the_name_of_std_too() {
        use coro::local as thread_local;
        thread_local! {
            static A: Cell<u8> = const { Cell::new(1) };
            static B: Cell<u8> = Cell::new(2);
        }
        let a: &LocalKey<Cell<u8>> = &A;
        assert_eq!((a.get(), B.get()), (1, 2));
        assert_eq!(format!("{a:?}"), "LocalKey { .. }");
    }

    #[test]
    fn keys_of_one_type_and_value_are_two() {
        coro::local! {
            static A: Cell<u8> = const { Cell::new(0) };
            static B: Cell<u8> = const { Cell::new(0) };
        }
        A.set(1);
        assert_eq!((A.get(), B.get()), (1, 0));
    }
}

mod making {
    use super::*;

    #[coro::test(seeds = 100)]
    fn each_thread_has_its_own() {
        coro::local!(static MINE: Cell<u32> = Cell::new(0));
        MINE.set(1000);
        let threads: Vec<_> = (1..=5)
            .map(|number| {
                thread::spawn(move || {
                    for round in 0..5 {
                        assert_eq!(MINE.get(), number * round);
                        thread::yield_now();
                        MINE.set(MINE.get() + number);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(MINE.get(), 1000);
    }

    #[test]
    fn main_has_its_own_in_each_loop_and_outside() {
        coro::local!(static MINE: Cell<u32> = Cell::new(0));
        MINE.set(1);
        for _ in 0..2 {
            coro::run(|| assert_eq!(MINE.replace(2), 0));
        }
        std::thread::spawn(|| assert_eq!(MINE.get(), 0)).join().unwrap();
        assert_eq!(MINE.get(), 1);
    }

    #[test]
    fn a_scope_outside_any_loop_uses_that_of_its_os_thread() {
        coro::local!(static MINE: Cell<u32> = const { Cell::new(0) });
        coro::local!(static LATE: RefCell<Vec<u32>> = RefCell::default());
        MINE.set(5);
        thread::scope(|scope| {
            assert_eq!(MINE.replace(6), 5);
            assert_eq!(scope.spawn(|| MINE.replace(9)).join().unwrap(), 0);
            thread::yield_now();
            let coroutine = Coroutine::new(|_: &Yielder<(), ()>, ()| MINE.get());
            assert_eq!(coroutine.resume(()).unwrap(), Complete(6));
            thread::scope(|_| LATE.with_borrow_mut(|values| values.push(1)));
        });
        assert_eq!(MINE.get(), 6);
        coro::join(|| LATE.with_borrow_mut(|values| values.push(MINE.get())), || ());
        assert_eq!(LATE.take(), [1, 6]);
    }

    #[coro::test(seeds = 100)]
    fn an_initialiser_may_wait() {
        coro::local!(static ID: thread::ThreadId = {
            for _ in 0..3 {
                thread::yield_now();
            }
            thread::current().id()
        });
        let threads: Vec<_> = (0..5)
            .map(|_| thread::spawn(|| assert_eq!(ID.with(|id| *id), thread::current().id())))
            .collect();
        assert_eq!(ID.with(|id| *id), thread::current().id());
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[coro::test]
    fn it_runs_once_in_a_thread() {
        thread_local!(static RUNS: Cell<u32> = const { Cell::new(0) });
        coro::local!(static VALUE: u32 = RUNS.replace(RUNS.get() + 1));
        for expected in 0..3 {
            thread::spawn(move || {
                assert_eq!(VALUE.with(|value| *value), expected);
                assert_eq!(VALUE.with(|value| *value), expected);
            })
            .join()
            .unwrap();
        }
        assert_eq!(RUNS.get(), 3);
    }

    #[coro::test(start_paused)]
    fn one_that_unwinds_is_tried_again() {
        thread_local!(static TRIES: Cell<u32> = const { Cell::new(0) });
        coro::local!(static VALUE: u32 = {
            TRIES.set(TRIES.get() + 1);
            match TRIES.get() {
                1 => thread::sleep(HOUR),
                2 => panic!("the second time"),
                _ => {}
            }
            TRIES.get()
        });
        assert!(coro::timeout(MILLISECOND, || VALUE.with(|_| ())).is_err());
        assert!(catch_unwind(|| VALUE.try_with(|_| ())).is_err());
        assert_eq!(VALUE.try_with(|value| *value), Ok(3));
    }

    #[coro::test]
    fn one_that_asks_for_its_own_value_panics() {
        coro::local!(static VALUE: u32 = other());
        fn other() -> u32 {
            VALUE.with(|value| value + 1)
        }
        let error = thread::spawn(|| VALUE.with(|value| *value)).join().unwrap_err();
        assert!(error.to_string().contains("asks for the value that it makes"), "{error}");
    }

    #[coro::test]
    fn set_skips_the_initialiser() {
        coro::local! {
            static CELL: Cell<u32> = panic!("it must not run");
            static REF_CELL: RefCell<String> = panic!("it must not run");
        }
        CELL.set(1);
        CELL.set(2);
        assert_eq!((CELL.replace(3), CELL.take(), CELL.get()), (2, 3, 0));
        REF_CELL.set("a".to_owned());
        REF_CELL.set("b".to_owned());
        assert_eq!(REF_CELL.replace("c".to_owned()), "b");
        REF_CELL.with_borrow_mut(|text| text.push('d'));
        assert_eq!((REF_CELL.take(), REF_CELL.take()), ("cd".to_owned(), String::new()));
    }

    #[coro::test]
    fn a_borrow_across_a_wait_is_the_threads_own() {
        coro::local!(static LIST: RefCell<Vec<u32>> = RefCell::default());
        let other = thread::spawn(|| {
            for n in 0..3 {
                LIST.with_borrow_mut(|list| {
                    thread::yield_now();
                    list.push(n);
                });
            }
            LIST.take()
        });
        LIST.with_borrow_mut(|_| {
            thread::yield_now();
            thread::yield_now();
            assert!(catch_unwind(|| LIST.with_borrow(|_| ())).is_err());
        });
        assert_eq!(other.join().unwrap(), [0, 1, 2]);
    }

    #[coro::test]
    fn a_thread_finds_nothing_of_one_that_has_ended() {
        coro::local!(static VALUE: Cell<u32> = const { Cell::new(0) });
        for _ in 0..3000 {
            thread::spawn(|| assert_eq!(VALUE.replace(7), 0)).join().unwrap();
        }
    }

    #[coro::test]
    fn many_keys_in_one_thread() {
        /// Not a static, but as good as one.
        fn key() -> &'static LocalKey<Cell<usize>> {
            Box::leak(Box::new(LocalKey::new(|| Cell::new(0))))
        }
        let keys: Vec<_> = (0..300).map(|_| key()).collect();
        for (number, key) in keys.iter().enumerate() {
            key.set(number);
        }
        assert!(keys.iter().enumerate().all(|(number, key)| key.get() == number));
    }
}

mod destroying {
    use super::*;

    coro::local! {
        static FIRST: Cell<Option<Teller>> = Cell::new(None);
        static SECOND: Cell<Option<Teller>> = Cell::new(None);
    }

    fn keep_two(log: &Log) {
        FIRST.set(Teller::new(log, "first"));
        SECOND.set(Teller::new(log, "second"));
    }

    #[coro::test]
    fn the_last_value_goes_first_and_all_before_a_join_returns() {
        let log = Log::default();
        let inner = log.clone();
        thread::spawn(move || {
            keep_two(&inner);
            tell(&inner, "returns");
        })
        .join()
        .unwrap();
        assert_eq!(told(&log), ["returns", "second", "first"]);
    }

    #[coro::test]
    fn a_value_goes_before_those_that_its_initialiser_used() {
        thread_local!(static LOG: Log = Log::default());
        coro::local! {
            static BASE: Option<Teller> = Teller::new(&LOG.with(Log::clone), "base");
            static USER: Option<Teller> = {
                BASE.with(|_| ());
                Teller::new(&LOG.with(Log::clone), "user")
            };
        }
        thread::spawn(|| USER.with(|_| ())).join().unwrap();
        assert_eq!(told(&LOG.with(Log::clone)), ["user", "base"]);
    }

    #[coro::test]
    fn all_are_gone_before_a_scope_returns() {
        let log = Log::default();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| keep_two(&log));
            }
        });
        assert_eq!(told(&log).len(), 6);
    }

    #[test]
    fn main_destroys_before_the_others_are_killed() {
        let log = Log::default();
        coro::run(|| {
            keep_two(&log);
            let inner = log.clone();
            thread::spawn(move || {
                keep_two(&inner);
                thread::park();
            });
            thread::yield_now();
            tell(&log, "returns");
        });
        assert_eq!(told(&log), ["returns", "second", "first", "second", "first"]);
    }

    #[test]
    fn main_destroys_when_its_function_panics_or_it_is_killed() {
        let log = Log::default();
        let panics: fn() = || panic!("of main");
        let killed: fn() = || {
            thread::current().kill();
            thread::park();
        };
        for end in [panics, killed] {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                coro::run(|| {
                    keep_two(&log);
                    end();
                });
            }));
            assert!(outcome.is_err());
            assert_eq!(told(&log), ["second", "first"]);
        }
    }

    #[test]
    fn the_destructors_of_main_may_still_use_the_others() {
        struct Stop(Option<thread::JoinHandle<u32>>);
        impl Drop for Stop {
            fn drop(&mut self) {
                let worker = self.0.take().unwrap();
                worker.thread().unpark();
                assert_eq!(worker.join().unwrap(), 7);
                STOPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        static STOPPED: AtomicUsize = AtomicUsize::new(0);
        coro::local!(static WORKER: RefCell<Option<Stop>> = RefCell::default());
        let work = || {
            thread::park();
            7
        };
        coro::run(|| WORKER.set(Some(Stop(Some(thread::spawn(work))))));
        assert_eq!(STOPPED.load(Ordering::Relaxed), 1);
        let event_loop = coro::EventLoop::new().unwrap();
        WORKER.set(Some(Stop(Some(thread::spawn(work)))));
        drop(event_loop);
        assert_eq!(STOPPED.load(Ordering::Relaxed), 2);
        assert!(WORKER.with_borrow(Option::is_none), "outside the loop it is another value");
    }

    #[test]
    fn an_os_thread_destroys_at_its_end() {
        let log = Log::default();
        let inner = log.clone();
        std::thread::spawn(move || {
            keep_two(&inner);
            coro::run(|| keep_two(&inner));
            tell(&inner, "outside again");
        })
        .join()
        .unwrap();
        assert_eq!(told(&log), ["second", "first", "outside again", "second", "first"]);
    }

    #[test]
    fn destructors_of_std_find_them_or_hear_that_they_are_gone() {
        struct Late(Log);
        impl Drop for Late {
            fn drop(&mut self) {
                let found = FIRST.try_with(|first| first.replace(None).is_some());
                tell(&self.0, if found == Ok(true) { "found" } else { "gone" });
            }
        }
        thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
        for std_first in [true, false] {
            let log = Log::default();
            let inner = log.clone();
            std::thread::spawn(move || {
                if std_first {
                    LATE.set(Some(Late(inner.clone())));
                    FIRST.set(Teller::new(&inner, "first"));
                } else {
                    FIRST.set(Teller::new(&inner, "first"));
                    LATE.set(Some(Late(inner)));
                }
            })
            .join()
            .unwrap();
            let told = told(&log);
            assert!(told == ["first", "gone"] || told == ["first", "found"], "{told:?}");
        }
    }

    #[coro::test(start_paused)]
    fn a_destructor_may_wait_though_its_thread_is_killed() {
        struct Slow(Log);
        impl Drop for Slow {
            fn drop(&mut self) {
                thread::sleep(HOUR);
                thread::yield_now();
                assert!(!thread::panicking());
                tell(&self.0, "slept");
            }
        }
        coro::local!(static SLOW: RefCell<Option<Slow>> = RefCell::default());
        let log = Log::default();
        let inner = log.clone();
        let victim = thread::spawn(move || {
            SLOW.set(Some(Slow(inner)));
            thread::park();
        });
        thread::yield_now();
        victim.kill();
        let start = coro::time::now();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(coro::time::now() - start, HOUR);
        assert_eq!(told(&log), ["slept"]);
    }

    #[coro::test]
    fn a_thread_that_is_killed_before_it_runs_destroys_what_its_closure_used() {
        struct UsesIt(Log);
        impl Drop for UsesIt {
            fn drop(&mut self) {
                keep_two(&self.0);
            }
        }
        let log = Log::default();
        let captured = UsesIt(log.clone());
        let unlucky = thread::spawn(move || drop(captured));
        unlucky.kill();
        assert!(unlucky.join().unwrap_err().is_killed());
        assert_eq!(told(&log), ["second", "first"]);
    }

    #[coro::test]
    fn a_payload_that_cannot_be_delivered_destroys_what_it_uses() {
        struct UsesIt(Log);
        impl Drop for UsesIt {
            fn drop(&mut self) {
                keep_two(&self.0);
            }
        }
        let log = Log::default();
        let ended = thread::spawn(|| ());
        let (name, payload) = (ended.thread().clone(), UsesIt(log.clone()));
        ended.join().unwrap();
        std::thread::spawn(move || name.raise(payload)).join().unwrap();
        watch::until("it is dropped", || log.lock().unwrap().len() == 2);
        assert_eq!(told(&log), ["second", "first"]);
    }

    #[coro::test]
    fn a_panic_of_a_destructor_spares_the_others() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("of a destructor");
            }
        }
        coro::local!(static BOMB: Bomb = Bomb);
        let log = Log::default();
        let inner = log.clone();
        let thread = thread::spawn(move || {
            FIRST.set(Teller::new(&inner, "first"));
            BOMB.with(|_| ());
            SECOND.set(Teller::new(&inner, "second"));
            7
        });
        assert_eq!(thread.join().unwrap(), 7);
        assert_eq!(told(&log), ["second", "first"]);
    }

    /// What a destructor finds under each key: its own, an earlier one's, and one that was never used.
    #[coro::test]
    fn a_destructor_may_use_what_is_not_yet_destroyed() {
        type Findings = (Result<(), AccessError>, Option<u32>, Option<u32>);
        struct Looks(Rc<Cell<Option<Findings>>>);
        impl Drop for Looks {
            fn drop(&mut self) {
                let own = OWN.try_with(|_| ());
                let found = (own, Some(EARLIER.get()), Some(NEW.with(|new| new.0)));
                self.0.set(Some(found));
                let payload = catch_unwind(|| drop(OWN.take())).unwrap_err();
                let text = payload.downcast_ref::<String>().unwrap();
                assert!(text.contains("Looks>>: the thread has destroyed its value"), "{text}");
            }
        }
        struct New(u32, &'static AtomicUsize);
        impl Drop for New {
            fn drop(&mut self) {
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        coro::local! {
            static EARLIER: Cell<u32> = const { Cell::new(1) };
            static OWN: Cell<Option<Looks>> = Cell::new(None);
            static NEW: New = New(2, &DROPPED);
        }
        let findings = Rc::new(Cell::new(None));
        let looks = Looks(findings.clone());
        thread::spawn(move || {
            EARLIER.set(5);
            OWN.set(Some(looks));
        })
        .join()
        .unwrap();
        assert_eq!(findings.get(), Some((error(), Some(5), Some(2))));
        assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
    }

    #[coro::test]
    fn what_a_detached_thread_returns_is_dropped_after_its_values() {
        struct Looks(Rc<Cell<Option<bool>>>);
        impl Drop for Looks {
            fn drop(&mut self) {
                self.0
                    .set(Some(FIRST.try_with(|_| ()).is_err() && SECOND.try_with(|_| ()).is_err()));
            }
        }
        for keeps in [true, false] {
            let gone = Rc::new(Cell::new(None));
            let (result, log) = (Looks(gone.clone()), Log::default());
            drop(thread::spawn(move || {
                if keeps {
                    FIRST.set(Teller::new(&log, "first"));
                }
                result
            }));
            watch::until_alone();
            assert_eq!(gone.get(), Some(true));
        }
    }

    #[coro::test]
    fn errors_speak() {
        let error = error().unwrap_err();
        assert_eq!(format!("{error:?}"), "AccessError");
        assert_eq!(error.to_string(), "the thread has destroyed its value, as it is about to end");
        let boxed: Box<dyn std::error::Error> = Box::new(error);
        assert_eq!(boxed.downcast_ref::<AccessError>(), Some(&error));
    }
}

/// What is said to a destructor that asks for the value that it destroys.
fn error() -> Result<(), AccessError> {
    struct Asks(Rc<Cell<Result<(), AccessError>>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            self.0.set(ASKS.try_with(|_| ()));
        }
    }
    coro::local!(static ASKS: RefCell<Option<Asks>> = RefCell::default());
    let answer = Rc::new(Cell::new(Ok(())));
    let asks = Asks(answer.clone());
    thread::spawn(move || ASKS.set(Some(asks))).join().unwrap();
    answer.get()
}

mod in_coroutines {
    use super::*;

    coro::local!(static MINE: Cell<u32> = const { Cell::new(0) });

    /// Gives out the value of whoever resumes it, and adds to it.
    fn counter() -> Coroutine<u32, u32, ()> {
        Coroutine::new(|cx: &Yielder<u32, u32>, mut add| {
            loop {
                MINE.set(MINE.get() + add);
                add = cx.suspend(MINE.get());
            }
        })
    }

    #[coro::test]
    fn a_coroutine_uses_the_value_of_its_thread() {
        let counter = Rc::new(counter());
        MINE.set(100);
        assert_eq!(counter.resume(1).unwrap(), Yielded(101));
        let other = counter.clone();
        thread::spawn(move || assert_eq!(other.resume(5).unwrap(), Yielded(5))).join().unwrap();
        assert_eq!(counter.resume(1).unwrap(), Yielded(102));
        assert_eq!(MINE.get(), 102);
    }

    #[test]
    fn outside_any_loop_it_uses_that_of_the_os_thread() {
        let counter = counter();
        MINE.set(10);
        assert_eq!(counter.resume(1).unwrap(), Yielded(11));
        assert_eq!(MINE.get(), 11);
    }

    #[coro::test]
    fn so_does_one_that_is_transferred_to() {
        let target = Coroutine::new(|_: &Yielder<u32, ()>, add| {
            MINE.set(MINE.get() + add);
            MINE.get()
        });
        let to_target = target.target();
        let source = Coroutine::<(), (), u32>::new(move |cx, ()| {
            MINE.set(MINE.get() * 2);
            cx.transfer(to_target, 1).unwrap();
            unreachable!("nobody comes back")
        });
        MINE.set(20);
        assert_eq!(source.resume(()).unwrap(), Complete(41));
        assert_eq!(MINE.get(), 41);
    }

    #[coro::test]
    fn a_thread_that_is_resumed_keeps_its_own() {
        let mut adder = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, mut n| {
            while n > 0 {
                MINE.set(MINE.get() + n);
                n = cx.suspend(MINE.get());
            }
            MINE.get()
        })
        .spawn();
        MINE.set(1000);
        assert_eq!(adder.resume(1).unwrap(), Yielded(1));
        let mut adder = thread::spawn(move || {
            assert_eq!(adder.resume(2).unwrap(), Yielded(3));
            adder
        })
        .join()
        .unwrap();
        assert_eq!(adder.resume(0).unwrap(), Complete(3));
    }

    #[coro::test]
    fn a_value_in_use_by_one_outlives_its_thread() {
        coro::local!(static KEPT: RefCell<Option<Canary>> = RefCell::default());
        let drops = Drops::default();
        let user = Rc::new(Coroutine::new(|cx: &Yielder<Canary, ()>, canary| {
            KEPT.set(Some(canary));
            KEPT.with_borrow(|kept| {
                drop(cx.suspend(()));
                kept.as_ref().unwrap().check();
            });
            assert!(KEPT.with_borrow(Option::is_none), "that of another thread");
        }));
        let (inner, canary) = (user.clone(), drops.canary());
        thread::spawn(move || assert_eq!(inner.resume(canary).unwrap(), Yielded(())))
            .join()
            .unwrap();
        assert_eq!(drops.dropped(), 0);
        assert_eq!(user.resume(drops.canary()).unwrap(), Complete(()));
        drops.expect_none_alive();
    }

    type Guest = Coroutine<u32, (), Result<u32, AccessError>>;

    coro::local! {
        /// Made by a coroutine that goes to its thread's own stack meanwhile.
        static MADE_LATER: Cell<u32> = Cell::new(coroutine::main::<(), u32>(()).unwrap());
    }

    /// Begins to make the running thread's value, and goes on when it is resumed with that.
    fn begin_to_make() -> Guest {
        let guest = Guest::new(|_, _| MADE_LATER.try_with(Cell::get));
        assert_eq!(guest.resume(0).unwrap(), Yielded(()));
        guest
    }

    #[coro::test]
    fn an_initialiser_that_changes_threads_makes_the_value_of_the_first() {
        let guest = Rc::new(OnceCell::new());
        let inner = guest.clone();
        let first = thread::spawn(move || {
            inner.set(begin_to_make()).unwrap();
            assert!(catch_unwind(|| MADE_LATER.get()).is_err(), "it is being made");
            thread::park();
            MADE_LATER.get()
        });
        thread::yield_now();
        MADE_LATER.set(1);
        assert_eq!(guest.get().unwrap().resume(7).unwrap(), Complete(Ok(7)));
        assert_eq!(MADE_LATER.get(), 1);
        first.thread().unpark();
        assert_eq!(first.join().unwrap(), 7);
    }

    #[coro::test]
    fn a_value_that_is_made_when_its_thread_has_ended_is_refused() {
        let guest = thread::spawn(begin_to_make).join().unwrap();
        assert_eq!(guest.resume(7).unwrap(), Complete(error().map(|()| 0)));
        MADE_LATER.set(1);
    }
}

mod killed {
    use super::*;

    struct Slow {
        _canary: Canary,
    }

    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(MILLISECOND);
        }
    }

    coro::local! {
        static SLOWLY_MADE: RefCell<Option<Slow>> = {
            thread::sleep(MILLISECOND);
            RefCell::new(None)
        };
        static SLOW: RefCell<Option<Slow>> = RefCell::default();
    }

    #[test]
    fn at_each_suspension_everything_is_destroyed_once() {
        kth::kill_at_each("local", |drops| {
            SLOW.set(Some(Slow { _canary: drops.canary() }));
            SLOWLY_MADE.with_borrow_mut(|slow| {
                thread::yield_now();
                *slow = Some(Slow { _canary: drops.canary() });
            });
            thread::sleep(MILLISECOND);
        });
    }

    #[test]
    fn on_two_loops_and_two_os_threads_at_once() {
        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        struct Counts;
        impl Drop for Counts {
            fn drop(&mut self) {
                DROPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        coro::local!(static COUNTS: (Counts, Cell<u32>) = (Counts, Cell::new(0)));
        let visit = || {
            COUNTS.with(|(_, visits)| {
                assert_eq!(visits.replace(1), 0);
                thread::yield_now();
                assert_eq!(visits.get(), 1);
            });
        };
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(visit);
                scope.spawn(|| {
                    coro::run(|| {
                        let all: Vec<_> = (0..50).map(|_| thread::spawn(visit)).collect();
                        all.into_iter().for_each(|one| one.join().unwrap());
                    });
                });
            }
        });
        // std's scope does not wait for the destructors of its OS threads' values.
        assert!(DROPPED.load(Ordering::Relaxed) >= 100);
    }
}
