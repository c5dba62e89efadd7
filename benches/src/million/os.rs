//! The row of OS threads: std's, with stacks of 64 KiB, that park.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use super::MOST_OS_THREADS;
use super::child::{Child, local, used};

/// In bytes, of address space.
const STACK_SIZE: usize = 64 * 1024;

pub(super) fn hold(mut child: Child) {
    child.begin();
    let wanted = child.threads().min(MOST_OS_THREADS);
    let mut threads = Vec::with_capacity(wanted);
    let running = Arc::new(AtomicUsize::new(0));
    let mut reason = None;
    while threads.len() < wanted && reason.is_none() {
        match spawn(threads.len(), running.clone()) {
            Ok(thread) => threads.push(thread),
            Err(error) => reason = Some(error.to_string()),
        }
        if Child::is_batch(threads.len()) {
            child.held(threads.len());
        }
    }
    if threads.len() == MOST_OS_THREADS && wanted < child.threads() {
        reason = Some("the bench asks for no more".to_owned());
    }
    while running.load(Ordering::Relaxed) < threads.len() {
        thread::yield_now();
    }
    child.built(threads.len(), reason.as_ref().map(|reason| reason as _));
    threads.iter().for_each(|thread| thread.thread().unpark());
    let join = |thread: JoinHandle<u64>| thread.join().expect("a thread that was woken ends");
    child.woken(threads.into_iter().map(join).sum());
}

fn spawn(index: usize, running: Arc<AtomicUsize>) -> std::io::Result<JoinHandle<u64>> {
    thread::Builder::new().stack_size(STACK_SIZE).spawn(move || {
        let local = local(index);
        running.fetch_add(1, Ordering::Relaxed);
        // The token is left once, when all are there.
        thread::park();
        used(&local)
    })
}
