//! Types and lifetimes of the block around a method outlive its routine.
struct Queue<'a, T> {
    items: Vec<&'a T>,
}
impl<'a, T: PartialEq> Queue<'a, T> {
    fn push<'coro, '_self: 'coro>(
        &'_self mut self,
        item: &'a T,
    ) -> ::coro::thread::Routine<'coro, ()>
    where
        'a: 'coro,
    {
        ::coro::__private::routine(
            &"push",
            move || -> () {
                self.items.push(item);
            },
        )
    }
    fn find<'coro, '_self: 'coro, '_item: 'coro>(
        &'_self self,
        item: &'_item T,
    ) -> ::coro::thread::Routine<'coro, Option<&'a T>> {
        ::coro::__private::routine(
            &"find",
            move || -> Option<&'a T> {
                self.items.iter().copied().find(|other| *other == item)
            },
        )
    }
    fn map<'coro, U>(
        self,
        f: impl Fn(&'a T) -> U + 'coro,
    ) -> ::coro::thread::Routine<'coro, Vec<U>>
    where
        Self: 'coro,
        U: 'coro,
    {
        ::coro::__private::routine(
            &"map",
            move || -> Vec<U> {
                let _ = &self;
                let f = f;
                { self.items.into_iter().map(f).collect() }
            },
        )
    }
}
trait Handler<T> {
    fn handle<'coro, '_self: 'coro>(
        &'_self self,
        value: T,
    ) -> ::coro::thread::Routine<'coro, bool>
    where
        T: 'coro;
    fn handle_all<'coro, '_self: 'coro, I: Iterator<Item = T> + 'coro>(
        &'_self self,
        values: I,
        limit: usize,
    ) -> ::coro::thread::Routine<'coro, usize> {
        ::coro::__private::routine(
            &"handle_all",
            move || -> usize {
                let values = values;
                { values.take(limit).filter(|_| true).count() }
            },
        )
    }
}
impl<T: PartialEq> Handler<T> for Vec<T> {
    fn handle<'coro, '_self: 'coro>(
        &'_self self,
        value: T,
    ) -> ::coro::thread::Routine<'coro, bool>
    where
        T: 'coro,
    {
        ::coro::__private::routine(
            &"handle",
            move || -> bool {
                let value = value;
                { self.contains(&value) }
            },
        )
    }
}
impl<'x> Handler<&'x str> for String {
    fn handle<'coro, '_self: 'coro>(
        &'_self self,
        value: &'x str,
    ) -> ::coro::thread::Routine<'coro, bool>
    where
        'x: 'coro,
    {
        ::coro::__private::routine(&"handle", move || -> bool { self == value })
    }
}
