//! A kill at the k-th suspension of every blocking call, for k up to 20, just before the wait and in the middle of it.

use std::cell::Cell;
use std::rc::Rc;

use coro::__private::{Test, kill_at_suspension};
use coro::thread::{self, JoinHandle};
use coro_tests::canary::Drops;

use crate::support::sites::{ROWS, Row, Site};
use crate::support::sync_sites::SYNC_ROWS;
use crate::support::{MINUTE, watch};

/// The last suspension that is tried.
const LAST: u32 = 20;

#[test]
fn before_it_parks() {
    kill_everywhere(false);
}

#[test]
fn while_it_is_parked() {
    kill_everywhere(true);
}

fn kill_everywhere(when_parked: bool) {
    for row in ROWS.iter().chain(SYNC_ROWS) {
        // Every connect takes a second there, so the first suspensions must do.
        let last = if row.name == "connect" { 2 } else { LAST };
        for k in 1..=last {
            kill_at(row, k, when_parked);
        }
    }
}

fn kill_at(row: &Row, k: u32, when_parked: bool) {
    println!("{}, suspension {k}, parked: {when_parked}", row.name);
    let config = Test::new(row.name).start_paused(row.paused).timeout(if row.paused {
        MINUTE * 10_000
    } else {
        MINUTE
    });
    config.run(|| {
        let site = (row.make)();
        let drops = Drops::default();
        let victim = Visitor::spawn(&site, &drops, Some((k, when_parked)));
        let visits = victim.visits.clone();
        assert!(victim.serve_until_end().unwrap_err().is_killed());
        assert!(visits.get() > 0);
        let newcomer = Visitor::spawn(&site, &drops, None);
        newcomer.serve_until_end().unwrap();
        site.finish();
        watch::until_alone();
        drops.expect_none_alive();
    });
}

/// A thread that visits the site: until it is killed, or once.
struct Visitor {
    thread: JoinHandle<()>,
    site: Rc<dyn Site>,
    /// How often it came to the site.
    visits: Rc<Cell<usize>>,
}

impl Visitor {
    fn spawn(site: &Rc<dyn Site>, drops: &Drops, kill: Option<(u32, bool)>) -> Visitor {
        let visits = Rc::new(Cell::new(0));
        let builder = thread::Builder::new().name("visitor".into());
        let body = {
            let (site, drops, visits) = (site.clone(), drops.clone(), visits.clone());
            let captured = drops.canary();
            move || {
                if let Some((k, when_parked)) = kill {
                    kill_at_suspension(k, when_parked);
                }
                loop {
                    let canary = drops.canary();
                    visits.set(visits.get() + 1);
                    site.block();
                    canary.check();
                    captured.check();
                    if kill.is_none() {
                        return;
                    }
                }
            }
        };
        let thread = builder.spawn(body).unwrap();
        let site = site.clone();
        Visitor { thread, site, visits }
    }

    /// Serves each visit once, when the visitor blocks, until it has ended.
    fn serve_until_end(self) -> Result<(), coro::JoinError> {
        let mut served = 0;
        while !self.thread.is_finished() {
            watch::until("the visitor blocks or ends", || {
                let blocks = watch::doing("visitor").as_deref() == Some(self.site.doing());
                (blocks && self.visits.get() > served) || self.thread.is_finished()
            });
            if self.site.doing() == "the end of its sleep" {
                break;
            }
            served = self.visits.get();
            self.site.serve(1);
        }
        self.thread.join()
    }
}
