//! The row of coro: threads with stacks of 64 KiB that park.

use coro::Builder;
use coro::thread::{self, JoinHandle};

use super::child::{Child, local, used};

/// In bytes, of address space.
const STACK_SIZE: usize = 64 * 1024;

pub(super) fn hold(mut child: Child) {
    child.begin();
    Builder::new().stack_size(STACK_SIZE).run(|| {
        let mut threads = Vec::with_capacity(child.threads());
        let mut reason = None;
        while threads.len() < child.threads() && reason.is_none() {
            match spawn(threads.len()) {
                Ok(thread) => threads.push(thread),
                Err(error) => reason = Some(error),
            }
            if Child::is_batch(threads.len()) {
                // They run until they wait.
                thread::yield_now();
                child.held(threads.len());
            }
        }
        thread::yield_now();
        child.built(threads.len(), reason.as_ref().map(|reason| reason as _));
        threads.iter().for_each(|thread| thread.thread().unpark());
        let join = |thread: JoinHandle<u64>| thread.join().expect("a thread that was woken ends");
        child.woken(threads.into_iter().map(join).sum());
    });
}

fn spawn(index: usize) -> std::io::Result<JoinHandle<u64>> {
    thread::Builder::new().spawn(move || {
        let local = local(index);
        thread::park();
        used(&local)
    })
}
