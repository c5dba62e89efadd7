//! The reader-writer lock: order, fairness, poisoning, interrupts, and other OS threads.

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::TryLockError;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use coro::__private::{Test, kill_at_suspension};
use coro::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use coro::thread;

use crate::support::spread::{spread, spread_with_kills};
use crate::support::{HOUR, MILLISECOND, MINUTE, watch};
use crate::sync::{join_all, queue_up};

/// Counts who is inside: readers above 0, a writer below.
#[derive(Default)]
struct Room(AtomicI32);

impl Room {
    fn as_reader(&self, f: impl FnOnce()) {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) >= 0);
        f();
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0);
    }

    fn as_writer(&self, f: impl FnOnce()) {
        assert_eq!(self.0.swap(-1, Ordering::Relaxed), 0);
        f();
        assert_eq!(self.0.swap(0, Ordering::Relaxed), -1);
    }
}

/// Enters with an unwind in mind: what is inside is looked at only.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[coro::test(seeds = 100)]
fn a_writer_is_alone_and_readers_are_not() {
    let lock = Rc::new(RwLock::new(Room::default()));
    let most = Rc::new(Cell::new(0));
    let threads = (0..12).map(|number| {
        let (lock, most) = (lock.clone(), most.clone());
        thread::spawn(move || {
            for round in 0..20 {
                if (number + round) % 4 == 0 {
                    lock.write().unwrap().as_writer(thread::yield_now);
                } else {
                    let room = lock.read().unwrap();
                    room.as_reader(thread::yield_now);
                    most.set(most.get().max(room.0.load(Ordering::Relaxed) + 1));
                }
            }
        })
    });
    join_all(threads.collect());
    assert!(most.get() > 1);
    assert!(lock.try_write().is_ok());
}

#[coro::test(seeds = 100)]
fn it_is_served_in_the_order_of_coming_and_a_run_of_readers_together() {
    let lock = Rc::new(RwLock::new(()));
    let inside: Rc<RefCell<Vec<usize>>> = Rc::default();
    let guard = lock.write().unwrap();
    let threads = queue_up(8, "an RwLock", {
        let (lock, inside) = (lock.clone(), inside.clone());
        move |number| {
            let (reader, writer) = match number {
                2 | 5 | 6 => (None, Some(lock.write().unwrap())),
                _ => (Some(lock.read().unwrap()), None),
            };
            inside.borrow_mut().push(number);
            thread::park();
            drop((reader, writer));
        }
    });
    drop(guard);
    for group in [vec![0, 1], vec![2], vec![3, 4], vec![5], vec![6], vec![7]] {
        watch::until("the group is inside", || inside.borrow().len() >= group.len());
        (0..20).for_each(|_| thread::yield_now());
        let mut entered = inside.take();
        entered.sort_unstable();
        assert_eq!(entered, group);
        group.iter().for_each(|&number| threads[number].thread().unpark());
    }
    join_all(threads);
}

#[coro::test]
fn a_waiting_writer_keeps_newcomers_out() {
    let lock = Rc::new(RwLock::new(1));
    let reader = lock.read().unwrap();
    let writer = queue_up(1, "an RwLock", {
        let lock = lock.clone();
        move |_| *lock.write().unwrap() = 2
    });
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    assert_eq!(*reader, 1);
    drop(reader);
    // Handed over already.
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    join_all(writer);
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[coro::test]
fn a_writer_that_is_killed_while_it_waits_lets_the_readers_behind_it_in() {
    let lock = Rc::new(RwLock::new(()));
    let first = lock.read().unwrap();
    let mut threads = queue_up(3, "an RwLock", {
        let lock = lock.clone();
        move |number| match number {
            0 => drop(lock.write().unwrap()),
            _ => drop(lock.read().unwrap()),
        }
    });
    let writer = threads.remove(0);
    writer.kill();
    assert!(writer.join().unwrap_err().is_killed());
    join_all(threads);
    assert!(lock.try_read().is_ok());
    drop(first);
    assert!(lock.try_write().is_ok() && !lock.is_poisoned());
}

#[coro::test]
fn a_reader_that_is_killed_while_it_waits_leaves_nothing_behind() {
    let lock = Rc::new(RwLock::new(()));
    for victim in 0..4 {
        let writer = lock.write().unwrap();
        let mut threads = queue_up(4, "an RwLock", {
            let lock = lock.clone();
            move |number| match number {
                2 => drop(lock.write().unwrap()),
                _ => drop(lock.read().unwrap()),
            }
        });
        let killed = threads.remove(victim);
        killed.kill();
        assert!(killed.join().unwrap_err().is_killed());
        drop(writer);
        join_all(threads);
        assert!(lock.try_write().is_ok());
    }
}

#[coro::test]
fn a_kill_of_the_one_it_was_just_handed_to_comes_after_its_turn() {
    let lock = Rc::new(RwLock::new(0));
    let guard = lock.write().unwrap();
    let threads = queue_up(2, "an RwLock", {
        let lock = lock.clone();
        move |_| {
            *lock.write().unwrap() += 1;
            thread::yield_now();
            *lock.write().unwrap() += 1;
        }
    });
    drop(guard);
    threads[0].kill();
    let [first, second] = threads.try_into().unwrap();
    assert!(first.join().unwrap_err().is_killed());
    second.join().unwrap();
    assert_eq!(*lock.read().unwrap(), 3);
}

#[coro::test(start_paused)]
fn a_timeout_gives_the_place_up() {
    let lock = Rc::new(RwLock::new(()));
    let guard = lock.read().unwrap();
    let late = coro::timeout(MILLISECOND, || drop(lock.write()));
    assert!(late.is_err());
    assert!(lock.try_read().is_ok());
    drop(guard);
    let guard = lock.write().unwrap();
    assert!(coro::timeout(HOUR, || drop(lock.read())).is_err());
    drop(guard);
    assert!(lock.try_write().is_ok() && !lock.is_poisoned());
}

#[coro::test(seeds = 100)]
fn a_writer_comes_in_under_a_stream_of_readers() {
    let lock = Rc::new(RwLock::new(false));
    let turns = Rc::new(Cell::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (lock, turns) = (lock.clone(), turns.clone());
            thread::spawn(move || {
                loop {
                    let is_over = lock.read().unwrap();
                    if *is_over {
                        return;
                    }
                    turns.set(turns.get() + 1);
                    assert!(turns.get() < 1000, "the writer starves");
                    // Some reader is inside at any time.
                    thread::yield_now();
                }
            })
        })
        .collect();
    thread::yield_now();
    *lock.write().unwrap() = true;
    join_all(readers);
}

#[coro::test(seeds = 100)]
fn a_reader_comes_in_under_a_stream_of_writers() {
    let lock = Rc::new(RwLock::new(0));
    let is_over = Rc::new(Cell::new(false));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (lock, is_over) = (lock.clone(), is_over.clone());
            thread::spawn(move || {
                while !is_over.get() {
                    let mut turns = lock.write().unwrap();
                    *turns += 1;
                    assert!(*turns < 1000, "the reader starves");
                    thread::yield_now();
                }
            })
        })
        .collect();
    thread::yield_now();
    drop(lock.read().unwrap());
    is_over.set(true);
    join_all(writers);
}

#[coro::test(seeds = 20)]
fn a_writer_that_becomes_a_reader_lets_the_first_readers_in() {
    let lock = Rc::new(RwLock::new(1));
    let mut writer = lock.write().unwrap();
    let mut threads = queue_up(4, "an RwLock", {
        let lock = lock.clone();
        move |number| match number {
            2 => std::mem::replace(&mut *lock.write().unwrap(), 3),
            _ => *lock.read().unwrap(),
        }
    });
    *writer = 2;
    let reader = RwLockWriteGuard::downgrade(writer);
    let last = threads.split_off(2);
    assert_eq!(join_all(threads), [2, 2]);
    assert_eq!(*reader, 2);
    assert!(last.iter().all(|thread| !thread.is_finished()));
    drop(reader);
    assert_eq!(join_all(last), [2, 3]);
    assert!(lock.try_write().is_ok());
}

#[coro::test]
fn a_kill_poisons_what_is_written_and_not_what_is_read() {
    let (read, written) = (Rc::new(RwLock::new(())), Rc::new(RwLock::new(1)));
    let holder = thread::spawn({
        let (read, written) = (read.clone(), written.clone());
        move || {
            let (_reader, _writer) = (read.read().unwrap(), written.write().unwrap());
            thread::park();
        }
    });
    thread::yield_now();
    holder.kill();
    assert!(holder.join().unwrap_err().is_killed());
    assert!(!read.is_poisoned() && written.is_poisoned());
    assert!(matches!(written.try_read(), Err(TryLockError::Poisoned(_))));
    assert!(matches!(written.try_write(), Err(TryLockError::Poisoned(_))));
    assert_eq!(*written.read().unwrap_err().into_inner(), 1);
    assert_eq!(format!("{written:?}"), "RwLock { data: 1, poisoned: true, .. }");
    written.clear_poison();
    *written.write().unwrap() += 1;
    assert_eq!(Rc::into_inner(written).unwrap().into_inner().unwrap(), 2);
}

#[coro::test(start_paused)]
fn a_timeout_poisons_what_is_written_inside_it_only() {
    let (inside, outside) = (RwLock::new(()), RwLock::new(()));
    let guard = outside.write().unwrap();
    let late = coro::timeout(MILLISECOND, || {
        let _guard = inside.write().unwrap();
        thread::park();
    });
    assert!(late.is_err());
    drop(guard);
    assert!(inside.is_poisoned() && !outside.is_poisoned());
}

#[coro::test]
fn a_destructor_that_locks_during_an_unwind_poisons_nothing() {
    struct Counted(Rc<RwLock<u32>>);
    impl Drop for Counted {
        fn drop(&mut self) {
            *self.0.write().unwrap() += 1;
            thread::yield_now();
            let mut count = self.0.write().unwrap();
            thread::yield_now();
            *count += 1;
            let count = RwLockWriteGuard::downgrade(count);
            thread::yield_now();
            drop(count);
        }
    }
    let lock = Rc::new(RwLock::new(0));
    let threads: Vec<_> = (0..10)
        .map(|_| {
            let counted = Counted(lock.clone());
            thread::spawn(move || {
                let _counted = counted;
                thread::park();
            })
        })
        .collect();
    thread::yield_now();
    threads.iter().for_each(thread::JoinHandle::kill);
    watch::until_alone();
    assert_eq!(*lock.read().unwrap(), 20);
}

#[test]
fn a_kill_at_every_suspension_leaves_the_lock_to_the_others() {
    for k in 1..=20 {
        for when_parked in [false, true] {
            let config = Test::new("kill").seeds(5).timeout(MINUTE);
            config.run(|| {
                let lock = Rc::new(RwLock::new(Room::default()));
                let visit = {
                    let lock = lock.clone();
                    move |round: u32| match round % 3 {
                        // Nothing of the room is checked when the unwind leaves it.
                        0 => {
                            let room = write(&lock);
                            room.as_writer(|| ());
                            thread::yield_now();
                            room.as_writer(|| ());
                        }
                        1 => read(&lock).as_reader(|| ()),
                        _ => {
                            let room = read(&lock);
                            room.as_reader(|| ());
                            thread::yield_now();
                        }
                    }
                };
                let victim = thread::spawn({
                    let visit = visit.clone();
                    move || {
                        kill_at_suspension(k, when_parked);
                        for round in 0.. {
                            visit(round);
                        }
                    }
                });
                let others = (0..4).map(|number| {
                    let visit = visit.clone();
                    thread::spawn(move || (number..number + 12).for_each(visit))
                });
                join_all(others.collect());
                assert!(victim.join().unwrap_err().is_killed());
                assert!(!matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
            });
        }
    }
}

#[test]
fn loops_and_os_threads_share_one() {
    const EACH: u32 = 25_000;
    let lock = Arc::new(RwLock::new((0, 0)));
    spread(EACH, {
        let lock = lock.clone();
        move |round| {
            if round % 4 == 0 {
                let mut both = lock.write().unwrap();
                both.0 += 1;
                std::hint::black_box(&mut both.0);
                both.1 += 1;
            } else {
                let both = lock.read().unwrap();
                assert_eq!(both.0, both.1);
            }
        }
    });
    assert_eq!(*lock.read().unwrap(), (EACH, EACH));
}

#[test]
fn loops_and_os_threads_share_one_while_threads_are_killed() {
    let lock = Arc::new(RwLock::new(0));
    let writers = Arc::new(AtomicU32::new(0));
    spread_with_kills(10_000, 2_000, {
        let (lock, writers) = (lock.clone(), writers.clone());
        move |round| {
            if round % 3 == 0 {
                *write(&lock) += 1;
                writers.fetch_add(1, Ordering::Relaxed);
            } else {
                drop(read(&lock));
            }
        }
    });
    assert!(!lock.is_poisoned());
    assert_eq!(*lock.try_write().unwrap(), writers.load(Ordering::Relaxed));
}

#[test]
fn its_face_is_std_s() {
    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    fn shared<T: Sync + UnwindSafe>(_: &T) {}
    let mut lock = RwLock::new(1);
    everywhere(&lock);
    assert_eq!(format!("{lock:?}"), "RwLock { data: 1, poisoned: false, .. }");
    *lock.get_mut().unwrap() = 2;
    let guard = lock.write().unwrap();
    shared(&guard);
    assert_eq!(format!("{guard:?} {guard}"), "2 2");
    assert_eq!(format!("{lock:?}"), "RwLock { data: <locked>, poisoned: false, .. }");
    drop(guard);
    let guard = lock.read().unwrap();
    shared(&guard);
    assert_eq!(format!("{guard:?} {guard}"), "2 2");
    assert_eq!(format!("{lock:?}"), "RwLock { data: 2, poisoned: false, .. }");
    drop(guard);
    assert_eq!(lock.into_inner().unwrap(), 2);
    assert_eq!(*RwLock::<u8>::default().read().unwrap(), 0);
    assert_eq!(*RwLock::from("text").read().unwrap(), "text");
    let unsized_value: Arc<RwLock<[i32]>> = Arc::new(RwLock::new([1, 2]));
    unsized_value.write().unwrap()[0] = 3;
    assert_eq!(*unsized_value.read().unwrap(), [3, 2]);
}
