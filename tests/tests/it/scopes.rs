//! Scopes that are used in odd ways: handles that are forgotten, scopes in scopes, and kills in between.

use std::cell::{Cell, RefCell};

use coro::thread;
use coro_tests::canary::Drops;

use crate::support::{HOUR, kth, watch};

#[coro::test(seeds = 100)]
fn a_forgotten_handle_is_waited_for_all_the_same() {
    let drops = Drops::default();
    let done = Cell::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            let thread = scope.spawn(|| {
                let _canary = drops.canary();
                thread::yield_now();
                done.set(done.get() + 1);
            });
            std::mem::forget(thread);
        }
    });
    assert_eq!(done.get(), 3);
    drops.expect_none_alive();
}

#[coro::test]
fn nobody_hears_of_a_panic_whose_handle_is_forgotten() {
    thread::scope(|scope| std::mem::forget(scope.spawn(|| panic!("unheard"))));
}

#[coro::test(start_paused)]
fn a_kill_goes_through_scopes_in_scopes() {
    let drops = Drops::default();
    let counted = drops.clone();
    let victim = thread::spawn(move || {
        let outer = counted.canary();
        thread::scope(|scope| {
            scope.spawn(|| {
                let inner = counted.canary();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        thread::sleep(HOUR);
                        (outer.check(), inner.check())
                    });
                    scope.spawn(|| {
                        coro::join(thread::park, || {
                            thread::map_bounded(0..9, 2, |_| thread::park())
                        })
                    });
                });
            });
        });
    });
    for _ in 0..20 {
        thread::yield_now();
    }
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
    watch::until_alone();
    drops.expect_none_alive();
}

#[test]
fn a_kill_at_each_suspension_of_scopes_in_scopes() {
    kth::kill_at_each("scopes", |drops| {
        let order = RefCell::new(Vec::new());
        thread::scope(|scope| {
            let outer = drops.canary();
            for number in 0..3 {
                let (order, drops) = (&order, &drops);
                scope.spawn(move || {
                    let canary = drops.canary();
                    thread::scope(|scope| {
                        scope.spawn(|| thread::sleep(HOUR));
                        thread::yield_now();
                    });
                    canary.check();
                    order.borrow_mut().push(number);
                });
            }
            thread::yield_now();
            outer.check();
        });
        assert_eq!(order.take(), [0, 1, 2]);
    });
}

#[coro::test]
fn a_thread_of_a_scope_hands_its_handle_to_another() {
    let sum = thread::scope(|scope| {
        let first = scope.spawn(|| {
            thread::yield_now();
            1
        });
        let second = scope.spawn(move || first.join().unwrap() + 1);
        second.join().unwrap()
    });
    assert_eq!(sum, 2);
}
