fn main() {
    let (sender, _receiver) = coro::channel::unbounded::<u32>();
    coro::select! {
        recv(sender) -> message => drop(message),
    }
}
