//! Writes the functions that take the place of the annotated ones.
//!
//! The body moves into a closure, so `return` and `?` mean in it what they meant before. All other paths are absolute
//! and lead through `coro::__private`. Tokens that the user wrote keep their spans; what is added carries the
//! span of the attribute, by which the compiler and its lints know generated code.

use crate::args::{MainArgs, TestArgs, ThreadArgs};
use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::lifetimes::generated;
use crate::resume::Resumed;
use crate::{check, fallback, impl_trait, lifetimes, resume};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, LitStr, Pat, PatIdent, PatType, ReturnType, Type, parse_quote,
    parse_quote_spanned,
};

/// Expands `#[coro::thread]`.
pub(crate) fn thread(args: TokenStream, item: TokenStream) -> TokenStream {
    let (args, errors) = ThreadArgs::read(args);
    expand(item, errors, check::thread, fallback::thread, |function| write_thread(&args, function))
}

/// Expands `#[coro::main]`.
pub(crate) fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    let (args, errors) = MainArgs::read(args);
    expand(item, errors, check::main, fallback::entry, |function| write_main(&args, function))
}

/// Expands `#[coro::test]`.
pub(crate) fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    let (args, errors) = TestArgs::read(args);
    expand(item, errors, check::test, fallback::entry, |function| write_test(&args, function))
}

/// Parses and checks the item, and writes it in any case: mended if it was wrong, untouched if nothing can mend it.
fn expand(
    item: TokenStream,
    mut errors: Errors,
    check: impl FnOnce(&Function) -> Errors,
    mend: impl FnOnce(Function) -> Option<Function>,
    write: impl FnOnce(Function) -> TokenStream,
) -> TokenStream {
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => {
            let mistakes = check(&function);
            let function = if mistakes.is_empty() { Some(function) } else { mend(function) };
            errors.extend(mistakes);
            function
        }
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let item = function.map_or(item, write);
    let errors = errors.to_compile_errors();
    quote!(#errors #item)
}

fn write_thread(args: &ThreadArgs, mut function: Function) -> TokenStream {
    let coro = &args.coro;
    let name = function_name(&function, args.name.as_ref());
    let stack_size = option(args.stack_size.as_ref());
    let resumed = resume::take(&mut function.sig);
    let lifetime = lifetimes::name(&mut function.sig, &function.body);
    let result = result(&function);
    let closure_result = impl_trait::inferred(&result);
    let mut bindings = bind_inputs(&mut function);
    let (constructor, parameters) = match resumed {
        None => {
            function.sig.output = parse_quote!(-> #coro::thread::Routine<#lifetime, #result>);
            (quote!(routine), quote!(||))
        }
        Some(Resumed { yielder, input, output, first }) => {
            function.sig.output = parse_quote! {
                -> #coro::thread::ResumeRoutine<#lifetime, #input, #output, #result>
            };
            let first = bind_first(first, &mut bindings);
            (quote!(resume_routine), quote!(|#yielder, #first|))
        }
    };
    write_function(&function, |block| {
        let block = put_in_scope(&bindings, block);
        quote! {
            #coro::__private::#constructor(
                #coro::__private::ThreadConfig { name: #name, stack_size: #stack_size },
                move #parameters -> #closure_result #block,
            )
        }
    })
}

/// Binds the parameter that the first resume fills where it stood among the others, since they are dropped in the
/// opposite order, and gives the closure's parameter for it.
fn bind_first(first: Option<(usize, PatType)>, bindings: &mut Vec<TokenStream>) -> TokenStream {
    let Some((position, mut input)) = first else { return quote!(_) };
    let binding = bind_input(bindings.len(), &mut input);
    let PatType { attrs, pat: name, ty, .. } = &input;
    let comparison = compare_types(name, ty);
    bindings.insert(position, quote!(#(#attrs)* let #name: #ty = #comparison; #binding));
    quote!(#(#attrs)* #name)
}

/// Writes a block that has the value of `name`, and lets the compiler compare its type with the one declared for it.
///
/// A plain `let name: ty = name` would complain at the value, although it is the declared type that has to change. As
/// the second way out of a block that type is what is underlined, and the block's type is unknown after a mismatch, so
/// that no error follows from this one. In tuples, the compiler proposes no conversions, which a type cannot have.
fn compare_types(name: &Pat, ty: &Type) -> TokenStream {
    let call = quote_spanned!(ty.span()=> never());
    let never = Ident::new("never", ty.span());
    quote!({
        let value = 'value: {
            if true {
                break 'value (#name,);
            }
            let #never = || -> (#ty,) { ::core::unreachable!() };
            #call
        };
        value.0
    })
}

/// Writes the block behind the bindings.
///
/// It stays a block of its own, so that the temporaries of its last expression are dropped before the parameters, as
/// in a function of any edition. The constant keeps it from counting as needless braces.
fn put_in_scope(bindings: &[TokenStream], block: &Group) -> TokenStream {
    if bindings.is_empty() {
        return block.to_token_stream();
    }
    let statements = block.stream();
    let mut inner = Group::new(Delimiter::Brace, quote!(const _: () = (); #statements));
    inner.set_span(block.span());
    quote!({ #(#bindings)* #inner })
}

fn write_main(args: &MainArgs, function: Function) -> TokenStream {
    let coro = &args.coro;
    let name = option(args.name.as_ref());
    let stack_size = option(args.stack_size.as_ref());
    let result = impl_trait::inferred(&result(&function));
    write_function(&function, |block| {
        quote! {
            #coro::__private::main(
                #coro::__private::MainConfig { name: #name, stack_size: #stack_size },
                || -> #result #block,
            )
        }
    })
}

fn write_test(args: &TestArgs, mut function: Function) -> TokenStream {
    let config = test_config(args, &function);
    let coro = &args.coro;
    let result = impl_trait::inferred(&result(&function));
    function.attrs.push(parse_quote!(#[::core::prelude::v1::test]));
    write_function(&function, |block| {
        let call = quote!(#coro::__private::test(#config, || -> #result #block));
        point_at(&result, call)
    })
}

fn test_config(args: &TestArgs, function: &Function) -> TokenStream {
    let coro = &args.coro;
    let name = function_name(function, None);
    let start_paused = args.start_paused;
    let seed = option(args.seed.as_ref());
    let seeds = option(args.seeds.as_ref());
    let timeout = args.timeout.map(|timeout| {
        let (seconds, nanoseconds) = (timeout.as_secs(), timeout.subsec_nanos());
        quote!(::core::time::Duration::new(#seconds, #nanoseconds))
    });
    let timeout = option(timeout.as_ref());
    quote! {
        #coro::__private::TestConfig {
            name: ::core::concat!(::core::module_path!(), "::", #name),
            start_paused: #start_paused,
            seed: #seed,
            seeds: #seeds,
            timeout: #timeout,
        }
    }
}

/// Writes the function around what `write_body` makes of its block.
fn write_function(
    function: &Function,
    write_body: impl FnOnce(&Group) -> TokenStream,
) -> TokenStream {
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let body = match body {
        Body::Block(block) => {
            let body = write_body(block);
            quote!({ #(#inner_attrs)* #body })
        }
        Body::Missing(semicolon) => semicolon.to_token_stream(),
        Body::Dropped(mention) => quote!({ #mention ::core::unreachable!() }),
    };
    quote!(#(#attrs)* #vis #sig #body)
}

fn option(value: Option<&impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The given name, else the function's own.
fn function_name(function: &Function, given: Option<&LitStr>) -> LitStr {
    let ident = &function.sig.ident;
    given.cloned().unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()))
}

/// The function's result, written out as `()` where it is left off.
fn result(function: &Function) -> Type {
    match &function.sig.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => {
            let span = generated(function.sig.ident.span());
            parse_quote_spanned!(span=> ())
        }
    }
}

/// Lets an error in a call point at the result: a type that no test can return is a mistake there.
fn point_at(result: &Type, call: TokenStream) -> TokenStream {
    let span = generated(result.span());
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    call.into_iter().map(respan).collect()
}

/// Leaves a plain name of each parameter in the signature, and returns the statements that bind the patterns.
///
/// The statements stand inside the closure and mention each parameter, so that it moves in whole and is dropped when
/// the body ends, used or not.
fn bind_inputs(function: &mut Function) -> Vec<TokenStream> {
    let inputs = function.sig.inputs.iter_mut().enumerate();
    inputs
        .filter_map(|(position, input)| match input {
            FnArg::Typed(input) => Some(bind_input(position, input)),
            FnArg::Receiver(_) => None,
        })
        .collect()
}

fn bind_input(position: usize, input: &mut PatType) -> TokenStream {
    let attrs = std::mem::take(&mut input.attrs);
    input.attrs = attrs.iter().filter(|attr| is_conditional(attr)).cloned().collect();
    let conditions = &input.attrs;
    let name = outside_name(position, &input.pat);
    let is_plain = plain_name(&input.pat).is_some();
    let pattern = std::mem::replace(&mut *input.pat, parse_quote!(#name));
    if is_plain {
        // The braces keep `_name` from being a lint on bindings without effect.
        return quote!(#(#attrs)* let #pattern = { #name };);
    }
    // The whole value moves in first: a pattern may leave parts of it, which live as long as the rest.
    quote! {
        #(#conditions)* let #name = #name;
        #(#attrs)* let #pattern = #name;
    }
}

/// The name of a parameter in the signature.
fn outside_name(position: usize, pattern: &Pat) -> Ident {
    let span = Span::mixed_site().located_at(pattern.span());
    match plain_name(pattern) {
        // Reading a user's `_name` is a lint.
        Some(name) if name.to_string().starts_with('_') => Ident::new(&name.to_string(), span),
        Some(name) => name.clone(),
        None => format_ident!("arg{}", position + 1, span = span),
    }
}

/// The name of a parameter that is `name` or `mut name`.
fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => Some(ident),
        _ => None,
    }
}

/// Says whether an attribute decides if the parameter exists at all.
fn is_conditional(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{main, test, thread};
    use proc_macro2::TokenStream;
    use quote::quote;

    type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

    /// Compares an expansion with the expected one, whatever the spaces between the tokens.
    #[track_caller]
    pub(crate) fn check(attribute: Attribute, args: &str, item: &str, expected: TokenStream) {
        let expanded = attribute(args.parse().unwrap(), item.parse().unwrap());
        let words =
            |tokens: &TokenStream| tokens.to_string().split_whitespace().collect::<String>();
        assert_eq!(words(&expanded), words(&expected), "\n{expanded}\n{expected}");
    }

    #[test]
    fn a_thread_becomes_a_routine() {
        check(
            thread,
            "",
            "/// Echoes.\n pub fn echo<T: Read>(mut conn: T, label: &str) -> io::Result<()> { conn.read()?; Ok(()) }",
            quote! {
                #[doc = " Echoes."]
                pub fn echo<'coro, 'label: 'coro, T: Read + 'coro>(
                    conn: T,
                    label: &'label str
                ) -> ::coro::thread::Routine<'coro, io::Result<()>> {
                    ::coro::__private::routine(
                        ::coro::__private::ThreadConfig { name: "echo", stack_size: ::core::option::Option::None },
                        move || -> io::Result<()> {
                            let mut conn = { conn };
                            let label = { label };
                            { const _: () = (); conn.read()?; Ok(()) }
                        },
                    )
                }
            },
        );
    }

    #[test]
    fn a_thread_without_parameters_and_result_stays_short() {
        check(
            thread,
            r#"name = "worker", stack_size = 64 * KIB, crate = reexport::coro"#,
            "fn r#loop() { #![allow(x)] work() }",
            quote! {
                fn r#loop() -> reexport::coro::thread::Routine<'static, ()> {
                    #![allow(x)]
                    reexport::coro::__private::routine(
                        reexport::coro::__private::ThreadConfig {
                            name: "worker",
                            stack_size: ::core::option::Option::Some({
                                let value: ::core::primitive::usize = 64 * KIB;
                                value
                            })
                        },
                        move || -> () { work() },
                    )
                }
            },
        );
        let raw = thread(
            TokenStream::new(),
            quote!(
                fn r#loop() {}
            ),
        );
        assert!(raw.to_string().contains("name : \"loop\""), "{raw}");
    }

    #[test]
    fn patterns_are_bound_in_the_body() {
        check(
            thread,
            "",
            "fn f(_: u8, (a, _): (u8, u8), #[cfg(x)] #[allow(unused)] _b: u8, #[cfg(x)] #[allow(unused)] ref c: u8) {}",
            quote! {
                fn f(
                    arg1: u8,
                    arg2: (u8, u8),
                    #[cfg(x)] _b: u8,
                    #[cfg(x)] arg4: u8
                ) -> ::coro::thread::Routine<'static, ()> {
                    ::coro::__private::routine(
                        ::coro::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move || -> () {
                            let arg1 = arg1;
                            let _ = arg1;
                            let arg2 = arg2;
                            let (a, _) = arg2;
                            #[cfg(x)] #[allow(unused)] let _b = { _b };
                            #[cfg(x)] let arg4 = arg4;
                            #[cfg(x)] #[allow(unused)] let ref c = arg4;
                            { const _: () = (); }
                        },
                    )
                }
            },
        );
    }

    #[test]
    fn an_opaque_result_is_inferred_in_the_closure() {
        check(
            thread,
            "",
            "fn f() -> Result<impl A, E> { g() }",
            quote! {
                fn f() -> ::coro::thread::Routine<'static, Result<impl A, E> > {
                    ::coro::__private::routine(
                        ::coro::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move || -> Result<_, E> { g() },
                    )
                }
            },
        );
    }

    #[test]
    fn a_yielder_makes_a_thread_one_that_is_resumed() {
        check(
            thread,
            "crate = x",
            "fn f<T>(cx: &Yielder<u8, &'static T>, a: &str, #[resume] mut b: u8, c: u8) -> usize { work() }",
            quote! {
                fn f<'coro, 'a: 'coro, T: 'coro>(
                    a: &'a str,
                    c: u8
                ) -> x::thread::ResumeRoutine<'coro, u8, &'static T, usize> {
                    x::__private::resume_routine(
                        x::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move |cx: &Yielder<u8, &'static T>, b| -> usize {
                            let a = { a };
                            let b: u8 = {
                                let value = 'value: {
                                    if true {
                                        break 'value (b,);
                                    }
                                    let never = || -> (u8,) { ::core::unreachable!() };
                                    never()
                                };
                                value.0
                            };
                            let mut b = { b };
                            let c = { c };
                            { const _: () = (); work() }
                        },
                    )
                }
            },
        );
    }

    #[test]
    fn a_resume_without_a_value_fills_nothing() {
        check(
            thread,
            "",
            "fn f(#[allow(unused)] _: &coro::Yielder<(), u8>) { work() }",
            quote! {
                fn f() -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
                    ::coro::__private::resume_routine(
                        ::coro::__private::ThreadConfig { name: "f", stack_size: ::core::option::Option::None },
                        move |#[allow(unused)] _: &coro::Yielder<(), u8>, _| -> () { work() },
                    )
                }
            },
        );
    }

    #[test]
    fn a_pattern_is_bound_behind_the_first_resume() {
        let expanded = thread(
            TokenStream::new(),
            "fn f(cx: &Yielder<T, T>, #[cfg(x)] #[resume] (a, _): T, (b, c): U) {}"
                .parse()
                .unwrap(),
        );
        let bindings = quote! {
            #[cfg(x)] let arg2 = arg2;
            #[cfg(x)] let (a, _) = arg2;
            let arg1 = arg1;
            let (b, c) = arg1;
        };
        let expanded = expanded.to_string();
        assert!(
            expanded.contains("move | cx : & Yielder < T , T > , # [cfg (x)] arg2 |"),
            "{expanded}"
        );
        assert!(expanded.contains(&bindings.to_string()), "{expanded}");
    }

    #[test]
    fn main_runs_in_place() {
        check(
            main,
            "stack_size = 9",
            "pub fn main() -> io::Result<()> { work() }",
            quote! {
                pub fn main() -> io::Result<()> {
                    ::coro::__private::main(
                        ::coro::__private::MainConfig {
                            name: ::core::option::Option::None,
                            stack_size: ::core::option::Option::Some(9)
                        },
                        || -> io::Result<()> { work() },
                    )
                }
            },
        );
    }

    #[test]
    fn a_test_stays_a_test() {
        check(
            test,
            "start_paused, seeds = 100, timeout = 1.5",
            "#[should_panic] fn f() { work() }",
            quote! {
                #[should_panic]
                #[::core::prelude::v1::test]
                fn f() {
                    ::coro::__private::test(
                        ::coro::__private::TestConfig {
                            name: ::core::concat!(::core::module_path!(), "::", "f"),
                            start_paused: true,
                            seed: ::core::option::Option::None,
                            seeds: ::core::option::Option::Some(100),
                            timeout: ::core::option::Option::Some(::core::time::Duration::new(1u64, 500000000u32)),
                        },
                        || -> () { work() }
                    )
                }
            },
        );
    }
}
