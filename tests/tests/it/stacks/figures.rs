//! What stacks take, what is left of them, and the options: sizes, guards, clearing.

use std::io;

use coro::coroutine::{Coroutine, Yielder};
use coro::stack::{on_big_stack, remaining, usage};
use coro::{EventLoop, thread};
use coro_tests::process;
use rustix::mm::{MlockAllFlags, mlockall};

use super::{KIB, MIB, dig, everywhere, in_coroutine};
use crate::support::child;

#[test]
fn nothing_is_there_before_anything_was_made() {
    let usage = usage();
    assert_eq!((usage.in_use(), usage.pooled(), usage.reserved(), usage.committed()), (0, 0, 0, 0));
    assert!(usage.classes().is_empty());
}

#[coro::test]
fn stacks_are_counted_by_kind() {
    let spawn = |size| thread::Builder::new().stack_size(size).spawn(thread::park).unwrap();
    let threads = [spawn(16 * KIB), spawn(100 * KIB), spawn(128 * KIB), spawn(16 * KIB + 1)];
    thread::yield_now();
    let c = Coroutine::with_stack_size(128 * KIB, |cx: &Yielder<(), ()>, ()| cx.suspend(()));
    c.resume(()).unwrap();
    let table = usage();
    let kinds: Vec<_> =
        table.classes().iter().map(|class| (class.size() / KIB, class.in_use())).collect();
    assert_eq!(kinds, [(16, 1), (32, 1), (128, 3)], "{table}");
    assert_eq!(table.in_use(), 5);
    for class in table.classes() {
        assert!(class.committed() >= class.in_use() * 4 * KIB, "{table}");
        assert!(class.reserved() >= class.in_use() * (class.size() + class.guard()), "{table}");
    }
    threads.iter().for_each(|thread| thread.thread().unpark());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(c);
    let after = usage();
    assert_eq!((after.in_use(), after.pooled()), (0, 5), "{after}");
}

#[test]
fn forgotten_handles_keep_no_stack_of_a_thread() {
    let event_loop = EventLoop::new().unwrap();
    for _ in 0..10 {
        std::mem::forget(thread::spawn(thread::yield_now));
    }
    event_loop.run(None).unwrap();
    assert_eq!(usage().in_use(), 0);
}

#[test]
fn less_remains_the_deeper_code_goes() {
    fn sink(levels: usize, before: usize) {
        let frame = std::hint::black_box([0_u8; KIB]);
        let left = remaining().unwrap();
        assert!(before - left >= KIB && before - left < 16 * KIB, "{before}, then {left}");
        if levels > 0 {
            sink(levels - 1, left);
        }
        std::hint::black_box(&frame);
    }
    everywhere(|| {
        sink(8, remaining().unwrap());
        on_big_stack(MIB, || sink(20, remaining().unwrap()));
        in_coroutine(|| sink(8, remaining().unwrap()));
        std::thread::spawn(|| sink(8, remaining().unwrap())).join().unwrap();
    });
}

#[test]
fn what_remains_is_what_was_asked_for_at_first() {
    let ask = || remaining().unwrap();
    coro::run(|| {
        for size in [16 * KIB, 64 * KIB, 256 * KIB, MIB] {
            let spawned = thread::Builder::new().stack_size(size).spawn(ask).unwrap();
            let left = spawned.join().unwrap();
            assert!(left <= size + 4 * KIB && left > size - 8 * KIB, "{left} of {size}");
            let left = on_big_stack(size, ask);
            assert!(left <= size + 4 * KIB && left > size - 8 * KIB, "{left} of {size}");
        }
    });
    let size = 3 * MIB;
    let left = std::thread::Builder::new().stack_size(size).spawn(ask).unwrap().join().unwrap();
    assert!(left <= size + 64 * KIB && left > size - 64 * KIB, "{left} of {size}");
}

#[test]
fn all_that_remains_can_be_used() {
    coro::run(|| {
        let handle = thread::spawn(|| {
            let left = remaining().unwrap();
            // What `dig` needs for itself stays free.
            dig(left - 24 * KIB);
            left
        });
        assert!(handle.join().unwrap() > 200 * KIB);
    });
}

/// The guards of stacks in use, in bytes.
fn guards() -> Vec<usize> {
    let usage = usage();
    let used = usage.classes().iter().filter(|class| class.in_use() > 0);
    used.map(coro::stack::ClassUsage::guard).collect()
}

#[coro::test]
fn guards_are_whole_pages_and_one_at_least() {
    for (wanted, expected) in
        [(0, 4 * KIB), (1, 4 * KIB), (4 * KIB, 4 * KIB), (4 * KIB + 1, 8 * KIB), (MIB, MIB)]
    {
        let builder = thread::Builder::new().guard_size(wanted);
        assert_eq!(builder.spawn(guards).unwrap().join().unwrap(), [expected], "{wanted}");
        let routine = thread::Routine::from_fn(guards).guard_size(wanted);
        assert_eq!(routine.spawn().join().unwrap(), [expected], "{wanted}");
    }
}

#[test]
fn the_guard_of_the_loop_is_for_all_that_do_not_ask() {
    coro::Builder::new().guard_size(64 * KIB).run(|| {
        assert_eq!(thread::spawn(guards).join().unwrap(), [64 * KIB]);
        assert_eq!(in_coroutine(guards), [64 * KIB]);
        let builder = thread::Builder::new().guard_size(8 * KIB);
        assert_eq!(builder.spawn(guards).unwrap().join().unwrap(), [8 * KIB]);
        assert_eq!(on_big_stack(MIB, guards), [MIB]);
    });
    assert_eq!(in_coroutine(guards), [4 * KIB]);
}

#[coro::test]
fn guards_and_sizes_out_of_range_are_refused_with_the_number() {
    let cases = [
        (usize::MAX, 0, io::ErrorKind::InvalidInput),
        (usize::MAX / 2 + 2, 0, io::ErrorKind::InvalidInput),
        (16 * KIB - 1, 0, io::ErrorKind::InvalidInput),
        (0, 0, io::ErrorKind::InvalidInput),
        (64 * KIB, usize::MAX, io::ErrorKind::InvalidInput),
        (64 * KIB, usize::MAX - 4096, io::ErrorKind::InvalidInput),
    ];
    for (size, guard, kind) in cases {
        let builder = thread::Builder::new().stack_size(size).guard_size(guard);
        let error = builder.spawn(|| ()).unwrap_err();
        let number = if guard == 0 { size } else { guard };
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(&number.to_string()), "{error} does not name {number}");
    }
    let builder = thread::Builder::new().stack_size(1 << 50);
    assert_eq!(builder.spawn(|| ()).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
    let builder = thread::Builder::new().guard_size(1 << 50);
    assert_ne!(builder.spawn(|| ()).unwrap_err().to_string(), "");
    assert_eq!(usage().in_use(), 0);
    thread::spawn(|| dig(100 * KIB)).join().unwrap();
}

#[test]
fn a_guard_of_a_loop_out_of_range_is_refused_by_its_spawns() {
    coro::Builder::new().guard_size(usize::MAX).run(|| {
        let error = thread::Builder::new().spawn(|| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        let c = Coroutine::<(), (), ()>::new(|_: &Yielder<(), ()>, ()| ());
        assert!(c.resume(()).unwrap_err().to_string().contains(&usize::MAX.to_string()));
        thread::Builder::new().guard_size(0).spawn(|| ()).unwrap().join().unwrap();
    });
}

#[test]
fn cleared_stacks_keep_no_memory() {
    coro::Builder::new().clear_stacks(true).run(|| {
        thread::spawn(|| dig(200 * KIB)).join().unwrap();
        in_coroutine(|| dig(200 * KIB));
        on_big_stack(MIB, || dig(500 * KIB));
        let usage = usage();
        assert_eq!((usage.pooled(), usage.in_use()), (3, 0), "{usage}");
        assert_eq!(usage.committed(), 0, "{usage}");
    });
    in_coroutine(|| dig(200 * KIB));
    assert!(usage().committed() >= 200 * KIB);
}

#[test]
fn where_memory_is_locked_a_spawn_takes_that_of_the_stacks_and_no_more() {
    let ended = child::run(|| {
        coro::run(|| {
            // What else the first spawn touches is there then.
            thread::spawn(|| ()).join().unwrap();
            coro::stack::trim();
            let before = process::peak_resident_kib();
            let locks = mlockall(MlockAllFlags::FUTURE).is_ok();
            // A process without the right to lock more may lock so little that there is no stack for it.
            let spawned = thread::Builder::new().spawn(|| ());
            let (true, Ok(handle)) = (locks, spawned) else { return };
            handle.join().unwrap();
            let grown = (process::peak_resident_kib() - before) as usize * KIB;
            let stacks = usage().reserved();
            // The peak is counted in batches.
            assert!(grown + MIB >= stacks, "{grown} bytes: the memory of {stacks} is locked");
            // The least room that stacks leave is 16 MiB.
            assert!(grown < stacks + 12 * MIB, "{grown} bytes for stacks of {stacks}");
        });
    });
    assert!(ended.success, "{}", ended.stderr);
}
