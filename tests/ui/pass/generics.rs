#[coro::thread]
fn sum<'a, T, const N: usize>(items: &'a [T; N], first: T) -> T
where
    T: std::ops::Add<&'a T, Output = T>,
{
    items.iter().fold(first, |sum, item| sum + item)
}

#[coro::main]
fn main() { assert_eq!(sum(&[1, 2], 3).spawn().join().unwrap(), 6) }
