macro_rules! make {
    ($coro:path, $function:ident($arg:ident), $name:literal, $size:expr, $seeds:literal, $paused:expr) => {
        #[coro::thread(crate = $coro, name = $name, stack_size = $size)]
        fn $function($arg: u8) -> String { coro::thread::current().name().unwrap().to_owned() }
        #[coro::test(seeds = $seeds, start_paused = $paused, timeout = $seeds)] fn check() {}
        #[coro::main(crate = $crate::facade::coro, name = $name)] fn main() { assert_eq!($function(3).spawn().join().unwrap(), "a 3") }
    };
}
mod facade { pub use coro; }
make!(crate::facade::coro, work(id), "a {id}", 16 * 1024, 3, false);
