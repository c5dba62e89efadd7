fn main() {
    let (_sender, receiver) = coro::channel::unbounded::<u32>();
    coro::select! {
        recv(receiver) -> message => drop(message)
        default => {}
    }
}
