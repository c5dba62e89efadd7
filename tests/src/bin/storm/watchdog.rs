//! Sees to it that a seed that hangs is named, and that no panic goes unnoticed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use coro::__private::Planned;

use crate::args::{Kind, replay};

/// How long a seed may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the watchdog looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// In place of a seed when none runs.
const NONE: u64 = u64::MAX;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts every panic of this process from now on, and keeps those silent that a script asks for.
pub(crate) fn count_panics() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Planned>() {
            PANICS.fetch_add(1, Ordering::Relaxed);
            previous(info);
        }
    }));
}

/// How many panics there were.
pub(crate) fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Tells the watchdog which seed runs.
#[derive(Debug)]
pub(crate) struct Watchdog {
    seed: Arc<AtomicU64>,
}

/// Starts an OS thread that aborts the process when a seed takes too long.
pub(crate) fn start(kind: Kind) -> Watchdog {
    let seed = Arc::new(AtomicU64::new(NONE));
    let watched = seed.clone();
    std::thread::spawn(move || watch(kind, &watched));
    Watchdog { seed }
}

impl Watchdog {
    pub(crate) fn begin(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.seed.store(NONE, Ordering::Relaxed);
    }
}

fn watch(kind: Kind, running: &AtomicU64) {
    let mut seen = NONE;
    let mut looks = 0;
    loop {
        std::thread::sleep(INTERVAL);
        let seed = running.load(Ordering::Relaxed);
        looks = if seed == seen { looks + 1 } else { 0 };
        seen = seed;
        if seed != NONE && INTERVAL * looks >= PATIENCE {
            eprintln!("\n{kind} seed {seed} hangs; replay it with: {}", replay(kind, seed));
            std::process::abort();
        }
    }
}
