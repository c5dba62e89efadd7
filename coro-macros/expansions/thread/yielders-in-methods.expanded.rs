//! A method's yielder stands behind its receiver; a trait's function only mentions what no caller fills.
use coro::Yielder;
trait Source<T> {
    fn items<'coro, '_self: 'coro>(
        &'_self self,
        limit: usize,
    ) -> ::coro::thread::ResumeRoutine<'coro, (), T, usize>
    where
        Yielder<(), T>:;
    fn replace<'_self>(
        &'_self mut self,
    ) -> ::coro::thread::ResumeRoutine<'_self, T, T, ()>
    where
        Yielder<T, T>:;
}
impl<T: Clone> Source<T> for Vec<T> {
    fn items<'coro, '_self: 'coro>(
        &'_self self,
        limit: usize,
    ) -> ::coro::thread::ResumeRoutine<'coro, (), T, usize> {
        ::coro::__private::resume_routine(
            &"items",
            move |cx: &Yielder<(), T>, _| -> usize {
                for item in self.iter().take(limit) {
                    cx.suspend(item.clone());
                }
                self.len()
            },
        )
    }
    fn replace<'_self>(
        &'_self mut self,
    ) -> ::coro::thread::ResumeRoutine<'_self, T, T, ()> {
        ::coro::__private::resume_routine(
            &"replace",
            move |cx: &Yielder<T, T>, first: T| -> () {
                let mut next = first;
                for item in self {
                    next = cx.suspend(std::mem::replace(item, next));
                }
            },
        )
    }
}
