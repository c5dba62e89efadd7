//! Mends a function that was refused, so that it is still there under its name and with its result.
//!
//! Without it each caller would be an error too, and the one that matters would drown. What was refused is taken out;
//! where the body cannot compile without it, the body goes as well. Editors still get it: who is about to write `async`
//! away, or a parameter, wants completion in the body meanwhile.

use crate::function::{Body, Function};
use crate::lifetimes::generated;
use crate::{check, expand, impl_trait, resume};
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::{PatType, Path, ReturnType, Safety, parse_quote};

/// Mends what stands under `#[coro::thread]`.
///
/// Returns `None` where the item does best as it is: the other attribute of coro expands it.
pub(crate) fn thread(mut function: Function, coro: &Path) -> Option<Function> {
    if check::other_attribute(&function, coro).is_some() {
        return None;
    }
    let mut written = resume::without_marks(&function.sig);
    // No closure takes these; where they have a name, it is that of the function's own parameter.
    written.retain(|input| !impl_trait::is_in_type(&input.ty));
    let is_whole = resume::mend(&mut function.sig);
    let body =
        if is_whole { mended_body(&function, &written) } else { dropped_body(&function, &written) };
    mend(&mut function, body);
    let is_lost =
        matches!(function.body, Body::Dropped(_)) && impl_trait::is_in_output(&function.sig.output);
    if is_lost {
        // Nothing is left that could stand for the `impl Trait`, and as it is the function would be no thread.
        function.sig.output = ReturnType::Default;
    }
    Some(function)
}

/// Mends what stands under `#[coro::main]` or `#[coro::test]`; nothing calls these but the program's start.
///
/// Another attribute of coro goes: the program starts here, or the test, whatever the function was to be besides.
pub(crate) fn entry(mut function: Function, coro: &Path) -> Option<Function> {
    function.attrs.retain(|attr| !check::is_of_coro(attr, coro));
    let written = resume::without_marks(&function.sig);
    let takes_nothing = function.sig.inputs.is_empty() && function.sig.generics.params.is_empty();
    let is_whole = function.sig.generics.params.is_empty()
        && function.sig.receiver().is_none()
        && !written.iter().any(|input| impl_trait::is_in_type(&input.ty));
    let body = match function.body.clone() {
        Body::Block(block) if is_whole => {
            function.body = Body::Block(with_parameters(&written, block));
            mended_body(&function, &[])
        }
        Body::Block(block) => Body::Dropped(for_editors(&function, &written, &block)),
        _ => Body::Dropped(TokenStream::new()),
    };
    mend(&mut function, body);
    if !is_whole {
        function.sig.output = ReturnType::Default;
    }
    if !takes_nothing {
        function.sig.inputs.clear();
        function.sig.generics = syn::Generics::default();
    }
    Some(function)
}

/// The block below the parameters it was written for, which nobody passes: what it uses stays in use.
fn with_parameters(written: &[PatType], block: Group) -> Group {
    if written.is_empty() {
        return block;
    }
    let parameters = written.iter().map(
        |PatType { attrs, pat, ty, .. }| quote!(#(#attrs)* let #pat: #ty = ::core::unreachable!();),
    );
    around(&block, quote!(#(#parameters)* #block))
}

/// A block of generated statements in place of one the user wrote.
fn around(block: &Group, statements: TokenStream) -> Group {
    let mut body = Group::new(Delimiter::Brace, statements);
    body.set_span(generated(block.span()));
    body
}

/// The body, unless it cannot compile without what was refused.
fn mended_body(function: &Function, written: &[PatType]) -> Body {
    let sig = &function.sig;
    match &function.body {
        Body::Block(_) if sig.variadic.is_some() => dropped_body(function, written),
        Body::Block(block) => {
            let block = match &sig.safety {
                // The body may do what an `unsafe fn` may.
                Safety::Unsafe(unsafety) => around(block, quote!(#unsafety #block)),
                _ => block.clone(),
            };
            match sig.asyncness {
                Some(_) => async_body(function, written, &block),
                None => Body::Block(block),
            }
        }
        _ => dropped_body(function, written),
    }
}

/// The body in an asynchronous closure, which takes each `.await` in it; nothing runs it.
fn async_body(function: &Function, written: &[PatType], block: &Group) -> Body {
    if impl_trait::is_in_output(&function.sig.output) {
        return dropped_body(function, written);
    }
    let output = &function.sig.output;
    let statements = quote!(let _ = async move || #output #block; ::core::unreachable!());
    Body::Block(around(block, statements))
}

/// No body, but the semicolon of a trait's function, which stays one that each implementation has to have.
///
/// `written` are the parameters that the block knows, which the new function may lack or have under other names.
fn dropped_body(function: &Function, written: &[PatType]) -> Body {
    let mention = resume::mention(&function.sig);
    match &function.body {
        Body::Missing(semicolon) => Body::Missing(*semicolon),
        Body::Block(block) => {
            let shown = for_editors(function, written, block);
            Body::Dropped(quote!(#mention #shown))
        }
        Body::Dropped(_) => Body::Dropped(mention),
    }
}

/// The block as a closure that only rust-analyzer compiles: it takes the parameters as they were written.
///
/// What the block lacks may show there too, but each name in it is known and can be completed.
fn for_editors(function: &Function, written: &[PatType], block: &Group) -> TokenStream {
    let asyncness = &function.sig.asyncness;
    let result = impl_trait::inferred(&expand::result(function));
    quote! {
        #[cfg(rust_analyzer)]
        let _ = #asyncness move |#(#written),*| -> #result #block;
    }
}

/// Makes a plain `fn` with another body.
fn mend(function: &mut Function, body: Body) {
    function.attrs.retain(|attr| !check::is_test(attr) && !check::is_should_panic(attr));
    function.attrs.push(parse_quote!(#[allow(unused, unexpected_cfgs)]));
    function.body = body;
    let sig = &mut function.sig;
    sig.constness = None;
    sig.asyncness = None;
    sig.safety = Safety::Default;
    sig.abi = None;
    sig.variadic = None;
}
