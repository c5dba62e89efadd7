fn main() {
    coro::select! {
        wait("a while") => {}
    }
}
