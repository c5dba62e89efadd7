//! Recognises the type of a yielder and takes it apart.
//!
//! A macro cannot resolve a type, so a yielder is known by its name, the last segment of its path: `&Yielder<In, Out>`
//! or `&coro::Yielder<In, Out>`. Other ways to write one are recognised too, so that they can be mended.

use crate::errors::Errors;
use crate::spelling::spelled;
use crate::{impl_trait, lifetimes};
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, PathSegment, Type, TypeReference, parse_quote};

/// The type of a yielder as written.
pub(crate) struct Yielder<'a> {
    whole: &'a Type,
    /// The `&`s before it, the outermost first.
    references: Vec<&'a TypeReference>,
    path: &'a Path,
    last: &'a PathSegment,
}

impl<'a> Yielder<'a> {
    /// Recognises the type, borrowed or not, by its name.
    pub(crate) fn of(whole: &'a Type) -> Option<Self> {
        let mut references = Vec::new();
        let mut ty = whole;
        loop {
            ty = match ty {
                Type::Reference(reference) => {
                    references.push(reference);
                    &reference.elem
                }
                Type::Group(group) => &group.elem,
                Type::Paren(paren) => &paren.elem,
                Type::Path(path) => {
                    let path = &path.path;
                    let last = path.segments.last().filter(|last| last.ident == "Yielder")?;
                    return Some(Self { whole, references, path, last });
                }
                _ => return None,
            }
        }
    }

    /// What a resume brings in and what it gives out, if it has exactly these two arguments.
    pub(crate) fn types(&self) -> Option<(&'a Type, &'a Type)> {
        match self.arguments()[..] {
            [GenericArgument::Type(input), GenericArgument::Type(output)] => Some((input, output)),
            _ => None,
        }
    }

    fn arguments(&self) -> Vec<&'a GenericArgument> {
        match &self.last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The whole type, with its `&`s.
    pub(crate) fn whole(&self) -> &'a Type {
        self.whole
    }

    /// The type without its `&`s.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// Notes what is wrong with the type, and says what to write.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let Some((input, output)) = self.types() else {
            return errors.at(self.last, TWO_TYPES);
        };
        self.check_reference(errors);
        for ty in [input, output] {
            if impl_trait::is_in_type(ty) {
                errors.at(ty, NO_IMPL_TRAIT);
            } else if let Some(elided) = lifetimes::elided_in(ty) {
                errors.push(syn::Error::new(elided, NAME_LIFETIME));
            }
        }
    }

    /// Lets nothing pass but a plain `&`.
    fn check_reference(&self, errors: &mut Errors) {
        let right = format!("write `&{}`", spelled(self.path));
        match self.references[..] {
            [TypeReference { mutability: Some(mutability), .. }] => {
                errors.at(mutability, format!("remove `mut`: {right}, which is shared"));
            }
            [TypeReference { lifetime: Some(lifetime), .. }] if lifetime.ident != "_" => {
                errors.at(lifetime, format!("remove `{lifetime}`: {right}, which the thread owns"));
            }
            [_] => {}
            _ => errors.at(self.whole, format!("{right}: a thread borrows its yielder")),
        }
    }

    /// The type as it should have been written; `input` stands in where what a resume brings is not given.
    pub(crate) fn mended(&self, input: Option<&Type>) -> Type {
        let mut types = self.arguments().into_iter().filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
        let input = mended_type(types.next().or(input));
        let output = mended_type(types.next());
        let mut path = self.path.clone();
        if let Some(last) = path.segments.last_mut() {
            last.arguments = PathArguments::AngleBracketed(parse_quote!(<#input, #output>));
        }
        parse_quote!(&#path)
    }
}

const TWO_TYPES: &str = "a `Yielder` has two types: write `&Yielder<In, Out>`, with what a resume brings in and what \
                         it gives out";
const NO_IMPL_TRAIT: &str =
    "a yielder's types have names: use a generic parameter instead of `impl Trait`";
const NAME_LIFETIME: &str =
    "name this lifetime, as in `&'static str`: it is the same for every resume";

/// The type without what a yielder's type cannot have, and `()` if it is missing.
fn mended_type(ty: Option<&Type>) -> Type {
    match ty {
        Some(ty) if !impl_trait::is_in_type(ty) => lifetimes::elided_as_static(ty),
        _ => parse_quote!(()),
    }
}

/// Says whether two types are written the same.
pub(crate) fn is_same(one: &Type, other: &Type) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

/// Says whether a type is written as `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Group(group) => is_unit(&group.elem),
        Type::Paren(paren) => is_unit(&paren.elem),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_LIFETIME, NO_IMPL_TRAIT, TWO_TYPES, Yielder};
    use crate::errors::Errors;
    use syn::Type;

    /// Compares what is underlined and said with the expectation.
    #[track_caller]
    fn check(source: &str, expected: &[(&str, &str)]) {
        let ty: Type = syn::parse_str(source).unwrap();
        let mut errors = Errors::default();
        Yielder::of(&ty).expect("it is a yielder").check(&mut errors);
        let told = errors.told();
        let told: Vec<_> =
            told.iter().map(|(part, message)| (part.as_str(), message.as_str())).collect();
        assert_eq!(told, expected, "{source}");
    }

    #[test]
    fn known_by_the_last_segment() {
        for (source, is_yielder) in [
            ("&Yielder<u8, u8>", true),
            ("(&mut (::a::Yielder))", true),
            ("Yielder", true),
            ("&Yielder::Item", false),
            ("&[Yielder<u8, u8>]", false),
            ("Box<Yielder<u8, u8>>", false),
        ] {
            let ty: Type = syn::parse_str(source).unwrap();
            assert_eq!(Yielder::of(&ty).is_some(), is_yielder, "{source}");
        }
    }

    #[test]
    fn shared_references_to_two_types_pass() {
        for source in ["&Yielder<u8, (u8, &'a T)>", "&'_ ::a::Yielder<Box<dyn Fn(&u8)>, X<'a>,>"] {
            check(source, &[]);
        }
    }

    #[test]
    fn other_references_are_refused() {
        let value = "write `&Yielder<u8, ()>`: a thread borrows its yielder";
        check("Yielder<u8, ()>", &[("Yielder<u8, ()>", value)]);
        check("&&Yielder<u8, ()>", &[("&&Yielder<u8, ()>", value)]);
        let mutable = "remove `mut`: write `&a::Yielder<u8, ()>`, which is shared";
        check("&mut a::Yielder<u8, ()>", &[("mut", mutable)]);
        let lifetime = "remove `'a`: write `&Yielder<u8, ()>`, which the thread owns";
        check("&'a Yielder<u8, ()>", &[("'a", lifetime)]);
    }

    #[test]
    fn other_arguments_are_refused() {
        for (source, part) in [
            ("&a::Yielder", "Yielder"),
            ("&Yielder<u8>", "Yielder<u8>"),
            ("Yielder<u8, u8, u8>", "Yielder<u8, u8, u8>"),
            ("&Yielder<'a, u8>", "Yielder<'a, u8>"),
            ("&Yielder<3, u8>", "Yielder<3, u8>"),
        ] {
            check(source, &[(part, TWO_TYPES)]);
        }
    }

    #[test]
    fn types_that_need_a_name_are_refused() {
        check("&Yielder<&str, u8>", &[("&", NAME_LIFETIME)]);
        check("&Yielder<X<'_, &u8>, &u8>", &[("'_", NAME_LIFETIME), ("&", NAME_LIFETIME)]);
        check("&Yielder<Vec<impl A>, u8>", &[("Vec<impl A>", NO_IMPL_TRAIT)]);
    }
}
