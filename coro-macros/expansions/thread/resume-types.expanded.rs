//! A parameter for the first resume whose type is written in another way than the yielder's: the compiler compares.
use coro::Yielder;
type Celsius = f64;
fn watch(limit: f64) -> ::coro::thread::ResumeRoutine<'static, Celsius, bool, ()> {
    ::coro::__private::resume_routine(
        &"watch",
        move |cx: &Yielder<Celsius, bool>, now| -> () {
            let now: f64 = {
                let value = 'value: {
                    if true {
                        break 'value (now,);
                    }
                    let never = || -> (f64,) { ::core::unreachable!() };
                    never()
                };
                value.0
            };
            let mut now = now;
            {
                while now < limit {
                    now = cx.suspend(true);
                }
            }
        },
    )
}
