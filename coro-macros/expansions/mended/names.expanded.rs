//! A name that does not fit the function is left out, and so is what goes with a body that is not there.
::core::compile_error!(
    "`{di}` names no parameter: write `{id}`, or `{{di}}` for the text itself",
);
fn work(id: usize) -> ::coro::thread::Routine<'static, usize> {
    ::coro::__private::routine(&"work", move || -> usize { id })
}
::core::compile_error!(
    "`{` opens a placeholder that is not closed: write `{{` for the brace itself",
);
fn unclosed() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"unclosed", move || -> () {})
}
::core::compile_error!(
    "`name` takes a string literal, as in `name = \"worker\"`; a computed name is given by `.named(…)` on the routine",
);
fn computed(id: String) -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(
        &"computed",
        move || -> () {
            let id = id;
            let _ = &id;
        },
    )
}
trait Handler {
    ::core::compile_error!(
        "remove `stack_size` here: it goes with the body, above each function that has one",
    );
    ::core::compile_error!(
        "remove `name` here: it goes with the body, above each function that has one",
    );
    fn handle<'coro, '_self: 'coro>(
        &'_self self,
        id: u32,
    ) -> ::coro::thread::Routine<'coro, ()>;
}
