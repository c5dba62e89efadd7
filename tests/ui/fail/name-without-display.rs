struct Id(#[allow(dead_code)] u32);

#[coro::thread(name = "worker {id}")]
fn work(id: Id) {}

#[coro::thread(name = "worker {id:?}")]
fn work_for<T>(id: T) {}

fn main() {
    coro::run(|| work(Id(1)).call());
    coro::run(|| work_for(1).call());
}
