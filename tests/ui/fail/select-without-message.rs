fn main() {
    let (sender, _receiver) = coro::channel::unbounded::<u32>();
    coro::select! {
        send(sender) -> outcome => drop(outcome),
    }
}
