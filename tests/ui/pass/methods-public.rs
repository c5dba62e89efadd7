//! A parameter of the block that is known through another's bound alone.

pub struct Source<I>(pub I);

impl<I, T> Source<I>
where
    I: Iterator<Item = T>,
    T: ToString,
{
    #[coro::thread]
    pub fn text(&self, value: T) -> String {
        value.to_string()
    }
}

fn main() {
    assert_eq!(Source([1].into_iter()).text(2).call(), "2");
}
