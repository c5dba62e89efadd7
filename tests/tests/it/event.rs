//! The event: waking all, interrupts, and other OS threads.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use coro::sync::{Arc, Event};
use coro::thread;

use crate::support::spread::spread_with_kills;
use crate::support::{HOUR, MILLISECOND, watch};
use crate::sync::{join_all, queue_up};

#[coro::test(seeds = 100)]
fn setting_wakes_all_and_stays() {
    let event = Rc::new(Event::new());
    let done = Rc::new(Cell::new(0));
    let threads: Vec<_> = (0..10)
        .map(|number| {
            let (event, done) = (event.clone(), done.clone());
            thread::spawn(move || {
                (0..number % 3).for_each(|_| thread::yield_now());
                match number % 2 {
                    0 => event.wait(),
                    _ => event.wait_timeout(HOUR).unwrap(),
                }
                assert!(event.is_set());
                done.set(done.get() + 1);
            })
        })
        .collect();
    (0..2).for_each(|_| thread::yield_now());
    assert_eq!(done.get(), 0);
    event.set();
    join_all(threads);
    event.wait();
}

#[coro::test]
fn who_waits_when_it_is_set_goes_on_even_if_it_is_cleared_at_once() {
    let event = Rc::new(Event::new());
    let threads = queue_up(3, "an event", {
        let event = event.clone();
        move |_| event.wait()
    });
    event.set();
    event.clear();
    let late = thread::spawn({
        let event = event.clone();
        move || event.wait()
    });
    join_all(threads);
    watch::until("the late one waits", || !late.is_finished());
    event.set();
    late.join().unwrap();
}

#[coro::test(seeds = 100)]
fn so_does_a_select_which_takes_one_of_those_that_were_set() {
    let events = Rc::new([Event::new(), Event::new()]);
    let choose = |events: &[Event; 2]| {
        coro::select! {
            wait(&events[0]) -> _ => 0,
            wait(&events[1]) -> _ => 1,
        }
    };
    let threads = queue_up(4, "one of several things (select)", {
        let events = events.clone();
        move |_| choose(&events)
    });
    events[1].set();
    events[1].clear();
    // They were let go by the other one, though this one is set when they run.
    events[0].set();
    assert_eq!(join_all(threads), [1; 4]);
    assert_eq!(choose(&events), 0);
}

#[coro::test]
fn a_kill_or_a_limit_takes_a_select_out_of_the_queue() {
    let event = Rc::new(Event::new());
    let choose = {
        let event = event.clone();
        move |_| coro::select! { wait(&*event) -> _ => {} }
    };
    let [killed, chosen] =
        queue_up(2, "one of several things (select)", choose).try_into().unwrap();
    killed.kill();
    assert!(killed.join().unwrap_err().is_killed());
    let late = coro::select! { wait(&*event) -> _ => false, default(MILLISECOND) => true };
    assert!(late);
    event.set();
    event.clear();
    // The kill comes after it was chosen, and there is no suspension left at which it could arrive.
    chosen.kill();
    chosen.join().unwrap();
}

#[coro::test(start_paused)]
fn a_limit_ends_the_wait() {
    let event = Rc::new(Event::new());
    let start = coro::time::now();
    assert!(event.wait_timeout(HOUR).is_err());
    assert_eq!(coro::time::now() - start, HOUR);
    assert!(coro::timeout(HOUR, || event.wait()).is_err());
    let setter = thread::spawn({
        let event = event.clone();
        move || {
            thread::sleep(MILLISECOND);
            event.set();
        }
    });
    assert!(event.wait_timeout(HOUR).is_ok());
    assert_eq!(coro::time::now() - start, HOUR * 2 + MILLISECOND);
    setter.join().unwrap();
}

#[coro::test]
fn a_kill_before_the_set_ends_the_wait_and_one_after_it_comes_later() {
    let event = Rc::new(Event::new());
    let passed = Rc::new(Cell::new(0));
    let threads = queue_up(2, "an event", {
        let (event, passed) = (event.clone(), passed.clone());
        move |_| {
            event.wait();
            passed.set(passed.get() + 1);
            thread::yield_now();
        }
    });
    let [early, late] = threads.try_into().unwrap();
    early.kill();
    assert!(early.join().unwrap_err().is_killed());
    event.set();
    late.kill();
    assert!(late.join().unwrap_err().is_killed());
    assert_eq!(passed.get(), 1);
}

#[test]
fn loops_and_os_threads_share_two() {
    const EACH: u32 = 10_000;
    // They are set and cleared all the time, so that waits come before, between and after.
    let events = Arc::new([Event::new(), Event::new()]);
    let done = Arc::new(AtomicU32::new(0));
    let setter = std::thread::spawn({
        let (events, done) = (events.clone(), done.clone());
        move || {
            while done.load(Ordering::Relaxed) == 0 {
                events.iter().for_each(Event::set);
                events.iter().for_each(Event::clear);
            }
            events.iter().for_each(Event::set);
        }
    });
    spread_with_kills(EACH, 1_000, {
        let events = events.clone();
        move |round| match round % 3 {
            0 => coro::select! { wait(&events[0]) -> _ => {}, wait(&events[1]) -> _ => {} },
            _ => events[round as usize % 2].wait(),
        }
    });
    done.store(1, Ordering::Relaxed);
    setter.join().unwrap();
    assert!(events.iter().all(Event::is_set));
}

#[test]
fn it_can_be_shared_and_sent() {
    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    let event = Event::default();
    everywhere(&event);
    assert_eq!(format!("{event:?}"), "Event { is_set: false, .. }");
}
