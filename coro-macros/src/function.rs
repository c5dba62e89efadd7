//! The function an attribute stands on, with its body left as tokens.
//!
//! The body is not parsed: it goes into the expansion as it is, so that syntax this crate does not know still
//! compiles, a mistake inside is reported once (by the compiler, in place), and a long body costs nothing.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Ident, Result, Signature, Token, Visibility, braced, token};

/// A function as written.
#[derive(Clone)]
pub(crate) struct Function {
    /// The attributes above it, documentation included.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The `#![…]` attributes at the head of the body, which may not move into a block.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) body: Body,
}

/// What follows the signature.
#[derive(Clone)]
pub(crate) enum Body {
    /// A block, with the delimiters the user wrote and without its inner attributes.
    Block(Group),
    /// Only a semicolon, as in a trait.
    Missing(Token![;]),
    /// Left out, since it cannot compile; these statements stay.
    Dropped(TokenStream),
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Block(block) => block.to_tokens(tokens),
            Self::Missing(semicolon) => semicolon.to_tokens(tokens),
            Self::Dropped(statements) => statements.to_tokens(tokens),
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        require_fn(input)?;
        let sig = input.parse()?;
        let (inner_attrs, body) = parse_body(input)?;
        Ok(Self { attrs, vis, sig, inner_attrs, body })
    }
}

/// Says whether an item is a function, be its syntax right or wrong.
pub(crate) fn is_fn(item: TokenStream) -> bool {
    let starts_as_fn = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        require_fn(input)?;
        input.parse::<TokenStream>()
    };
    starts_as_fn.parse2(item).is_ok()
}

/// Refuses any other item at the keyword that makes it one.
fn require_fn(input: ParseStream<'_>) -> Result<()> {
    let ahead = input.fork();
    if ahead.peek(token::Paren) {
        // What a `pub` is followed by that the compiler refuses, as in `pub(nowhere)`.
        ahead.parse::<Group>()?;
    }
    while is_qualifier(&ahead) {
        ahead.call(Ident::parse_any)?;
    }
    ahead.parse::<Option<syn::Abi>>()?;
    if ahead.peek(Token![fn]) {
        return Ok(());
    }
    Err(input.error("this attribute goes on a function: put it above a `fn`"))
}

const QUALIFIERS: &[&str] = &["const", "async", "unsafe"];

/// Says whether a word comes that may stand before `fn`; each is refused later, by a message of its own.
fn is_qualifier(input: ParseStream<'_>) -> bool {
    let word = input.fork().call(Ident::parse_any);
    word.is_ok_and(|word| QUALIFIERS.iter().any(|qualifier| word == qualifier))
}

fn parse_body(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Body)> {
    if input.peek(Token![;]) {
        return Ok((Vec::new(), Body::Missing(input.parse()?)));
    }
    let written = input.fork();
    let content;
    let brace: token::Brace = braced!(content in input);
    let inner_attrs = content.call(Attribute::parse_inner)?;
    let statements: TokenStream = content.parse()?;
    if let (true, Ok(block)) = (inner_attrs.is_empty(), written.parse()) {
        // The user's own braces keep their places, so that the compiler tells a syntax error in them once.
        return Ok((inner_attrs, Body::Block(block)));
    }
    let mut block = Group::new(Delimiter::Brace, statements);
    block.set_span(brace.span.join());
    Ok((inner_attrs, Body::Block(block)))
}

#[cfg(test)]
mod tests {
    use super::{Body, Function};
    use quote::quote;
    use syn::parse::Parser;

    fn parse(source: &str) -> syn::Result<Function> {
        syn::parse_str(source)
    }

    fn refusal(source: &str) -> (String, String) {
        let error = parse(source).err().expect("the source is not a function");
        (error.span().source_text().unwrap_or_default(), error.to_string())
    }

    #[test]
    fn takes_a_function_apart() {
        let function =
            parse("/// Doc.\n#[inline] pub(crate) fn f(x: u8) { #![allow(unused)] x }").unwrap();
        assert_eq!(function.attrs.len(), 2);
        assert_eq!(function.sig.ident, "f");
        assert_eq!(function.inner_attrs.len(), 1);
        let Body::Block(block) = function.body else { panic!("the body is a block") };
        assert_eq!(block.to_string(), "{ x }");
    }

    #[test]
    fn leaves_the_body_unparsed() {
        assert!(parse("fn f() { some @ future # syntax }").is_ok());
    }

    #[test]
    fn sees_a_body_that_a_macro_passed_on() {
        let block = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!({ 1 }));
        let function = Function::parse_all.parse2(quote!(fn f() -> u8 #block)).unwrap();
        assert!(matches!(function.body, Body::Block(_)));
    }

    #[test]
    fn accepts_a_missing_body() {
        assert!(matches!(parse("fn f();").unwrap().body, Body::Missing(_)));
    }

    #[test]
    fn refuses_other_items_at_their_keyword() {
        for (source, keyword) in [
            ("pub struct S;", "struct"),
            ("const X: u8 = 1;", "const"),
            ("impl S {}", "impl"),
            ("unsafe trait T {}", "unsafe"),
        ] {
            let (underlined, message) = refusal(source);
            assert_eq!(underlined, keyword, "{source}");
            assert_eq!(message, "this attribute goes on a function: put it above a `fn`");
        }
    }

    #[test]
    fn knows_a_function_that_cannot_be_read() {
        for source in [
            "#[inline] fn f(x) -> u8 { x }",
            "pub(nowhere) async fn f() {}",
            "pub unsafe extern \"C\" fn f(x) {}",
        ] {
            assert!(super::is_fn(source.parse().unwrap()), "{source}");
        }
        for source in [
            "safe fn f();",
            "gen fn f() {}",
            "struct S;",
            "|| 3",
            "unsafe trait T {}",
            "pub(crate) const X: u8 = 1;",
            "",
        ] {
            assert!(!super::is_fn(source.parse().unwrap()), "{source}");
        }
    }

    impl Function {
        fn parse_all(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
            input.parse()
        }
    }
}
