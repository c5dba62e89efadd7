mod inner {
    pub use coro as renamed;
}
fn main() {
    let (sender, receiver) = inner::renamed::channel::unbounded();
    inner::renamed::select! { send(sender, 1) -> sent => sent.unwrap() }
    inner::renamed::channel::select_biased! { recv(receiver) -> got => assert_eq!(got, Ok(1)) };
}
