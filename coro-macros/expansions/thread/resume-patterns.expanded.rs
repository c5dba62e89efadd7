//! What the first resume brings is bound where it stood among the parameters.
use coro::Yielder;
fn sum<'coro, '_text: 'coro, T: Copy>(
    a: u8,
    text: &'_text str,
) -> ::coro::thread::ResumeRoutine<'coro, (T, u8), u8, impl Iterator<Item = T>>
where
    T: 'coro,
    T: 'static,
{
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque
        .routine(
            &"sum",
            move |cx: &Yielder<(T, u8), u8>, #[cfg(not(any()))] first: (T, u8)| -> _ {
                let mut a = a;
                #[cfg(not(any()))]
                let first = first;
                #[cfg(not(any()))]
                let (b, c) = first;
                {
                    a += cx.suspend(a + c).1;
                    std::iter::repeat_n(b, text.len() + usize::from(a))
                }
            },
        )
}
fn last(_: u8) -> ::coro::thread::ResumeRoutine<'static, Option<String>, usize, usize> {
    ::coro::__private::resume_routine(
        &"last",
        move |cx: &Yielder<Option<String>, usize>, mut next: Option<String>| -> usize {
            let mut length = 0;
            while let Some(text) = next {
                length = text.len();
                next = cx.suspend(length);
            }
            length
        },
    )
}
fn join(
    separator: String,
) -> ::coro::thread::ResumeRoutine<'static, String, usize, String> {
    ::coro::__private::resume_routine(
        &"join",
        move |cx: &Yielder<String, usize>, first: String| -> String {
            let separator = separator;
            let first = first;
            {
                let next = cx.suspend(first.len());
                first + &separator + &next
            }
        },
    )
}
fn split(
    a: u8,
    _arg2: (String, u8),
) -> ::coro::thread::ResumeRoutine<'static, (String, u8), u8, String> {
    ::coro::__private::resume_routine(
        &"split",
        move |cx: &Yielder<(String, u8), u8>, first: (String, u8)| -> String {
            let _arg2 = _arg2;
            let (b, _) = _arg2;
            let first = first;
            let (c, d) = first;
            {
                let (e, _) = cx.suspend(a + d);
                b + &c + &e
            }
        },
    )
}
