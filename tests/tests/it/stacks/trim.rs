//! What is given back by request, while threads and coroutines stand in every state.

use std::rc::Rc;

use coro::coroutine::{Coroutine, CoroutineState::Complete, CoroutineState::Yielded, Yielder};
use coro::stack::{on_big_stack, trim, usage};
use coro::thread;

use super::{KIB, MIB, dig, everywhere, in_coroutine};

/// A frame full of words that nobody may lose: it calls `f` and then looks at them.
fn guarding<R>(seed: usize, f: impl FnOnce() -> R) -> R {
    let words: [usize; 500] = std::hint::black_box(std::array::from_fn(|n| n ^ seed));
    let result = f();
    let words = std::hint::black_box(words);
    assert!(words.iter().enumerate().all(|(n, &word)| word == n ^ seed), "a frame was lost");
    result
}

#[coro::test]
fn memory_below_parked_threads_is_given_back() {
    const COUNT: usize = 100;
    let threads: Vec<_> = (0..COUNT)
        .map(|n| {
            thread::spawn(move || {
                dig(150 * KIB);
                guarding(n, thread::park);
                dig(150 * KIB);
                n
            })
        })
        .collect();
    thread::yield_now();
    assert!(usage().committed() >= COUNT * 150 * KIB);
    trim();
    let committed = usage().committed();
    assert!(committed <= COUNT * 40 * KIB, "{}", usage());
    trim();
    assert_eq!(usage().committed(), committed);
    threads.iter().for_each(|thread| thread.thread().unpark());
    for (n, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), n);
    }
}

#[coro::test]
fn whatever_is_free_is_given_back() {
    let threads: Vec<_> = (0..100).map(|_| thread::spawn(|| dig(100 * KIB))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    on_big_stack(16 * MIB, || dig(8 * MIB));
    in_coroutine(|| dig(100 * KIB));
    trim();
    let usage = usage();
    assert_eq!((usage.in_use(), usage.pooled()), (0, 0), "{usage}");
    assert_eq!((usage.reserved(), usage.committed()), (0, 0), "{usage}");
    thread::spawn(|| dig(100 * KIB)).join().unwrap();
}

#[coro::test]
fn threads_that_have_not_started_start() {
    let word = std::hint::black_box([7_u8; 900]);
    let threads: Vec<_> =
        (0..100).map(|_| thread::spawn(move || word.iter().map(|&n| u32::from(n)).sum())).collect();
    trim();
    for thread in threads {
        let sum: u32 = thread.join().unwrap();
        assert_eq!(sum, 6300);
    }
}

/// Makes a coroutine that goes deep, and then calls the next one down the line, from big stacks and plain ones in turn; at
/// the end of the line it runs `last`.
fn line(length: usize, last: Rc<dyn Fn()>) -> Coroutine<(), (), usize> {
    Coroutine::new(move |cx: &Yielder<(), ()>, ()| {
        dig(100 * KIB);
        guarding(length, || {
            let go_on = || {
                guarding(length + 1000, || {
                    last();
                    cx.suspend(());
                    if length > 0 { run(&line(length - 1, last.clone())) } else { 0 }
                })
            };
            1 + if length.is_multiple_of(2) { on_big_stack(MIB, go_on) } else { go_on() }
        })
    })
}

/// Resumes a coroutine until it is done.
fn run(c: &Coroutine<(), (), usize>) -> usize {
    loop {
        match c.resume(()).unwrap() {
            Yielded(()) => dig(20 * KIB),
            Complete(length) => return length,
        }
    }
}

#[test]
fn a_trim_from_anywhere_in_a_chain_loses_no_frame() {
    everywhere(|| {
        let all = guarding(1, || run(&line(6, Rc::new(trim))));
        assert_eq!(all, 7);
    });
}

#[coro::test]
fn threads_parked_in_chains_keep_all_their_frames() {
    let threads: Vec<_> = (0..20)
        .map(|n| {
            thread::spawn(move || {
                dig(100 * KIB);
                guarding(n, || run(&line(n % 7, Rc::new(thread::yield_now))))
            })
        })
        .collect();
    while threads.iter().any(|thread| !thread.is_finished()) {
        trim();
        thread::yield_now();
    }
    for (n, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), n % 7 + 1);
    }
}

#[coro::test]
fn coroutines_at_rest_keep_their_frames_and_no_more() {
    const COUNT: usize = 50;
    let all: Vec<_> = (0..COUNT)
        .map(|n| {
            let c = Coroutine::new(move |cx: &Yielder<(), ()>, ()| {
                dig(150 * KIB);
                guarding(n, || cx.suspend(()));
                n
            });
            assert_eq!(c.resume(()).unwrap(), Yielded(()));
            c
        })
        .collect();
    assert!(usage().committed() >= COUNT * 150 * KIB);
    trim();
    assert!(usage().committed() <= COUNT * 40 * KIB, "{}", usage());
    for (n, c) in all.iter().enumerate() {
        assert_eq!(c.resume(()).unwrap(), Complete(n));
    }
}

#[coro::test]
fn big_stacks_of_parked_threads_are_given_back_below_them() {
    let parked = thread::spawn(|| {
        guarding(3, || {
            on_big_stack(16 * MIB, || {
                dig(8 * MIB);
                guarding(4, thread::park);
                dig(8 * MIB);
            });
        });
    });
    thread::yield_now();
    assert!(usage().committed() >= 8 * MIB);
    trim();
    assert!(usage().committed() <= MIB, "{}", usage());
    parked.thread().unpark();
    parked.join().unwrap();
}
