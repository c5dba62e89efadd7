//! The blocking calls of the locks, as sites; they need no kernel and run on a paused clock.

use std::cell::RefCell;
use std::rc::Rc;

use coro::Cond;
use coro::sync::{Event, LazyLock, Once, OnceLock, RwLock, Semaphore};

use super::sites::{Helpers, Row, Site, row};
use super::{HOUR, watch};

/// Every kind of blocking call of the locks that are not in the other table.
pub(crate) const SYNC_ROWS: &[Row] = &[
    row("rwlock read", true, || Rc::new(RwSite::new(|lock| drop(lock.read().unwrap())))),
    row("rwlock write", true, || Rc::new(RwSite::new(|lock| drop(lock.write().unwrap())))),
    row("once call", true, || Rc::new(OnceSite::new(|stage| stage.once.call_once(|| ())))),
    row("once wait", true, || Rc::new(OnceSite::new(|stage| stage.once.wait()))),
    row("once_lock get_or_init", true, || {
        Rc::new(OnceSite::new(|stage| assert_eq!(stage.cell.get_or_init(|| 8), &7)))
    }),
    row("once_lock wait", true, || {
        Rc::new(OnceSite::new(|stage| assert_eq!(stage.cell.wait(), &7)))
    }),
    row("lazy_lock", true, || Rc::new(OnceSite::new(|stage| assert_eq!(*stage.lazy, 7)))),
    row("semaphore", true, || Rc::new(SemaphoreSite::new(|all| all.acquire().forget()))),
    row("semaphore timeout", true, || {
        Rc::new(SemaphoreSite::new(|all| all.acquire_timeout(HOUR).unwrap().forget()))
    }),
    row("event wait", true, || Rc::new(EventSite::new(Event::wait))),
    row("event wait_timeout", true, || {
        Rc::new(EventSite::new(|event| event.wait_timeout(HOUR).unwrap()))
    }),
];

/// Enters a lock that a helper has for itself, and lets go of when it is told to.
struct RwSite {
    lock: Rc<RwLock<()>>,
    block: fn(&RwLock<()>),
    release: Rc<Cond<()>>,
    keeper: Helpers,
}

impl RwSite {
    fn new(block: fn(&RwLock<()>)) -> RwSite {
        let (lock, release): (Rc<RwLock<()>>, Rc<Cond<()>>) = Default::default();
        let keeper = Helpers::default();
        keeper.spawn({
            let (lock, release) = (lock.clone(), release.clone());
            move || {
                loop {
                    // First come, first served: who waited before the release gets it before the keeper does.
                    let guard = lock.write().unwrap();
                    release.wait();
                    drop(guard);
                }
            }
        });
        watch::until_parked("helper", "a Cond");
        RwSite { lock, block, release, keeper }
    }
}

impl Site for RwSite {
    fn doing(&self) -> &'static str {
        "an RwLock"
    }

    fn block(&self) {
        (self.block)(&self.lock);
    }

    fn serve(&self, _count: usize) {
        watch::until_parked("helper", "a Cond");
        self.release.wake_one(()).unwrap();
    }

    fn finish(&self) {
        self.keeper.finish();
    }
}

/// Waits for what a helper initialises; who comes after that waits for the next stage.
struct OnceSite {
    stage: RefCell<Rc<Stage>>,
    block: fn(&Stage),
    helpers: Helpers,
}

/// One of each, all made by one helper when it is told to.
struct Stage {
    once: Once,
    cell: OnceLock<u32>,
    lazy: LazyLock<u32, Box<dyn FnOnce() -> u32>>,
    release: Rc<Cond<()>>,
}

impl Stage {
    fn start(helpers: &Helpers) -> Rc<Stage> {
        let release = Rc::new(Cond::new());
        let make = {
            let release = release.clone();
            move || {
                release.wait();
                7
            }
        };
        let stage = Rc::new(Stage {
            once: Once::new(),
            cell: OnceLock::new(),
            lazy: LazyLock::new(Box::new(make)),
            release,
        });
        helpers.spawn({
            let stage = stage.clone();
            move || {
                stage.once.call_once(|| {
                    stage.cell.get_or_init(|| *stage.lazy);
                });
            }
        });
        watch::until("the helper waits", || stage.release.waiters() == 1);
        stage
    }
}

impl OnceSite {
    fn new(block: fn(&Stage)) -> OnceSite {
        let helpers = Helpers::default();
        OnceSite { stage: RefCell::new(Stage::start(&helpers)), block, helpers }
    }
}

impl Site for OnceSite {
    fn doing(&self) -> &'static str {
        "an initialisation by another thread"
    }

    fn block(&self) {
        let stage = self.stage.borrow().clone();
        (self.block)(&stage);
    }

    fn serve(&self, _count: usize) {
        let next = Stage::start(&self.helpers);
        let stage = self.stage.replace(next);
        stage.release.wake_one(()).unwrap();
    }

    fn finish(&self) {
        self.helpers.finish();
    }
}

/// Takes a permit that nobody has added yet.
struct SemaphoreSite {
    semaphore: Semaphore,
    block: fn(&Semaphore),
}

impl SemaphoreSite {
    fn new(block: fn(&Semaphore)) -> SemaphoreSite {
        SemaphoreSite { semaphore: Semaphore::new(0), block }
    }
}

impl Site for SemaphoreSite {
    fn doing(&self) -> &'static str {
        "a semaphore"
    }

    fn block(&self) {
        (self.block)(&self.semaphore);
    }

    fn serve(&self, count: usize) {
        self.semaphore.add_permits(count);
    }
}

/// Waits for an event that is set and cleared at once.
struct EventSite {
    event: Event,
    block: fn(&Event),
}

impl EventSite {
    fn new(block: fn(&Event)) -> EventSite {
        EventSite { event: Event::new(), block }
    }
}

impl Site for EventSite {
    fn doing(&self) -> &'static str {
        "an event"
    }

    fn block(&self) {
        (self.block)(&self.event);
    }

    fn serve(&self, _count: usize) {
        self.event.set();
        self.event.clear();
    }
}
