//! The rows of the systems whose calls block: one text, compiled for each of them.
//!
//! A module that uses [`blocking_rows!`] has a module `sys` with the system's names: `run`, `spawn`, `yield_now`, `Mutex`,
//! `Condvar` and `channel`.

/// Times what threads cost that wait for each other.
macro_rules! blocking_rows {
    () => {
        use std::hint::black_box;
        use std::sync::Arc;
        use std::time::{Duration, Instant};

        /// Times round trips of a number between two threads, over one unbounded channel each way.
        pub(in crate::micro) fn channel_round_trips(
            _threads: usize,
            iterations: usize,
        ) -> Duration {
            sys::run(move || {
                let (there, requests) = sys::channel::<usize>();
                let (back, answers) = sys::channel::<usize>();
                let echo = sys::spawn(move || {
                    while let Ok(number) = requests.recv() {
                        back.send(number).expect("the other end waits for it");
                    }
                });
                let start = Instant::now();
                for number in 0..iterations {
                    there.send(number).expect("the echo is there");
                    black_box(answers.recv().expect("the echo answers"));
                }
                let elapsed = start.elapsed();
                drop(there);
                echo.join().expect("the echo ends with its requests");
                elapsed
            })
        }

        /// Times `iterations` messages that so many threads send and one receives, over an unbounded channel.
        pub(in crate::micro) fn throughput(senders: usize, iterations: usize) -> Duration {
            sys::run(move || {
                let (sender, receiver) = sys::channel::<usize>();
                let start = Instant::now();
                let senders: Vec<_> = (0..senders)
                    .map(|_| {
                        let sender = sender.clone();
                        let share = iterations / senders;
                        sys::spawn(move || {
                            for number in 0..share {
                                sender.send(number).expect("the receiver is there");
                            }
                        })
                    })
                    .collect();
                drop(sender);
                let mut sum = 0;
                while let Ok(number) = receiver.recv() {
                    sum += black_box(number);
                }
                black_box(sum);
                let elapsed = start.elapsed();
                for sender in senders {
                    sender.join().expect("a sender does not fail");
                }
                elapsed
            })
        }

        /// Times locking and unlocking a mutex that nobody else wants.
        pub(in crate::micro) fn locks(_threads: usize, iterations: usize) -> Duration {
            sys::run(move || {
                let mutex = sys::Mutex::new(0_usize);
                let start = Instant::now();
                for _ in 0..iterations {
                    *black_box(&mutex).lock().expect("nobody panics with it") += 1;
                }
                start.elapsed()
            })
        }

        /// Times locking a mutex that all the threads want: each gives way once while it has it.
        pub(in crate::micro) fn contended_locks(threads: usize, iterations: usize) -> Duration {
            sys::run(move || {
                let mutex = Arc::new(sys::Mutex::new(0_usize));
                let share = iterations / threads;
                let start = Instant::now();
                let threads: Vec<_> = (0..threads)
                    .map(|_| {
                        let mutex = mutex.clone();
                        sys::spawn(move || {
                            for _ in 0..share {
                                let mut count = mutex.lock().expect("nobody panics with it");
                                sys::yield_now();
                                *count += 1;
                            }
                        })
                    })
                    .collect();
                for thread in threads {
                    thread.join().expect("counting does not fail");
                }
                start.elapsed()
            })
        }

        /// Times handing a turn to and fro between two threads by a condition variable each.
        pub(in crate::micro) fn condvar_round_trips(
            _threads: usize,
            iterations: usize,
        ) -> Duration {
            sys::run(move || {
                let turns = Arc::new((
                    sys::Mutex::new(0_usize),
                    [sys::Condvar::new(), sys::Condvar::new()],
                ));
                let other = sys::spawn({
                    let turns = turns.clone();
                    move || take_turns(&turns, 1, iterations)
                });
                let start = Instant::now();
                take_turns(&turns, 0, iterations);
                other.join().expect("taking turns does not fail");
                start.elapsed()
            })
        }

        /// Takes every turn whose number is `mine`, modulo two.
        fn take_turns(
            (turn, changed): &(sys::Mutex<usize>, [sys::Condvar; 2]),
            mine: usize,
            rounds: usize,
        ) {
            let mut turn = turn.lock().expect("nobody panics with it");
            for _ in 0..rounds {
                while *turn % 2 != mine {
                    turn = changed[mine].wait(turn).expect("nobody panics with it");
                }
                *turn += 1;
                changed[1 - mine].notify_one();
            }
        }
    };
}

pub(super) use blocking_rows;
