//! A thread that is resumed with values, and gives values out.
use coro::Yielder;
fn averager(
    label: &'static str,
) -> ::coro::thread::ResumeRoutine<'static, f64, f64, String> {
    ::coro::__private::resume_routine(
        &"averager",
        move |cx: &Yielder<f64, f64>, first: f64| -> String {
            let (mut sum, mut count, mut next) = (0.0, 0, first);
            while next.is_finite() {
                sum += next;
                count += 1;
                next = cx.suspend(sum / f64::from(count));
            }
            format!("{label}: {count} values")
        },
    )
}
