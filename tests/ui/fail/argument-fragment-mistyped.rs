macro_rules! make {
    ($name:ident, $size:expr, $text:expr) => {
        #[coro::thread(stack_size = $size, name = $text)]
        fn $name() {}
    };
}
make!(work, 64, stringify!(work));

fn main() {
    coro::run(|| work().call());
}
