//! `select!`: one choice among operations that are known when the program is written.
//!
//! The expansion keeps each branch in a `match` around all that follows, so that temporaries among them live as long as
//! the statement, as users of crossbeam-channel expect. What was picked borrows nothing: the body of an arm may move or drop
//! what other arms, or its own, have named.
//!
//! ```text
//! match &(receiver) {
//!     arm0 => match &(sender) {
//!         arm1 => match waiting(thread) {
//!             arm2 => {
//!                 let picked = choose(&[receiving(arm0), sending(arm1), waiting_arm(&arm2)], false);
//!                 match picked.number() {
//!                     0 => { drop(arm2); let pattern = received(arm0, picked); body }
//!                     1 => { drop(arm2); let pattern = reserved(arm1, picked).send(message); body }
//!                     2 => { let pattern = waited(arm2, picked); body }
//!                     _ => the default's body
//!                 }
//!             }
//!         }
//!     }
//! }
//! ```

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Expr, Pat, Token, parenthesized, token};

use crate::errors::Errors;

/// What an arm may look like, for messages.
const FORMS: &str = "`recv(receiver) -> pattern => body`, `send(sender, message) -> pattern => body`, \
                     `wait(what) => body` or `default => body`";

/// Expands `select!`, or `select_biased!`, whose input begins with the path to the crate.
pub(crate) fn select(input: TokenStream, biased: bool) -> TokenStream {
    let mut errors = Errors::default();
    let parser = |input: ParseStream<'_>| Choice::parse(input, &mut errors);
    match parser.parse2(input) {
        Ok(choice) if errors.is_empty() => choice.expand(biased),
        Ok(_) => told(&errors),
        Err(error) => {
            errors.push(error);
            told(&errors)
        }
    }
}

fn told(errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    quote!({ #errors })
}

/// All that was written.
struct Choice {
    /// `$crate` of the macro that calls this one.
    coro: TokenTree,
    arms: Vec<Arm>,
    default: Option<Default>,
}

/// An arm that is waited for.
struct Arm {
    operation: Operation,
    pattern: Option<Pat>,
    body: Expr,
}

enum Operation {
    Recv(Expr),
    /// The message is boxed because a sum is as large as its largest part.
    Send(Expr, Box<Expr>),
    Wait(Expr),
}

/// What is done if no arm can be had.
struct Default {
    timeout: Option<Expr>,
    body: Expr,
}

/// One arm as it is parsed, whatever its kind.
struct Written {
    kind: Ident,
    /// What stands in parentheses; none without them.
    arguments: Option<Vec<Expr>>,
    pattern: Option<Pat>,
    body: Expr,
}

impl Choice {
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Choice> {
        let coro = input.parse()?;
        input.parse::<Token![,]>()?;
        let mut choice = Choice { coro, arms: Vec::new(), default: None };
        if input.is_empty() {
            errors.push(at_next(input, &format!("a select needs at least one arm: {FORMS}")));
        }
        while !input.is_empty() {
            choice.add(Written::parse(input)?, errors);
        }
        Ok(choice)
    }

    fn add(&mut self, written: Written, errors: &mut Errors) {
        if written.kind == "default" {
            return self.add_default(written, errors);
        }
        let Some(operation) = written.operation(errors) else { return };
        let needs_pattern = !matches!(operation, Operation::Wait(_));
        if needs_pattern && written.pattern.is_none() {
            let kind = &written.kind;
            errors.at(
                kind,
                format!(
                    "`{kind}` has a result: write `-> pattern` before `=>`, or `-> _` to ignore it"
                ),
            );
        }
        let Written { pattern, body, .. } = written;
        self.arms.push(Arm { operation, pattern, body });
    }

    fn add_default(&mut self, written: Written, errors: &mut Errors) {
        let Written { kind, arguments, pattern, body } = written;
        if let Some(pattern) = pattern {
            errors.at(pattern, "`default` has no result: write `default => body`");
        }
        if self.default.is_some() {
            errors.at(&kind, "there is a `default` already: a select has at most one");
        }
        let mut arguments = arguments.unwrap_or_default();
        if let Some(second) = arguments.get(1) {
            errors.at(second, "`default` takes one duration at most: `default(duration) => body`");
        }
        arguments.truncate(1);
        self.default = Some(Default { timeout: arguments.pop(), body });
    }

    fn expand(&self, biased: bool) -> TokenStream {
        let names: Vec<Ident> = (0..self.arms.len()).map(name).collect();
        let steps = self.steps();
        let arms = || self.arms.iter().map(|arm| &arm.operation).zip(&names);
        let coercions = arms().map(|(operation, name)| operation.coercion(name, &self.coro));
        let branches = arms().map(|(operation, name)| operation.branch(name, &steps));
        let choose = self.choose(&quote!(&[#(#branches),*]), biased, &steps);
        let bodies = (0..self.arms.len()).map(|number| self.body(number, &names, &steps));
        let default = self.default_body(&names);
        let picked = picked();
        let inside = quote!({
            #(#coercions)*
            let #picked = #choose;
            match #picked.number() {
                #(#bodies)*
                _ => #default
            }
        });
        arms().rev().fold(inside, |inside, (operation, name)| {
            let kept = operation.kept(&steps);
            quote!(match #kept { #name => #inside })
        })
    }

    fn steps(&self) -> TokenStream {
        let coro = &self.coro;
        quote!(#coro::__private::steps)
    }

    /// The call that chooses.
    fn choose(&self, branches: &TokenStream, biased: bool, steps: &TokenStream) -> TokenStream {
        match &self.default {
            None => quote!(#steps::choose(#branches, #biased)),
            Some(Default { timeout: None, .. }) => quote!(#steps::choose_now(#branches, #biased)),
            Some(Default { timeout: Some(timeout), .. }) => {
                quote!(#steps::choose_within(#branches, #biased, #timeout))
            }
        }
    }

    /// The arm of the inner match for the arm with this number.
    fn body(&self, number: usize, names: &[Ident], steps: &TokenStream) -> TokenStream {
        let Arm { operation, pattern, body } = &self.arms[number];
        let (name, picked) = (&names[number], picked());
        let drops = self.drops(names, Some(number));
        let outcome = match operation {
            Operation::Recv(_) => quote!(#steps::received(#name, #picked)),
            Operation::Send(_, message) => {
                let reserved = Ident::new("reserved", Span::mixed_site());
                quote!({
                    let #reserved = #steps::reserved(#name, #picked);
                    #reserved.send(#message)
                })
            }
            Operation::Wait(_) => quote!(#steps::waited(#name, #picked)),
        };
        let taken = match pattern {
            Some(pattern @ Pat::Or(_)) => quote!(let (#pattern) = #outcome;),
            Some(pattern) => quote!(let #pattern = #outcome;),
            None => quote!(#outcome;),
        };
        quote!(#number => { #drops #taken #body })
    }

    fn default_body(&self, names: &[Ident]) -> TokenStream {
        let drops = self.drops(names, None);
        match &self.default {
            Some(Default { body, .. }) => quote!({ #drops #body }),
            None => {
                quote!({ #drops ::core::unreachable!("a select without a default chooses an arm") })
            }
        }
    }

    /// Drops what is waited for, except in the arm with number `but`: it may borrow what the body uses.
    fn drops(&self, names: &[Ident], but: Option<usize>) -> TokenStream {
        let arms = self.arms.iter().zip(names).enumerate();
        let waiting = arms.filter(|(number, (arm, _))| {
            Some(*number) != but && matches!(arm.operation, Operation::Wait(_))
        });
        let names = waiting.map(|(_, (_, name))| name);
        quote!(#(::core::mem::drop(#names);)*)
    }
}

impl Operation {
    /// What keeps the operation's subject for the statement.
    fn kept(&self, steps: &TokenStream) -> TokenStream {
        match self {
            Operation::Recv(channel) | Operation::Send(channel, _) => quote!(&(#channel)),
            Operation::Wait(what) => {
                quote_spanned!(what.span().resolved_at(Span::mixed_site())=> #steps::waiting(#what))
            }
        }
    }

    /// Turns what was borrowed into a plain reference to an end; mistakes show at the expression.
    fn coercion(&self, name: &Ident, coro: &TokenTree) -> TokenStream {
        let (channel, end) = match self {
            Operation::Recv(channel) => (channel, quote!(Receiver)),
            Operation::Send(channel, _) => (channel, quote!(Sender)),
            Operation::Wait(_) => return TokenStream::new(),
        };
        let span = channel.span().resolved_at(Span::mixed_site());
        let value = Ident::new(&name.to_string(), span);
        quote_spanned!(span=> let #name: &#coro::channel::#end<_> = #value;)
    }

    /// The operation as the choice sees it.
    fn branch(&self, name: &Ident, steps: &TokenStream) -> TokenStream {
        match self {
            Operation::Recv(_) => quote!(#steps::receiving(#name)),
            Operation::Send(..) => quote!(#steps::sending(#name)),
            Operation::Wait(_) => quote!(#steps::waiting_arm(&#name)),
        }
    }
}

/// The variable of an arm, which user code cannot name.
fn name(number: usize) -> Ident {
    Ident::new(&format!("arm{number}"), Span::mixed_site())
}

fn picked() -> Ident {
    Ident::new("picked", Span::mixed_site())
}

impl Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Written> {
        refuse_leading_pattern(input)?;
        if !input.peek(Ident::peek_any) {
            return Err(at_next(input, &format!("expected an arm: {FORMS}")));
        }
        let kind = input.call(Ident::parse_any)?;
        let arguments = input.peek(token::Paren).then(|| parse_arguments(input)).transpose()?;
        let pattern = parse_pattern(input, &kind)?;
        if !input.peek(Token![=>]) {
            return Err(without_arrow(input, &kind, pattern.as_ref()));
        }
        input.parse::<Token![=>]>()?;
        if input.is_empty() {
            let message = format!("expected a body after the `=>` of `{kind}`");
            return Err(syn::Error::new_spanned(&kind, message));
        }
        let body = input.call(Expr::parse_with_earlier_boundary_rule)?;
        parse_comma(input, &body)?;
        Ok(Written { kind, arguments, pattern, body })
    }

    /// What is to be done, if the kind and the arguments are right.
    fn operation(&self, errors: &mut Errors) -> Option<Operation> {
        let kind = self.kind.to_string();
        let (count, form) = match kind.as_str() {
            "recv" => (1, "recv(receiver) -> pattern => body"),
            "send" => (2, "send(sender, message) -> pattern => body"),
            "wait" => (1, "wait(what) => body"),
            _ => {
                errors.at(&self.kind, format!("`{kind}` is no arm of a select; there are {FORMS}"));
                return None;
            }
        };
        let Some(arguments) = self.arguments.as_ref().filter(|found| found.len() == count) else {
            let found = self.arguments.as_ref().map_or(0, Vec::len);
            let message =
                format!("`{kind}` takes {count} in parentheses, {found} found: write `{form}`");
            errors.at(&self.kind, message);
            return None;
        };
        let first = arguments[0].clone();
        Some(match kind.as_str() {
            "recv" => Operation::Recv(first),
            "send" => Operation::Send(first, Box::new(arguments[1].clone())),
            _ => Operation::Wait(first),
        })
    }
}

fn parse_arguments(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let content;
    parenthesized!(content in input);
    let arguments = content.parse_terminated(Expr::parse, Token![,])?;
    Ok(arguments.into_iter().collect())
}

fn parse_pattern(input: ParseStream<'_>, kind: &Ident) -> syn::Result<Option<Pat>> {
    if !input.peek(Token![->]) {
        return Ok(None);
    }
    input.parse::<Token![->]>()?;
    if input.peek(Token![=>]) {
        let message =
            format!("expected a pattern after the `->` of `{kind}`; `_` ignores the result");
        return Err(at_next(input, &message));
    }
    if is_name_before_body(input) {
        input.parse::<Ident>()?;
        return Err(body_without_arrow(input, kind, ""));
    }
    input.call(Pat::parse_multi_with_leading_vert).map(Some)
}

/// The mistake of an arm that does not go on with `=>`.
fn without_arrow(input: ParseStream<'_>, kind: &Ident, pattern: Option<&Pat>) -> syn::Error {
    if input.peek(Token![if]) || input.peek(Token![,]) && input.peek2(Token![if]) {
        return syn::Error::new_spanned(kind, no_condition(kind));
    }
    let hint = hint(kind, pattern);
    if input.peek(token::Brace) {
        return body_without_arrow(input, kind, hint);
    }
    syn::Error::new_spanned(kind, format!("expected `=>` and a body after `{kind}`{hint}"))
}

fn body_without_arrow(input: ParseStream<'_>, kind: &Ident, hint: &str) -> syn::Error {
    at_next(input, &format!("expected `=>` between `{kind}` and its body{hint}"))
}

/// What to write in place of a condition.
fn no_condition(kind: &Ident) -> String {
    let instead = match kind.to_string().as_str() {
        "wait" => "write `wait(condition.then_some(what)) => body`, for `None` never comes",
        "recv" => {
            "write `recv(if condition { &receiver } else { &nothing }) -> pattern => body` with \
             `let nothing = coro::channel::never();` before it"
        }
        _ => "put the select into an `if`, or use `coro::channel::Select`",
    };
    format!("`{kind}` takes no condition: {instead}")
}

/// Refuses tokio's form, which begins with the pattern.
fn refuse_leading_pattern(input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    let Ok(pattern) = ahead.call(Pat::parse_multi_with_leading_vert) else { return Ok(()) };
    if !ahead.peek(Token![=]) || ahead.peek(Token![=>]) {
        return Ok(());
    }
    let message = "an arm begins with what is done, not with a pattern: write \
                   `recv(receiver) -> pattern => body` or `wait(what) -> pattern => body`";
    Err(syn::Error::new_spanned(pattern, message))
}

/// Whether a name is followed by what must be the body, for a struct's pattern is followed by something else.
fn is_name_before_body(input: ParseStream<'_>) -> bool {
    let goes_on = input.peek3(Token![=>]) || input.peek3(Token![|]) || input.peek3(Token![if]);
    input.peek(syn::Ident) && input.peek2(token::Brace) && !goes_on
}

/// What else may have been meant where `=>` is missing.
fn hint(kind: &Ident, pattern: Option<&Pat>) -> &'static str {
    let lacks_pattern = pattern.is_none() && (kind == "recv" || kind == "send");
    if lacks_pattern { ", and `->` and a pattern before them" } else { "" }
}

/// A mistake where the input goes on, or ends.
fn at_next(input: ParseStream<'_>, message: &str) -> syn::Error {
    syn::Error::new(input.span(), message)
}

/// A comma stands after each body but the last; after a block it may be left off.
fn parse_comma(input: ParseStream<'_>, body: &Expr) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if input.peek(Token![,]) {
        return input.parse::<Token![,]>().map(drop);
    }
    if ends_itself(body) {
        return Ok(());
    }
    let message = if input.peek(Token![;]) {
        "expected a comma after the body, found a semicolon"
    } else {
        "expected a comma after the body"
    };
    Err(syn::Error::new_spanned(body.to_token_stream(), message))
}

fn ends_itself(body: &Expr) -> bool {
    matches!(
        body,
        Expr::Block(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::ForLoop(_)
            | Expr::Unsafe(_)
            | Expr::TryBlock(_)
            | Expr::Const(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let input: TokenStream = format!("coro, {input}").parse().expect("tokens");
        let output = select(input, false).to_string();
        assert_eq!(output.matches("compile_error").count(), expected.len(), "{output}");
        for expected in expected {
            assert!(output.contains(expected), "{output:?} lacks {expected:?}");
        }
    }

    #[test]
    fn arms_of_every_form_are_taken() {
        check(
            "recv(a) -> _ => {} send(b, 1) -> Ok(()) | Err(_) => f(), wait(c) => {} default => 1",
            &[],
        );
        check(
            "recv(a,) -> x => if x { 1 } else { 2 } wait(c) -> y => y?, default(d) => return,",
            &[],
        );
        check("wait(a) -> S { x } => {} wait(b) -> S { .. } | T { .. } => {}", &[]);
        check("default() => {}", &[]);
    }

    #[test]
    fn each_mistake_is_told() {
        check("", &["needs at least one arm"]);
        check("receive(a) -> _ => {}", &["`receive` is no arm"]);
        check("recv(a) => {}", &["`recv` has a result"]);
        check("recv -> _ => {}", &["`recv` takes 1 in parentheses, 0 found"]);
        check("send(a) -> _ => {}", &["`send` takes 2 in parentheses, 1 found"]);
        check("default => {} default(d) => {}", &["there is a `default` already"]);
        check("default -> x => {}", &["`default` has no result"]);
        check("recv(a) -> x", &["expected `=>`"]);
        check("recv(a) -> => {}", &["expected a pattern"]);
        check("recv(a) -> x =>", &["expected a body"]);
        check("recv(a) -> x => f() recv(b) -> y => {}", &["expected a comma"]);
        check("recv(a) -> x => f(); recv(b) -> y => {}", &["found a semicolon"]);
        check("5 => {}", &["expected an arm"]);
        check("m = a.recv() => {}", &["an arm begins with what is done"]);
        check("Some(mut m) = a.recv() => {} recv(b) => {}", &["an arm begins with what is done"]);
        check("_ = sleep(d) => {}", &["an arm begins with what is done"]);
        check("recv(a) -> m { f(m) }", &["expected `=>` between `recv` and its body"]);
        check("recv(a) -> Ok(m) { f(m) }", &["expected `=>` between `recv` and its body"]);
        check("recv(a) { f() }", &["between `recv` and its body, and `->` and a pattern"]);
        check("wait(a), if b => {}", &["wait(condition.then_some(what))"]);
        check("recv(a) -> m, if b => {}", &["`recv` takes no condition"]);
        check("send(a, 1) -> m if b => {}", &["`send` takes no condition"]);
        check("recv(a) => {} recieve(b) => {}", &["`recv` has a result", "`recieve` is no arm"]);
    }
}
