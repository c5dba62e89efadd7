//! Functions of a type that take no `self`, but what has to do with it.
#[derive(Clone)]
struct Name<'a>(&'a str);
impl<'a> Name<'a> {
    /// Makes a name.
    pub(crate) fn new(text: &'a str) -> ::coro::thread::Routine<'a, Self> {
        ::coro::__private::routine(&"new", move || -> Self { Self(text) })
    }
    fn longest<'coro>(names: Vec<Self>) -> ::coro::thread::Routine<'coro, Option<Self>>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"longest",
            move || -> Option<Self> {
                let names = names;
                { names.into_iter().max_by_key(|name| name.0.len()) }
            },
        )
    }
    fn join<'coro, '_one: 'coro, '_other: 'coro>(
        one: &'_one Self,
        other: &'_other Self,
    ) -> ::coro::thread::Routine<'coro, String> {
        ::coro::__private::routine(
            &"join",
            move || -> String { format!("{} {}", one.0, other.0) },
        )
    }
}
