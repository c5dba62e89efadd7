//! Names with placeholders, formatted before the arguments move; one that only the name mentions is used in the body.
use coro::Yielder;
use std::net::SocketAddr;
fn work(id: usize) -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(
        ::coro::__private::format!("worker {id}"),
        move || -> () {
            coro::thread::yield_now();
        },
    )
}
fn serve<const N: usize>(
    peer: SocketAddr,
    retries: u32,
) -> ::coro::thread::Routine<'static, u32> {
    ::coro::__private::routine(
        ::coro::__private::format!("{peer}/{retries:02} {N}"),
        move || -> u32 {
            let peer = peer;
            let mut retries = retries;
            let _ = &peer;
            {
                retries += 1;
                retries
            }
        },
    )
}
fn log(_label: String, _level: u8) -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(
        ::coro::__private::format!(
            "{_label} {_level} {{braces}}",
            _label = _label,
            _level = _level,
        ),
        move || -> () {
            let _label = { _label };
        },
    )
}
fn numbers(from: u32) -> ::coro::thread::ResumeRoutine<'static, (), u32, ()> {
    ::coro::__private::resume_routine(
        ::coro::__private::format!("numbers from {from}"),
        move |cx: &Yielder<(), u32>, _| -> () {
            (from..).for_each(|number| cx.suspend(number));
        },
    )
}
fn plain() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"just {braces}", move || -> () {})
}
#[derive(Debug)]
struct Counter(u32);
impl Counter {
    fn count<'_self>(&'_self mut self) -> ::coro::thread::Routine<'_self, ()> {
        ::coro::__private::routine(
            ::coro::__private::format!("{self:?}"),
            move || -> () {
                self.0 += 1;
            },
        )
    }
    fn end<'coro>(self) -> ::coro::thread::Routine<'coro, ()>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            ::coro::__private::format!("end of {self:?}"),
            move || -> () {
                let _ = &self;
            },
        )
    }
}
