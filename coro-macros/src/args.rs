//! Reads the arguments of the attributes, `name = value` or a bare flag between commas.
//!
//! A wrong argument is noted and skipped, so that the others still count and all mistakes are told at once. A value
//! whose type a macro cannot know (`64 * 1024`, a constant) goes into the expansion, where the compiler checks it.

use crate::errors::Errors;
use crate::lifetimes::generated;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, Lit, LitStr, Path, Result, Token};

/// The arguments of `#[coro::thread]`.
pub(crate) struct ThreadArgs {
    pub(crate) name: Option<LitStr>,
    pub(crate) stack_size: Option<TokenStream>,
    pub(crate) coro: Path,
}

/// The arguments of `#[coro::main]`.
pub(crate) struct MainArgs {
    pub(crate) name: Option<LitStr>,
    pub(crate) stack_size: Option<TokenStream>,
    pub(crate) coro: Path,
}

/// The arguments of `#[coro::test]`.
pub(crate) struct TestArgs {
    pub(crate) start_paused: bool,
    pub(crate) seed: Option<TokenStream>,
    pub(crate) seeds: Option<TokenStream>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) coro: Path,
}

impl ThreadArgs {
    /// Reads what stands between the parentheses of the attribute.
    pub(crate) fn read(tokens: TokenStream) -> (Self, Errors) {
        let mut list = List::read("thread", &[NAME, STACK_SIZE, CRATE], tokens);
        let args = Self {
            name: list.string(NAME),
            stack_size: list.number(STACK_SIZE, "usize"),
            coro: list.path(CRATE),
        };
        (args, list.errors)
    }
}

impl MainArgs {
    /// Reads what stands between the parentheses of the attribute.
    pub(crate) fn read(tokens: TokenStream) -> (Self, Errors) {
        let mut list = List::read("main", &[STACK_SIZE, NAME, CRATE], tokens);
        let args = Self {
            name: list.string(NAME),
            stack_size: list.number(STACK_SIZE, "usize"),
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
            seed: list.number(SEED, "u64"),
            seeds: list.number(SEEDS, "u64"),
            timeout: list.seconds(TIMEOUT),
            coro: list.path(CRATE),
        };
        (args, list.errors)
    }
}

/// An argument that exists: its name, what it takes and an example.
#[derive(Clone, Copy)]
struct Known {
    name: &'static str,
    takes: &'static str,
    example: &'static str,
}

const NAME: Known =
    Known { name: "name", takes: "a string literal", example: r#"name = "worker""# };
const STACK_SIZE: Known =
    Known { name: "stack_size", takes: "a number of bytes", example: "stack_size = 64 * 1024" };
const CRATE: Known = Known { name: "crate", takes: "a path", example: "crate = my_crate::coro" };
const START_PAUSED: Known =
    Known { name: "start_paused", takes: "no value, `true` or `false`", example: "start_paused" };
const SEED: Known = Known { name: "seed", takes: "a number", example: "seed = 7" };
const SEEDS: Known = Known { name: "seeds", takes: "a number of runs", example: "seeds = 100" };
const TIMEOUT: Known =
    Known { name: "timeout", takes: "seconds as a literal above zero", example: "timeout = 2.5" };

impl Known {
    /// The mistake of giving the argument no value or a value of another type.
    fn mistyped(&self, given: impl ToTokens) -> Error {
        let Self { name, takes, example } = self;
        Error::new_spanned(given, format!("`{name}` takes {takes}, as in `{example}`"))
    }
}

/// One argument as written.
struct Arg {
    name: Ident,
    value: Option<Expr>,
}

impl Arg {
    /// The tokens to underline when the value is not right.
    fn wrong_part(&self) -> TokenStream {
        match &self.value {
            Some(value) => value.to_token_stream(),
            None => self.name.to_token_stream(),
        }
    }

    /// The value where it is a literal; a fragment of a `macro_rules!` macro hides it in a group.
    fn literal(&self) -> Option<&Lit> {
        let mut value = self.value.as_ref()?;
        while let Expr::Group(group) = value {
            value = &group.expr;
        }
        match value {
            Expr::Lit(literal) => Some(&literal.lit),
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
            Some(_) => Some(input.parse().map_err(|_| known.mistyped(&name))?),
            None => None,
        };
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(Arg { name, value });
        }
        Err(match value {
            Some(_) => input.error("expected `,` before the next argument"),
            None => known.mistyped(&name),
        })
    }

    /// Looks an argument up and refuses one that is unknown or was given before.
    fn find(&self, name: &Ident) -> Result<&'static Known> {
        let Some(known) = self.known.iter().find(|known| name == known.name) else {
            return Err(Error::new_spanned(
                name,
                format!("unknown argument `{name}`: {}", self.usage()),
            ));
        };
        if self.args.iter().any(|arg| arg.name == *name) {
            let message = format!("`{name}` is given twice: {}, each once", self.usage());
            return Err(Error::new_spanned(name, message));
        }
        Ok(known)
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

    /// Takes an argument and notes it as mistyped where `read` finds no value in it.
    fn value<T>(&mut self, known: Known, read: impl FnOnce(&Arg) -> Option<T>) -> Option<T> {
        let arg = self.take(known)?;
        let value = read(&arg);
        if value.is_none() {
            self.errors.push(known.mistyped(arg.wrong_part()));
        }
        value
    }

    fn string(&mut self, known: Known) -> Option<LitStr> {
        self.value(known, |arg| match arg.literal() {
            Some(Lit::Str(string)) => Some(string.clone()),
            _ => None,
        })
    }

    /// Takes any expression that is not plainly of another type, and lets the compiler check it against `ty`.
    fn number(&mut self, known: Known, ty: &str) -> Option<TokenStream> {
        self.value(known, |arg| match (&arg.value, arg.literal()) {
            (Some(value), None) => {
                // The type stands where the argument's name does, so that an error says what asks for it.
                let span = generated(arg.name.span());
                let ty = Ident::new(ty, span);
                let ty = quote_spanned!(span=> ::core::primitive::#ty);
                Some(quote!({ let value: #ty = #value; value }))
            }
            (value, Some(Lit::Int(_))) => Some(value.to_token_stream()),
            _ => None,
        })
    }

    fn flag(&mut self, known: Known) -> bool {
        let flag = self.value(known, |arg| match (&arg.value, arg.literal()) {
            (None, _) => Some(true),
            (_, Some(Lit::Bool(flag))) => Some(flag.value),
            _ => None,
        });
        flag.unwrap_or(false)
    }

    fn seconds(&mut self, known: Known) -> Option<Duration> {
        self.value(known, |arg| {
            let duration = match arg.literal()? {
                Lit::Int(seconds) => Duration::from_secs(seconds.base10_parse().ok()?),
                Lit::Float(seconds) => {
                    Duration::try_from_secs_f64(seconds.base10_parse().ok()?).ok()?
                }
                _ => return None,
            };
            (!duration.is_zero()).then_some(duration)
        })
    }

    /// Takes the path that leads to coro, `::coro` unless it is given.
    fn path(&mut self, known: Known) -> Path {
        let path = self.value(known, |arg| match &arg.value {
            Some(Expr::Path(path)) if path.qself.is_none() => Some(path.path.clone()),
            _ => None,
        });
        path.unwrap_or_else(|| syn::parse_quote!(::coro))
    }
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
    use super::{MainArgs, TestArgs, ThreadArgs};
    use crate::errors::Errors;
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};
    use std::time::Duration;

    fn tokens(source: &str) -> TokenStream {
        source.parse().unwrap()
    }

    fn text(value: &Option<impl ToTokens>) -> Option<String> {
        value.as_ref().map(|value| value.to_token_stream().to_string())
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
        assert!(args.name.is_none() && args.stack_size.is_none());
    }

    #[test]
    fn reads_all_of_thread_and_main() {
        let source =
            r#"crate = crate::reexport, name = "worker", stack_size = 64 * size_of::<(u8, u8)>(),"#;
        let (args, errors) = ThreadArgs::read(tokens(source));
        check(errors, &[]);
        assert_eq!(args.coro.to_token_stream().to_string(), "crate :: reexport");
        assert_eq!(text(&args.name).unwrap(), r#""worker""#);
        assert_eq!(
            text(&args.stack_size).unwrap(),
            "{ let value : :: core :: primitive :: usize = 64 * size_of :: < (u8 , u8) > () ; value }"
        );
        let (args, errors) = MainArgs::read(tokens(source));
        check(errors, &[]);
        assert!(args.name.is_some() && args.stack_size.is_some());
    }

    #[test]
    fn reads_all_of_test() {
        let (args, errors) = TestArgs::read(tokens("start_paused, seed = 7, timeout = 2.5"));
        check(errors, &[]);
        assert!(args.start_paused);
        assert_eq!((text(&args.seed).as_deref(), text(&args.seeds)), (Some("7"), None));
        assert_eq!(args.timeout, Some(Duration::from_millis(2500)));
        let (args, errors) = TestArgs::read(tokens("seeds = 100"));
        check(errors, &[]);
        assert_eq!((text(&args.seed), text(&args.seeds).as_deref()), (None, Some("100")));
        assert!(!TestArgs::read(tokens("start_paused = false")).0.start_paused);
        assert_eq!(TestArgs::read(tokens("timeout = 60")).0.timeout, Some(Duration::from_secs(60)));
    }

    #[test]
    fn sees_literals_through_a_macro_fragment() {
        let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!("worker"));
        group.set_span(proc_macro2::Span::call_site());
        let (args, errors) = ThreadArgs::read(quote!(name = #group));
        check(errors, &[]);
        assert_eq!(text(&args.name).unwrap(), r#""worker""#);
    }

    #[test]
    fn refuses_unknown_arguments() {
        thread_mistakes(
            "stack = 3, naem",
            &[
                (
                    "stack",
                    "unknown argument `stack`: `#[coro::thread]` takes `name`, `stack_size` and `crate`",
                ),
                (
                    "naem",
                    "unknown argument `naem`: `#[coro::thread]` takes `name`, `stack_size` and `crate`",
                ),
            ],
        );
        test_mistakes(
            "name = \"x\"",
            &[(
                "name",
                "unknown argument `name`: `#[coro::test]` takes `start_paused`, `seed`, `seeds`, `timeout` and `crate`",
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
        let seed = "`seed` takes a number, as in `seed = 7`";
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
    }

    const NAME: &str = r#"`name` takes a string literal, as in `name = "worker"`"#;
    const STACK_SIZE: &str = "`stack_size` takes a number of bytes, as in `stack_size = 64 * 1024`";

    #[test]
    fn refuses_values_of_another_type() {
        thread_mistakes("name = 3", &[("3", NAME)]);
        thread_mistakes("name = NAME", &[("NAME", NAME)]);
        thread_mistakes(r#"stack_size = "64k""#, &[(r#""64k""#, STACK_SIZE)]);
        thread_mistakes("stack_size = 1.5", &[("1.5", STACK_SIZE)]);
        let message = "`crate` takes a path, as in `crate = my_crate::coro`";
        thread_mistakes(r#"crate = "my""#, &[(r#""my""#, message)]);
        let message = "`start_paused` takes no value, `true` or `false`, as in `start_paused`";
        test_mistakes("start_paused = 1", &[("1", message)]);
        let message = "`seed` takes a number, as in `seed = 7`";
        test_mistakes(r#"seed = "x""#, &[(r#""x""#, message)]);
    }

    #[test]
    fn refuses_missing_values() {
        thread_mistakes("name", &[("name", NAME)]);
        thread_mistakes("name = , stack_size = ", &[("name", NAME), ("stack_size", STACK_SIZE)]);
        thread_mistakes(
            r#"name("x"), stack_size(3)"#,
            &[("name", NAME), ("stack_size", STACK_SIZE)],
        );
    }

    #[test]
    fn refuses_timeouts_that_are_no_time() {
        let message = "`timeout` takes seconds as a literal above zero, as in `timeout = 2.5`";
        for value in ["0", "0.0", "-1", "1e300", "99999999999999999999", "SECONDS", "\"1s\""] {
            test_mistakes(&format!("timeout = {value}"), &[(value, message)]);
        }
    }

    #[test]
    fn keeps_the_arguments_that_are_right() {
        let (args, errors) = ThreadArgs::read(tokens(r#"what, name = "worker", stack_size = "#));
        assert_eq!(errors.told().len(), 2);
        assert_eq!(text(&args.name).unwrap(), r#""worker""#);
        assert!(args.stack_size.is_none());
    }
}
