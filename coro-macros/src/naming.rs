//! The name that `#[coro::thread]` gives, and the placeholders in it.
//!
//! `name = "worker {id}"` names a parameter, whose value is formatted when the routine is made, before the arguments
//! move into it. The expansion passes the literal on to `format!`, which checks what stands behind a colon. What
//! the braces name is checked here, in words that fit: `format!` would take any variable, and knows no parameters.

use crate::bind::{is_conditional, is_unused, needs_binding, plain_name};
use crate::errors::Errors;
use crate::function::Function;
use crate::resume;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{FnArg, GenericParam, Ident, LitStr, PatType, Path, Signature};

/// What stands in the attribute.
pub(crate) enum Given {
    Nothing,
    /// A literal; checked for placeholders before it is written.
    Literal(LitStr),
    /// Something that was told to be wrong.
    Refused,
}

/// Notes what is wrong with the placeholders of a name.
pub(crate) fn check(name: &LitStr, sig: &Signature) -> Errors {
    let mut errors = Errors::default();
    match Template::read(&name.value()) {
        Ok(template) => {
            let mut messages: Vec<String> = Vec::new();
            for message in template.placeholders.iter().filter_map(|part| part.mistake(sig)) {
                if !messages.contains(&message) {
                    errors.at(name, &message);
                    messages.push(message);
                }
            }
        }
        Err(message) => errors.at(name, message),
    }
    errors
}

const UNCLOSED: &str =
    "`{` opens a placeholder that is not closed: write `{{` for the brace itself";
const UNOPENED: &str = "`}` closes no placeholder: write `}}` for the brace itself";

/// Says what is wrong with a name in a placeholder.
fn mistake(whole: &str, name: &str, sig: &Signature) -> Option<String> {
    let Ok(ident) = Ident::parse_any.parse_str(name) else {
        let is_counted = name.is_empty() || name == "*" || name.bytes().all(|c| c.is_ascii_digit());
        return Some(match (is_counted, known_names(sig).first()) {
            (true, Some(first)) => {
                format!(
                    "`{whole}` names no parameter: write a name into the braces, as in `{{{first}}}`"
                )
            }
            (true, None) => no_parameter(whole, sig),
            (false, _) => format!(
                "`{whole}` is more than the name of a parameter: a computed name is given by `.named(…)` on the routine"
            ),
        });
    };
    if let Some(plain) = name.strip_prefix("r#") {
        return Some(format!("a placeholder takes the name without `r#`: write `{{{plain}}}`"));
    }
    if name == "_" {
        return Some("`{_}` names no value: give the parameter a name".to_owned());
    }
    match Named::find(&ident, sig) {
        Named::Known(_) => None,
        Named::NotYet => Some(format!(
            "`{name}` is not there yet when the thread is named: remove `{whole}` or name another parameter"
        )),
        Named::Pattern => Some(format!(
            "`{name}` is not a parameter but part of one: give the parameter a name, and take it apart in the body"
        )),
        Named::Nothing => Some(no_parameter(whole, sig)),
    }
}

/// Says what is wrong with a width or precision.
fn count_mistake(whole: &str, name: &str, sig: &Signature) -> Option<String> {
    let ident = Ident::parse_any.parse_str(name);
    match ident.map(|ident| Named::find(&ident, sig)) {
        Ok(Named::Known(_)) => None,
        Ok(Named::NotYet | Named::Pattern) => mistake(whole, name, sig),
        Ok(Named::Nothing) | Err(_) => Some(format!(
            "`{name}` in `{whole}` names no parameter: write a number, or one that is a `usize` before `$`"
        )),
    }
}

/// Says that there is no such parameter, and which there are.
fn no_parameter(whole: &str, sig: &Signature) -> String {
    let names: Vec<String> = known_names(sig).iter().map(|name| format!("`{{{name}}}`")).collect();
    if names.is_empty() {
        return format!(
            "`{whole}` names no parameter, there is none: write `{{{whole}}}` for the text itself"
        );
    }
    let names = names.join(" or ");
    format!("`{whole}` names no parameter: write {names}, or `{{{whole}}}` for the text itself")
}

/// The names that a placeholder may have.
fn known_names(sig: &Signature) -> Vec<String> {
    let receiver = sig.receiver().map(|_| "self".to_owned());
    let inputs = typed(sig)
        .filter(|input| !resume::is_taken(input))
        .filter_map(|input| plain_name(&input.pat).map(|name| name.unraw().to_string()));
    let constants = sig.generics.const_params().map(|param| param.ident.to_string());
    receiver.into_iter().chain(inputs).chain(constants).collect()
}

/// What a placeholder names.
enum Named {
    /// A value that is there when the routine is made, with its name as declared.
    Known(Ident),
    /// A parameter that a resume brings.
    NotYet,
    /// A part of a parameter.
    Pattern,
    Nothing,
}

impl Named {
    fn find(name: &Ident, sig: &Signature) -> Self {
        if let (true, Some(receiver)) = (name == "self", sig.receiver()) {
            return Self::Known(receiver.self_token.into());
        }
        let name = name.unraw();
        for input in typed(sig) {
            match plain_name(&input.pat) {
                Some(plain) if plain.unraw() != name => {}
                Some(_) if resume::is_taken(input) => return Self::NotYet,
                Some(plain) => return Self::Known(plain.clone()),
                None if mentions(input.pat.to_token_stream(), &name) => return Self::Pattern,
                None => {}
            }
        }
        let is_named = |param: &&GenericParam| matches!(param, GenericParam::Const(param) if param.ident == name);
        match sig.generics.params.iter().find(is_named) {
            Some(GenericParam::Const(param)) => Self::Known(param.ident.clone()),
            _ => Self::Nothing,
        }
    }
}

/// Writes a name that was checked, else the function's own: a literal or a call of `format!`.
///
/// The function's parameters have the names by now that they have in the expansion.
pub(crate) fn write(given: &Given, function: &Function, coro: &Path) -> TokenStream {
    let Given::Literal(given) = given else { return constant(&function_name(function)) };
    match Template::read(&given.value()) {
        Ok(template) if !template.placeholders.is_empty() => template.write(function, given, coro),
        Ok(template) if template.text != given.value() => {
            constant(&LitStr::new(&template.text, given.span()))
        }
        _ => constant(given),
    }
}

/// Writes a name that needs no formatting. A thread keeps a reference to it, which is smaller than the text with its
/// length.
fn constant(name: &LitStr) -> TokenStream {
    quote_spanned!(name.span()=> &#name)
}

/// Writes statements for the body that use what only the name mentions: it is in use, though not there.
///
/// A wrong name may have meant any of the parameters. The others are those that have a `let` of their own.
pub(crate) fn uses(given: &Given, function: &Function) -> Vec<TokenStream> {
    let named = match given {
        Given::Nothing => return Vec::new(),
        Given::Refused => None,
        Given::Literal(name) => Template::read(&name.value()).ok(),
    };
    let inputs = typed(&function.sig).filter_map(|input| Some((plain_name(&input.pat)?, input)));
    let is_meant = |name: &Ident, input: &PatType| match &named {
        None => true,
        Some(template) => {
            let name = name.unraw().to_string();
            template.names().contains(&name.as_str()) && needs_binding(input)
        }
    };
    inputs
        .filter(|(name, input)| is_meant(name, input) && !is_unused(name))
        .filter(|(name, _)| !mentions(function.body.to_token_stream(), &name.unraw()))
        .map(|(name, input)| {
            let conditions = input.attrs.iter().filter(|attr| is_conditional(attr));
            quote!(#(#conditions)* let _ = &#name;)
        })
        .collect()
}

/// The function's own name.
pub(crate) fn function_name(function: &Function) -> LitStr {
    let ident = &function.sig.ident;
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

/// A name, read as `format!` reads it.
#[derive(Default)]
struct Template {
    /// The text around the placeholders, each doubled brace as one.
    text: String,
    placeholders: Vec<Placeholder>,
}

struct Placeholder {
    /// As written, with its braces.
    whole: String,
    /// What it names: the value, and its width and precision where these are values too.
    names: Vec<String>,
}

impl Template {
    fn read(source: &str) -> Result<Self, &'static str> {
        let mut template = Self::default();
        let mut rest = source;
        while let Some(position) = rest.find(['{', '}']) {
            let (text, braces) = rest.split_at(position);
            template.text.push_str(text);
            rest = if let Some(behind) = braces.strip_prefix("{{").or(braces.strip_prefix("}}")) {
                template.text.push_str(&braces[..1]);
                behind
            } else if braces.starts_with('{') {
                let (whole, behind) = braces.split_at(placeholder_length(braces).ok_or(UNCLOSED)?);
                template.placeholders.push(Placeholder::read(whole));
                behind
            } else {
                return Err(UNOPENED);
            };
        }
        template.text.push_str(rest);
        Ok(template)
    }

    /// The names of all placeholders, each once.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.placeholders.iter().flat_map(|placeholder| &placeholder.names) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Writes the call of `format!`. The names in the literal are resolved where the parameters are, which differs
    /// from where the literal is when one of them comes out of a macro.
    fn write(&self, function: &Function, given: &LitStr, coro: &Path) -> TokenStream {
        let mut literal = given.clone();
        let mut arguments = TokenStream::new();
        for name in self.names() {
            let Ok(name) = Ident::parse_any.parse_str(name) else { continue };
            let Named::Known(declared) = Named::find(&name, &function.sig) else { continue };
            if is_unused(&declared) {
                // Its name in the expansion is not the one that the literal would find.
                arguments.extend(quote!(, #declared = #declared));
            } else {
                literal.set_span(given.span().resolved_at(declared.span()));
            }
        }
        quote!(#coro::__private::format!(#literal #arguments))
    }
}

/// Finds the end of the placeholder that begins here; a brace in it may be what the value is filled up with.
fn placeholder_length(source: &str) -> Option<usize> {
    let colon = source.find([':', '}']).filter(|&position| source[position..].starts_with(':'));
    let from = colon.map_or(0, |colon| source.len() - without_fill(&source[colon + 1..]).len());
    source[from..].find('}').map(|end| from + end + 1)
}

/// What follows the character to fill up with and the direction, in what stands behind the colon.
fn without_fill(spec: &str) -> &str {
    let is_direction = |c: char| matches!(c, '<' | '^' | '>');
    let mut behind = spec.chars();
    behind.next();
    match behind.as_str().strip_prefix(is_direction) {
        Some(rest) => rest,
        None => spec.strip_prefix(is_direction).unwrap_or(spec),
    }
}

impl Placeholder {
    fn mistake(&self, sig: &Signature) -> Option<String> {
        let (value, counts) = self.names.split_first()?;
        mistake(&self.whole, value, sig)
            .or_else(|| counts.iter().find_map(|count| count_mistake(&self.whole, count, sig)))
    }

    fn read(whole: &str) -> Self {
        let inside = &whole[1..whole.len() - 1];
        let (value, spec) = inside.split_once(':').unwrap_or((inside, ""));
        let spec = without_fill(spec);
        let mut names = vec![value.trim().to_owned()];
        // A width or precision that is a value ends in `$`; the digit before a width's name is a flag.
        let counts = spec.split('$').rev().skip(1);
        names.extend(counts.map(|count| {
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            let start = count.rfind(|c| !is_word(c)).map_or(0, |position| position + 1);
            count[start..].trim_start_matches('0').to_owned()
        }));
        if spec.contains(".*") {
            names.push("*".to_owned());
        }
        Self { whole: whole.to_owned(), names }
    }
}

fn typed(sig: &Signature) -> impl Iterator<Item = &PatType> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    })
}

/// Says whether a name occurs among the tokens.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Ident(ident) => ident.unraw() == *name,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Template, UNCLOSED, UNOPENED, check};
    use syn::LitStr;

    const SIG: &str = "fn f<const N: usize>(cx: &Yielder<u8, u8>, id: u32, mut host: &str, _port: u16, r#type: u8, \
                       #[resume] first: u8, (a, B { b, .. }): (A, B), _: u8, ref c: u8)";

    /// Compares what is said about a name with the expectation.
    #[track_caller]
    fn refused(sig: &str, name: &str, expected: &[&str]) {
        let sig = syn::parse_str(sig).unwrap();
        let name: LitStr = syn::parse_str(&format!("{name:?}")).unwrap();
        let told = check(&name, &sig).told();
        let told: Vec<_> = told.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(told, expected, "{name:?}", name = name.value());
    }

    #[test]
    fn parameters_and_text_pass() {
        for name in [
            "",
            "worker",
            "worker {id}",
            "{host}:{_port} {type} {N}",
            "{id:?} {id:>4} {id:#06x?} {id:}<4} {id:{<4} {id:é>4} { id } {id :x}",
            "{{}} {{id}} }}{{ {{{id}}}",
            "{id:N$} {id:>0N$.id$} {id:+#0N$x}",
        ] {
            refused(SIG, name, &[]);
        }
        refused("fn f(&self)", "{self}", &[]);
        refused("fn f(self: Rc<Self>, id: u8)", "{self} {id}", &[]);
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        const ALL: &str = "write `{id}` or `{host}` or `{_port}` or `{type}` or `{N}`";
        refused(
            SIG,
            "{idd}",
            &[&format!(
                "`{{idd}}` names no parameter: {ALL}, or `{{{{idd}}}}` for the text itself"
            )],
        );
        refused(
            SIG,
            "{self:?}",
            &[&format!(
                "`{{self:?}}` names no parameter: {ALL}, or `{{{{self:?}}}}` for the text itself"
            )],
        );
        refused(
            "fn f()",
            "{id}",
            &["`{id}` names no parameter, there is none: write `{{id}}` for the text itself"],
        );
        refused(
            "fn f()",
            "{}",
            &["`{}` names no parameter, there is none: write `{{}}` for the text itself"],
        );
        refused(
            "fn f(id: u8)",
            "{x} {id} {y} {x}",
            &[
                "`{x}` names no parameter: write `{id}`, or `{{x}}` for the text itself",
                "`{y}` names no parameter: write `{id}`, or `{{y}}` for the text itself",
            ],
        );
    }

    #[test]
    fn positions_and_expressions_are_refused() {
        for name in ["{}", "{0}", "{:?}"] {
            let message = format!(
                "`{name}` names no parameter: write a name into the braces, as in `{{id}}`"
            );
            refused(SIG, name, &[&message]);
        }
        for name in ["{id.0}", "{host.len()}", "{id + 1}", "{a.b}", "{&id}", "{id!r}"] {
            let message = format!(
                "`{name}` is more than the name of a parameter: a computed name is given by `.named(…)` on the routine"
            );
            refused(SIG, name, &[&message]);
        }
        refused(SIG, "{r#type}", &["a placeholder takes the name without `r#`: write `{type}`"]);
    }

    #[test]
    fn widths_and_precisions_are_refused_by_their_own_name() {
        for (name, count) in [
            ("{id:>wide$}", "wide"),
            ("{id:id$.digits$}", "digits"),
            ("{id:.1$}", "1"),
            ("{id:.*}", "*"),
        ] {
            let message = format!(
                "`{count}` in `{name}` names no parameter: write a number, or one that is a `usize` before `$`"
            );
            refused(SIG, name, &[&message]);
        }
        let message = "`first` is not there yet when the thread is named: remove `{id:first$}` or name another parameter";
        refused(SIG, "{id:first$}", &[message]);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for (name, part) in [("{cx}", "cx"), ("{first:?}", "first")] {
            let message = format!(
                "`{part}` is not there yet when the thread is named: remove `{name}` or name another parameter"
            );
            refused(SIG, name, &[&message]);
        }
        for (name, part) in [("{a}", "a"), ("{b:?}", "b"), ("{c}", "c")] {
            let message = format!(
                "`{part}` is not a parameter but part of one: give the parameter a name, and take it apart in the body"
            );
            refused(SIG, name, &[&message]);
        }
        refused(SIG, "{_}", &["`{_}` names no value: give the parameter a name"]);
    }

    #[test]
    fn lone_braces_are_refused() {
        for name in ["{", "{id", "a {{{", "{id:}<4", "{id:}"] {
            let expected: &[&str] = if name == "{id:}" { &[] } else { &[UNCLOSED] };
            refused(SIG, name, expected);
        }
        for name in ["}", "id}", "{id}}", "}}}"] {
            refused(SIG, name, &[UNOPENED]);
        }
    }

    #[test]
    fn doubled_braces_are_undone() {
        let template = Template::read("a {{b}} }}{{ {{{{").unwrap();
        assert_eq!((template.text.as_str(), template.placeholders.len()), ("a {b} }{ {{", 0));
    }
}
