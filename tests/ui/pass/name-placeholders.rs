#[coro::thread(name = "{host:?}:{port:>width$} {{{N}}} {type}{_unused}")]
fn work<const N: usize>(host: &str, mut port: u16, width: usize, r#type: u8, _unused: impl std::fmt::Display) -> String {
    port += 1;
    format!("{} {host}{port}{width}", coro::thread::current().name().unwrap())
}

#[coro::main(name = "{plain}")]
fn main() {
    assert_eq!(coro::thread::current().name(), Some("{plain}"));
    assert_eq!(work::<7>("db", 80, 4, 1, 'x').spawn().join().unwrap(), "\"db\":  80 {7} 1x db814");
}
