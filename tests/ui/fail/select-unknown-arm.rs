fn main() {
    let (_sender, receiver) = coro::channel::unbounded::<u32>();
    coro::select! {
        receive(receiver) -> message => drop(message),
    }
}
