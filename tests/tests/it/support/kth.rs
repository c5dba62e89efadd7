//! A kill at each suspension in turn of a piece of code, just before the wait and in the middle of it.

use std::cell::Cell;

use coro::__private::{Test, kill_at_suspension};
use coro::thread;
use coro_tests::canary::Drops;

use super::{MINUTE, watch};

/// More suspensions than any of the pieces has.
const MANY: u32 = 200;

/// Runs `body` in a thread that is killed at its first suspension, its second and so on, until it gets through.
///
/// It may make canaries; none may be left when no thread is.
#[track_caller]
pub(crate) fn kill_at_each(name: &'static str, body: impl Fn(&Drops) + Clone + 'static) {
    for when_parked in [false, true] {
        let last = (1..MANY).find(|&k| survives(name, k, when_parked, body.clone()));
        assert!(last.expect("the code comes to its end") > 1, "{name} never waits");
    }
}

fn survives(
    name: &'static str,
    k: u32,
    when_parked: bool,
    body: impl Fn(&Drops) + Clone + 'static,
) -> bool {
    let survived = Cell::new(false);
    let config = Test::new(name).start_paused(true).timeout(MINUTE * 10_000);
    config.run(|| {
        let (drops, body) = (Drops::default(), body.clone());
        let counted = drops.clone();
        let victim = thread::spawn(move || {
            kill_at_suspension(k, when_parked);
            body(&counted);
        });
        match victim.join() {
            Ok(()) => survived.set(true),
            Err(error) => assert!(error.is_killed(), "{name}, suspension {k}: {error}"),
        }
        watch::until_alone();
        drops.expect_none_alive();
    });
    survived.get()
}
