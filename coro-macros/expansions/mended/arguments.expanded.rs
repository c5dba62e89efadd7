//! Wrong arguments do not touch the function; the right ones among them count.
::core::compile_error!(
    "unknown argument `stack` (did you mean `stack_size`?): `#[coro::thread]` takes `name`, `stack_size` and `crate`",
);
::core::compile_error!(
    "`name` is given twice: `#[coro::thread]` takes `name`, `stack_size` and `crate`, each once",
);
fn work() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"worker", move || -> () {})
}
::core::compile_error!(
    "unknown argument `x`: `#[coro::main]` takes `stack_size`, `name` and `crate`",
);
fn main() {
    ::coro::Builder::new()
        .run(|| -> () {
            work().call();
        })
}
::core::compile_error!("`seed` and `seeds` exclude each other; give one");
::core::compile_error!(
    "`timeout` takes seconds as a literal above zero, without unit, as in `timeout = 2.5`",
);
#[::core::prelude::v1::test]
fn it_works() {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "it_works"),
        )
        .seed(1)
        .seeds(2)
        .run(|| -> () {})
}
