//! Threads that wait for each other: channels, locks, conditions and choices.
//!
//! `coro`, `tokio` and `may` do all of it on one OS thread. `std` and `crossbeam` have OS threads, on as many cores as there
//! are; where two of them wait for each other, their rows tell what the kernel's switches cost.

mod blocking;
mod choosing;
mod coro;
mod may;
mod os;
mod tokio;

use super::{Case, Timing, group};

/// How many operations a round has, and how many one that the kernel takes part in.
const FAST: usize = 1_000_000;
const SLOW: usize = 100_000;

/// What is timed.
pub(super) fn cases() -> Vec<Case> {
    [channels(), locks(), conditions(), choices()].concat()
}

fn channels() -> Vec<Case> {
    let round_trips: [(&'static str, Timing); 3] = [
        ("coro", coro::channel_round_trips),
        ("tokio", tokio::channel_round_trips),
        ("may", may::channel_round_trips),
    ];
    let mut cases = group("channel_round_trip", 2, FAST, &round_trips);
    cases.extend(group("channel_round_trip", 2, SLOW, &[("std", os::channel_round_trips)]));
    let throughput: [(&'static str, Timing); 4] = [
        ("coro", coro::throughput),
        ("tokio", tokio::throughput),
        ("may", may::throughput),
        ("std", os::throughput),
    ];
    cases.extend([1, 8].map(|senders| group("mpsc", senders, FAST, &throughput)).concat());
    cases
}

fn locks() -> Vec<Case> {
    let free: [(&'static str, Timing); 4] =
        [("coro", coro::locks), ("tokio", tokio::locks), ("may", may::locks), ("std", os::locks)];
    let mut cases = group("lock", 1, 10 * FAST, &free);
    let contended: [(&'static str, Timing); 3] = [
        ("coro", coro::contended_locks),
        ("tokio", tokio::contended_locks),
        ("may", may::contended_locks),
    ];
    cases.extend(
        [2, 1000].map(|threads| group("lock_contended", threads, FAST, &contended)).concat(),
    );
    cases.extend(group("lock_contended", 2, SLOW, &[("std", os::contended_locks)]));
    cases
}

fn conditions() -> Vec<Case> {
    let round_trips: [(&'static str, Timing); 3] = [
        ("coro", coro::condvar_round_trips),
        ("tokio", tokio::condvar_round_trips),
        ("may", may::condvar_round_trips),
    ];
    let mut cases = group("condvar_round_trip", 2, FAST, &round_trips);
    cases.extend(group("condvar_round_trip", 2, SLOW, &[("std", os::condvar_round_trips)]));
    cases
}

fn choices() -> Vec<Case> {
    let ready: [(&'static str, Timing); 3] = [
        ("coro", coro::ready_choices),
        ("tokio", tokio::ready_choices),
        ("crossbeam", os::ready_choices),
    ];
    let waiting: [(&'static str, Timing); 2] =
        [("coro", coro::waiting_choices), ("tokio", tokio::waiting_choices)];
    let mut cases = group("select_ready", 2, FAST, &ready);
    cases.extend(group("select_wait", 2, FAST, &waiting));
    cases.extend(group("select_wait", 2, SLOW, &[("crossbeam", os::waiting_choices)]));
    cases
}
