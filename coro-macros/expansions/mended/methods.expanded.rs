//! Methods are mended as other functions are.
use coro::Yielder;
struct Counter(u32);
impl Counter {
    ::core::compile_error!(
        "remove `async`: a coro thread waits in plain calls, without `.await`",
    );
    #[allow(unused, unexpected_cfgs)]
    fn later<'coro, '_self: 'coro, '_more: 'coro>(
        &'_self self,
        more: &'_more u32,
    ) -> ::coro::thread::Routine<'coro, &'_self u32> {
        ::coro::__private::routine(
            &"later",
            move || -> &'_self u32 {
                let _ = async move || -> &u32 {
                    later().await;
                    &self.0
                };
                ::core::unreachable!()
            },
        )
    }
    ::core::compile_error!("remove `const`: a coro thread cannot run in a constant");
    #[allow(unused, unexpected_cfgs)]
    fn get<'coro>(self: Box<Self>) -> ::coro::thread::Routine<'coro, u32>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"get",
            move || -> u32 {
                let _ = &self;
                self.0
            },
        )
    }
    ::core::compile_error!(
        "`Yielder` comes first behind `self`: move this parameter there",
    );
    ::core::compile_error!("remove `mut`: write `&Yielder<(), u32>`, which is shared");
    #[allow(unused, unexpected_cfgs)]
    fn items_of<'coro, '_self: 'coro>(
        &'_self self,
        from: u32,
    ) -> ::coro::thread::ResumeRoutine<'coro, (), u32, ()> {
        ::coro::__private::resume_routine(
            &"items_of",
            move |cx: &Yielder<(), u32>, _| -> () {
                cx.suspend(self.0 + from);
            },
        )
    }
}
trait Count {
    ::core::compile_error!(
        "remove `unsafe`: a coro thread is safe to start, put `unsafe` blocks into its body",
    );
    #[allow(unused, unexpected_cfgs)]
    fn count<'_self>(&'_self self) -> ::coro::thread::Routine<'_self, u32>;
    ::core::compile_error!(
        "remove `async`: a coro thread waits in plain calls, without `.await`",
    );
    ::core::compile_error!(
        "a thread without a yielder is not resumed: add `cx: &Yielder<u32, Out>` behind `self`, where `Out` is what it gives out, or remove `#[resume]`",
    );
    #[allow(unused, unexpected_cfgs)]
    fn add<'_self>(&'_self mut self) -> ::coro::thread::Routine<'_self, u32>;
}
