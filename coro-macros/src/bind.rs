//! Moves the parameters of a function into the closure that has its body.
//!
//! In the closure they have to live as they did in the function: each one, used or not, until the body ends, and then
//! dropped from the last to the first. A parameter whose type surely has nothing to drop is captured where it is
//! mentioned. Any other one moves into a `let` of its own: that takes it in whole, though the body may use a part alone,
//! and `let`s are dropped in the order of parameters. `self` cannot be bound anew, so a statement mentions it; what a
//! closure captures is dropped after its `let`s, as the first parameter is after the others.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, FnArg, Pat, PatIdent, PatReference, PatType, Receiver, ReceiverKind,
    Signature, Type, parse_quote,
};

use crate::lifetimes::generated;
use crate::yielder::is_same;

/// The statements at the head of the closure.
pub(crate) struct Bindings {
    /// Takes in `self`.
    receiver: Option<TokenStream>,
    /// Binds the others; each comes with its place among the parameters that have a type.
    others: Vec<(usize, TokenStream)>,
    /// Uses what is bound for the thread's name alone.
    uses: Vec<TokenStream>,
}

impl Bindings {
    /// Leaves in the signature what a caller has to see, and binds the rest.
    pub(crate) fn take(sig: &mut Signature) -> Self {
        let receiver = sig.receiver().and_then(mention);
        let typed = sig.inputs.iter_mut().filter_map(|input| match input {
            FnArg::Typed(input) => Some(input),
            FnArg::Receiver(_) => None,
        });
        let bound = typed.enumerate().filter_map(|(position, input)| {
            needs_binding(input).then(|| (position, bind(&format!("_arg{}", position + 1), input)))
        });
        Self { others: bound.collect(), receiver, uses: Vec::new() }
    }

    /// Gives the closure's parameter for the value that the first resume brings, and binds it where it stands among
    /// the others if it is to be dropped before one of them.
    ///
    /// `position` counts the caller's parameters before it, and `brought` is the type of the value.
    pub(crate) fn insert_first(
        &mut self,
        position: usize,
        mut first: PatType,
        brought: &Type,
    ) -> TokenStream {
        let index = self.others.partition_point(|(other, _)| *other < position);
        let is_same = is_same(&first.ty, brought);
        if is_same && (index == 0 || !needs_binding(&first)) {
            return first.into_token_stream();
        }
        let binding = bind("first", &mut first);
        let PatType { attrs, pat: name, ty, .. } = &first;
        if is_same {
            self.others.insert(index, (position, binding));
            return first.into_token_stream();
        }
        let comparison = compare_types(name, ty);
        let binding = quote!(#(#attrs)* let #name: #ty = #comparison; #binding);
        self.others.insert(index, (position, binding));
        quote!(#(#attrs)* #name)
    }

    /// Adds statements that use what is bound for the thread's name alone.
    pub(crate) fn use_for_name(&mut self, uses: Vec<TokenStream>) {
        self.uses.extend(uses);
    }

    /// Writes the body of the closure.
    ///
    /// Behind bindings, the function's block stays a block of its own, so that the temporaries of its last expression
    /// are dropped before the parameters, as in a function of any edition.
    pub(crate) fn write(&self, block: &Group) -> TokenStream {
        let receiver = &self.receiver;
        let others = self.others.iter().map(|(_, binding)| binding).chain(&self.uses);
        if receiver.is_none() && self.others.is_empty() && self.uses.is_empty() {
            return block.to_token_stream();
        }
        let statements = block.stream();
        if self.others.is_empty() || has_no_temporaries(&statements) {
            let mut whole = Group::new(Delimiter::Brace, quote!(#receiver #(#others)* #statements));
            whole.set_span(block.span());
            return whole.into_token_stream();
        }
        // As the user's own, the braces around a lone expression would be called unnecessary.
        let is_lone = !statements.clone().into_iter().any(|token| is_semicolon(&token));
        let mut inner = Group::new(Delimiter::Brace, statements);
        inner.set_span(if is_lone { generated(block.span()) } else { block.span() });
        quote!({ #receiver #(#others)* #inner })
    }
}

/// Writes the statement that takes in the whole `self`; one that is borrowed has nothing to drop.
fn mention(receiver: &Receiver) -> Option<TokenStream> {
    let name = &receiver.self_token;
    let is_borrowed = match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => drops_nothing(ty),
        _ => false,
    };
    (!is_borrowed).then(|| quote!(let _ = &#name;))
}

/// Says whether a parameter moves into a `let` of the closure.
pub(crate) fn needs_binding(input: &PatType) -> bool {
    !drops_nothing(&input.ty) || !is_captured_as_it_is(&input.pat)
}

/// Says whether a type is surely one without anything to drop, as far as it can be seen.
fn drops_nothing(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
        Type::Array(array) => drops_nothing(&array.elem),
        Type::Group(group) => drops_nothing(&group.elem),
        Type::Paren(paren) => drops_nothing(&paren.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(drops_nothing),
        Type::Path(path) => {
            path.path.get_ident().is_some_and(|name| PRIMITIVES.iter().any(|other| name == other))
        }
        _ => false,
    }
}

/// The types of the language that are named by a word.
pub(crate) const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// Says whether what a pattern binds can be captured: a `mut` is for the body, and `ref` would borrow the parameter.
fn is_captured_as_it_is(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, mutability: None, subpat: None, .. })
        | Pat::Wild(_)
        | Pat::Rest(_) => true,
        Pat::Paren(paren) => is_captured_as_it_is(&paren.pat),
        Pat::Reference(reference) => is_captured_as_it_is(&reference.pat),
        Pat::Slice(slice) => slice.elems.iter().all(is_captured_as_it_is),
        Pat::Tuple(tuple) => tuple.elems.iter().all(is_captured_as_it_is),
        _ => false,
    }
}

/// Leaves a plain name of a parameter in the signature, and returns the statements that bind its pattern; `default` is
/// the name where the pattern is more than one.
fn bind(default: &str, input: &mut PatType) -> TokenStream {
    let attrs = std::mem::take(&mut input.attrs);
    input.attrs = attrs.iter().filter(|attr| is_conditional(attr)).cloned().collect();
    let conditions = &input.attrs;
    let name = outside_name(default, &input.pat);
    let is_plain = plain_name(&input.pat).is_some();
    let pattern = std::mem::replace(&mut *input.pat, parse_quote!(#name));
    if is_plain && is_unused(&name) {
        // The braces keep it from being a lint on bindings without effect.
        return quote!(#(#attrs)* let #pattern = { #name };);
    }
    if is_plain {
        return quote!(#(#attrs)* let #pattern = #name;);
    }
    // The whole value moves in first: a pattern may leave parts of it, which live as long as the rest.
    let mutability = borrows_mutably(&pattern).then(|| quote!(mut));
    quote! {
        #(#conditions)* let #mutability #name = #name;
        #(#attrs)* let #pattern = #name;
    }
}

/// Says whether a pattern has a `ref mut`, which borrows from the value; one behind a reference borrows from elsewhere.
fn borrows_mutably(pattern: &Pat) -> bool {
    struct Finder(bool);

    impl Visit<'_> for Finder {
        fn visit_pat_ident(&mut self, pattern: &PatIdent) {
            self.0 |= pattern.by_ref.is_some() && pattern.mutability.is_some();
            visit::visit_pat_ident(self, pattern);
        }

        fn visit_pat_reference(&mut self, _: &PatReference) {}

        fn visit_expr(&mut self, _: &Expr) {}
    }

    let mut finder = Finder(false);
    finder.visit_pat(pattern);
    finder.0
}

/// The name of a parameter in the signature, where it is bound anew in the body.
fn outside_name(default: &str, pattern: &Pat) -> Ident {
    let span = Span::mixed_site().located_at(pattern.span());
    match plain_name(pattern) {
        // Reading a user's `_name` is a lint.
        Some(name) if is_unused(name) => Ident::new(&name.to_string(), span),
        Some(name) => name.clone(),
        None => Ident::new(default, span),
    }
}

/// Says whether a name is that of a parameter that is not used.
pub(crate) fn is_unused(name: &Ident) -> bool {
    name.to_string().starts_with('_')
}

/// The name of a parameter that is `name` or `mut name`.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => Some(ident),
        _ => None,
    }
}

/// Says whether an attribute decides if the parameter exists at all.
pub(crate) fn is_conditional(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
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

/// Says whether a block surely ends without a temporary that lives to its end, since it is empty or ends with a `loop`.
///
/// To look closer would pay no one. An editor expands a function with and without the word that is being typed and
/// compares the two by position: `a.` takes in the next line's `None`, and `a.word` ends there. If the text in front of
/// the body depended on its last expression, the body would move between the two and completion would be lost.
fn has_no_temporaries(block: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = block.clone().into_iter().collect();
    match &tokens[..] {
        [before @ .., TokenTree::Ident(word), body] if word == "loop" && is_block(body) => {
            before.last().is_none_or(|token| is_block(token) || is_semicolon(token))
        }
        tokens => tokens.is_empty(),
    }
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

#[cfg(test)]
mod tests {
    use super::{drops_nothing, has_no_temporaries, is_captured_as_it_is};
    use proc_macro2::TokenStream;
    use syn::parse::Parser;
    use syn::{Pat, Type};

    #[test]
    fn knows_types_without_anything_to_drop() {
        for (source, expected) in [
            ("u8", true),
            ("&mut Vec<T>", true),
            ("[(usize, &'static str); 3]", true),
            ("*const T", true),
            ("fn(T) -> T", true),
            ("()", true),
            ("T", false),
            ("x::u8", false),
            ("String", false),
            ("(u8, Vec<u8>)", false),
            ("[T; 0]", false),
            ("Box<&u8>", false),
        ] {
            let ty: Type = syn::parse_str(source).unwrap();
            assert_eq!(drops_nothing(&ty), expected, "{source}");
        }
    }

    #[test]
    fn knows_patterns_that_can_stay() {
        for (source, expected) in [
            ("a", true),
            ("_", true),
            ("&(a, [_b, ..])", true),
            ("mut a", false),
            ("(a, mut b)", false),
            ("ref a", false),
            ("a @ b", false),
            ("Some(a)", false),
        ] {
            let pattern = Pat::parse_single.parse_str(source).unwrap();
            assert_eq!(is_captured_as_it_is(&pattern), expected, "{source}");
        }
    }

    #[test]
    fn knows_ends_without_temporaries() {
        for (source, expected) in [
            ("", true),
            ("loop { a.b().c() }", true),
            ("a; loop { b() }", true),
            ("if a {} loop { b() }", true),
            ("a.b().c()", false),
            ("a;", false),
            ("a; Ok(())", false),
            ("match a().b { _ => c }", false),
            ("for a in b() {}", false),
            ("a().b = loop { break c }", false),
        ] {
            let block: TokenStream = source.parse().unwrap();
            assert_eq!(has_no_temporaries(&block), expected, "{source}");
        }
    }
}
