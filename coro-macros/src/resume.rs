//! The parameters that no caller fills: the yielder, and the value that the first resume brings.
//!
//! They make a function one whose thread is resumed. The yielder comes first and `#[resume]` marks the other, which may
//! be left out where a resume brings `()`. Both leave the signature and become parameters of the closure.

use crate::errors::Errors;
use crate::impl_trait;
use crate::spelling::{spelled, spelled_parameter};
use crate::yielder::{Yielder, is_same, is_unit};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, FnArg, Ident, Meta, Pat, PatType, Signature, Type, parse_quote};

/// What was taken out of the signature of a function whose thread is resumed.
pub(crate) struct Resumed {
    /// The first parameter.
    pub(crate) yielder: PatType,
    /// What a resume brings in.
    pub(crate) input: Type,
    /// What it gives out.
    pub(crate) output: Type,
    /// The marked parameter, without its mark, and how many parameters of the caller stand before it.
    pub(crate) first: Option<(usize, PatType)>,
}

/// Takes out of a checked or mended signature what no caller fills; `None` if nothing resumes the thread.
pub(crate) fn take(sig: &mut Signature) -> Option<Resumed> {
    let (position, yielder) = typed(sig).next()?;
    let (input, output) = Yielder::of(&yielder.ty)?.types()?;
    let (yielder, input, output) = (yielder.clone(), input.clone(), output.clone());
    let mut first = None;
    let mut callers = 0;
    for (other_position, other) in std::mem::take(&mut sig.inputs).into_iter().enumerate() {
        match other {
            FnArg::Typed(_) if other_position == position => {}
            FnArg::Typed(mut marked) if is_marked(&marked) => {
                marked.attrs.retain(|attr| !is_mark(attr));
                first = Some((callers, marked));
            }
            other => {
                callers += usize::from(matches!(other, FnArg::Typed(_)));
                sig.inputs.push(other);
            }
        }
    }
    Some(Resumed { yielder, input, output, first })
}

/// Notes what is wrong with the parameters that no caller fills.
pub(crate) fn check(sig: &Signature, errors: &mut Errors) {
    check_yielders(sig, errors);
    check_marks(sig, errors);
    check_names(sig, errors);
}

const FRONT: &str = "`Yielder` comes first: move this parameter to the front";
const BEHIND_SELF: &str = "`Yielder` comes first behind `self`: move this parameter there";
const ONE_YIELDER: &str = "a thread has one yielder: remove this parameter";
const ONE_MARK: &str = "remove this `#[resume]`: the first resume fills one parameter";
const NO_ARGUMENTS: &str = "`#[resume]` takes no arguments: remove this";
const MARKED_YIELDER: &str =
    "move `#[resume]` to the parameter that the first resume fills: a yielder is there before";
const MARKED_SELF: &str =
    "move `#[resume]` to the parameter that the first resume fills: `self` is there before";

fn check_yielders(sig: &Signature, errors: &mut Errors) {
    for (count, (position, yielder)) in yielders(sig).enumerate() {
        if count > 0 {
            errors.at(yielder.whole(), ONE_YIELDER);
            continue;
        }
        if position > place_of_yielder(sig) {
            let message = if sig.receiver().is_some() { BEHIND_SELF } else { FRONT };
            errors.at(yielder.whole(), message);
        }
        yielder.check(errors);
    }
}

fn check_marks(sig: &Signature, errors: &mut Errors) {
    let yielder = yielders(sig).next().map(|(_, yielder)| yielder);
    let mut is_marked = false;
    for mark in sig.receiver().into_iter().flat_map(|receiver| &receiver.attrs) {
        if is_mark(mark) {
            errors.at(mark, MARKED_SELF);
            is_marked = true;
        }
    }
    for (_, input) in typed(sig) {
        for mark in input.attrs.iter().filter(|attr| is_mark(attr)) {
            check_arguments(mark, errors);
            if is_marked {
                errors.at(mark, ONE_MARK);
            } else {
                check_mark(mark, input, sig, errors);
            }
            is_marked = true;
        }
    }
    if let (false, Some((input, _))) = (is_marked, yielder.and_then(|yielder| yielder.types())) {
        check_missing(sig, input, errors);
    }
}

/// Refuses `#[resume(…)]` and `#[resume = …]` at what is too much.
fn check_arguments(mark: &Attribute, errors: &mut Errors) {
    match &mark.meta {
        Meta::Path(_) => {}
        Meta::List(list) => {
            errors.push(Error::new(list.delimiter.span().join(), NO_ARGUMENTS));
        }
        Meta::NameValue(pair) => {
            let (equals, value) = (&pair.eq_token, &pair.value);
            errors.at(quote!(#equals #value), NO_ARGUMENTS);
        }
    }
}

/// Checks that the marked parameter is one that a resume can fill; the compiler compares its type.
fn check_mark(mark: &Attribute, input: &PatType, sig: &Signature, errors: &mut Errors) {
    if Yielder::of(&input.ty).is_some() {
        return errors.at(mark, MARKED_YIELDER);
    }
    let Some((_, yielder)) = yielders(sig).next() else {
        let ty = spelled(&input.ty);
        let place = if sig.receiver().is_some() { "behind `self`" } else { "in front" };
        let message = format!(
            "a thread without a yielder is not resumed: add `cx: &Yielder<{ty}, Out>` {place}, where `Out` is what it \
             gives out, or remove `#[resume]`"
        );
        return errors.at(mark, message);
    };
    if let (true, Some((brought, _))) = (impl_trait::is_in_type(&input.ty), yielder.types()) {
        let message = format!("write the type that a resume brings in: `{}`", spelled(brought));
        errors.at(&input.ty, message);
    }
}

/// Asks for the mark at the parameter it was likely forgotten at, else for the parameter at the end of the list.
fn check_missing(sig: &Signature, brought: &Type, errors: &mut Errors) {
    if is_unit(brought) {
        return;
    }
    match unmarked(sig, brought) {
        Some((_, input)) => {
            let spelled = spelled_parameter(input);
            let message =
                format!("mark the parameter that the first resume fills: `#[resume] {spelled}`");
            errors.at(input, message);
        }
        None => {
            let brought = spelled(brought);
            let message = format!(
                "add the parameter that the first resume fills: `#[resume] first: {brought}`"
            );
            errors.push(Error::new(sig.paren_token.span.close(), message));
        }
    }
}

/// Refuses a name that the caller fills and the thread too, which the compiler would not see in the expansion.
fn check_names(sig: &Signature, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, bool)> = Vec::new();
    for (_, input) in typed(sig) {
        let Pat::Ident(pattern) = &*input.pat else { continue };
        let (name, is_taken) = (&pattern.ident, is_taken(input));
        if seen.iter().any(|&(other, was_taken)| other == name && (is_taken || was_taken)) {
            errors.at(name, format!("`{name}` names two parameters: rename one"));
        }
        seen.push((name, is_taken));
    }
}

/// The parameters but `self`, without their marks.
pub(crate) fn without_marks(sig: &Signature) -> Vec<PatType> {
    let mut inputs: Vec<PatType> = typed(sig).map(|(_, input)| input.clone()).collect();
    for input in &mut inputs {
        input.attrs.retain(|attr| !is_mark(attr));
    }
    inputs
}

/// Mends the parameters that no caller fills, and says whether a body written for the signature still compiles.
pub(crate) fn mend(sig: &mut Signature) -> bool {
    let count = sig.inputs.len();
    let mended = Mended::of(sig);
    let place = place_of_yielder(sig);
    let inputs: Vec<FnArg> = std::mem::take(&mut sig.inputs).into_iter().collect();
    for (position, input) in inputs.into_iter().enumerate() {
        match (input, &mended) {
            (FnArg::Typed(input), Some(mended)) if position == mended.position => {
                sig.inputs.insert(place, mended.yielder(input));
            }
            (FnArg::Typed(input), Some(mended)) if Some(position) == mended.first => {
                sig.inputs.push(mended.marked(input));
            }
            (FnArg::Typed(input), _) if is_taken(&input) => {}
            (FnArg::Receiver(mut receiver), _) => {
                receiver.attrs.retain(|attr| !is_mark(attr));
                sig.inputs.push(FnArg::Receiver(receiver));
            }
            (input, _) => sig.inputs.push(input),
        }
    }
    sig.inputs.len() == count && mended.is_none_or(|mended| mended.is_whole)
}

/// Mentions the yielder's type in place of a dropped body, since an import that serves it alone would be a warning.
pub(crate) fn mention(sig: &Signature) -> TokenStream {
    let yielder = yielders(sig).next().map(|(_, yielder)| yielder.whole());
    yielder.map(|ty| quote!(let _: #ty;)).unwrap_or_default()
}

/// Mentions the yielder's type in a where-clause, for a function without a body and for the same reason.
pub(crate) fn mention_in_signature(sig: &mut Signature) {
    let path = yielders(sig).next().map(|(_, yielder)| yielder.path().clone());
    if let Some(path) = path {
        sig.generics.make_where_clause().predicates.push(parse_quote!(#path:));
    }
}

/// What becomes of a signature with a yielder in it.
struct Mended {
    /// Where the yielder stands.
    position: usize,
    /// What its type should have been.
    ty: Type,
    /// Where the parameter stands that is or should be marked.
    first: Option<usize>,
    /// Whether the body has all it was written for.
    is_whole: bool,
}

impl Mended {
    fn of(sig: &Signature) -> Option<Self> {
        let (position, yielder) = yielders(sig).next()?;
        let types = yielder.types();
        let marked = typed(sig).find(|(_, input)| is_marked(input) && !is_yielder(input));
        let first = marked.or_else(|| unmarked(sig, types?.0));
        let ty = yielder.mended(first.map(|(_, input)| &*input.ty));
        let is_whole = types.is_some_and(|types| {
            let is_kept = Yielder::of(&ty)
                .and_then(|mended| mended.types())
                .is_some_and(|mended| is_same(mended.0, types.0) && is_same(mended.1, types.1));
            is_kept && (first.is_some() || is_unit(types.0))
        });
        Some(Self { position, first: first.map(|(position, _)| position), is_whole, ty })
    }

    fn types(&self) -> Option<(&Type, &Type)> {
        Yielder::of(&self.ty)?.types()
    }

    fn yielder(&self, mut input: PatType) -> FnArg {
        input.attrs.retain(|attr| !is_mark(attr));
        *input.ty = self.ty.clone();
        FnArg::Typed(input)
    }

    fn marked(&self, mut input: PatType) -> FnArg {
        input.attrs.retain(|attr| !is_mark(attr));
        input.attrs.push(parse_quote!(#[resume]));
        if let (true, Some((brought, _))) = (impl_trait::is_in_type(&input.ty), self.types()) {
            *input.ty = brought.clone();
        }
        FnArg::Typed(input)
    }
}

/// The parameters but `self`, and where each stands.
fn typed(sig: &Signature) -> impl Iterator<Item = (usize, &PatType)> {
    sig.inputs.iter().enumerate().filter_map(|(position, input)| match input {
        FnArg::Typed(input) => Some((position, input)),
        FnArg::Receiver(_) => None,
    })
}

/// Where a yielder belongs: in front of all that a caller passes but `self`.
fn place_of_yielder(sig: &Signature) -> usize {
    usize::from(sig.receiver().is_some())
}

fn yielders(sig: &Signature) -> impl Iterator<Item = (usize, Yielder<'_>)> {
    typed(sig).filter_map(|(position, input)| Some((position, Yielder::of(&input.ty)?)))
}

/// The last parameter that has the type a resume brings in, where `#[resume]` was likely forgotten.
fn unmarked<'a>(sig: &'a Signature, brought: &Type) -> Option<(usize, &'a PatType)> {
    typed(sig).filter(|(_, input)| is_same(&input.ty, brought)).last()
}

/// Says whether no caller fills a parameter.
pub(crate) fn is_taken(input: &PatType) -> bool {
    is_marked(input) || is_yielder(input)
}

fn is_yielder(input: &PatType) -> bool {
    Yielder::of(&input.ty).is_some()
}

fn is_marked(input: &PatType) -> bool {
    input.attrs.iter().any(is_mark)
}

fn is_mark(attr: &Attribute) -> bool {
    attr.path().is_ident("resume")
}

#[cfg(test)]
mod tests {
    use super::{
        FRONT, MARKED_SELF, MARKED_YIELDER, NO_ARGUMENTS, ONE_MARK, ONE_YIELDER, check, mend, take,
    };
    use crate::errors::Errors;
    use quote::ToTokens;
    use syn::Signature;

    fn parse(inputs: &str) -> Signature {
        syn::parse_str(&format!("fn f({inputs})")).unwrap()
    }

    fn words(tokens: &impl ToTokens) -> String {
        tokens.to_token_stream().to_string()
    }

    /// Compares what is underlined and said with the expectation.
    #[track_caller]
    fn refused(inputs: &str, expected: &[(&str, &str)]) {
        let mut errors = Errors::default();
        check(&parse(inputs), &mut errors);
        let told = errors.told();
        let told: Vec<_> =
            told.iter().map(|(part, message)| (part.as_str(), message.as_str())).collect();
        assert_eq!(told, expected, "{inputs}");
    }

    #[test]
    fn yielders_and_marks_in_place_pass() {
        for inputs in [
            "",
            "a: u8, b: Vec<Yielder<u8, u8>>",
            "&self, cx: &Yielder<(), u8>",
            "cx: &Yielder<(), u8>",
            "_: &'_ ::coro::Yielder<(()), T>, #[resume] (): ()",
            "cx: &(coro::coroutine::Yielder<&'a T, fn(&u8) -> &u8>), b: u8, #[resume] #[allow(x)] mut a: &'a T, c: u8",
        ] {
            refused(inputs, &[]);
        }
    }

    #[test]
    fn a_yielder_comes_first_and_alone() {
        refused("a: u8, cx: &Yielder<(), u8>", &[("&Yielder<(), u8>", FRONT)]);
        const SHARED: &str = "remove `mut`: write `&Yielder<(), u8>`, which is shared";
        refused(
            "a: u8, cx: &mut Yielder<(), u8>",
            &[("&mut Yielder<(), u8>", FRONT), ("mut", SHARED)],
        );
        refused(
            "cx: &Yielder<(), u8>, a: u8, b: Yielder<(), u8>",
            &[("Yielder<(), u8>", ONE_YIELDER)],
        );
    }

    #[test]
    fn one_parameter_is_marked() {
        const CX: &str = "cx: &Yielder<Option<u8>, ()>";
        const ADD: &str =
            "add the parameter that the first resume fills: `#[resume] first: Option<u8>`";
        const MARK: &str =
            "mark the parameter that the first resume fills: `#[resume] mut a: Option<u8>`";
        refused(CX, &[(")", ADD)]);
        refused(&format!("{CX}, a: u8"), &[(")", ADD)]);
        refused(&format!("{CX}, mut a: Option<u8>"), &[("mut a: Option<u8>", MARK)]);
        refused(
            &format!("{CX}, #[resume] a: u8, #[resume] b: u8, #[resume] #[resume] c: u8"),
            &[("#[resume]", ONE_MARK), ("#[resume]", ONE_MARK), ("#[resume]", ONE_MARK)],
        );
        refused("#[resume] cx: &Yielder<u8, ()>", &[("#[resume]", MARKED_YIELDER)]);
        refused("#[resume] &self, cx: &Yielder<u8, ()>, a: u16", &[("#[resume]", MARKED_SELF)]);
        refused("#[resume] self", &[("#[resume]", MARKED_SELF)]);
    }

    #[test]
    fn a_mark_stands_alone() {
        const CX: &str = "cx: &Yielder<u8, ()>";
        refused(&format!("{CX}, #[resume(a, b)] a: u8"), &[("(a, b)", NO_ARGUMENTS)]);
        refused(&format!("{CX}, #[resume = 3] a: u8"), &[("= 3", NO_ARGUMENTS)]);
    }

    #[test]
    fn a_mark_needs_a_yielder() {
        const NEEDS: &str = "a thread without a yielder is not resumed: add `cx: &Yielder<&str, Out>` in front, where \
                             `Out` is what it gives out, or remove `#[resume]`";
        refused("#[resume] a: &str, b: u8", &[("#[resume]", NEEDS)]);
    }

    #[test]
    fn a_marked_parameter_has_a_type_and_a_name_of_its_own() {
        const TYPE: &str = "write the type that a resume brings in: `u8`";
        refused("cx: &Yielder<u8, ()>, #[resume] a: impl A", &[("impl A", TYPE)]);
        const NAME: &str = "`a` names two parameters: rename one";
        refused("cx: &Yielder<u8, ()>, mut a: u8, #[resume] a: u8", &[("a", NAME)]);
        refused("a: &Yielder<u8, ()>, #[resume] b: u8, a: u8", &[("a", NAME)]);
    }

    #[test]
    fn takes_what_no_caller_fills() {
        let mut sig =
            parse("cx: &Yielder<u8, u16>, a: u32, #[resume] #[allow(x)] (b, c): T, d: u64");
        let taken = take(&mut sig).unwrap();
        assert_eq!(words(&sig), words(&parse("a: u32, d: u64")));
        assert_eq!(words(&taken.yielder), "cx : & Yielder < u8 , u16 >");
        assert_eq!((words(&taken.input), words(&taken.output)), ("u8".into(), "u16".into()));
        let (position, first) = taken.first.unwrap();
        assert_eq!(position, 1);
        assert_eq!(words(&first), "# [allow (x)] (b , c) : T");
    }

    #[test]
    fn takes_it_from_behind_self() {
        let mut sig = parse("&self, cx: &Yielder<u8, u16>, #[resume] a: u8, b: u32");
        let (position, _) = take(&mut sig).unwrap().first.unwrap();
        assert_eq!((position, words(&sig)), (0, words(&parse("&self, b: u32"))));
    }

    #[test]
    fn takes_nothing_from_an_ordinary_function() {
        for inputs in ["", "&self", "&self, a: u8", "a: u8", "a: Yielder<u8>"] {
            let mut sig = parse(inputs);
            assert!(take(&mut sig).is_none());
            assert_eq!(words(&sig), words(&parse(inputs)));
        }
    }

    #[test]
    fn mends_what_was_refused() {
        for (inputs, mended, is_whole) in [
            ("a: u8", "a: u8", true),
            ("cx: &Yielder<(), u8>, a: u8", "cx: &Yielder<(), u8>, a: u8", true),
            ("a: u8, cx: &mut x::Yielder<(), u8>", "cx: &x::Yielder<(), u8>, a: u8", true),
            ("cx: Yielder<u8, u8>, a: u8", "cx: &Yielder<u8, u8>, #[resume] a: u8", true),
            (
                "cx: &Yielder<u8, u8>, #[resume(3)] a: u8",
                "cx: &Yielder<u8, u8>, #[resume] a: u8",
                true,
            ),
            (
                "cx: &Yielder<u8, u8>, #[resume] a: impl A",
                "cx: &Yielder<u8, u8>, #[resume] a: u8",
                true,
            ),
            ("cx: &Yielder<u8, u8>, a: u16", "cx: &Yielder<u8, u8>, a: u16", false),
            ("cx: &Yielder, #[resume] a: u8", "cx: &Yielder<u8, ()>, #[resume] a: u8", false),
            (
                "cx: &Yielder<&str, impl A>, #[resume] a: &str",
                "cx: &Yielder<&'static str, ()>, #[resume] a: &str",
                false,
            ),
            (
                "cx: &Yielder<u8, u8>, #[resume] a: u8, #[resume] b: u8, c: &Yielder<u8, u8>",
                "cx: &Yielder<u8, u8>, #[resume] a: u8",
                false,
            ),
            ("a: u8, #[resume] b: u8", "a: u8", false),
            (
                "&self, cx: &Yielder<u8, u8>, #[resume] a: u8",
                "&self, cx: &Yielder<u8, u8>, #[resume] a: u8",
                true,
            ),
            (
                "#[resume] &self, cx: &Yielder<u8, u8>, a: u8",
                "&self, cx: &Yielder<u8, u8>, #[resume] a: u8",
                true,
            ),
            ("&self, a: u8, cx: &Yielder<(), u8>", "&self, cx: &Yielder<(), u8>, a: u8", true),
        ] {
            let mut sig = parse(inputs);
            assert_eq!(mend(&mut sig), is_whole, "{inputs}");
            assert_eq!(words(&sig), words(&parse(mended)), "{inputs}");
        }
    }
}
