//! Reads the arguments of the attributes, `name = value` or a bare flag between commas.
//!
//! A wrong argument is noted and skipped, so that the others still count and all mistakes are told at once. A value
//! whose type a macro cannot know (`64 * 1024`, a constant) goes into the expansion, where the compiler checks it.

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::lifetimes::generated;
use crate::naming::{self, Given};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, Lit, LitInt, LitStr, Path, Result, Token};

/// The arguments of `#[coro::thread]`.
pub(crate) struct ThreadArgs {
    pub(crate) name: Given,
    pub(crate) stack_size: Option<Setting>,
    pub(crate) coro: Path,
}

fn without_body(known: &Known) -> String {
    let name = known.name;
    format!("remove `{name}` here: it goes with the body, above each function that has one")
}

/// The arguments of `#[coro::main]`.
pub(crate) struct MainArgs {
    pub(crate) name: Option<Setting>,
    pub(crate) stack_size: Option<Setting>,
    pub(crate) coro: Path,
}

/// The arguments of `#[coro::test]`.
pub(crate) struct TestArgs {
    pub(crate) start_paused: Option<Setting>,
    pub(crate) seed: Option<Setting>,
    pub(crate) seeds: Option<Setting>,
    pub(crate) timeout: Option<Setting>,
    pub(crate) coro: Path,
}

/// An argument that becomes a call of the method with its name, as `stack_size = 9` becomes `.stack_size(9)`.
pub(crate) struct Setting {
    name: Ident,
    value: TokenStream,
}

impl ToTokens for Setting {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, value } = self;
        // The method stands where the argument's name does, so that an error says what asks for the type.
        let method = Ident::new(&name.to_string(), generated(name.span()));
        tokens.extend(quote!(.#method(#value)));
    }
}

impl ThreadArgs {
    /// Reads what stands between the parentheses of the attribute.
    pub(crate) fn read(tokens: TokenStream) -> (Self, Errors) {
        let mut list = List::read("thread", &[NAME, STACK_SIZE, CRATE], tokens);
        let args =
            Self { name: list.name(), stack_size: list.stack_size(), coro: list.path(CRATE) };
        (args, list.errors)
    }

    /// Notes what does not fit the function, and forgets it.
    pub(crate) fn fit(&mut self, function: &Function) -> Errors {
        let mut errors = Errors::default();
        let is_missing = matches!(function.body, Body::Missing(_));
        if let (Some(stack_size), true) = (&self.stack_size, is_missing) {
            errors.at(&stack_size.name, without_body(&STACK_SIZE));
        }
        let Given::Literal(name) = &self.name else { return errors };
        if is_missing {
            errors.at(name, without_body(&NAME));
            return errors;
        }
        errors.extend(naming::check(name, &function.sig));
        if !errors.is_empty() {
            self.name = Given::Refused;
        }
        errors
    }
}

impl MainArgs {
    /// Reads what stands between the parentheses of the attribute.
    pub(crate) fn read(tokens: TokenStream) -> (Self, Errors) {
        let mut list = List::read("main", &[STACK_SIZE, MAIN_NAME, CRATE], tokens);
        let args = Self {
            name: list.setting(MAIN_NAME, |arg| Some(arg.string()?.to_token_stream())),
            stack_size: list.stack_size(),
            coro: list.path(CRATE),
        };
        (args, list.errors)
    }
}

impl TestArgs {
    /// Reads what stands between the parentheses of the attribute.
    pub(crate) fn read(tokens: TokenStream) -> (Self, Errors) {
        let mut list = List::read("test", &[START_PAUSED, SEED, SEEDS, TIMEOUT, CRATE], tokens);
        list.refuse_both(SEED, SEEDS);
        let args = Self {
            start_paused: list.flag(START_PAUSED),
            seed: list.number(SEED, "u64", 0),
            seeds: list.number(SEEDS, "u64", 1),
            timeout: list.seconds(TIMEOUT),
            coro: list.path(CRATE),
        };
        (args, list.errors)
    }
}

/// An argument that exists: its name, what it takes, an example, and what to do when the value is computed.
#[derive(Clone, Copy)]
struct Known {
    name: &'static str,
    takes: &'static str,
    example: &'static str,
    otherwise: &'static str,
}

const NAME: Known = Known {
    name: "name",
    takes: "a string literal",
    example: r#"name = "worker""#,
    otherwise: "; a computed name is given by `.named(…)` on the routine",
};
const MAIN_NAME: Known = Known {
    otherwise: "; a computed name is given by `coro::Builder` in place of the attribute",
    ..NAME
};
const STACK_SIZE: Known = Known {
    name: "stack_size",
    takes: "a number of bytes, a `usize` of at least 16384",
    example: "stack_size = 64 * 1024",
    otherwise: "",
};
const CRATE: Known =
    Known { name: "crate", takes: "a path", example: "crate = my_crate::coro", otherwise: "" };
const START_PAUSED: Known = Known {
    name: "start_paused",
    takes: "no value, `true` or `false`",
    example: "start_paused = true",
    otherwise: "",
};
const SEED: Known =
    Known { name: "seed", takes: "a number from 0 on", example: "seed = 7", otherwise: "" };
const SEEDS: Known = Known {
    name: "seeds",
    takes: "a number of runs, at least 1",
    example: "seeds = 100",
    otherwise: "",
};
const TIMEOUT: Known = Known {
    name: "timeout",
    takes: "seconds as a literal above zero, without unit",
    example: "timeout = 2.5",
    otherwise: "",
};

/// The least stack size that a spawn takes; a literal below it is refused before.
const LEAST_STACK_SIZE: u64 = 16 * 1024;

impl Known {
    /// The mistake of giving the argument no value or a value of another type.
    fn mistyped(&self, given: impl ToTokens) -> Error {
        let Self { name, takes, example, .. } = self;
        Error::new_spanned(given, format!("`{name}` takes {takes}, as in `{example}`"))
    }

    /// The mistake of writing something else in place of the `=`.
    fn without_equals(&self, given: impl ToTokens) -> Error {
        let Self { name, example, .. } = self;
        Error::new_spanned(given, format!("write `=` behind `{name}`, as in `{example}`"))
    }

    /// The mistake of giving the argument this value, or none.
    fn wrong(&self, arg: &Arg) -> Error {
        match &arg.value {
            Some(value) if arg.literal().is_none() => {
                let error = self.mistyped(value);
                Error::new_spanned(value, format!("{error}{}", self.otherwise))
            }
            Some(value) => self.mistyped(value),
            None => self.mistyped(&arg.name),
        }
    }

    /// Reads what stands behind the `=`, up to the comma.
    fn read_value(&self, name: &Ident, input: ParseStream<'_>) -> Result<Expr> {
        let ahead = input.fork();
        let value = ahead.parse();
        match value {
            Ok(value) if is_at_end(&ahead) => {
                input.advance_to(&ahead);
                Ok(value)
            }
            // A word is a unit, as in `64 KiB`, unless it begins an argument.
            Ok(_) if is_at_argument(&ahead) || !ahead.peek(Ident::peek_any) => {
                Err(ahead.error(NO_COMMA))
            }
            _ if is_at_end(input) => Err(self.mistyped(name)),
            _ => Err(self.mistyped(up_to_comma(input)?)),
        }
    }
}

const NO_COMMA: &str = "expected `,` before the next argument";

const OF_BUILDER: &str = "; in the test, `coro::thread::Builder` gives this to a thread";

/// One argument as written.
struct Arg {
    name: Ident,
    value: Option<Expr>,
}

impl Arg {
    /// The value; a fragment of a `macro_rules!` macro hides it in a group.
    fn plain(&self) -> Option<&Expr> {
        let mut value = self.value.as_ref()?;
        while let Expr::Group(group) = value {
            value = &group.expr;
        }
        Some(value)
    }

    fn literal(&self) -> Option<&Lit> {
        match self.plain()? {
            Expr::Lit(literal) => Some(&literal.lit),
            _ => None,
        }
    }

    fn string(&self) -> Option<LitStr> {
        match self.literal()? {
            Lit::Str(string) if string.suffix().is_empty() => Some(string.clone()),
            _ => None,
        }
    }

    /// Any expression that is not plainly of another type; the compiler checks the rest.
    fn number(&self, ty: &str, least: u64) -> Option<TokenStream> {
        let is_right = |number: &LitInt| {
            let value = number.base10_parse::<u64>();
            ["", ty].contains(&number.suffix()) && value.is_ok_and(|value| value >= least)
        };
        match self.plain()? {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) if is_right(number) => Some(number.to_token_stream()),
                _ => None,
            },
            Expr::Unary(negative) if matches!(negative.op, syn::UnOp::Neg(_)) => None,
            _ => Some(self.value.to_token_stream()),
        }
    }

    fn seconds(&self) -> Option<Duration> {
        let duration = match self.literal()? {
            Lit::Int(seconds) if ["", "u64"].contains(&seconds.suffix()) => {
                Duration::from_secs(seconds.base10_parse().ok()?)
            }
            Lit::Float(seconds) if ["", "f64"].contains(&seconds.suffix()) => {
                Duration::try_from_secs_f64(seconds.base10_parse().ok()?).ok()?
            }
            _ => return None,
        };
        (!duration.is_zero()).then_some(duration)
    }

    /// A path that leads to a module, without generic arguments.
    fn path(&self) -> Option<Path> {
        match self.plain()? {
            Expr::Path(path) if path.qself.is_none() => {
                let is_module =
                    path.path.segments.iter().all(|segment| segment.arguments.is_none());
                is_module.then(|| path.path.clone())
            }
            _ => None,
        }
    }
}

/// The arguments that were given, each known and once, and what was wrong with the rest.
struct List {
    attribute: &'static str,
    known: &'static [Known],
    args: Vec<Arg>,
    errors: Errors,
}

impl List {
    fn read(attribute: &'static str, known: &'static [Known], tokens: TokenStream) -> Self {
        let mut list = Self { attribute, known, args: Vec::new(), errors: Errors::default() };
        let read_all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match list.read_one(input) {
                    Ok(arg) => list.args.push(arg),
                    Err(error) => list.errors.push(error),
                }
                skip_comma(input)?;
            }
            Ok(())
        };
        if let Err(error) = read_all.parse2(tokens) {
            list.errors.push(error);
        }
        list
    }

    /// Reads an argument up to the comma behind it.
    fn read_one(&self, input: ParseStream<'_>) -> Result<Arg> {
        let Ok(name) = input.call(Ident::parse_any) else {
            return Err(input.error(format!("expected an argument: {}", self.usage())));
        };
        let known = self.find(&name)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            // The second sign of `==` or `=>`.
            Some(equals) if input.peek(Token![=]) || input.peek(Token![>]) => {
                let sign: TokenTree = input.parse()?;
                return Err(known.without_equals(quote!(#equals #sign)));
            }
            Some(_) => Some(known.read_value(&name, input)?),
            None if is_at_end(input) => None,
            None if is_at_argument(input) => return Err(input.error(NO_COMMA)),
            None => return Err(known.without_equals(input.parse::<TokenTree>()?)),
        };
        Ok(Arg { name, value })
    }

    /// Looks an argument up and refuses one that is unknown or was given before.
    fn find(&self, name: &Ident) -> Result<&'static Known> {
        let Some(known) = self.known.iter().find(|known| name == known.name) else {
            let nearest = self.nearest(&name.to_string());
            let hint = nearest.map(|nearest| format!(" (did you mean `{nearest}`?)"));
            let hint = hint.unwrap_or_default();
            let otherwise = if self.is_builders(name) { OF_BUILDER } else { "" };
            let message = format!("unknown argument `{name}`{hint}: {}{otherwise}", self.usage());
            return Err(Error::new_spanned(name, message));
        };
        if self.args.iter().any(|arg| arg.name == *name) {
            let message = format!("`{name}` is given twice: {}, each once", self.usage());
            return Err(Error::new_spanned(name, message));
        }
        Ok(known)
    }

    /// Says whether a test was given what the other attributes take.
    fn is_builders(&self, name: &Ident) -> bool {
        self.attribute == "test" && (name == NAME.name || name == STACK_SIZE.name)
    }

    /// Finds the argument that was likely meant: by one of its words, or by few other letters.
    fn nearest(&self, given: &str) -> Option<&'static str> {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let distance = |known: &Known| match known.name.split('_').any(|word| word == given) {
            true => 0,
            false => distance(&plain(known.name), &plain(given)),
        };
        let nearest = self.known.iter().min_by_key(|known| distance(known))?;
        (distance(nearest) * 2 <= given.len()).then_some(nearest.name)
    }

    /// Says what the attribute takes, as "`#[coro::main]` takes `stack_size`, `name` and `crate`".
    fn usage(&self) -> String {
        let names: Vec<String> =
            self.known.iter().map(|known| format!("`{}`", known.name)).collect();
        let (last, others) = names.split_last().expect("every attribute takes `crate`");
        format!("`#[coro::{}]` takes {} and {last}", self.attribute, others.join(", "))
    }

    /// Notes a mistake at the later of two arguments that cannot stand together.
    fn refuse_both(&mut self, one: Known, other: Known) {
        let mut given =
            self.args.iter().filter(|arg| arg.name == one.name || arg.name == other.name);
        if let (Some(_), Some(second)) = (given.next(), given.next()) {
            let message =
                format!("`{}` and `{}` exclude each other; give one", one.name, other.name);
            self.errors.at(&second.name, message);
        }
    }

    fn take(&mut self, known: Known) -> Option<Arg> {
        let position = self.args.iter().position(|arg| arg.name == known.name)?;
        Some(self.args.swap_remove(position))
    }

    /// Takes an argument and notes it as wrong where `read` finds no value in it.
    fn value<T>(&mut self, known: Known, read: impl FnOnce(&Arg) -> Option<T>) -> Option<T> {
        let arg = self.take(known)?;
        let value = read(&arg);
        if value.is_none() {
            self.errors.push(known.wrong(&arg));
        }
        value
    }

    /// Takes an argument that `read` makes a method's value of.
    fn setting(
        &mut self,
        known: Known,
        read: impl FnOnce(&Arg) -> Option<TokenStream>,
    ) -> Option<Setting> {
        self.value(known, |arg| Some(Setting { name: arg.name.clone(), value: read(arg)? }))
    }

    fn name(&mut self) -> Given {
        let is_given = self.args.iter().any(|arg| arg.name == NAME.name);
        match self.value(NAME, Arg::string) {
            Some(name) => Given::Literal(name),
            None if is_given => Given::Refused,
            None => Given::Nothing,
        }
    }

    fn number(&mut self, known: Known, ty: &str, least: u64) -> Option<Setting> {
        self.setting(known, |arg| arg.number(ty, least))
    }

    fn stack_size(&mut self) -> Option<Setting> {
        self.number(STACK_SIZE, "usize", LEAST_STACK_SIZE)
    }

    fn flag(&mut self, known: Known) -> Option<Setting> {
        self.setting(known, |arg| match (&arg.value, arg.literal()) {
            (None, _) => Some(quote!(true)),
            (_, Some(Lit::Bool(flag))) => Some(flag.to_token_stream()),
            _ => None,
        })
    }

    fn seconds(&mut self, known: Known) -> Option<Setting> {
        self.setting(known, |arg| {
            let duration = arg.seconds()?;
            let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
            Some(quote!(::core::time::Duration::new(#seconds, #nanoseconds)))
        })
    }

    /// Takes the path that leads to coro, `::coro` unless it is given.
    fn path(&mut self, known: Known) -> Path {
        self.value(known, Arg::path).unwrap_or_else(|| syn::parse_quote!(::coro))
    }
}

/// How many letters have to be added, removed or replaced to make one name the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.bytes().enumerate() {
        let mut before = std::mem::replace(&mut row[0], above + 1);
        for (place, other) in other.bytes().enumerate() {
            let replaced = before + usize::from(letter != other);
            before = row[place + 1];
            row[place + 1] = replaced.min(before + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

/// Says whether an argument ends here.
fn is_at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Says whether another argument begins here.
fn is_at_argument(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=])
}

/// Looks at what an argument still has.
fn up_to_comma(input: ParseStream<'_>) -> Result<TokenStream> {
    let ahead = input.fork();
    let mut tokens = TokenStream::new();
    while !is_at_end(&ahead) {
        tokens.extend([ahead.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

/// Goes on behind the next comma, past whatever could not be read.
fn skip_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Given, List, MainArgs, TestArgs, ThreadArgs};
    use crate::errors::Errors;
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::{ToTokens, quote};

    fn tokens(source: &str) -> TokenStream {
        source.parse().unwrap()
    }

    fn text(value: &Option<impl ToTokens>) -> Option<String> {
        value.as_ref().map(|value| value.to_token_stream().to_string())
    }

    #[track_caller]
    fn literal(name: &Given) -> String {
        let Given::Literal(name) = name else { panic!("a name is given and right") };
        name.to_token_stream().to_string()
    }

    #[track_caller]
    fn check(errors: Errors, expected: &[(&str, &str)]) {
        let told = errors.told();
        let told: Vec<_> =
            told.iter().map(|(part, message)| (part.as_str(), message.as_str())).collect();
        assert_eq!(told, expected);
    }

    #[track_caller]
    fn thread_mistakes(source: &str, expected: &[(&str, &str)]) {
        check(ThreadArgs::read(tokens(source)).1, expected);
    }

    #[track_caller]
    fn test_mistakes(source: &str, expected: &[(&str, &str)]) {
        check(TestArgs::read(tokens(source)).1, expected);
    }

    #[test]
    fn nothing_is_needed() {
        let (args, errors) = ThreadArgs::read(tokens(""));
        assert!(errors.is_empty());
        assert_eq!(args.coro.to_token_stream().to_string(), ":: coro");
        assert!(matches!(args.name, Given::Nothing) && args.stack_size.is_none());
    }

    #[test]
    fn reads_all_of_thread_and_main() {
        let source =
            r#"crate = crate::reexport, name = "worker", stack_size = 64 * size_of::<(u8, u8)>(),"#;
        let (args, errors) = ThreadArgs::read(tokens(source));
        check(errors, &[]);
        assert_eq!(args.coro.to_token_stream().to_string(), "crate :: reexport");
        assert_eq!(literal(&args.name), r#""worker""#);
        assert_eq!(
            text(&args.stack_size).unwrap(),
            ". stack_size (64 * size_of :: < (u8 , u8) > ())"
        );
        let (args, errors) = MainArgs::read(tokens(source));
        check(errors, &[]);
        assert!(args.name.is_some() && args.stack_size.is_some());
    }

    #[test]
    fn reads_all_of_test() {
        let (args, errors) = TestArgs::read(tokens("start_paused, seed = 7, timeout = 2.5"));
        check(errors, &[]);
        assert_eq!(text(&args.start_paused).unwrap(), ". start_paused (true)");
        assert_eq!(text(&args.seed).unwrap(), ". seed (7)");
        let duration = ":: core :: time :: Duration :: new (2u64 , 500000000u32)";
        assert_eq!(text(&args.timeout).unwrap(), format!(". timeout ({duration})"));
        let (args, errors) = TestArgs::read(tokens("seeds = 100, start_paused = false"));
        check(errors, &[]);
        assert_eq!(
            (args.seed.is_none(), text(&args.seeds).unwrap().as_str()),
            (true, ". seeds (100)")
        );
        assert_eq!(text(&args.start_paused).unwrap(), ". start_paused (false)");
    }

    /// What a macro passes on as one fragment.
    fn fragment(tokens: TokenStream) -> TokenTree {
        TokenTree::Group(Group::new(Delimiter::None, tokens))
    }

    #[test]
    fn sees_values_through_a_macro_fragment() {
        let (name, path) = (fragment(quote!("worker")), fragment(quote!(crate::coro)));
        let (args, errors) = ThreadArgs::read(quote!(name = #name, crate = #path));
        check(errors, &[]);
        assert_eq!(literal(&args.name), r#""worker""#);
        assert_eq!(args.coro.to_token_stream().to_string(), "crate :: coro");
        let (size, twice) = (fragment(quote!(0)), fragment(quote!(3)));
        let (size, twice) = (fragment(quote!(#size)), fragment(quote!(#twice)));
        assert_eq!(ThreadArgs::read(quote!(stack_size = #size, name = #twice)).1.told().len(), 2);
    }

    #[test]
    fn refuses_unknown_arguments() {
        thread_mistakes(
            "stack = 3, naem",
            &[
                (
                    "stack",
                    "unknown argument `stack` (did you mean `stack_size`?): `#[coro::thread]` takes `name`, `stack_size` and `crate`",
                ),
                (
                    "naem",
                    "unknown argument `naem` (did you mean `name`?): `#[coro::thread]` takes `name`, `stack_size` and `crate`",
                ),
            ],
        );
        test_mistakes(
            "name = \"x\"",
            &[(
                "name",
                "unknown argument `name`: `#[coro::test]` takes `start_paused`, `seed`, `seeds`, `timeout` and `crate`; in the test, `coro::thread::Builder` gives this to a thread",
            )],
        );
    }

    #[test]
    fn refuses_doubled_arguments() {
        let message = "`name` is given twice: `#[coro::thread]` takes `name`, `stack_size` and `crate`, each once";
        thread_mistakes(r#"name = "a", name = "b""#, &[("name", message)]);
    }

    #[test]
    fn refuses_one_seed_together_with_many() {
        let message = "`seed` and `seeds` exclude each other; give one";
        test_mistakes("seed = 1, start_paused, seeds = 2", &[("seeds", message)]);
        test_mistakes("seeds = 2, seed = 1", &[("seed", message)]);
        let seed = "`seed` takes a number from 0 on, as in `seed = 7`";
        test_mistakes("seeds = 2, seed = \"x\"", &[("seed", message), ("\"x\"", seed)]);
    }

    #[test]
    fn refuses_what_is_not_an_argument() {
        let usage =
            "expected an argument: `#[coro::thread]` takes `name`, `stack_size` and `crate`";
        thread_mistakes(r#""worker", name = "x""#, &[(r#""worker""#, usage)]);
        thread_mistakes(", name = 3", &[(",", usage), ("3", NAME)]);
    }

    #[test]
    fn refuses_a_missing_comma() {
        let message = "expected `,` before the next argument";
        thread_mistakes(r#"name = "a" stack_size = 3"#, &[("stack_size", message)]);
        thread_mistakes(r#"name = "a"; stack_size = 3"#, &[(";", message)]);
        test_mistakes("seeds = 10 20", &[("20", message)]);
    }

    const NAME: &str = r#"`name` takes a string literal, as in `name = "worker"`"#;
    const COMPUTED: &str = r#"`name` takes a string literal, as in `name = "worker"`; a computed name is given by `.named(…)` on the routine"#;
    const STACK_SIZE: &str = "`stack_size` takes a number of bytes, a `usize` of at least 16384, as in `stack_size = 64 * 1024`";
    const SEEDS: &str = "`seeds` takes a number of runs, at least 1, as in `seeds = 100`";
    const SEED: &str = "`seed` takes a number from 0 on, as in `seed = 7`";
    const CRATE: &str = "`crate` takes a path, as in `crate = my_crate::coro`";

    #[test]
    fn refuses_values_of_another_type() {
        for value in ["3", "b\"x\"", "c\"x\"", "'x'", "\"x\"_suffix", "true"] {
            thread_mistakes(&format!("name = {value}"), &[(value, NAME)]);
        }
        for value in ["NAME", "concat!(\"a\", \"b\")", "format!(\"{id}\")", "&\"a\""] {
            thread_mistakes(&format!("name = {value}"), &[(value, COMPUTED)]);
        }
        for value in ["\"64k\"", "1.5", "-1", "-SIZE", "0", "16383", "65536u8", "64KiB", "64 KiB"] {
            thread_mistakes(&format!("stack_size = {value}"), &[(value, STACK_SIZE)]);
        }
        for value in ["\"my\"", "my::", "3", "<A as B>::c", "a::<u8>::b", "f()"] {
            thread_mistakes(&format!("crate = {value}"), &[(value, CRATE)]);
        }
        let message =
            "`start_paused` takes no value, `true` or `false`, as in `start_paused = true`";
        for value in ["1", "PAUSED", "\"yes\""] {
            test_mistakes(&format!("start_paused = {value}"), &[(value, message)]);
        }
        for value in ["\"x\"", "-1", "7u32", "18446744073709551616", "1e3"] {
            test_mistakes(&format!("seed = {value}"), &[(value, SEED)]);
        }
        for value in ["0", "0u64", "-5", "0x0", "10 x", "1..10 x"] {
            test_mistakes(&format!("seeds = {value}"), &[(value, SEEDS)]);
        }
    }

    #[test]
    fn leaves_to_the_compiler_what_may_be_right() {
        for value in ["16384", "16_384usize", "0x1_0000", "(1)", "SIZE", "size()", "{ 1 }", "!0"] {
            check(ThreadArgs::read(tokens(&format!("stack_size = {value}"))).1, &[]);
        }
        for value in ["0", "18446744073709551615", "7u64", "SEED", "u64::MAX"] {
            check(TestArgs::read(tokens(&format!("seed = {value}"))).1, &[]);
        }
        for value in ["a", "::a", "a::b", "crate", "self::a", "super::super::a"] {
            check(ThreadArgs::read(tokens(&format!("crate = {value}"))).1, &[]);
        }
    }

    #[test]
    fn refuses_missing_values() {
        thread_mistakes("name", &[("name", NAME)]);
        thread_mistakes("crate, stack_size", &[("stack_size", STACK_SIZE), ("crate", CRATE)]);
        thread_mistakes("name = , stack_size = ", &[("name", NAME), ("stack_size", STACK_SIZE)]);
    }

    #[test]
    fn refuses_other_signs_than_equals() {
        let name = r#"write `=` behind `name`, as in `name = "worker"`"#;
        let size = "write `=` behind `stack_size`, as in `stack_size = 64 * 1024`";
        thread_mistakes(r#"name("x"), stack_size(3)"#, &[("(\"x\")", name), ("(3)", size)]);
        thread_mistakes(r#"name == "x", stack_size => 3"#, &[("==", name), ("=>", size)]);
        thread_mistakes(r#"name: "x", stack_size 3"#, &[(":", name), ("3", size)]);
        let paused = "write `=` behind `start_paused`, as in `start_paused = true`";
        test_mistakes("start_paused(true)", &[("(true)", paused)]);
    }

    #[test]
    fn proposes_the_name_that_was_likely_meant() {
        for (given, meant) in [
            ("stacksize", Some("stack_size")),
            ("StackSize", Some("stack_size")),
            ("size", Some("stack_size")),
            ("nmae", Some("name")),
            ("named", Some("name")),
            ("krate", Some("crate")),
            ("priority", None),
            ("timeout", None),
            ("n", None),
        ] {
            let list =
                List::read("thread", &[super::NAME, super::STACK_SIZE, super::CRATE], quote!());
            assert_eq!(list.nearest(given), meant, "{given}");
        }
        let list = List::read("test", &[super::SEED, super::SEEDS, super::START_PAUSED], quote!());
        for (given, meant) in [("sed", "seed"), ("seeeds", "seeds"), ("paused", "start_paused")] {
            assert_eq!(list.nearest(given), Some(meant), "{given}");
        }
    }

    #[test]
    fn refuses_timeouts_that_are_no_time() {
        let message =
            "`timeout` takes seconds as a literal above zero, without unit, as in `timeout = 2.5`";
        for value in [
            "0",
            "0.0",
            "-1",
            "1e300",
            "99999999999999999999",
            "SECONDS",
            "\"1s\"",
            "5s",
            "5ms",
            "1.5s",
            "5 s",
        ] {
            test_mistakes(&format!("timeout = {value}"), &[(value, message)]);
        }
    }

    #[test]
    fn keeps_the_arguments_that_are_right() {
        let (args, errors) = ThreadArgs::read(tokens(r#"what, name = "worker", stack_size = "#));
        assert_eq!(errors.told().len(), 2);
        assert_eq!(literal(&args.name), r#""worker""#);
        assert!(args.stack_size.is_none());
    }
}
