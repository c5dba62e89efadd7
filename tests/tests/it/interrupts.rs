//! Every kind of interrupt at every kind of blocking call.
//!
//! In each case a victim and a bystander block at the same place. The victim is interrupted there: its destructors
//! run once, and the bystander does not notice. Afterwards the place works as before, for the bystander, for the
//! victim if it goes on, and for a newcomer.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use coro::__private::Test;
use coro::thread::{self, JoinHandle};
use coro_tests::canary::Drops;

use crate::support::sites::{Gate, ROWS, Row, Site};
use crate::support::sync_sites::SYNC_ROWS;
use crate::support::{MILLISECOND, MINUTE, watch};

/// How the victim is interrupted, and what it does about it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Interrupt {
    Kill,
    /// A raise that nobody catches.
    Raise,
    /// A raise that `coro::catch` around the call catches.
    CaughtRaise,
    /// A `coro::timeout` around the call.
    Timeout,
    /// A kill that `catch_unwind` around the call swallows: it comes again at the next call.
    SwallowedKill,
}

/// What is raised at victims.
#[derive(Debug, PartialEq)]
struct Stop(u32);

/// One place with its threads.
struct Scene {
    site: Rc<dyn Site>,
    /// How often a thread came to the place.
    entered: Rc<Cell<usize>>,
    drops: Drops,
    /// Opened when the victim has been interrupted and goes on.
    struck: Rc<Gate>,
}

#[test]
fn kill() {
    strike_everywhere(Interrupt::Kill);
}

#[test]
fn raise() {
    strike_everywhere(Interrupt::Raise);
}

#[test]
fn caught_raise() {
    strike_everywhere(Interrupt::CaughtRaise);
}

#[test]
fn timeout() {
    strike_everywhere(Interrupt::Timeout);
}

#[test]
fn swallowed_kill() {
    strike_everywhere(Interrupt::SwallowedKill);
}

fn strike_everywhere(interrupt: Interrupt) {
    for row in ROWS.iter().chain(SYNC_ROWS) {
        for victim_first in [true, false] {
            strike_at(row, interrupt, victim_first);
        }
    }
}

fn strike_at(row: &Row, interrupt: Interrupt, victim_first: bool) {
    println!("{}, {interrupt:?}, victim first: {victim_first}", row.name);
    let config = Test::new(row.name).start_paused(row.paused).timeout(if row.paused {
        MINUTE * 1000
    } else {
        MINUTE
    });
    config.run(|| {
        let scene = Scene {
            site: (row.make)(),
            entered: Rc::default(),
            drops: Drops::default(),
            struck: Rc::default(),
        };
        scene.play(interrupt, victim_first);
        scene.site.finish();
        watch::until_alone();
        scene.drops.expect_none_alive();
    });
}

impl Scene {
    fn play(&self, interrupt: Interrupt, victim_first: bool) {
        let struck = self.struck.ticket();
        let (victim, bystander) = self.cast(interrupt, victim_first);
        match interrupt {
            Interrupt::Kill | Interrupt::SwallowedKill => victim.kill(),
            Interrupt::Raise | Interrupt::CaughtRaise => victim.raise(Stop(7)),
            Interrupt::Timeout => {}
        }
        match interrupt {
            Interrupt::Kill | Interrupt::SwallowedKill => {
                assert!(victim.join().unwrap_err().is_killed());
                self.serve_last(vec![bystander]);
            }
            Interrupt::Raise => {
                let error = victim.join().unwrap_err();
                assert!(error.is_raised());
                assert_eq!(error.downcast_ref::<Stop>(), Some(&Stop(7)));
                self.serve_last(vec![bystander]);
            }
            Interrupt::CaughtRaise | Interrupt::Timeout => {
                self.struck.pass(struck);
                self.until_entered(3);
                self.serve_last(vec![bystander, victim]);
            }
        }
        let before = self.entered.get();
        let newcomer = self.spawn("newcomer", Self::block);
        self.until_entered(before + 1);
        self.serve_last(vec![newcomer]);
    }

    /// Brings the victim and the bystander to the place, in either order.
    fn cast(&self, interrupt: Interrupt, victim_first: bool) -> (JoinHandle<()>, JoinHandle<()>) {
        let be_struck = move |scene: &Scene| scene.be_struck(interrupt);
        if victim_first {
            let victim = self.spawn("victim", be_struck);
            self.until_entered(1);
            let bystander = self.spawn("bystander", Self::block);
            self.until_entered(2);
            (victim, bystander)
        } else {
            let bystander = self.spawn("bystander", Self::block);
            self.until_entered(1);
            let victim = self.spawn("victim", be_struck);
            self.until_entered(2);
            (victim, bystander)
        }
    }

    /// Serves threads that block, once all of them do, and sees them end well.
    fn serve_last(&self, threads: Vec<JoinHandle<()>>) {
        for thread in &threads {
            watch::until_parked(thread.thread().name().unwrap(), self.site.doing());
        }
        self.site.serve(threads.len());
        for thread in threads {
            thread.join().unwrap();
        }
    }

    fn be_struck(&self, interrupt: Interrupt) {
        match interrupt {
            Interrupt::Kill | Interrupt::Raise => self.block(),
            Interrupt::CaughtRaise => {
                let caught = coro::catch::<Stop, _>(|| self.block());
                assert_eq!(caught, Err(Stop(7)));
                self.struck.open();
                self.block();
            }
            Interrupt::Timeout => {
                assert!(coro::timeout(MILLISECOND, || self.block()).is_err());
                self.struck.open();
                self.block();
            }
            Interrupt::SwallowedKill => {
                assert!(catch_unwind(AssertUnwindSafe(|| self.block())).is_err());
                self.block();
            }
        }
    }

    /// Blocks with a canary on the stack.
    fn block(&self) {
        let canary = self.drops.canary();
        self.entered.set(self.entered.get() + 1);
        self.site.block();
        canary.check();
    }

    fn spawn(&self, name: &str, f: impl FnOnce(&Scene) + 'static) -> JoinHandle<()> {
        let scene = Scene {
            site: self.site.clone(),
            entered: self.entered.clone(),
            drops: self.drops.clone(),
            struck: self.struck.clone(),
        };
        let captured = self.drops.canary();
        let builder = thread::Builder::new().name(name.into());
        let thread = builder.spawn(move || {
            captured.check();
            f(&scene);
        });
        thread.unwrap()
    }

    fn until_entered(&self, times: usize) {
        watch::until("a thread comes to the place", || self.entered.get() >= times);
    }
}
