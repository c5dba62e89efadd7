macro_rules! make {
    ($name:ident, $yielder:ty, $($arg:ident: $in:ty),*) => {
        #[coro::thread] fn $name(cx: $yielder, last: usize, #[resume] ($($arg),*): ($($in),*)) { $(cx.suspend($arg);)* cx.suspend(last); }
    };
}
make!(sizes, &coro::Yielder<(usize, usize), usize>, a: usize, b: usize);

#[coro::main]
fn main() { assert!(matches!(sizes(3).spawn().resume((1, 2)), Ok(coro::CoroutineState::Yielded(1)))) }
