fn main() {
    let armed = true;
    coro::select! {
        wait(std::time::Duration::ZERO), if armed => {}
    }
}
