#[coro::thread(nam = "worker", stack_size = true)]
const extern "C" fn work(#[resume] first: u8) -> ! {
    loop {}
}

fn main() {
    coro::run(|| work().call());
}
