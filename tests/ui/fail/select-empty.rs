fn main() {
    coro::select! {}
}
