//! Mends a function that was refused, so that it is still there under its name and with its result.
//!
//! Without it each caller would be an error too, and the one that matters would drown. What was refused is taken out;
//! where the body cannot compile without it, the body goes as well.

use crate::function::{Body, Function};
use crate::{check, impl_trait, resume};
use proc_macro2::TokenStream;
use syn::{ReturnType, Safety, parse_quote};

/// Mends what stands under `#[coro::thread]`.
///
/// Returns `None` where the item does best as it is: the other attribute of coro expands it, or its result is an
/// `impl Trait` and nothing is left that could stand for it.
pub(crate) fn thread(mut function: Function) -> Option<Function> {
    if check::other_attribute(&function).is_some() {
        return None;
    }
    let is_resumed = resume::is_resumed(&function.sig);
    let is_whole = resume::mend(&mut function.sig);
    let body = if is_whole { mended_body(&function) } else { dropped_body(&function) };
    mend(&mut function, body);
    if check::returns_never(&function.sig) {
        function.sig.output = ReturnType::Default;
    }
    let is_lost =
        matches!(function.body, Body::Dropped(_)) && impl_trait::is_in_output(&function.sig.output);
    if is_lost && is_resumed {
        // As it is, it would be no thread, and `#[resume]` would be unknown.
        function.sig.output = ReturnType::Default;
    }
    (!is_lost || is_resumed).then_some(function)
}

/// Mends what stands under `#[coro::main]` or `#[coro::test]`; nothing calls these but the program's start.
pub(crate) fn entry(mut function: Function) -> Option<Function> {
    if check::other_attribute(&function).is_some() {
        return None;
    }
    let takes_nothing = function.sig.inputs.is_empty() && function.sig.generics.params.is_empty();
    let body =
        if takes_nothing { mended_body(&function) } else { Body::Dropped(TokenStream::new()) };
    mend(&mut function, body);
    if !takes_nothing {
        function.sig.inputs.clear();
        function.sig.generics = syn::Generics::default();
        function.sig.output = ReturnType::Default;
    }
    Some(function)
}

/// The body, unless it cannot compile without what was refused.
fn mended_body(function: &Function) -> Body {
    let sig = &function.sig;
    let is_plain = sig.asyncness.is_none() && sig.variadic.is_none() && sig.receiver().is_none();
    match &function.body {
        Body::Block(block) if is_plain => Body::Block(block.clone()),
        _ => dropped_body(function),
    }
}

/// No body, but the semicolon of a trait's method: a body would ask for more than the trait gives, such as a size.
fn dropped_body(function: &Function) -> Body {
    match &function.body {
        Body::Missing(semicolon) if function.sig.receiver().is_some() => Body::Missing(*semicolon),
        _ => Body::Dropped(resume::mention(&function.sig)),
    }
}

/// Makes a plain `fn` with another body.
fn mend(function: &mut Function, body: Body) {
    function.attrs.retain(|attr| !check::is_test(attr));
    function.attrs.push(parse_quote!(#[allow(unused)]));
    function.body = body;
    let sig = &mut function.sig;
    sig.constness = None;
    sig.asyncness = None;
    sig.safety = Safety::Default;
    sig.abi = None;
    sig.variadic = None;
}

#[cfg(test)]
mod tests {
    use crate::expand::tests::check;
    use crate::expand::{main, test, thread};
    use proc_macro2::TokenStream;
    use quote::quote;

    fn error(message: &str) -> TokenStream {
        quote!(::core::compile_error! { #message })
    }

    #[test]
    fn a_wrong_argument_does_not_touch_the_function() {
        let error =
            error("unknown argument `x`: `#[coro::main]` takes `stack_size`, `name` and `crate`");
        check(
            main,
            "x",
            "fn main() { work() }",
            quote! {
                #error
                fn main() {
                    ::coro::__private::main(
                        ::coro::__private::MainConfig {
                            name: ::core::option::Option::None,
                            stack_size: ::core::option::Option::None
                        },
                        || -> () { work() },
                    )
                }
            },
        );
    }

    #[test]
    fn a_body_that_can_compile_stays() {
        let error = error("remove `const`: a coro thread cannot run in a constant");
        check(
            thread,
            "",
            "const fn f() -> impl A { work() }",
            quote! {
                #error
                #[allow(unused)]
                fn f() -> ::coro::thread::Routine<'static, impl A> {
                    ::coro::__private::routine(
                        ::coro::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move || -> _ { work() },
                    )
                }
            },
        );
    }

    #[test]
    fn the_signature_stays_where_the_body_cannot() {
        let error =
            error("methods are not supported yet; write a free function that takes the value");
        check(
            thread,
            "",
            "pub fn f(&self, a: &u8) -> &u8 { &self.0 }",
            quote! {
                #error
                #[allow(unused)]
                pub fn f<'coro, 'this: 'coro, 'a: 'coro>(&'this self, a: &'a u8)
                    -> ::coro::thread::Routine<'coro, &u8> { ::core::unreachable!() }
            },
        );
    }

    #[test]
    fn parameters_for_resumes_are_not_passed() {
        let missing = error("add the parameter that the first resume fills: `#[resume] first: u8`");
        check(
            thread,
            "",
            "fn f(cx: &Yielder<u8, u16>, a: u16) -> impl A { cx.suspend(b) }",
            quote! {
                #missing
                #[allow(unused)]
                fn f(a: u16) -> ::coro::thread::ResumeRoutine<'static, u8, u16, ()> {
                    let _: &Yielder<u8, u16>;
                    ::core::unreachable!()
                }
            },
        );
        let alone = error(
            "a thread without a yielder is not resumed: add `cx: &Yielder<u8, Out>` in front, where `Out` is what it \
             gives out, or remove `#[resume]`",
        );
        check(
            thread,
            "",
            "fn f(a: u8, #[resume] b: u8) { work(a, b) }",
            quote! {
                #alone
                #[allow(unused)]
                fn f(a: u8) -> ::coro::thread::Routine<'static, ()> { ::core::unreachable!() }
            },
        );
    }

    #[test]
    fn a_body_stays_where_its_yielder_can_be_mended() {
        let value = error("write `&Yielder<(), u8>`: a thread borrows its yielder");
        check(
            thread,
            "",
            "fn f(cx: Yielder<(), u8>, a: u8) { cx.suspend(a) }",
            quote! {
                #value
                #[allow(unused)]
                fn f(a: u8) -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
                    ::coro::__private::resume_routine(
                        ::coro::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move |cx: &Yielder<(), u8>, _| -> () {
                            let a = { a };
                            { const _: () = (); cx.suspend(a) }
                        },
                    )
                }
            },
        );
    }

    #[test]
    fn an_entry_keeps_its_name() {
        let parameters = error("remove the parameters: a test is called without arguments");
        let generics = error("remove the generic parameters: nothing would choose them");
        check(
            test,
            "",
            "fn f<T>(a: T) -> T where T: A { a }",
            quote! {
                #parameters
                #generics
                #[allow(unused)]
                #[::core::prelude::v1::test]
                fn f() { ::core::unreachable!() }
            },
        );
        let error = error("remove `async`: a coro thread waits in plain calls, without `.await`");
        check(
            main,
            "",
            "async fn main() -> io::Result<()> { work().await }",
            quote! {
                #error
                #[allow(unused)]
                fn main() -> io::Result<()> { ::core::unreachable!() }
            },
        );
    }

    #[test]
    fn a_method_without_a_body_gets_none() {
        let error =
            error("methods are not supported yet; write a free function that takes the value");
        check(
            thread,
            "",
            "fn f(self) -> u8;",
            quote! {
                #error
                #[allow(unused)]
                fn f(self) -> ::coro::thread::Routine<'static, u8>;
            },
        );
    }

    #[test]
    fn what_cannot_be_mended_stays_as_it_is() {
        let other = error("a function takes one of coro's attributes: remove this or the other");
        let item = quote!(
            #[coro::main]
            async fn main() {}
        );
        check(thread, "", &item.to_string(), quote!(#other #item));
        let asynchronous =
            error("remove `async`: a coro thread waits in plain calls, without `.await`");
        let item = quote!(
            async fn f() -> impl A {
                work().await
            }
        );
        check(thread, "", &item.to_string(), quote!(#asynchronous #item));
        let error = error("this attribute goes on a function: put it above a `fn`");
        check(thread, "", "struct S;", quote!(#error struct S;));
    }
}
