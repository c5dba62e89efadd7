//! Names the lifetimes of a signature and finds the one its routine lives for.
//!
//! A routine keeps the arguments until it has run, so its type needs a lifetime that every borrow and every type in
//! the signature outlives. An elided lifetime cannot appear in such a bound. So each one gets a name of its own, as
//! the compiler would give it; sharing one name would tie lifetimes that are independent, and `&mut Vec<&str>` would
//! borrow the vector for as long as its strings live.
//!
//! ```text
//! fn f(a: &str) -> &str              fn f<'a>(a: &'a str) -> Routine<'a, &'a str>
//! fn f<T>(a: &str, b: T)             fn f<'coro, 'a: 'coro, T: 'coro>(a: &'a str, b: T) -> Routine<'coro, ()>
//! fn f(a: u8)                        fn f(a: u8) -> Routine<'static, ()>
//! ```

use crate::function::Body;
use crate::impl_trait;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FnArg, GenericParam, Generics, Lifetime, LifetimeParam, ParenthesizedGenericArguments,
    Pat, ReceiverKind, ReturnType, Signature, Token, Type, TypeFnPtr, TypeParamBound,
    TypeReference, WhereClause, WherePredicate, parse_quote,
};

/// Names the elided lifetimes of `sig`, adds the bounds a routine needs, and returns the routine's lifetime.
///
/// No name that occurs in the signature or the body is taken.
pub(crate) fn name(sig: &mut Signature, body: &Body) -> Lifetime {
    let mut names = Names::used_in(quote!(#sig #body));
    let elided = name_inputs(sig, &mut names);
    let has_types = sig.generics.type_params().next().is_some() || impl_trait::is_in_inputs(sig);
    sig.generics.params = declare(&sig.generics, &elided);
    let mut lifetimes = sig.generics.lifetimes();
    match (lifetimes.next(), lifetimes.next(), has_types) {
        (None, _, false) => Lifetime::new("'static", Span::call_site()),
        (Some(only), None, false) => only.lifetime.clone(),
        _ => bound_all(sig, names.fresh("coro", Span::call_site())),
    }
}

/// Names the lifetimes that are elided in the inputs, and in the result where the inputs have exactly one lifetime.
fn name_inputs(sig: &mut Signature, names: &mut Names) -> Vec<Lifetime> {
    let declared: Vec<Lifetime> =
        sig.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    let mut elided = Vec::new();
    let mut in_inputs = BTreeSet::new();
    for input in &mut sig.inputs {
        let base = base_name(input);
        visit_input(input, &mut |lifetime| {
            if lifetime.ident == "_" {
                *lifetime = names.fresh(&base, lifetime.span());
                elided.push(lifetime.clone());
            } else if lifetime.ident != "static" && !declared.contains(lifetime) {
                // Bound by a `for<…>` inside the type, where elision does not look.
                return;
            }
            in_inputs.insert(lifetime.clone());
        });
    }
    if let (Some(only), 1) = (in_inputs.first(), in_inputs.len()) {
        name_output(&mut sig.output, only);
    }
    elided
}

fn name_output(output: &mut ReturnType, elided: &Lifetime) {
    let mut replace = |lifetime: &mut Lifetime| {
        if lifetime.ident == "_" {
            *lifetime = Lifetime::new(&elided.to_string(), generated(lifetime.span()));
        }
    };
    EachLifetime(&mut replace).visit_return_type_mut(output);
}

/// The parameter's own name where a lifetime can have it: diagnostics and documentation then read best.
fn base_name(input: &FnArg) -> String {
    let FnArg::Typed(input) = input else {
        return "this".to_owned();
    };
    match &*input.pat {
        // A raw identifier may be a keyword, and so is `gen` in the edition of the expansion; a lifetime may not.
        Pat::Ident(pat) if pat.ident == pat.ident.unraw() && pat.ident != "gen" => {
            pat.ident.to_string()
        }
        _ => "arg".to_owned(),
    }
}

/// Puts the named lifetimes behind the declared ones: lifetimes go before types.
fn declare(generics: &Generics, elided: &[Lifetime]) -> Punctuated<GenericParam, Token![,]> {
    let declared = generics.lifetimes().cloned().map(GenericParam::Lifetime);
    let named = elided.iter().cloned().map(LifetimeParam::new).map(GenericParam::Lifetime);
    let others =
        generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))).cloned();
    declared.chain(named).chain(others).collect()
}

/// Adds the routine's own lifetime and lets every lifetime and type outlive it.
fn bound_all(sig: &mut Signature, routine: Lifetime) -> Lifetime {
    let Generics { params, where_clause, .. } = &mut sig.generics;
    for param in &mut *params {
        bound(param, where_clause.as_mut(), &routine);
    }
    params.insert(0, GenericParam::Lifetime(LifetimeParam::new(routine.clone())));
    for input in &mut sig.inputs {
        impl_trait::outlive(input, &routine);
    }
    routine
}

/// Adds the bound where the parameter has its others, since bounds in two places are a lint.
fn bound(param: &mut GenericParam, clause: Option<&mut WhereClause>, routine: &Lifetime) {
    let name = match param {
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        GenericParam::Type(param) => param.ident.to_token_stream(),
        GenericParam::Const(_) => return,
    };
    if let Some(clause) = clause.filter(|clause| is_bound_in(clause, &name)) {
        clause.predicates.push(parse_quote!(#name: #routine));
        return;
    }
    match param {
        GenericParam::Lifetime(param) => {
            param.colon_token.get_or_insert_default();
            param.bounds.push(routine.clone());
        }
        GenericParam::Type(param) => {
            param.colon_token.get_or_insert_default();
            param.bounds.push(TypeParamBound::Lifetime(routine.clone()));
        }
        GenericParam::Const(_) => {}
    }
}

fn is_bound_in(clause: &WhereClause, name: &TokenStream) -> bool {
    clause.predicates.iter().any(|predicate| {
        let bounded = match predicate {
            WherePredicate::Lifetime(predicate) => predicate.lifetime.to_token_stream(),
            WherePredicate::Type(predicate) => predicate.bounded_ty.to_token_stream(),
            _ => return false,
        };
        bounded.to_string() == name.to_string()
    })
}

/// Finds the first elided lifetime of a type.
pub(crate) fn elided_in(ty: &Type) -> Option<Span> {
    let mut found = None;
    let mut find = |lifetime: &mut Lifetime| {
        if lifetime.ident == "_" {
            found.get_or_insert(lifetime.span());
        }
    };
    EachLifetime(&mut find).visit_type_mut(&mut ty.clone());
    found
}

/// Gives the type with `'static` for each elided lifetime.
pub(crate) fn elided_as_static(ty: &Type) -> Type {
    let mut ty = ty.clone();
    let mut replace = |lifetime: &mut Lifetime| {
        if lifetime.ident == "_" {
            *lifetime = Lifetime::new("'static", generated(lifetime.span()));
        }
    };
    EachLifetime(&mut replace).visit_type_mut(&mut ty);
    ty
}

/// A span at the user's source that the compiler and lints know as generated.
pub(crate) fn generated(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// Gives out lifetime names that the function does not use.
struct Names(BTreeSet<String>);

impl Names {
    fn used_in(tokens: TokenStream) -> Self {
        let mut names = Self(BTreeSet::new());
        names.collect(tokens);
        names
    }

    /// Reads tokens, since the body is not parsed and macros in it could not be.
    fn collect(&mut self, tokens: TokenStream) {
        let mut after_apostrophe = false;
        for token in tokens {
            match &token {
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(ident) if after_apostrophe => {
                    self.0.insert(ident.to_string());
                }
                _ => {}
            }
            after_apostrophe = matches!(token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        }
    }

    fn fresh(&mut self, base: &str, span: Span) -> Lifetime {
        let mut name = base.to_owned();
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{base}{number}");
        }
        Lifetime::new(&format!("'{name}"), generated(span))
    }
}

fn visit_input(input: &mut FnArg, f: &mut dyn FnMut(&mut Lifetime)) {
    match input {
        FnArg::Typed(input) => EachLifetime(f).visit_type_mut(&mut input.ty),
        FnArg::Receiver(receiver) => match &mut receiver.kind {
            ReceiverKind::Reference(and, lifetime, _) => {
                f(lifetime.get_or_insert_with(|| elided(and.span)));
            }
            ReceiverKind::Typed(_, ty) => EachLifetime(f).visit_type_mut(ty),
            _ => {}
        },
    }
}

fn elided(span: Span) -> Lifetime {
    Lifetime::new("'_", span)
}

/// Calls the function with each lifetime of a type; an elided one is written out as `'_` first.
///
/// It stays out of `Fn(&T)` and `fn(&T)`, where an elided lifetime belongs to the call, and out of array lengths.
struct EachLifetime<'f>(&'f mut dyn FnMut(&mut Lifetime));

impl VisitMut for EachLifetime<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        (self.0)(lifetime);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(|| elided(reference.and_token.span));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {
    }
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

#[cfg(test)]
mod tests {
    use super::name;
    use crate::function::Body;
    use quote::ToTokens;
    use syn::Signature;

    /// Shows the named signature and the routine's lifetime.
    fn named(source: &str) -> (String, String) {
        let mut sig: Signature = syn::parse_str(source).unwrap();
        let routine = name(&mut sig, &Body::Missing(Default::default()));
        (sig.to_token_stream().to_string(), routine.to_string())
    }

    #[track_caller]
    fn check(source: &str, expected: &str, routine: &str) {
        let expected: Signature = syn::parse_str(expected).unwrap();
        assert_eq!(named(source), (expected.to_token_stream().to_string(), routine.to_owned()));
    }

    #[test]
    fn nothing_to_outlive_is_static() {
        check("fn f(a: u8, b: &'static str)", "fn f(a: u8, b: &'static str)", "'static");
        check("fn f<const N: usize>(a: [u8; N])", "fn f<const N: usize>(a: [u8; N])", "'static");
    }

    #[test]
    fn one_lifetime_is_the_routines_own() {
        check("fn f(a: &u8)", "fn f<'a>(a: &'a u8)", "'a");
        check("fn f<'x>(a: &'x u8)", "fn f<'x>(a: &'x u8)", "'x");
        check("fn f(a: Cow<'_, str>)", "fn f<'a>(a: Cow<'a, str>)", "'a");
    }

    #[test]
    fn types_outlive_the_routine() {
        check("fn f<T>(a: T)", "fn f<'coro, T: 'coro>(a: T)", "'coro");
        check(
            "fn f<T: A + ?Sized>(a: &T)",
            "fn f<'coro, 'a: 'coro, T: A + ?Sized + 'coro>(a: &'a T)",
            "'coro",
        );
        check("fn f(a: impl A)", "fn f<'coro>(a: impl A + 'coro)", "'coro");
        check("fn f(a: &impl A)", "fn f<'coro, 'a: 'coro>(a: &'a (impl A + 'coro))", "'coro");
        check(
            "fn f(a: Vec<impl A<B = impl C>>)",
            "fn f<'coro>(a: Vec<impl A<B = impl C + 'coro> + 'coro>)",
            "'coro",
        );
    }

    #[test]
    fn bounds_join_those_of_the_where_clause() {
        check(
            "fn f<T: A, U>(a: T, b: U) where U: B, for<'x> Vec<T>: C<'x>",
            "fn f<'coro, T: A + 'coro, U>(a: T, b: U) where U: B, for<'x> Vec<T>: C<'x>, U: 'coro",
            "'coro",
        );
        check(
            "fn f<'x, 'y>(a: &'x u8, b: &'y u8) where 'x: 'y",
            "fn f<'coro, 'x, 'y: 'coro>(a: &'x u8, b: &'y u8) where 'x: 'y, 'x: 'coro",
            "'coro",
        );
    }

    #[test]
    fn lifetimes_stay_apart() {
        check(
            "fn f<'x: 'y, 'y, T>(a: &mut Vec<&str>, b: &'x T, c: &'y T)",
            "fn f<'coro, 'x: 'y + 'coro, 'y: 'coro, 'a: 'coro, 'a2: 'coro, T: 'coro>\
             (a: &'a mut Vec<&'a2 str>, b: &'x T, c: &'y T)",
            "'coro",
        );
    }

    #[test]
    fn elided_results_follow_the_only_lifetime() {
        check("fn f(a: &u8) -> Foo<'_, &str>", "fn f<'a>(a: &'a u8) -> Foo<'a, &'a str>", "'a");
        check(
            "fn f<'x>(a: &'x u8, b: &'x u8) -> &u8",
            "fn f<'x>(a: &'x u8, b: &'x u8) -> &'x u8",
            "'x",
        );
        check("fn f(a: &'static u8) -> &u8", "fn f(a: &'static u8) -> &'static u8", "'static");
    }

    #[test]
    fn ambiguous_results_are_left_to_the_compiler() {
        check("fn f() -> &u8", "fn f() -> &u8", "'static");
        check(
            "fn f(a: &u8, b: &u8) -> &u8",
            "fn f<'coro, 'a: 'coro, 'b: 'coro>(a: &'a u8, b: &'b u8) -> &u8",
            "'coro",
        );
    }

    #[test]
    fn lifetimes_of_calls_are_left_alone() {
        for source in [
            "fn f(a: fn(&u8) -> &u8)",
            "fn f(a: Box<dyn Fn(&u8) -> &u8>)",
            "fn f(a: Box<dyn for<'x> A<'x>>)",
            "fn f(a: [u8; { const X: &u8 = &3; 4 }])",
        ] {
            check(source, source, "'static");
        }
        check(
            "fn f(a: &dyn for<'x> A<'x>) -> &u8",
            "fn f<'a>(a: &'a dyn for<'x> A<'x>) -> &'a u8",
            "'a",
        );
    }

    #[test]
    fn names_do_not_clash() {
        check(
            "fn f(a: &u8, (b, c): &B) -> X<'a>",
            "fn f<'coro, 'a2: 'coro, 'arg: 'coro>(a: &'a2 u8, (b, c): &'arg B) -> X<'a>",
            "'coro",
        );
        check(
            "fn f(r#type: &u8, gen: &u8, coro: &u8)",
            "fn f<'coro2, 'arg: 'coro2, 'arg2: 'coro2, 'coro: 'coro2>(r#type: &'arg u8, gen: &'arg2 u8, coro: &'coro u8)",
            "'coro2",
        );
    }

    #[test]
    fn receivers_have_a_lifetime() {
        check("fn f(&self)", "fn f<'this>(&'this self)", "'this");
        check("fn f(self: Pin<&mut Self>)", "fn f<'this>(self: Pin<&'this mut Self>)", "'this");
    }
}
