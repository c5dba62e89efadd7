//! Locks and conditions: order, poisoning, interrupts, and other OS threads.

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::TryLockError;

use coro::Cond;
use coro::sync::{Arc, Condvar, Mutex};
use coro::thread;
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, watch};

/// Spawns threads named "0", "1", … one after the other, each when the one before is parked waiting for `what`.
pub(crate) fn queue_up<T: 'static>(
    count: usize,
    what: &str,
    f: impl Fn(usize) -> T + Clone + 'static,
) -> Vec<thread::JoinHandle<T>> {
    let spawn = |number: usize| {
        let f = f.clone();
        let builder = thread::Builder::new().name(number.to_string());
        let thread = builder.spawn(move || f(number)).unwrap();
        watch::until_parked(&number.to_string(), what);
        thread
    };
    (0..count).map(spawn).collect()
}

pub(crate) fn join_all<T>(threads: Vec<thread::JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

mod mutex {
    use super::*;

    #[coro::test(seeds = 20)]
    fn it_is_handed_over_in_the_order_of_coming() {
        let mutex = Rc::new(Mutex::new(Vec::new()));
        let guard = mutex.lock().unwrap();
        let threads = queue_up(10, "a mutex", {
            let mutex = mutex.clone();
            move |number| {
                let mut order = mutex.lock().unwrap();
                order.push(number);
                thread::yield_now();
            }
        });
        drop(guard);
        // Handed over already: whoever comes now comes last.
        assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
        let order = mutex.lock().unwrap().clone();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
        join_all(threads);
    }

    #[coro::test]
    fn a_killed_waiter_leaves_the_queue() {
        let mutex = Rc::new(Mutex::new(()));
        for victim in 0..3 {
            let guard = mutex.lock().unwrap();
            let order: Rc<RefCell<Vec<usize>>> = Rc::default();
            let mut threads = queue_up(3, "a mutex", {
                let (mutex, order) = (mutex.clone(), order.clone());
                move |number| {
                    let _guard = mutex.lock().unwrap();
                    order.borrow_mut().push(number);
                }
            });
            let killed = threads.remove(victim);
            killed.kill();
            assert!(killed.join().unwrap_err().is_killed());
            drop(guard);
            join_all(threads);
            let mut expected = vec![0, 1, 2];
            expected.remove(victim);
            assert_eq!(order.take(), expected);
        }
        assert!(!mutex.is_poisoned());
    }

    #[coro::test]
    fn a_kill_of_the_one_it_was_just_handed_to_comes_after_its_turn() {
        let mutex = Rc::new(Mutex::new(0));
        let guard = mutex.lock().unwrap();
        let threads = queue_up(2, "a mutex", {
            let mutex = mutex.clone();
            move |_| {
                *mutex.lock().unwrap() += 1;
                thread::yield_now();
                *mutex.lock().unwrap() += 1;
            }
        });
        drop(guard);
        threads[0].kill();
        let [first, second] = threads.try_into().unwrap();
        assert!(first.join().unwrap_err().is_killed());
        second.join().unwrap();
        assert_eq!(*mutex.lock().unwrap(), 3);
    }

    #[coro::test]
    fn a_kill_poisons_what_is_held() {
        let mutex = Rc::new(Mutex::new(()));
        let holder = thread::spawn({
            let mutex = mutex.clone();
            move || {
                let _guard = mutex.lock().unwrap();
                thread::park();
            }
        });
        thread::yield_now();
        let waiting = queue_up(1, "a mutex", {
            let mutex = mutex.clone();
            move |_| mutex.lock().is_err()
        });
        holder.kill();
        assert!(holder.join().unwrap_err().is_killed());
        assert!(mutex.is_poisoned());
        assert_eq!(join_all(waiting), [true]);
        assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
    }

    #[coro::test(start_paused)]
    fn a_timeout_poisons_what_is_held_inside_it_only() {
        let (inside, outside) = (Mutex::new(()), Mutex::new(()));
        let guard = outside.lock().unwrap();
        let late = coro::timeout(MILLISECOND, || {
            let _guard = inside.lock().unwrap();
            thread::park();
        });
        assert!(late.is_err());
        drop(guard);
        assert!(inside.is_poisoned() && !outside.is_poisoned());
    }

    #[coro::test]
    fn a_destructor_that_locks_during_an_unwind_poisons_nothing() {
        struct Counted(Rc<Mutex<u32>>);
        impl Drop for Counted {
            fn drop(&mut self) {
                *self.0.lock().unwrap() += 1;
                thread::yield_now();
                let mut count = self.0.lock().unwrap();
                thread::yield_now();
                *count += 1;
            }
        }
        let mutex = Rc::new(Mutex::new(0));
        let threads: Vec<_> = (0..10)
            .map(|_| {
                let counted = Counted(mutex.clone());
                thread::spawn(move || {
                    let _counted = counted;
                    thread::park();
                })
            })
            .collect();
        thread::yield_now();
        threads.iter().for_each(thread::JoinHandle::kill);
        watch::until_alone();
        assert_eq!(*mutex.lock().unwrap(), 20);
    }

    #[test]
    fn loops_and_os_threads_share_one() {
        const EACH: u32 = 25_000;
        let mutex = Arc::new(Mutex::new((0, 0)));
        let add = {
            let mutex = mutex.clone();
            move || {
                let mut both = mutex.lock().unwrap();
                assert_eq!(both.0, both.1);
                both.0 += 1;
                std::hint::black_box(&mut both.0);
                both.1 += 1;
            }
        };
        let os_threads = (0..2).map(|_| {
            let add = add.clone();
            std::thread::spawn(move || (0..EACH).for_each(|_| add()))
        });
        let loops = (0..2).map(|_| {
            let add = add.clone();
            std::thread::spawn(move || {
                coro::run(|| {
                    let worker = |_| {
                        let add = add.clone();
                        thread::spawn(move || {
                            (0..EACH / 10).for_each(|round| {
                                add();
                                if round % 7 == 0 {
                                    thread::yield_now();
                                }
                            });
                        })
                    };
                    join_all((0..10).map(worker).collect());
                });
            })
        });
        let all: Vec<_> = os_threads.chain(loops).collect();
        all.into_iter().for_each(|each| each.join().unwrap());
        assert_eq!(*mutex.lock().unwrap(), (4 * EACH, 4 * EACH));
    }

    #[test]
    fn the_rest_of_its_face_is_std_s() {
        let mut mutex = Mutex::new(1);
        assert_eq!(format!("{mutex:?}"), "Mutex { data: 1, poisoned: false, .. }");
        *mutex.get_mut().unwrap() = 2;
        let guard = mutex.lock().unwrap();
        assert_eq!(format!("{guard:?} {guard}"), "2 2");
        // std writes it in quotes here, and without them at its other locks.
        let locked = r#"Mutex { data: "<locked>", poisoned: false, .. }"#;
        assert_eq!(format!("{mutex:?}"), locked);
        drop(guard);
        assert_eq!(mutex.into_inner().unwrap(), 2);
        assert_eq!(*Mutex::<u8>::default().lock().unwrap(), 0);
        assert_eq!(*Mutex::from("text").lock().unwrap(), "text");
        everywhere(&mutex_of_unsized());
    }

    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}

    fn mutex_of_unsized() -> Arc<Mutex<[u8]>> {
        let mutex: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([1, 2]));
        mutex.lock().unwrap()[0] = 3;
        assert_eq!(*mutex.lock().unwrap(), [3, 2]);
        mutex
    }
}

mod condvar {
    use super::*;

    /// A condvar, its mutex, and who was woken in which order.
    #[derive(Default)]
    struct Bell {
        woken: Mutex<Vec<usize>>,
        condvar: Condvar,
    }

    impl Bell {
        fn wait(&self, number: usize) {
            let mut woken = self.condvar.wait(self.woken.lock().unwrap()).unwrap();
            woken.push(number);
        }
    }

    fn listeners(bell: &Rc<Bell>, count: usize) -> Vec<thread::JoinHandle<()>> {
        let bell = bell.clone();
        queue_up(count, "a condition variable", move |number| bell.wait(number))
    }

    #[coro::test(seeds = 20)]
    fn notify_one_goes_to_the_one_that_waits_for_longest() {
        let bell = Rc::new(Bell::default());
        let threads = listeners(&bell, 5);
        for expected in 1..=5 {
            bell.condvar.notify_one();
            watch::until("one is woken", || bell.woken.lock().unwrap().len() == expected);
        }
        bell.condvar.notify_one();
        join_all(threads);
        assert_eq!(*bell.woken.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[coro::test]
    fn notify_all_goes_to_all_who_wait_and_to_nobody_else() {
        let bell = Rc::new(Bell::default());
        bell.condvar.notify_all();
        let threads = listeners(&bell, 5);
        bell.condvar.notify_all();
        let late = thread::spawn({
            let bell = bell.clone();
            move || bell.wait(5)
        });
        join_all(threads);
        assert!(!late.is_finished());
        bell.condvar.notify_one();
        late.join().unwrap();
        assert_eq!(*bell.woken.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    #[coro::test]
    fn a_notified_waiter_that_is_killed_passes_it_on() {
        let bell = Rc::new(Bell::default());
        let threads = listeners(&bell, 2);
        // The first is notified, but waits for the lock when the kill comes.
        let guard = bell.woken.lock().unwrap();
        bell.condvar.notify_one();
        watch::until_parked("0", "a mutex");
        threads[0].kill();
        let [first, second] = threads.try_into().unwrap();
        assert!(first.join().unwrap_err().is_killed());
        drop(guard);
        second.join().unwrap();
        assert_eq!(*bell.woken.lock().unwrap(), [1]);
        assert!(!bell.woken.is_poisoned());
    }

    #[coro::test]
    fn a_waiter_that_was_killed_before_takes_nothing_away() {
        let bell = Rc::new(Bell::default());
        let threads = listeners(&bell, 2);
        let [first, second] = threads.try_into().unwrap();
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        bell.condvar.notify_one();
        second.join().unwrap();
        assert_eq!(*bell.woken.lock().unwrap(), [1]);
    }

    #[coro::test(start_paused)]
    fn wait_timeout_tells_which_came_first() {
        let bell = Rc::new(Bell::default());
        let start = coro::time::now();
        let guard = bell.woken.lock().unwrap();
        let (guard, result) = bell.condvar.wait_timeout(guard, HOUR).unwrap();
        assert!(result.timed_out());
        assert_eq!(coro::time::now() - start, HOUR);
        let ringer = thread::spawn({
            let bell = bell.clone();
            move || {
                thread::sleep(MILLISECOND);
                bell.condvar.notify_one();
            }
        });
        let (_guard, result) = bell.condvar.wait_timeout(guard, HOUR).unwrap();
        assert!(!result.timed_out());
        assert_eq!(coro::time::now() - start, HOUR + MILLISECOND);
        ringer.join().unwrap();
    }

    #[coro::test(start_paused)]
    fn the_forms_with_a_condition_look_before_and_after() {
        let bell = Rc::new(Bell::default());
        let guard = bell.woken.lock().unwrap();
        let guard = bell.condvar.wait_while(guard, |_| false).unwrap();
        let long = |list: &mut Vec<usize>| list.len() < 3;
        let (guard, result) = bell.condvar.wait_timeout_while(guard, HOUR, long).unwrap();
        assert!(result.timed_out());
        drop(guard);
        let pusher = thread::spawn({
            let bell = bell.clone();
            move || {
                for number in 0..3 {
                    bell.woken.lock().unwrap().push(number);
                    bell.condvar.notify_all();
                    thread::sleep(MILLISECOND);
                }
            }
        });
        let guard = bell.woken.lock().unwrap();
        let guard = bell.condvar.wait_while(guard, long).unwrap();
        assert_eq!(*guard, [0, 1, 2]);
        let (_guard, result) = bell.condvar.wait_timeout_while(guard, HOUR, long).unwrap();
        assert!(!result.timed_out());
        pusher.join().unwrap();
    }

    #[test]
    fn the_rest_of_its_face_is_std_s() {
        fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
        let (mutex, condvar) = (Mutex::new(0), Condvar::default());
        everywhere(&condvar);
        assert_eq!(format!("{condvar:?}"), "Condvar { .. }");
        let is_zero = |number: &mut i32| *number == 0;
        let guard = mutex.lock().unwrap();
        let guard = condvar.wait_while::<i32, fn(&mut i32) -> bool>(guard, |_| false).unwrap();
        let (guard, result) =
            condvar.wait_timeout_while::<i32, _>(guard, MILLISECOND, is_zero).unwrap();
        assert_eq!(format!("{result:?}"), "WaitTimeoutResult(true)");
        #[expect(deprecated, reason = "it is there for old programs")]
        let (_guard, in_time) = condvar.wait_timeout_ms(guard, 1).unwrap();
        assert!(!in_time);
    }

    #[test]
    fn it_works_between_loops_and_os_threads() {
        const ROUNDS: usize = 2_000;
        // Each of the players adds one when it is its turn.
        let table = Arc::new((Mutex::new(0), Condvar::new()));
        const PLAYERS: usize = 4;
        let play = |player: usize| {
            let table = table.clone();
            move || {
                for round in 0..ROUNDS {
                    let turn = table.0.lock().unwrap();
                    let mine = round * PLAYERS + player;
                    let mut turn = table.1.wait_while(turn, |turn| *turn != mine).unwrap();
                    *turn += 1;
                    table.1.notify_all();
                }
            }
        };
        let players: Vec<_> = (0..PLAYERS)
            .map(|player| {
                let play = play(player);
                std::thread::spawn(move || {
                    if player % 2 == 0 {
                        coro::run(|| thread::spawn(play).join().unwrap());
                    } else {
                        play();
                    }
                })
            })
            .collect();
        players.into_iter().for_each(|player| player.join().unwrap());
        assert_eq!(*table.0.lock().unwrap(), ROUNDS * PLAYERS);
    }
}

mod cond {
    use super::*;

    fn waiters(cond: &Rc<Cond<usize>>, count: usize) -> Vec<thread::JoinHandle<usize>> {
        let cond = cond.clone();
        queue_up(count, "a Cond", move |_| cond.wait())
    }

    #[coro::test(seeds = 20)]
    fn values_go_to_those_who_wait_for_longest() {
        let cond = Rc::new(Cond::new());
        let threads = waiters(&cond, 3);
        assert_eq!(cond.waiters(), 3);
        for value in [10, 11, 12] {
            cond.wake_one(value).unwrap();
        }
        assert_eq!(join_all(threads), [10, 11, 12]);
    }

    #[coro::test]
    fn a_value_that_nobody_waits_for_comes_back() {
        let cond = Cond::new();
        let refused = cond.wake_one(7).unwrap_err();
        assert_eq!(refused.to_string(), "no thread waits on this condition");
        assert_eq!(refused.into_inner(), 7);
        assert_eq!((cond.wake_all(7), cond.wake_n(3, 7)), (0, 0));
    }

    #[coro::test]
    fn wake_n_and_wake_all_tell_how_many() {
        let cond = Rc::new(Cond::new());
        let mut threads = waiters(&cond, 5);
        let rest = threads.split_off(2);
        assert_eq!((cond.wake_n(0, 0), cond.wake_n(2, 7)), (0, 2));
        assert_eq!(join_all(threads), [7, 7]);
        assert_eq!((cond.wake_n(9, 8), cond.wake_all(9)), (3, 0));
        assert_eq!(join_all(rest), [8, 8, 8]);
    }

    #[coro::test]
    fn a_value_is_returned_before_a_kill_that_came_after_it() {
        let drops = Drops::default();
        let cond = Rc::new(Cond::new());
        let taken = Rc::new(RefCell::new(None));
        let victim = thread::Builder::new().name("victim".into()).spawn({
            let (cond, taken) = (cond.clone(), taken.clone());
            move || {
                taken.replace(Some(cond.wait()));
                thread::yield_now();
                unreachable!("the kill is due");
            }
        });
        watch::until_parked("victim", "a Cond");
        cond.wake_one(drops.canary()).unwrap();
        let victim = victim.unwrap();
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        taken.take().unwrap().check();
        drops.expect_none_alive();
    }

    #[coro::test]
    fn a_killed_waiter_that_has_left_gets_nothing() {
        let cond = Rc::new(Cond::new());
        let threads = waiters(&cond, 2);
        let [first, second] = threads.try_into().unwrap();
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        cond.wake_one(7).unwrap();
        assert_eq!(second.join().unwrap(), 7);
    }

    #[coro::test]
    fn a_killed_waiter_that_has_not_left_yet_returns_with_the_value() {
        let cond = Rc::new(Cond::new());
        let threads = waiters(&cond, 2);
        let [first, second] = threads.try_into().unwrap();
        first.kill();
        cond.wake_one(7).unwrap();
        assert_eq!(first.join().unwrap(), 7);
        cond.wake_one(8).unwrap();
        assert_eq!(second.join().unwrap(), 8);
    }

    #[coro::test(start_paused)]
    fn wait_timeout_tells_which_came_first() {
        let cond = Rc::new(Cond::new());
        let start = coro::time::now();
        assert!(cond.wait_timeout(HOUR).is_err());
        assert_eq!(coro::time::now() - start, HOUR);
        let waker = thread::spawn({
            let cond = cond.clone();
            move || {
                thread::sleep(MILLISECOND);
                cond.wake_one(7).unwrap();
            }
        });
        assert_eq!(cond.wait_timeout(HOUR), Ok(7));
        waker.join().unwrap();
        assert_eq!(cond.waiters(), 0);
    }

    #[coro::test(start_paused)]
    fn a_deadline_ends_the_wait_and_what_came_before_it_counts() {
        let cond = Rc::new(Cond::new());
        let start = coro::time::now();
        assert!(cond.wait_until(start).is_err());
        assert!(cond.wait_until(start + HOUR).is_err());
        assert_eq!(coro::time::now(), start + HOUR);
        let waiting = waiters(&cond, 1);
        cond.wake_one(7).unwrap();
        assert_eq!(join_all(waiting), [7]);
        assert_eq!(cond.waiters(), 0);
    }

    #[coro::test(start_paused)]
    fn the_forms_with_a_condition_wait_for_a_value_that_ends_it() {
        let drops = Drops::default();
        let cond = Rc::new(Cond::new());
        let giver = thread::spawn({
            let (cond, drops) = (cond.clone(), drops.clone());
            move || {
                for number in 0..7 {
                    thread::sleep(MILLISECOND);
                    cond.wake_one((number, drops.canary())).unwrap();
                }
            }
        });
        let (number, canary) = cond.wait_while(|(number, _)| *number < 2);
        assert_eq!((number, drops.dropped()), (2, 2));
        drop(canary);
        let found = cond.wait_timeout_while(HOUR, |(number, _)| *number < 4);
        assert_eq!(found.map(|(number, _)| number), Ok(4));
        // One limit for all the values: two more come, and nothing after that.
        let start = coro::time::now();
        assert!(cond.wait_timeout_while(MILLISECOND * 5, |_| true).is_err());
        assert_eq!(coro::time::now() - start, MILLISECOND * 5);
        giver.join().unwrap();
        drops.expect_none_alive();
    }

    #[coro::test]
    fn values_that_cannot_be_cloned_are_made_one_by_one() {
        let drops = Drops::default();
        let cond = Rc::new(Cond::new());
        assert_eq!(cond.wake_all_with(|| drops.canary()), 0);
        let threads = queue_up(3, "a Cond", {
            let cond = cond.clone();
            move |_| cond.wait().check()
        });
        assert_eq!(cond.wake_all_with(|| drops.canary()), 3);
        join_all(threads);
        assert_eq!(drops.made(), 3);
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn values_go_in_the_order_of_coming_whatever_the_order_of_running() {
        let cond = Rc::new(Cond::new());
        let threads = waiters(&cond, 8);
        let wakers: Vec<_> = [3, 1, 2]
            .into_iter()
            .map(|count| {
                let cond = cond.clone();
                thread::spawn(move || cond.wake_n(count, count))
            })
            .collect();
        let woken: usize = join_all(wakers).into_iter().sum();
        assert_eq!((woken, cond.waiters()), (6, 2));
        assert_eq!(cond.wake_all(9), 2);
        let given = join_all(threads);
        // Each waker served a run of neighbours.
        let runs: Vec<&[usize]> = given.chunk_by(|one, other| one == other).collect();
        assert!(runs.iter().all(|run| run.len() == run[0] || **run == [9, 9]), "{runs:?}");
        assert_eq!(given[6..], [9, 9]);
    }

    #[coro::test(seeds = 100)]
    fn kills_that_race_wake_ups_lose_no_value_and_keep_the_order() {
        let drops = Drops::default();
        let cond = Rc::new(Cond::new());
        let order: Rc<RefCell<Vec<(usize, usize)>>> = Rc::default();
        let threads = queue_up(10, "a Cond", {
            let (cond, order) = (cond.clone(), order.clone());
            move |number| {
                let (value, canary): (usize, coro_tests::canary::Canary) = cond.wait();
                canary.check();
                order.borrow_mut().push((value, number));
            }
        });
        let handles: Vec<_> = threads.iter().map(|thread| thread.thread().clone()).collect();
        let killers = [1, 4, 5, 8].map(|victim| {
            let victim = handles[victim].clone();
            thread::spawn(move || victim.kill())
        });
        let taken = Rc::new(RefCell::new(0));
        let wakers = [(); 3].map(|()| {
            let (cond, drops, taken) = (cond.clone(), drops.clone(), taken.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    let value = *taken.borrow();
                    cond.wake_one((value, drops.canary())).unwrap();
                    *taken.borrow_mut() += 1;
                    thread::yield_now();
                }
            })
        });
        killers.into_iter().for_each(|killer| killer.join().unwrap());
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
        while cond.wake_one((*taken.borrow(), drops.canary())).is_ok() {
            *taken.borrow_mut() += 1;
        }
        let ended = threads.into_iter().map(|thread| thread.join().is_ok());
        let served = ended.filter(|&is_served| is_served).count();
        let mut order = order.take();
        order.sort_unstable();
        assert_eq!((order.len(), *taken.borrow()), (served, served));
        assert!(order.is_sorted_by_key(|&(_, number)| number), "{order:?}");
        assert_eq!(cond.waiters(), 0);
        drops.expect_none_alive();
    }

    #[test]
    fn values_cross_os_threads() {
        const COUNT: u32 = 5_000;
        let cond = Arc::new(Cond::new());
        let receivers: Vec<_> = (0..4)
            .map(|number| {
                let cond = cond.clone();
                let receive = move || {
                    let mut sum = 0;
                    loop {
                        match cond.wait() {
                            0 => return sum,
                            value => sum += u64::from(value),
                        }
                    }
                };
                std::thread::spawn(move || {
                    if number % 2 == 0 {
                        coro::run(|| thread::spawn(receive).join().unwrap())
                    } else {
                        receive()
                    }
                })
            })
            .collect();
        let send = |mut value: u32| {
            while let Err(refused) = cond.wake_one(value) {
                value = refused.into_inner();
                std::thread::yield_now();
            }
        };
        (1..=COUNT).for_each(send);
        (0..4).for_each(|_| send(0));
        let sum: u64 = receivers.into_iter().map(|each| each.join().unwrap()).sum();
        assert_eq!(sum, u64::from(COUNT) * u64::from(COUNT + 1) / 2);
    }
}
