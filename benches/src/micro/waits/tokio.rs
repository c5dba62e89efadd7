//! tokio's rows, on a current_thread runtime without drivers: nothing here needs them.
//!
//! tokio has no condition variable; two `Notify` take its place. All of it happens in a task, since the future given to
//! `block_on` itself is woken by a longer way.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Notify};
use tokio::task::yield_now;

fn run(body: impl Future<Output = Duration> + Send + 'static) -> Duration {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers can always be built");
    runtime.block_on(async { tokio::spawn(body).await.expect("the rows do not fail") })
}

/// Times round trips of a number between two tasks, over one unbounded channel each way.
pub(in crate::micro) fn channel_round_trips(_threads: usize, iterations: usize) -> Duration {
    run(async move {
        let mut partner = Partner::spawn();
        let start = Instant::now();
        for number in 0..iterations {
            partner.requests.send(number).expect("the partner is there");
            black_box(partner.answers.recv().await.expect("the partner answers"));
        }
        start.elapsed()
    })
}

/// Times `iterations` messages that so many tasks send and one receives, over an unbounded channel.
pub(in crate::micro) fn throughput(senders: usize, iterations: usize) -> Duration {
    run(async move {
        let (sender, mut receiver) = unbounded_channel();
        let start = Instant::now();
        for _ in 0..senders {
            let sender = sender.clone();
            let share = iterations / senders;
            tokio::spawn(async move {
                for number in 0..share {
                    sender.send(number).expect("the receiver is there");
                }
            });
        }
        drop(sender);
        let mut sum = 0;
        while let Some(number) = receiver.recv().await {
            sum += black_box(number);
        }
        black_box(sum);
        start.elapsed()
    })
}

/// Times locking and unlocking a mutex that nobody else wants.
pub(in crate::micro) fn locks(_threads: usize, iterations: usize) -> Duration {
    run(async move {
        let mutex = Mutex::new(0_usize);
        let start = Instant::now();
        for _ in 0..iterations {
            *black_box(&mutex).lock().await += 1;
        }
        start.elapsed()
    })
}

/// Times locking a mutex that all the tasks want: each gives way once while it has it.
pub(in crate::micro) fn contended_locks(threads: usize, iterations: usize) -> Duration {
    run(async move {
        let mutex = Arc::new(Mutex::new(0_usize));
        let share = iterations / threads;
        let start = Instant::now();
        let tasks: Vec<_> =
            (0..threads).map(|_| tokio::spawn(count(mutex.clone(), share))).collect();
        for task in tasks {
            task.await.expect("counting does not fail");
        }
        start.elapsed()
    })
}

async fn count(mutex: Arc<Mutex<usize>>, share: usize) {
    for _ in 0..share {
        let mut count = mutex.lock().await;
        yield_now().await;
        *count += 1;
    }
}

/// Times handing a turn to and fro between two tasks by a `Notify` each.
pub(in crate::micro) fn condvar_round_trips(_threads: usize, iterations: usize) -> Duration {
    run(async move {
        let turns = Arc::new((Mutex::new(0_usize), [Notify::new(), Notify::new()]));
        let other = turns.clone();
        let other = tokio::spawn(async move { take_turns(&other, 1, iterations).await });
        let start = Instant::now();
        take_turns(&turns, 0, iterations).await;
        other.await.expect("taking turns does not fail");
        start.elapsed()
    })
}

/// Takes every turn whose number is `mine`, modulo two.
async fn take_turns((turn, changed): &(Mutex<usize>, [Notify; 2]), mine: usize, rounds: usize) {
    let mut turn_now = turn.lock().await;
    for _ in 0..rounds {
        while *turn_now % 2 != mine {
            drop(turn_now);
            changed[mine].notified().await;
            turn_now = turn.lock().await;
        }
        *turn_now += 1;
        changed[1 - mine].notify_one();
    }
}

/// Times choices between two channels that both have messages.
pub(in crate::micro) fn ready_choices(_threads: usize, iterations: usize) -> Duration {
    run(async move {
        let (first_sender, mut first) = unbounded_channel();
        let (second_sender, mut second) = unbounded_channel();
        for number in 0..iterations {
            first_sender.send(number).expect("it is open");
            second_sender.send(number).expect("it is open");
        }
        let start = Instant::now();
        for _ in 0..iterations {
            black_box(tokio::select! {
                number = first.recv() => number.expect("there are enough"),
                number = second.recv() => number.expect("there are enough"),
            });
        }
        start.elapsed()
    })
}

/// Times choices that wait: two tasks answer in turn, and nobody knows who is next.
pub(in crate::micro) fn waiting_choices(_threads: usize, iterations: usize) -> Duration {
    run(async move {
        let (mut first, mut second) = (Partner::spawn(), Partner::spawn());
        let start = Instant::now();
        first.requests.send(0).expect("the partner is there");
        for number in 0..iterations {
            black_box(tokio::select! {
                answer = first.answers.recv() => answer.expect("the partner is there"),
                answer = second.answers.recv() => answer.expect("the partner is there"),
            });
            let next = if number % 2 == 0 { &second } else { &first };
            next.requests.send(number).expect("the partner is there");
        }
        start.elapsed()
    })
}

/// A task that sends back what it gets.
struct Partner {
    requests: UnboundedSender<usize>,
    answers: UnboundedReceiver<usize>,
}

impl Partner {
    fn spawn() -> Partner {
        let ((requests, mut inbox), (outbox, answers)) = (unbounded_channel(), unbounded_channel());
        tokio::spawn(async move {
            while let Some(number) = inbox.recv().await {
                if outbox.send(number).is_err() {
                    // At the end nobody takes the last answer.
                    return;
                }
            }
        });
        Partner { requests, answers }
    }
}
