//! Functions of a type that take no `self`, but what has to do with it.

#[derive(Clone)]
struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    /// Makes a name.
    #[coro::thread]
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    #[coro::thread]
    fn longest(names: Vec<Self>) -> Option<Self> {
        names.into_iter().max_by_key(|name| name.0.len())
    }

    #[coro::thread]
    fn join(one: &Self, other: &Self) -> String {
        format!("{} {}", one.0, other.0)
    }
}
