//! Expands functions that are put together at random, and items of the expansion cases and the UI cases that are damaged at
//! random.
//!
//! Whatever the tokens, an attribute does not panic, and the function is still there under its name, so that its callers
//! stay as they are. Where the compiler can read the item, it can read what comes out: an error in generated code would
//! point nowhere.
//!
//! `MUTATIONS=100000 cargo test -p coro-macros mutations` tries more than the usual number.

use crate::expansions::{self, Use};
use crate::function::Function;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How many damaged items are expanded unless the environment says otherwise.
const COUNT: u64 = 4000;

/// A source of random numbers: a counter whose bits are mixed.
struct Random(u64);

impl Random {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % end as u64).expect("it is below a usize")
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Picks in one of so many cases, and nothing in the others.
    fn sometimes(&mut self, one_of: usize, from: &[&'static str]) -> &'static str {
        if self.below(one_of) == 0 { self.pick(from) } else { "" }
    }
}

/// Words and signs that mean something to an attribute or to the grammar of a signature.
const WORDS: &[&str] = &[
    "fn",
    "self",
    "Self",
    "mut",
    "ref",
    "impl",
    "dyn",
    "for",
    "where",
    "const",
    "async",
    "unsafe",
    "extern",
    "static",
    "crate",
    "type",
    "gen",
    "_",
    "r#fn",
    "x",
    "T",
    "Yielder",
    "u8",
    "resume",
    "coro",
    "pub",
    "in",
    "as",
    "name",
    "stack_size",
    "seed",
    "seeds",
    "timeout",
    "start_paused",
];
const SIGNS: &str = "&<>:;,.=+-*!?#@|'$";

/// A token that may stand nowhere or anywhere.
fn any_token(random: &mut Random) -> TokenTree {
    let span = Span::call_site();
    match random.below(8) {
        0 => TokenTree::Literal(Literal::string("a {b} {{")),
        1 => TokenTree::Literal(Literal::u64_unsuffixed(u64::MAX)),
        2 => TokenTree::Literal(Literal::f64_suffixed(1e300)),
        3 => {
            let delimiters =
                [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
            TokenTree::Group(Group::new(random.pick(&delimiters), TokenStream::new()))
        }
        4 | 5 => {
            let signs: Vec<char> = SIGNS.chars().collect();
            let spacing = random.pick(&[Spacing::Alone, Spacing::Joint]);
            TokenTree::Punct(Punct::new(random.pick(&signs), spacing))
        }
        _ => {
            let word = random.pick(WORDS);
            TokenTree::Ident(match word.strip_prefix("r#") {
                Some(raw) => Ident::new_raw(raw, span),
                None => Ident::new(word, span),
            })
        }
    }
}

/// Damages the tokens in one place, which may lie in a group.
fn damage(tokens: TokenStream, random: &mut Random) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let at = random.below(tokens.len() + 1);
    if let Some(TokenTree::Group(group)) = tokens.get(at)
        && random.below(5) > 0
    {
        let inner = damage(group.stream(), random);
        tokens[at] = TokenTree::Group(Group::new(group.delimiter(), inner));
        return tokens.into_iter().collect();
    }
    match random.below(6) {
        0 if at < tokens.len() => drop(tokens.remove(at)),
        1 if at < tokens.len() => tokens.insert(at, tokens[at].clone()),
        2 if at + 1 < tokens.len() => tokens.swap(at, at + 1),
        3 if at < tokens.len() => tokens[at] = any_token(random),
        4 if at < tokens.len() => {
            let other = random.below(tokens.len());
            tokens[at] = tokens[other].clone();
        }
        _ => tokens.insert(at, any_token(random)),
    }
    tokens.into_iter().collect()
}

/// Every use of an attribute in the files of a folder.
fn uses_in(folder: &Path) -> Vec<Use> {
    let mut uses = Vec::new();
    for text in expansions::files(folder).into_values() {
        // A case may be one that cannot even be split into tokens.
        let tokens: TokenStream = text.parse().unwrap_or_default();
        expansions::replace(tokens, &mut |found| {
            uses.push(found.clone());
            found.item
        });
    }
    assert!(!uses.is_empty(), "no attribute in {folder:?}");
    uses
}

/// What may stand before a `fn`: the parts of a function, from here on in their order.
const ATTRIBUTES: &[&str] =
    &["/// Doc.\n", "#[inline]", "#[cfg(any())]", "#[test]", "#[coro::main]"];
const QUALIFIERS: &[&str] =
    &["const", "async", "unsafe", "extern \"C\"", "const async unsafe extern"];
const GENERICS: &[&str] =
    &["<>", "<'a>", "<T>", "<'a, 'b: 'a, T: Copy + 'a, const N: usize>", "<'coro, self_: ?Sized>"];
const RECEIVERS: &[&str] = &[
    "self",
    "mut self",
    "&self",
    "&'a mut self",
    "self: Rc<Self>",
    "mut self: Pin<&mut Self>",
    "self: &&Self",
];
const YIELDERS: &[&str] = &[
    "cx: &Yielder<(), u16>",
    "cx: &'_ coro::Yielder<(), Self>",
    "cx: &Yielder<u8, T>, #[resume] b: u8",
    "_: &Yielder<&'a str, u8>, #[cfg(all())] #[resume] (a, b): &'a str",
    "cx: Yielder<T>",
    "_: &'a mut Yielder<&str, impl A>",
    "#[resume(x)] (a, b): (u8, &str)",
    "#[resume] #[resume] _c: impl A",
];
const INPUTS: &[&str] = &[
    "a: u8",
    "a: &str",
    "mut a: &'a mut Vec<&T>",
    "_: Cow<'_, [u8]>",
    "_b: impl Fn(&u8) -> &u8",
    "Point { x, ref y, .. }: Point<'_>",
    "#[cfg(any())] [c, d]: [u8; N]",
    "r#type: &dyn for<'x> A<'x>",
    "ref e: *const impl A",
    "gen: fn(&u8)",
    "f @ (g, _): (u8, Self)",
    "_: &'static &u8",
    "h: [&u8; { N }]",
    "coro: <T as A<'_>>::B",
    "(mut i): &(impl A + Sized)",
];
const RESULTS: &[&str] = &[
    "-> ()",
    "-> !",
    "-> &str",
    "-> &mut Self",
    "-> impl A<B = impl C> + '_",
    "-> Result<(impl A, &T), Box<dyn E>>",
    "-> Cow<'_, T>",
    "-> fn(&u8) -> !",
    "-> [u8; { N }]",
    "-> impl Fn(&u8) -> &u8",
];
const CLAUSES: &[&str] =
    &["where", "where T: Copy", "where 'a: 'b, for<'x> &'x T: A<'x>", "where Self: Sized, T: A,"];
const BODIES: &[&str] = &["{}", "{ work() }", "{ #![allow(x)] let y = 'coro: { self }; y }", ";"];
const ARGS: &[&str] = &[
    "name = \"worker\"",
    "stack_size = 9, crate = x::y",
    "seeds = 3, seed = 3",
    "start_paused, timeout = 0.5",
];

/// Puts a function together that the compiler can read, if not always accept.
fn composed(random: &mut Random) -> Use {
    let inputs = [random.sometimes(5, RECEIVERS), random.sometimes(4, YIELDERS)];
    let others = (0..random.below(4)).map(|_| random.pick(INPUTS));
    let inputs: Vec<&str> =
        inputs.into_iter().chain(others).filter(|input| !input.is_empty()).collect();
    let item = [
        random.sometimes(6, ATTRIBUTES),
        random.sometimes(8, QUALIFIERS),
        "fn f",
        random.sometimes(2, GENERICS),
        &format!("({})", inputs.join(", ")),
        random.sometimes(2, RESULTS),
        random.sometimes(3, CLAUSES),
        random.pick(BODIES),
    ];
    let tokens = |text: &str| text.parse().expect("it has tokens only");
    let attribute = random.sometimes(8, &["main", "test"]);
    let attribute = if attribute.is_empty() { "thread" } else { attribute };
    Use { attribute, args: tokens(random.sometimes(5, ARGS)), item: tokens(&item.join(" ")) }
}

/// Makes the use with this number: one of the given or a new one, damaged in a few places.
fn made(uses: &[Use], number: u64) -> Use {
    let mut random = Random(number);
    let is_new = random.below(2) == 0;
    let mut found = if is_new { composed(&mut random) } else { random.pick(uses) };
    let places = if is_new { random.below(2) } else { 1 + random.below(3) };
    for _ in 0..places {
        let part = if random.below(6) == 0 { &mut found.args } else { &mut found.item };
        *part = damage(std::mem::take(part), &mut random);
    }
    found
}

/// The tokens without the invisible groups that a macro puts around its fragments.
fn visible(tokens: TokenStream) -> Vec<TokenTree> {
    let each = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => visible(group.stream()),
        token => vec![token],
    });
    each.collect()
}

/// The name of the function that the tokens begin, wherever its `fn` stands.
fn function_name(tokens: &TokenStream) -> Option<String> {
    let mut words = visible(tokens.clone()).into_iter().map(|token| token.to_string());
    words.find(|word| word == "fn")?;
    words.next()
}

/// Says what is wrong with the expansion of an item.
fn fault(found: &Use) -> Option<String> {
    let expand = AssertUnwindSafe(|| found.clone().expand());
    let Ok(expanded) = catch_unwind(expand) else {
        return Some("panics".to_owned());
    };
    let name = function_name(&found.item);
    if name.is_some() && function_name(&expanded) != name {
        return Some(format!("loses the name: {expanded}"));
    }
    let is_broken = is_function(&found.item) && !are_items(&expanded);
    is_broken.then(|| format!("cannot be read: {expanded}"))
}

/// Says whether the compiler would read the tokens as a function. It knows that `_` names no type parameter.
fn is_function(tokens: &TokenStream) -> bool {
    let has_names =
        |function: Function| function.sig.generics.type_params().all(|param| param.ident != "_");
    are_items(tokens) && syn::parse2(tokens.clone()).is_ok_and(has_names)
}

fn are_items(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::File>(tokens.clone()).is_ok()
}

#[test]
fn no_tokens_make_an_attribute_panic_or_lose_the_function() {
    let count = std::env::var("MUTATIONS").map_or(COUNT, |count| count.parse().expect("a number"));
    let mut uses = uses_in(&expansions::folder());
    uses.extend(uses_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui")));
    let faults = (0..count).filter_map(|number| {
        let found = made(&uses, number);
        let fault = fault(&found)?;
        let Use { attribute, args, item } = found;
        Some(format!("{number}: #[coro::{attribute}({args})] {item}\n    {fault}\n"))
    });
    let faults: Vec<String> = faults.take(20).collect();
    assert!(faults.is_empty(), "{}", faults.concat());
}
