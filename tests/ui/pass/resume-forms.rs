#[coro::thread]
fn sum<T: std::ops::Add<Output = T> + Copy, const N: usize>(
    cx: &coro::Yielder<(T, [u8; N]), T>, mut a: T, #[cfg(not(any()))] #[resume] (b, c): (T, [u8; N]), _: impl Into<u8>,
) -> impl Sized + PartialEq<u8> where T: 'static { a = cx.suspend(a + b).0 + a; let _ = a; c[0] }

#[coro::main]
fn main() {
    let mut sum = sum(1, 2).spawn();
    assert!(matches!(sum.resume((3, [4, 5])), Ok(coro::CoroutineState::Yielded(4))));
}
