#[coro::thread]
unsafe fn first(bytes: *const u8) -> u8 { unsafe { *bytes } }

fn main() { coro::run(|| assert_eq!(first(&1).call(), 1)); }
