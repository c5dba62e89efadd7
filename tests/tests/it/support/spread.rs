//! The same work in two loops and on two plain OS threads at once.

use coro::thread;

use super::watch;

/// How many threads each loop has.
const THREADS: u32 = 10;

/// Calls `op` with a number `4 * each` times in all, by two OS threads and the threads of two loops, and returns when
/// all are done.
pub(crate) fn spread(each: u32, op: impl Fn(u32) + Clone + Send + 'static) {
    let in_loop = {
        let op = op.clone();
        move || {
            coro::run(|| {
                let threads: Vec<_> = (0..THREADS)
                    .map(|worker| {
                        let op = op.clone();
                        thread::spawn(move || {
                            for round in 0..each / THREADS {
                                op(round * THREADS + worker);
                                if round % 7 == 0 {
                                    thread::yield_now();
                                }
                            }
                        })
                    })
                    .collect();
                threads.into_iter().for_each(|thread| thread.join().unwrap());
            });
        }
    };
    let on_os_thread = move || (0..each).for_each(&op);
    let all = [
        std::thread::spawn(in_loop.clone()),
        std::thread::spawn(in_loop),
        std::thread::spawn(on_os_thread.clone()),
        std::thread::spawn(on_os_thread),
    ];
    all.into_iter().for_each(|each| each.join().unwrap());
}

/// As [`spread`], but in each loop there are, beside the `THREADS` workers, victims that do the same until they are
/// killed, `kills` in all and one after the other.
pub(crate) fn spread_with_kills(each: u32, kills: u32, op: impl Fn(u32) + Clone + Send + 'static) {
    let in_loop = {
        let op = op.clone();
        move || {
            coro::run(|| {
                for number in 0..kills {
                    let op = op.clone();
                    let victim = thread::spawn(move || {
                        for round in 0.. {
                            op(round);
                            // So that it can be killed where nothing is left to wait for.
                            if round % 4 == 3 {
                                thread::yield_now();
                            }
                        }
                    });
                    // Each is killed at another moment.
                    (0..number % 5).for_each(|_| thread::yield_now());
                    victim.kill();
                    assert!(victim.join().unwrap_err().is_killed());
                }
                watch::until_alone();
            });
        }
    };
    let killers = [std::thread::spawn(in_loop.clone()), std::thread::spawn(in_loop)];
    spread(each, op);
    killers.into_iter().for_each(|killer| killer.join().unwrap());
}
