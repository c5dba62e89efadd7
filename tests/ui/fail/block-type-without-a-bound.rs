struct Worker<T>(T);

impl<T> Worker<T> {
    #[coro::thread]
    fn of(job: T) -> Self { Self(job) }
}

fn main() { coro::run(|| Worker::of(1).call().0); }
