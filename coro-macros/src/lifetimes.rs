//! Names the lifetimes of a signature and finds the one its routine lives for.
//!
//! A routine keeps the arguments until it has run, so its type needs a lifetime that every borrow and every type in
//! the signature outlives. An elided lifetime cannot appear in such a bound. So each one gets a name of its own, as
//! the compiler would give it; sharing one name would tie lifetimes that are independent, and `&mut Vec<&str>` would
//! borrow the vector for as long as its strings live.
//!
//! ```text
//! fn f(a: u8)                        fn f(a: u8) -> Routine<'static, ()>
//! fn f(a: &str) -> &str              fn f<'_a>(a: &'_a str) -> Routine<'_a, &'_a str>
//! fn f<T>(a: &str, b: T)             fn f<'coro, '_a: 'coro, T>(a: &'_a str, b: T) -> Routine<'coro, ()> where T: 'coro
//! fn f(&self)                        fn f<'_self>(&'_self self) -> Routine<'_self, ()>
//! fn f(self)                         fn f<'coro>(self) -> Routine<'coro, ()> where Self: 'coro
//! ```

use crate::block::{self, Block};
use crate::function::Function;
use crate::impl_trait;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FnArg, GenericParam, Generics, Lifetime, LifetimeParam, ParenthesizedGenericArguments,
    Pat, PatType, ReceiverKind, ReturnType, Signature, Token, TraitBound, Type, TypeFnPtr,
    TypeParam, TypeParamBound, TypeReference, WhereClause, WherePredicate, parse_quote,
    parse_quote_spanned,
};

/// Names the elided lifetimes of a signature, adds the bounds a routine needs, and returns the routine's lifetime.
///
/// No name that occurs in the signature or the body is taken.
pub(crate) fn name(function: &mut Function) -> Lifetime {
    let Function { sig, body, .. } = function;
    let mut names = Names::used_in(quote!(#sig #body));
    let Named { elided, in_order, of_block } = name_inputs(sig, &mut names);
    sig.generics.params = declare(&sig.generics, &elided, &in_order);
    // Where there were no angle brackets, complaints about the parameters point at the name.
    let at_name = generated(sig.ident.span());
    sig.generics.lt_token.get_or_insert(Token![<](at_name));
    sig.generics.gt_token.get_or_insert(Token![>](at_name));
    let own: BTreeSet<Lifetime> =
        sig.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    let block = Block::of(sig, &own);
    let has_types = sig.generics.type_params().next().is_some()
        || impl_trait::is_in_inputs(sig)
        || block.owns_self
        || block.has_self && block.takes_values;
    let mut lifetimes = own.iter().chain(&of_block);
    match (lifetimes.next(), lifetimes.next(), has_types) {
        (None, _, false) => Lifetime::new("'static", at_name),
        (Some(only), None, false) => only.clone(),
        _ => {
            let routine = names.fresh("coro", at_name);
            bound_all(sig, &routine);
            bound_block(sig, &of_block, &block, &routine);
            routine
        }
    }
}

/// What was found in the inputs.
#[derive(Default)]
struct Named {
    /// The names that elided lifetimes got.
    elided: Vec<Lifetime>,
    /// Those of the function itself, in the order in which they first appear.
    in_order: Vec<Lifetime>,
    /// Those that the block around the function declares.
    of_block: Vec<Lifetime>,
}

/// Names the lifetimes that are elided in the inputs, and those in the result as the language takes them: from `self`
/// if that is borrowed, else from the inputs if these have exactly one.
fn name_inputs(sig: &mut Signature, names: &mut Names) -> Named {
    let declared: Vec<Lifetime> =
        sig.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    let mut named = Named::default();
    let mut in_inputs = BTreeSet::new();
    for input in &mut sig.inputs {
        let base = base_name(input);
        visit_input(input, &mut |lifetime| {
            if lifetime.ident == "_" {
                *lifetime = names.fresh(&base, lifetime.span());
                named.elided.push(lifetime.clone());
                named.in_order.push(lifetime.clone());
            } else if declared.contains(lifetime) {
                named.in_order.push(lifetime.clone());
            } else if lifetime.ident != "static" && !named.of_block.contains(lifetime) {
                named.of_block.push(lifetime.clone());
            }
            in_inputs.insert(lifetime.clone());
        });
    }
    let of_self = lifetimes_of_self(sig);
    let candidates = if of_self.is_empty() { in_inputs } else { of_self };
    if let (Some(only), 1) = (candidates.first(), candidates.len()) {
        name_output(&mut sig.output, only);
    }
    named
}

/// The lifetimes of the references to `Self` in the type of `self`.
fn lifetimes_of_self(sig: &Signature) -> BTreeSet<Lifetime> {
    match sig.receiver().map(|receiver| &receiver.kind) {
        Some(ReceiverKind::Reference(_, Some(lifetime), _)) => [lifetime.clone()].into(),
        Some(ReceiverKind::Typed(_, ty)) => block::references_to_self(ty),
        _ => BTreeSet::new(),
    }
}

fn name_output(output: &mut ReturnType, elided: &Lifetime) {
    let mut replace = |lifetime: &mut Lifetime| {
        if lifetime.ident == "_" {
            *lifetime = Lifetime::new(&elided.to_string(), generated(lifetime.span()));
        }
    };
    EachLifetime::new(&mut replace).visit_return_type_mut(output);
}

/// The name of an elided lifetime: that of its parameter, which diagnostics and documentation then tell, behind an
/// underscore as in `'_`. The block around a method may declare lifetimes that cannot be seen and must not be declared
/// again, and hardly one of these begins so.
fn base_name(input: &FnArg) -> String {
    let name = match input {
        FnArg::Receiver(_) => "self".to_owned(),
        FnArg::Typed(PatType { pat, .. }) => match &**pat {
            Pat::Ident(pat) => pat.ident.unraw().to_string(),
            _ => String::new(),
        },
    };
    let name = name.trim_start_matches('_');
    format!("_{}", if name.is_empty() { "arg" } else { name })
}

/// Declares the lifetimes in the order in which they appear, whether they had names or not: so those of a trait's method
/// and of its implementation correspond. Lifetimes go before types.
fn declare(
    generics: &Generics,
    elided: &[Lifetime],
    in_order: &[Lifetime],
) -> Punctuated<GenericParam, Token![,]> {
    let declared = generics.lifetimes().cloned();
    let mut lifetimes: Vec<LifetimeParam> =
        declared.chain(elided.iter().cloned().map(LifetimeParam::new)).collect();
    lifetimes.sort_by_key(|param| {
        in_order.iter().position(|lifetime| *lifetime == param.lifetime).unwrap_or(usize::MAX)
    });
    let others =
        generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))).cloned();
    lifetimes.into_iter().map(GenericParam::Lifetime).chain(others).collect()
}

/// Adds the routine's own lifetime and lets every lifetime and type of the function outlive it.
fn bound_all(sig: &mut Signature, routine: &Lifetime) {
    let end = generated(end_of_result(sig));
    let Generics { params, where_clause, .. } = &mut sig.generics;
    let in_front =
        params.iter_mut().filter_map(|param| bound(param, where_clause.as_ref(), routine, end));
    let in_front = in_front.collect();
    params.insert(0, GenericParam::Lifetime(LifetimeParam::new(routine.clone())));
    for input in &mut sig.inputs {
        impl_trait::outlive(input, routine);
    }
    put_in_front(sig, in_front, end);
}

/// Lets what the inputs take from the block outlive the routine.
fn bound_block(sig: &mut Signature, lifetimes: &[Lifetime], block: &Block, routine: &Lifetime) {
    let lifetimes = lifetimes.iter().map(|lifetime| parse_quote!(#lifetime: #routine));
    let own = block.owns_self.then(|| parse_quote!(Self: #routine));
    let types = block.types.iter().filter(|_| block.has_self);
    let types = types.map(|ty| parse_quote!(#ty: #routine));
    let end = generated(end_of_result(sig));
    put_in_front(sig, lifetimes.chain(own).chain(types).collect(), end);
}

/// Puts predicates in front of the user's: what the compiler proposes to add goes behind the last one.
fn put_in_front(sig: &mut Signature, mut predicates: Vec<WherePredicate>, end: Span) {
    if predicates.is_empty() {
        return;
    }
    let clause = sig.generics.where_clause.get_or_insert_with(|| WhereClause {
        where_token: Token![where](end),
        predicates: Punctuated::new(),
    });
    predicates.extend(std::mem::take(&mut clause.predicates));
    clause.predicates = predicates.into_iter().collect();
}

/// Where the result ends, and with it the signature, if that has no where-clause.
fn end_of_result(sig: &Signature) -> Span {
    match &sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => sig.paren_token.span.close(),
    }
}

/// Adds the bound where the parameter has its others, since bounds in two places are a lint; gives the predicate if they
/// are, or if there are none, in the where-clause.
///
/// A type parameter without bounds stays as it is, for the compiler proposes to add one behind it. The predicate stands at
/// the end of the signature, where it looks for a place as well.
fn bound(
    param: &mut GenericParam,
    clause: Option<&WhereClause>,
    routine: &Lifetime,
    end: Span,
) -> Option<WherePredicate> {
    let is_bound_there =
        |name: TokenStream| clause.is_some_and(|clause| is_bound_in(clause, &name));
    match param {
        GenericParam::Lifetime(LifetimeParam { lifetime, .. })
            if is_bound_there(lifetime.to_token_stream()) =>
        {
            return Some(parse_quote!(#lifetime: #routine));
        }
        GenericParam::Lifetime(param) => {
            param.colon_token.get_or_insert_default();
            param.bounds.push(routine.clone());
        }
        // One that is switched off is in no predicate.
        GenericParam::Type(TypeParam { ident, colon_token, attrs, .. })
            if attrs.is_empty()
                && (colon_token.is_none() || is_bound_there(ident.to_token_stream())) =>
        {
            let mut name = ident.clone();
            name.set_span(ident.span().located_at(end));
            let routine = Lifetime::new(&routine.to_string(), end);
            return Some(parse_quote_spanned!(end=> #name: #routine));
        }
        GenericParam::Type(param) => {
            param.colon_token.get_or_insert_default();
            param.bounds.push(TypeParamBound::Lifetime(routine.clone()));
        }
        GenericParam::Const(_) => {}
    }
    None
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
    EachLifetime::new(&mut find).visit_type_mut(&mut ty.clone());
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
    EachLifetime::new(&mut replace).visit_type_mut(&mut ty);
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
        FnArg::Typed(input) => EachLifetime::new(f).visit_type_mut(&mut input.ty),
        FnArg::Receiver(receiver) => match &mut receiver.kind {
            ReceiverKind::Reference(and, lifetime, _) => {
                f(lifetime.get_or_insert_with(|| elided(and.span)));
            }
            ReceiverKind::Typed(_, ty) => EachLifetime::new(f).visit_type_mut(ty),
            _ => {}
        },
    }
}

fn elided(span: Span) -> Lifetime {
    Lifetime::new("'_", span)
}

/// Calls the function with each lifetime of a type; an elided one is written out as `'_` first.
///
/// It leaves out those that the type declares itself in a `for<…>`. It stays out of `Fn(&T)` and `fn(&T)`, where an elided
/// lifetime belongs to the call, and out of array lengths.
struct EachLifetime<'f> {
    f: &'f mut dyn FnMut(&mut Lifetime),
    /// The lifetimes of every `for<…>` around the place of the visit.
    bound: Vec<Lifetime>,
}

impl<'f> EachLifetime<'f> {
    fn new(f: &'f mut dyn FnMut(&mut Lifetime)) -> Self {
        Self { f, bound: Vec::new() }
    }
}

impl VisitMut for EachLifetime<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if !self.bound.contains(lifetime) {
            (self.f)(lifetime);
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(|| elided(reference.and_token.span));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_trait_bound_mut(&mut self, bound: &mut TraitBound) {
        let outside = self.bound.len();
        let declared = bound.lifetimes.iter().flat_map(|bound| &bound.lifetimes);
        self.bound.extend(declared.filter_map(|param| match param {
            GenericParam::Lifetime(param) => Some(param.lifetime.clone()),
            _ => None,
        }));
        visit_mut::visit_trait_bound_mut(self, bound);
        self.bound.truncate(outside);
    }

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {
    }
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

#[cfg(test)]
mod tests {
    use super::name;
    use crate::function::Function;
    use quote::ToTokens;
    use syn::Signature;

    /// Shows the named signature and the routine's lifetime.
    fn named(source: &str) -> (String, String) {
        let mut function: Function = syn::parse_str(&format!("{source};")).unwrap();
        let routine = name(&mut function);
        (function.sig.to_token_stream().to_string(), routine.to_string())
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
        check("fn f(a: &u8)", "fn f<'_a>(a: &'_a u8)", "'_a");
        check("fn f<'x>(a: &'x u8)", "fn f<'x>(a: &'x u8)", "'x");
        check("fn f(a: Cow<'_, str>)", "fn f<'_a>(a: Cow<'_a, str>)", "'_a");
    }

    #[test]
    fn types_outlive_the_routine() {
        check("fn f<T>(a: T)", "fn f<'coro, T>(a: T) where T: 'coro", "'coro");
        check(
            "fn f<r#type>(a: r#type)",
            "fn f<'coro, r#type>(a: r#type) where r#type: 'coro",
            "'coro",
        );
        check(
            "fn f<T, #[cfg(x)] U>(#[cfg(x)] a: U)",
            "fn f<'coro, T, #[cfg(x)] U: 'coro>(#[cfg(x)] a: U) where T: 'coro",
            "'coro",
        );
        check(
            "fn f<T: A + ?Sized>(a: &T)",
            "fn f<'coro, '_a: 'coro, T: A + ?Sized + 'coro>(a: &'_a T)",
            "'coro",
        );
        check("fn f(a: impl A)", "fn f<'coro>(a: impl A + 'coro)", "'coro");
        check("fn f(a: &impl A)", "fn f<'coro, '_a: 'coro>(a: &'_a (impl A + 'coro))", "'coro");
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
            "fn f<'coro, T: A + 'coro, U>(a: T, b: U) where U: 'coro, U: B, for<'x> Vec<T>: C<'x>",
            "'coro",
        );
        check(
            "fn f<'x, 'y>(a: &'x u8, b: &'y u8) where 'x: 'y",
            "fn f<'coro, 'x, 'y: 'coro>(a: &'x u8, b: &'y u8) where 'x: 'coro, 'x: 'y",
            "'coro",
        );
    }

    #[test]
    fn lifetimes_stay_apart() {
        check(
            "fn f<'x: 'y, 'y, T>(a: &mut Vec<&str>, b: &'x T, c: &'y T)",
            "fn f<'coro, '_a: 'coro, '_a2: 'coro, 'x: 'y + 'coro, 'y: 'coro, T>\
             (a: &'_a mut Vec<&'_a2 str>, b: &'x T, c: &'y T) where T: 'coro",
            "'coro",
        );
    }

    #[test]
    fn elided_results_follow_the_only_lifetime() {
        check(
            "fn f(a: &u8) -> Foo<'_, &str>",
            "fn f<'_a>(a: &'_a u8) -> Foo<'_a, &'_a str>",
            "'_a",
        );
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
            "fn f<'coro, '_a: 'coro, '_b: 'coro>(a: &'_a u8, b: &'_b u8) -> &u8",
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
            "fn f<'_a>(a: &'_a dyn for<'x> A<'x>) -> &'_a u8",
            "'_a",
        );
    }

    #[test]
    fn names_do_not_clash() {
        check("fn f(__: &u8)", "fn f<'_arg>(__: &'_arg u8)", "'_arg");
        check(
            "fn f(_a: &u8, (b, c): &B) -> X<'_a>",
            "fn f<'coro, '_a2: 'coro, '_arg: 'coro>(_a: &'_a2 u8, (b, c): &'_arg B) -> X<'_a>",
            "'coro",
        );
        check(
            "fn f<'coro>(r#type: &u8, gen: &'coro u8)",
            "fn f<'coro2, '_type: 'coro2, 'coro: 'coro2>(r#type: &'_type u8, gen: &'coro u8)",
            "'coro2",
        );
    }

    #[test]
    fn borrowed_receivers_have_a_lifetime() {
        check("fn f(&self)", "fn f<'_self>(&'_self self)", "'_self");
        check("fn f(&'static self)", "fn f(&'static self)", "'static");
        check("fn f(self: Pin<&mut Self>)", "fn f<'_self>(self: Pin<&'_self mut Self>)", "'_self");
        check(
            "fn f(&self, a: &u8)",
            "fn f<'coro, '_self: 'coro, '_a: 'coro>(&'_self self, a: &'_a u8)",
            "'coro",
        );
    }

    #[test]
    fn elided_results_follow_self() {
        check(
            "fn f(&mut self, a: &'static u8) -> &u8",
            "fn f<'coro, '_self: 'coro>(&'_self mut self, a: &'static u8) -> &'_self u8",
            "'coro",
        );
        check(
            "fn f(self: Pin<&Self>, a: &'x u8) -> &u8",
            "fn f<'coro, '_self: 'coro>(self: Pin<&'_self Self>, a: &'x u8) -> &'_self u8 where 'x: 'coro",
            "'coro",
        );
        check(
            "fn f(self: Rc<Self>, a: &u8) -> &u8",
            "fn f<'coro, '_a: 'coro>(self: Rc<Self>, a: &'_a u8) -> &'_a u8 where Self: 'coro",
            "'coro",
        );
    }

    #[test]
    fn an_owned_self_outlives_the_routine() {
        check("fn f(self)", "fn f<'coro>(self) where Self: 'coro", "'coro");
        check("pub fn f(mut self)", "fn f<'coro>(mut self) where Self: 'coro", "'coro");
        check(
            "fn f(a: Vec<Self>, b: Self::B)",
            "fn f<'coro>(a: Vec<Self>, b: Self::B) where Self: 'coro",
            "'coro",
        );
        check("fn f(a: u8) -> Self", "fn f(a: u8) -> Self", "'static");
        check(
            "pub fn f(&self, a: Self)",
            "fn f<'coro, '_self: 'coro>(&'_self self, a: Self)",
            "'coro",
        );
    }

    #[test]
    fn types_that_may_be_the_blocks_outlive_the_routine() {
        check(
            "fn f(&self, a: T, (b, c): (Vec<U>, T), #[cfg(x)] d: V)",
            "fn f<'coro, '_self: 'coro>(&'_self self, a: T, (b, c): (Vec<U>, T), #[cfg(x)] d: V) \
             where T: 'coro, Vec<U>: 'coro",
            "'coro",
        );
        check(
            "fn f<U>(&self, a: U, b: String, c: u8, d: U::X, e: &T, f: Option<&T>)",
            "fn f<'coro, '_self: 'coro, '_e: 'coro, '_f: 'coro, U>\
             (&'_self self, a: U, b: String, c: u8, d: U::X, e: &'_e T, f: Option<&'_f T>) where U: 'coro",
            "'coro",
        );
        check(
            "fn f(&self, a: fn(&T), b: T::X, c: <T as A>::X)",
            "fn f<'coro, '_self: 'coro>(&'_self self, a: fn(&T), b: T::X, c: <T as A>::X) \
             where fn(&T): 'coro, T::X: 'coro, <T as A>::X: 'coro",
            "'coro",
        );
    }

    #[test]
    fn a_method_of_a_trait_and_those_that_implement_it_correspond() {
        let shape = "fn f<'coro, '_self: 'coro>(&'_self self, a: ";
        for (ty, bound) in [
            ("T", " where T: 'coro"),
            ("u8", ""),
            ("()", ""),
            ("&'static u8", ""),
            ("&'x u8", " where 'x: 'coro"),
            ("Vec<T>", " where Vec<T>: 'coro"),
        ] {
            check(&format!("fn f(&self, a: {ty})"), &format!("{shape}{ty}){bound}"), "'coro");
        }
        check(
            "fn f<'x>(&self, a: &'x u8)",
            "fn f<'coro, '_self: 'coro, 'x: 'coro>(&'_self self, a: &'x u8)",
            "'coro",
        );
    }
}
