unsafe fn first(bytes: *const u8) -> u8 { unsafe { *bytes } }

#[coro::main]
unsafe fn main() { assert_eq!(first(&1), 1); }
