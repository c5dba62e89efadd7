use std::fmt::Debug;

struct Pair<A, B>(A, B);

impl<A, B> Pair<A, B>
where
    A: Clone,
{
    #[coro::thread]
    fn show<'a, C>(&'a self, other: C) -> String
    where
        A: Debug,
        for<'x> &'x B: Into<u32>,
        C: Debug + 'a,
    {
        format!("{:?} {} {other:?}", self.0, (&self.1).into())
    }

    #[coro::thread]
    fn first(self) -> A
    where
        Self: Sized,
        B: Default,
    {
        self.0.clone()
    }
}

struct Two;

impl From<&Two> for u32 {
    fn from(_: &Two) -> Self { 2 }
}

#[coro::main]
fn main() {
    assert_eq!(Pair("a", Two).show(3).call(), "\"a\" 2 3");
    assert_eq!(Pair("a", 0).first().spawn().join().unwrap(), "a");
}
