//! Writes the functions that take the place of the annotated ones.
//!
//! The body moves into a closure, so `return` and `?` mean in it what they meant before. All other paths are absolute
//! and lead through `coro::__private`. Tokens that the user wrote keep their spans; what is added carries the
//! span of the attribute, by which the compiler and its lints know generated code.

use crate::args::{MainArgs, TestArgs, ThreadArgs};
use crate::bind::Bindings;
use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::lifetimes::generated;
use crate::resume::Resumed;
use crate::{check, fallback, function, impl_trait, lifetimes, naming, resume};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Lifetime, Meta, Path, ReturnType, Type, parse_quote, parse_quote_spanned};

/// Expands `#[coro::thread]`.
pub(crate) fn thread(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = ThreadArgs::read(args);
    let coro = args.0.coro.clone();
    let check = |function: &Function| check::thread(function, &coro);
    let mend = |function| fallback::thread(function, &coro);
    expand(item, args, ThreadArgs::fit, check, mend, write_thread)
}

/// Expands `#[coro::main]`.
pub(crate) fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = MainArgs::read(args);
    let coro = args.0.coro.clone();
    let check = |function: &Function| check::main(function, &coro);
    expand(item, args, fits, check, |function| fallback::entry(function, &coro), write_main)
}

/// Expands `#[coro::test]`.
pub(crate) fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = TestArgs::read(args);
    let coro = args.0.coro.clone();
    let check = |function: &Function| check::test(function, &coro);
    expand(item, args, fits, check, |function| fallback::entry(function, &coro), write_test)
}

/// Parses and checks the item, and writes it in any case: mended if it was wrong, untouched if nothing can mend it.
fn expand<Args>(
    item: TokenStream,
    (mut args, mut errors): (Args, Errors),
    fit: impl FnOnce(&mut Args, &Function) -> Errors,
    check: impl FnOnce(&Function) -> Errors,
    mend: impl FnOnce(Function) -> Option<Function>,
    write: impl FnOnce(&Args, Function) -> TokenStream,
) -> TokenStream {
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => {
            errors.extend(fit(&mut args, &function));
            let mistakes = check(&function);
            let function = if mistakes.is_empty() { Some(function) } else { mend(function) };
            errors.extend(mistakes);
            function
        }
        Err(error) => {
            // A function that cannot be read is the compiler's to refuse: it does so at the same token.
            if !function::is_fn(item.clone()) {
                errors.push(error);
            }
            None
        }
    };
    let item = function.map_or(item, |function| write(&args, function));
    let errors = errors.to_compile_errors();
    quote!(#errors #item)
}

/// The arguments of an attribute that name no part of the function, and so fit every one.
fn fits<Args>(_: &mut Args, _: &Function) -> Errors {
    Errors::default()
}

fn write_thread(args: &ThreadArgs, mut function: Function) -> TokenStream {
    let coro = &args.coro;
    let stack_size = &args.stack_size;
    if let Body::Missing(_) = function.body {
        resume::mention_in_signature(&mut function.sig);
    }
    function.attrs.retain(|attr| !is_bare_must_use(attr));
    let resumed = resume::take(&mut function.sig);
    let lifetime = lifetimes::name(&mut function);
    let result = nameable_result(&function);
    function.sig.output = routine_type(coro, resumed.as_ref(), &lifetime, &result);
    if let Body::Missing(_) = function.body {
        return write_function(&function, Group::to_token_stream);
    }
    let uses = naming::uses(&args.name, &function);
    let mut bindings = Bindings::take(&mut function.sig);
    let (constructor, parameters) = match resumed {
        None => (quote!(routine), quote!(||)),
        Some(Resumed { yielder, input, first, .. }) => {
            let first = first.map_or(quote!(_), |(position, first)| {
                bindings.insert_first(position, first, &input)
            });
            (quote!(resume_routine), quote!(|#yielder, #first|))
        }
    };
    bindings.use_for_name(uses);
    let closure_result = impl_trait::inferred(&result);
    // What the arguments do not live long enough for is complained about at the call, so that is at the function's name.
    let span = generated(function.sig.ident.span());
    let name = naming::write(&args.name, &function, coro);
    let coro = path_at(coro, span);
    let is_opaque = impl_trait::is_in_type(&result);
    write_function(&function, |block| {
        let block = bindings.write(block);
        let arguments = quote_spanned!(span=> #name, move #parameters -> #closure_result #block);
        if is_opaque {
            return write_opaque(&coro, span, &arguments, stack_size);
        }
        quote_spanned!(span=> #coro::__private::#constructor(#arguments) #stack_size)
    })
}

/// Makes the routine of a function whose result is an `impl Trait`.
///
/// What such a type says of a closure in the body, such as the lifetimes of its parameters, reaches the body only if the
/// compiler knows that the two are one before it comes to the body. A `return` in front tells it.
fn write_opaque(
    coro: &TokenStream,
    span: Span,
    arguments: &TokenStream,
    stack_size: &impl ToTokens,
) -> TokenStream {
    let opaque = Ident::new("opaque", Span::mixed_site().located_at(span));
    quote_spanned! {span=>
        let #opaque = #coro::__private::Opaque::new();
        if false {
            return #opaque.never();
        }
        #opaque.routine(#arguments) #stack_size
    }
}

/// Says whether an attribute is a `#[must_use]` without a reason, which the routine's own says as well.
fn is_bare_must_use(attr: &Attribute) -> bool {
    matches!(&attr.meta, Meta::Path(path) if path.is_ident("must_use"))
}

/// The type of what the function returns, at the place of its result as written.
fn routine_type(
    coro: &Path,
    resumed: Option<&Resumed>,
    lifetime: &Lifetime,
    result: &Type,
) -> ReturnType {
    let span = generated(result.span());
    let coro = path_at(coro, span);
    match resumed {
        None => parse_quote_spanned!(span=> -> #coro::thread::Routine<#lifetime, #result>),
        Some(Resumed { input, output, .. }) => parse_quote_spanned! {span=>
            -> #coro::thread::ResumeRoutine<#lifetime, #input, #output, #result>
        },
    }
}

/// Moves the default path to a place in the source; one that was given stays where it was written, for it may be wrong.
fn path_at(coro: &Path, span: Span) -> TokenStream {
    let is_default = coro.leading_colon.is_some() && coro.segments.len() == 1;
    if is_default { point_at(span, coro.to_token_stream()) } else { coro.to_token_stream() }
}

fn write_main(args: &MainArgs, function: Function) -> TokenStream {
    let MainArgs { name, stack_size, coro } = args;
    let result = impl_trait::inferred(&result(&function));
    write_function(&function, |block| {
        let body = plain_closure(&function, &result, block);
        quote!(#coro::Builder::new() #name #stack_size .run(#body))
    })
}

fn write_test(args: &TestArgs, mut function: Function) -> TokenStream {
    let TestArgs { start_paused, seed, seeds, timeout, coro } = args;
    let name = naming::function_name(&function);
    let path = quote!(::core::concat!(::core::module_path!(), "::", #name));
    let result = nameable_result(&function);
    if let ReturnType::Type(_, ty) = &mut function.sig.output {
        **ty = result.clone();
    }
    let result = impl_trait::inferred(&result);
    function.attrs.push(parse_quote!(#[::core::prelude::v1::test]));
    write_function(&function, |block| {
        // A type that no test can return is a mistake in the result.
        let run = point_at(generated(result.span()), quote!(.run));
        let body = plain_closure(&function, &result, block);
        quote!(#coro::__private::Test::new(#path) #start_paused #seed #seeds #timeout #run(#body))
    })
}

/// The body as a closure; a `?` in it that has nowhere to go is complained about at the function's name.
fn plain_closure(function: &Function, result: &Type, block: &Group) -> TokenStream {
    let span = generated(function.sig.ident.span());
    quote_spanned!(span=> || -> #result #block)
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
            // The lints that look at whole items, such as those for dead code, skip one that ends in generated code.
            let mut whole = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #body));
            whole.set_span(block.span());
            whole.into_token_stream()
        }
        Body::Missing(semicolon) => semicolon.to_token_stream(),
        Body::Dropped(mention) => quote!({ #mention ::core::unreachable!() }),
    };
    quote!(#(#attrs)* #vis #sig #body)
}

/// The function's result, written out as `()` where it is left off.
pub(crate) fn result(function: &Function) -> Type {
    match &function.sig.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => {
            let span = generated(function.sig.ident.span());
            parse_quote_spanned!(span=> ())
        }
    }
}

/// The result as a type that may stand anywhere: one without values stands for `!`, which only a function may return
/// before it is stable.
fn nameable_result(function: &Function) -> Type {
    match result(function) {
        Type::Never(never) => {
            let span = generated(never.bang_token.span);
            parse_quote_spanned!(span=> ::core::convert::Infallible)
        }
        result => result,
    }
}

/// Lets an error in generated tokens point at a place in the source.
fn point_at(span: Span, tokens: TokenStream) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.into_iter().map(respan).collect()
}
