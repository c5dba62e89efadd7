//! The micro rows of tokio's current_thread runtime, under the conditions that suit tokio best.
//!
//! Each is measured as `spawn` and as `spawn_local`, and the report keeps the faster. The runtime has no I/O driver:
//! with one, tokio asks the kernel for events whenever its queue has run dry, and a lone yielding task is twice as
//! slow. Spawns and joins happen in a task, since the future given to `block_on` itself is woken by a longer way.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};

use super::stretch::{Stretch, WARM_UP};

/// Times `iterations` yields by `tokio::task::yield_now`, shared out over `threads` tasks.
pub(super) fn yields(threads: usize, iterations: usize) -> Duration {
    let spawn = |stretch, share| tokio::spawn(yielder(stretch, share, yield_now));
    runtime().block_on(yield_all(threads, iterations, spawn))
}

/// As [`yields`], with tasks spawned by `spawn_local`.
pub(super) fn local_yields(threads: usize, iterations: usize) -> Duration {
    let spawn = |stretch, share| spawn_local(yielder(stretch, share, yield_now));
    LocalSet::new().block_on(&runtime(), yield_all(threads, iterations, spawn))
}

/// As [`yields`], with a future that wakes itself at once, where `yield_now` defers the wake-up.
pub(super) fn wakes(threads: usize, iterations: usize) -> Duration {
    let spawn = |stretch, share| tokio::spawn(yielder(stretch, share, wake_self));
    runtime().block_on(yield_all(threads, iterations, spawn))
}

/// As [`wakes`], with tasks spawned by `spawn_local`.
pub(super) fn local_wakes(threads: usize, iterations: usize) -> Duration {
    let spawn = |stretch, share| spawn_local(yielder(stretch, share, wake_self));
    LocalSet::new().block_on(&runtime(), yield_all(threads, iterations, spawn))
}

/// Times `iterations` spawns and joins with `threads` tasks alive at a time.
pub(super) fn spawn_joins(threads: usize, iterations: usize) -> Duration {
    let spawn = |index| tokio::spawn(async move { black_box(index) });
    runtime().block_on(async move {
        let main = tokio::spawn(time_spawns(threads, iterations, spawn));
        main.await.expect("a task that spawns and joins does not fail")
    })
}

/// As [`spawn_joins`], with `spawn_local`.
pub(super) fn local_spawn_joins(threads: usize, iterations: usize) -> Duration {
    let spawn = |index| spawn_local(async move { black_box(index) });
    LocalSet::new().block_on(&runtime(), async move {
        let main = spawn_local(time_spawns(threads, iterations, spawn));
        main.await.expect("a task that spawns and joins does not fail")
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime without drivers can always be built")
}

async fn yield_all(
    threads: usize,
    iterations: usize,
    spawn: impl Fn(Arc<Stretch>, usize) -> JoinHandle<()>,
) -> Duration {
    let stretch = Arc::new(Stretch::new(threads));
    let share = iterations / threads;
    let tasks: Vec<_> = (0..threads).map(|_| spawn(Arc::clone(&stretch), share)).collect();
    for task in tasks {
        task.await.expect("a yielding task does not fail");
    }
    stretch.elapsed()
}

async fn yielder<Wait: Future>(stretch: Arc<Stretch>, share: usize, wait: impl Fn() -> Wait) {
    for _ in 0..WARM_UP {
        wait().await;
    }
    stretch.begin();
    for _ in 0..share {
        wait().await;
    }
    stretch.finish();
}

async fn wake_self() {
    let mut woken = false;
    poll_fn(|cx| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn time_spawns(
    threads: usize,
    iterations: usize,
    spawn: impl Fn(usize) -> JoinHandle<usize>,
) -> Duration {
    spawn_and_join(threads, threads, &spawn).await;
    let start = Instant::now();
    spawn_and_join(threads, iterations, &spawn).await;
    start.elapsed()
}

async fn spawn_and_join(
    threads: usize,
    iterations: usize,
    spawn: &impl Fn(usize) -> JoinHandle<usize>,
) {
    if threads == 1 {
        for index in 0..iterations {
            black_box(spawn(index).await.expect("a task that returns its index does not fail"));
        }
        return;
    }
    for _ in 0..iterations / threads {
        let tasks: Vec<_> = (0..threads).map(spawn).collect();
        for task in tasks {
            black_box(task.await.expect("a task that returns its index does not fail"));
        }
    }
}
