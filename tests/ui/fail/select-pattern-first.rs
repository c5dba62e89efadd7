fn main() {
    let (_sender, receiver) = coro::channel::unbounded::<u32>();
    coro::select! {
        message = receiver.recv() => drop(message),
    }
}
