//! The row of tokio: tasks of a current_thread runtime, each waiting for a channel of its own.

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};

use super::child::{Child, local, used};

pub(super) fn hold(mut child: Child) {
    child.begin();
    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime without drivers can always be built");
    runtime.block_on(async move {
        // A task spawns and joins faster than the future given to `block_on` itself.
        tokio::spawn(hold_tasks(child)).await.expect("the task that holds the others ends");
    });
}

async fn hold_tasks(mut child: Child) {
    let mut tasks = Vec::with_capacity(child.threads());
    while tasks.len() < child.threads() {
        tasks.push(spawn(tasks.len()));
        if Child::is_batch(tasks.len()) {
            // They run until they wait.
            yield_now().await;
            child.held(tasks.len());
        }
    }
    yield_now().await;
    child.built(tasks.len(), None);
    let (wakers, tasks): (Vec<_>, Vec<_>) = tasks.into_iter().unzip();
    for waker in wakers {
        waker.send(()).expect("the task waits");
    }
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("a task that was woken ends");
    }
    child.woken(sum);
}

fn spawn(index: usize) -> (oneshot::Sender<()>, JoinHandle<u64>) {
    let (waker, woken) = oneshot::channel();
    let task = tokio::spawn(async move {
        let local = local(index);
        woken.await.expect("the waker sends");
        used(&local)
    });
    (waker, task)
}
