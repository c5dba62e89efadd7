//! Every receiver: one that is borrowed lends its lifetime, one that has something to drop is taken in whole.
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
struct Counter {
    count: u32,
    name: String,
}
impl Counter {
    fn by_value<'coro>(self) -> ::coro::thread::Routine<'coro, u32>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"by_value",
            move || -> u32 {
                let _ = &self;
                self.count
            },
        )
    }
    fn by_mut_value<'coro>(mut self, more: u32) -> ::coro::thread::Routine<'coro, Self>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"by_mut_value",
            move || -> Self {
                let _ = &self;
                self.count += more;
                self
            },
        )
    }
    fn by_reference<'_self>(
        &'_self self,
    ) -> ::coro::thread::Routine<'_self, &'_self str> {
        ::coro::__private::routine(
            &"by_reference",
            move || -> &'_self str { &self.name },
        )
    }
    fn by_mut_reference<'coro, '_self: 'coro, '_name: 'coro>(
        &'_self mut self,
        name: &'_name str,
    ) -> ::coro::thread::Routine<'coro, &'_self mut u32> {
        ::coro::__private::routine(
            &"by_mut_reference",
            move || -> &'_self mut u32 {
                self.name = name.to_owned();
                &mut self.count
            },
        )
    }
    fn by_named_reference<'a>(
        &'a self,
        other: &'a Self,
    ) -> ::coro::thread::Routine<'a, &'a str> {
        ::coro::__private::routine(
            &"by_named_reference",
            move || -> &'a str {
                if self.count > other.count { &self.name } else { &other.name }
            },
        )
    }
    fn by_typed_reference<'_self>(
        self: &'_self Self,
    ) -> ::coro::thread::Routine<'_self, &'_self str> {
        ::coro::__private::routine(
            &"by_typed_reference",
            move || -> &'_self str { &self.name },
        )
    }
    fn by_box<'coro>(self: Box<Self>) -> ::coro::thread::Routine<'coro, String>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"by_box",
            move || -> String {
                let _ = &self;
                self.name
            },
        )
    }
    fn by_rc<'coro>(self: Rc<Self>, more: u32) -> ::coro::thread::Routine<'coro, u32>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"by_rc",
            move || -> u32 {
                let _ = &self;
                self.count + more
            },
        )
    }
    fn by_arc<'coro>(self: Arc<Self>) -> ::coro::thread::Routine<'coro, ()>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"by_arc",
            move || -> () {
                let _ = &self;
            },
        )
    }
    fn by_pin<'_self>(
        mut self: Pin<&'_self mut Self>,
    ) -> ::coro::thread::Routine<'_self, ()> {
        ::coro::__private::routine(
            &"by_pin",
            move || -> () {
                let _ = &self;
                self.count += 1;
            },
        )
    }
}
