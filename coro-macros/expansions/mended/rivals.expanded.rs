//! Of two attributes of coro, the second expands the function.
::core::compile_error!(
    "a function takes one of coro's attributes: remove this or the other",
);
::core::compile_error!(
    "remove `async`: a coro thread waits in plain calls, without `.await`",
);
#[allow(unused, unexpected_cfgs)]
fn main() {
    ::coro::Builder::new()
        .run(|| -> () {
            let _ = async move || {
                coro::thread::yield_now();
            };
            ::core::unreachable!()
        })
}
