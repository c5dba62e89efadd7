//! Tests that an expansion keeps the places of what the user wrote.
//!
//! An error of the compiler is shown where its tokens come from, and an editor finds its way from a word in the source
//! to the same word in the expansion by its place alone: completion, hints and jumps work for the words that are there,
//! and a word that is there twice has two meanings. So each token of a body is in the expansion once, with its place, and
//! each word of a signature at least once. It holds for functions that were refused too, since an editor meets those
//! with every second keystroke.

use crate::expand;
use proc_macro2::{TokenStream, TokenTree};
use std::ops::Range;

/// Functions of every form.
const FORMS: &[&str] = &[
    "#[thread] fn f() {}",
    "#[thread] /// Doc.\n pub(crate) fn f(a: u8, mut b: String) -> Option<u8> { b.push('c'); Some(a) }",
    "#[thread(stack_size = 3 * SIZE, name = \"x\")] fn f<'a, T: Read, const N: usize>(a: &'a [T; N]) -> &'a T where T: Clone { &a[0] }",
    "#[thread] fn f((a, b): (u8, String), S { c, d: [e, ..] }: S, &g: &u8, _: u8, _h: u8) { a; b; c; e; g }",
    "#[thread] fn f(a: &str, b: &mut Chars<'_>, c: impl Read) -> impl Iterator<Item = char> { a.chars() }",
    "#[thread] fn f(#[cfg(x)] a: u8, #[allow(unused)] r#in: u8) -> ! { loop { r#in; } }",
    "#[thread] fn f() -> io::Result<()> { #![allow(unused)] let a = g()?; async { a.await }; |a| a + 1; return Ok(()); }",
    "#[thread] fn f(&self, a: u8) -> &str { self.b(a) }",
    "#[thread] fn f(mut self, other: &Self) -> Self { self.a = other.a; self }",
    "#[thread] fn f(self: Rc<Self>, a: T) -> T { drop(self); a }",
    "#[thread] fn f(&mut self, cx: &Yielder<(), u8>) { cx.suspend(self.a) }",
    "#[thread] fn f(cx: &Yielder<f64, f64>, a: Vec<u8>, #[resume] b: f64) -> String { cx.suspend(b); a.c() }",
    "#[thread] fn f(cx: &Yielder<Pair, u8>, #[resume] (a, b): (u8, u8), c: String) { cx.suspend(a + b); c }",
    "#[main(stack_size = SIZE, name = \"x\")] fn f() -> ExitCode { let a = 1; a.into() }",
    "#[test(seeds = COUNT, start_paused, timeout = 2)] #[ignore] fn f() -> Result<(), E> { a()?; Ok(()) }",
];

/// Functions that are refused, and what an editor passes while one is written: a word or a value is still missing.
const MISTAKES: &[&str] = &[
    "#[thread(na)] fn f(a: u8) -> u8 { a }",
    "#[thread(name = )] fn f(a: u8) -> u8 { a }",
    "#[thread] fn f(a: u8) -> u8 { let b = a. ; if a.b }",
    "#[thread] async fn f(a: u8) -> u8 { a.b.await }",
    "#[thread] async fn f(&self, a: u8) -> impl Read { self.a(a).await }",
    "#[thread] const unsafe extern \"C\" fn f(a: u8, ...) -> u8 { a }",
    "#[thread] fn f(a: String, cx: &Yielder<u8, u8>) { cx.suspend(a) }",
    "#[thread] fn f(cx: &Yielder, a: String) -> impl Read { cx.suspend(a) }",
    "#[thread] fn f(cx: Yielder<u8>, a: String) { cx.suspend(a) }",
    "#[thread] fn f(&self, cx: &mut Yielder<u8, u8>, a: String) { cx.suspend(self.a) }",
    "#[thread] fn f(#[resume] a: u8, b: String) { b.c(a) }",
    "#[thread] fn f(cx: &Yielder<u8, u8>, #[resume] a: u8, #[resume] b: u8) { cx.suspend(a + b) }",
    "#[thread] #[coro::test] fn f(a: u8) -> u8 { a }",
    "#[main] fn f(a: u8, #[cfg(x)] (b, c): &(u8, String)) -> Option<u8> { b.d(a) }",
    "#[main] async fn f() { a().await }",
    "#[test] fn f<T>(&self, a: T) { a.b() }",
];

/// Functions up to the body, with parameters that are bound in it.
const HEADS: &[&str] = &[
    "#[thread] fn f(a: Vec<u8>, (b, c): (String, u8)) -> Option<u8>",
    "#[thread] fn f(self: Box<Self>, mut a: u8)",
    "#[thread] fn f(cx: &Yielder<u8, u8>, a: Vec<u8>, #[resume] mut b: u8, c: String) -> String",
    "#[main] fn f() -> Option<u8>",
    "#[test] fn f()",
];

/// What is in a body while a word is typed behind the dot, as the parser of an editor takes it, and with that word.
const TYPED: &[(&str, &str)] = &[
    ("a.None", "a.word; None"),
    ("a.Some(1)", "a.word; Some(1)"),
    ("let d = a.None;", "let d = a.word; None"),
    ("a.word loop {}", "a.word loop {}"),
    ("a.b(c);", "a.word; b(c);"),
    ("a.word", "a.word;"),
];

/// What no parser takes; an editor passes such an item while its signature is written.
const NO_FUNCTIONS: &[&str] = &[
    "#[thread] fn f(a: ) -> u8 { a.b }",
    "#[thread] fn f(a) -> u8 { a.b }",
    "#[thread] fn f(a: String, &) -> { a.b }",
    "#[thread] fn f<T(a: T) where T { a.b }",
    "#[main] fn (a: u8) { a.b }",
    "#[test] struct S { a: u8 }",
];

#[test]
fn tokens_of_a_body_are_there_once() {
    for source in FORMS.iter().chain(MISTAKES) {
        let (_, item, expansion) = expanded(source);
        let body = item.into_iter().last().expect("the body comes last");
        assert_once(body.into(), &expansion, source);
    }
}

#[test]
fn words_of_a_signature_are_there() {
    for source in FORMS {
        let (args, item, expansion) = expanded(source);
        let mut signature: Vec<TokenTree> = item.into_iter().collect();
        signature.pop();
        // The mark is used up, and `'_` got a name. The name of an argument is that of a method, or goes with its value.
        let is_used_up = |token: &Leaf| {
            ["_", "resume", "name", "start_paused", "timeout", "2", "=", ","]
                .contains(&&*token.text)
        };
        let wanted = leaves(signature.into_iter().collect()).into_iter().chain(leaves(args));
        for token in wanted.filter(|token| !is_used_up(token) && token.is_word()) {
            assert!(expansion.contains(&token), "{token:?} is lost in: {source}");
        }
    }
}

#[test]
fn a_word_that_is_typed_moves_nothing() {
    for head in HEADS {
        for (before, after) in TYPED {
            let [before, after] = [before, after].map(|body| in_front_of_body(head, body));
            assert_eq!(before, after, "{head}");
        }
    }
}

/// Writes what an expansion has in front of the body.
fn in_front_of_body(head: &str, body: &str) -> String {
    let (_, expansion) = expand(&format!("{head} {{ start; {body} }}"));
    let expansion = expansion.to_string();
    expansion.split("start ;").next().expect("it has a first part").to_owned()
}

#[test]
fn what_is_no_function_stays_as_it_is() {
    for source in NO_FUNCTIONS {
        let (_, item, expansion) = expanded(source);
        // What cannot be read as a function is refused by the compiler, anything else by the attribute.
        let is_told = !crate::function::is_fn(item.clone());
        assert_once(item, &expansion, source);
        let errors = expansion.iter().filter(|token| token.text == "compile_error").count();
        assert_eq!(errors, usize::from(is_told), "{source}");
    }
}

#[track_caller]
fn assert_once(tokens: TokenStream, expansion: &[Leaf], source: &str) {
    for token in leaves(tokens) {
        let count = expansion.iter().filter(|other| **other == token).count();
        assert_eq!(count, 1, "{token:?} of: {source}");
    }
}

/// A token without others in it, and its place.
#[derive(Debug, PartialEq)]
struct Leaf {
    text: String,
    place: Range<usize>,
}

impl Leaf {
    fn is_word(&self) -> bool {
        self.text.starts_with(|first: char| first.is_alphanumeric() || "_\"".contains(first))
    }
}

fn leaves(tokens: TokenStream) -> Vec<Leaf> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => all.extend(leaves(group.stream())),
            leaf => all.push(Leaf { text: leaf.to_string(), place: leaf.span().byte_range() }),
        }
    }
    all
}

/// Expands a source, and gives the arguments, the item and the leaves of the expansion.
fn expanded(source: &str) -> (TokenStream, TokenStream, Vec<Leaf>) {
    let ((args, item), expansion) = expand(source);
    (args, item, leaves(expansion))
}

/// Expands the item under `#[attribute(arguments)]`, and gives the arguments and the item too.
fn expand(source: &str) -> ((TokenStream, TokenStream), TokenStream) {
    let mut tokens = source.parse::<TokenStream>().unwrap().into_iter().skip(1);
    let Some(TokenTree::Group(attribute)) = tokens.next() else { panic!("it has an attribute") };
    let mut attribute = attribute.stream().into_iter();
    let name = attribute.next().unwrap().to_string();
    let args = match attribute.next() {
        Some(TokenTree::Group(args)) => args.stream(),
        _ => TokenStream::new(),
    };
    let item: TokenStream = tokens.collect();
    let expand = match name.as_str() {
        "thread" => expand::thread,
        "main" => expand::main,
        _ => expand::test,
    };
    let expansion = expand(args.clone(), item.clone());
    ((args, item), expansion)
}
