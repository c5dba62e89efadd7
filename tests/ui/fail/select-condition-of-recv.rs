fn main() {
    let (armed, (_sender, receiver)) = (true, coro::channel::unbounded::<u32>());
    coro::select! {
        recv(receiver) -> message, if armed => drop(message),
    }
}
