//! The rows of may: coroutines on one worker that park, with stacks of its default size and of the smallest sensible
//! one. may maps each stack by itself, with a guard, so the number of mappings that the kernel allows ends it.

use may::coroutine::{JoinHandle, park};

use super::child::{Child, local, used};
use crate::may_peer;

/// may's default, in words: 32 KiB.
pub(super) const DEFAULT_WORDS: usize = 0x1000;
/// In words: 8 KiB, which is enough to wait, though not to panic.
pub(super) const SMALL_WORDS: usize = 0x400;

pub(super) fn hold(mut child: Child, words: usize) {
    child.begin();
    may_peer::run(move || hold_coroutines(child, words));
}

fn hold_coroutines(mut child: Child, words: usize) {
    let mut coroutines = Vec::with_capacity(child.threads());
    let mut reason = None;
    while coroutines.len() < child.threads() && reason.is_none() {
        match spawn(coroutines.len(), words) {
            Ok(coroutine) => coroutines.push(coroutine),
            Err(error) => reason = Some(error),
        }
        if Child::is_batch(coroutines.len()) {
            // They run until they wait.
            may::coroutine::yield_now();
            child.held(coroutines.len());
        }
    }
    may::coroutine::yield_now();
    child.built(coroutines.len(), reason.as_ref().map(|reason| reason as _));
    coroutines.iter().for_each(|coroutine| coroutine.coroutine().unpark());
    let join =
        |coroutine: JoinHandle<u64>| coroutine.join().expect("a coroutine that was woken ends");
    child.woken(coroutines.into_iter().map(join).sum());
}

fn spawn(index: usize, words: usize) -> std::io::Result<JoinHandle<u64>> {
    may_peer::spawn_with_stack(words, move || {
        let local = local(index);
        park();
        used(&local)
    })
}
