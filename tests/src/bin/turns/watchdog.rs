//! Sees to it that a seed that hangs is named.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::args::replay;

/// How many looks a seed may take. Under valgrind it takes long.
const PATIENCE: u32 = 60;
/// How often the watchdog looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// In place of a seed when none runs.
const NONE: u64 = u64::MAX;

/// Tells the watchdog which seed runs.
#[derive(Debug)]
pub(crate) struct Watchdog {
    seed: Arc<AtomicU64>,
}

/// Starts an OS thread that aborts the process when a seed takes too long.
pub(crate) fn start() -> Watchdog {
    let seed = Arc::new(AtomicU64::new(NONE));
    let watched = seed.clone();
    std::thread::spawn(move || watch(&watched));
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

fn watch(running: &AtomicU64) {
    let mut seen = NONE;
    let mut looks = 0;
    loop {
        std::thread::sleep(INTERVAL);
        let seed = running.load(Ordering::Relaxed);
        looks = if seed == seen { looks + 1 } else { 0 };
        seen = seed;
        if seed != NONE && looks >= PATIENCE {
            eprintln!("\nseed {seed} hangs; replay it with: {}", replay(seed));
            std::process::abort();
        }
    }
}
