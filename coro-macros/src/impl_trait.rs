//! Everything about `impl Trait` in a signature: finding it, bounding it, leaving it out.
//!
//! Among the parameters it is a type parameter without a name, so its bound has to stand in place. In the result it
//! is an opaque type, which a closure cannot name; the closure says `_` and the function around it tells the type.

use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FnArg, Lifetime, ReturnType, Signature, Type, TypeImplTrait, TypeParamBound, TypeParen,
    TypePtr, TypeReference, parse_quote,
};

/// Says whether a parameter has an `impl Trait` in its type.
pub(crate) fn is_in_inputs(sig: &Signature) -> bool {
    let mut finder = Finder(false);
    sig.inputs.iter().for_each(|input| finder.visit_fn_arg(input));
    finder.0
}

/// Says whether the result has an `impl Trait` in its type.
pub(crate) fn is_in_output(output: &ReturnType) -> bool {
    let mut finder = Finder(false);
    finder.visit_return_type(output);
    finder.0
}

/// Says whether a type has an `impl Trait` in it.
pub(crate) fn is_in_type(ty: &Type) -> bool {
    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}

/// Lets each `impl Trait` of a parameter outlive the lifetime.
pub(crate) fn outlive(input: &mut FnArg, lifetime: &Lifetime) {
    Bounder(lifetime).visit_fn_arg_mut(input);
}

/// Gives the result with `_` in place of each `impl Trait`.
pub(crate) fn inferred(result: &Type) -> Type {
    let mut result = result.clone();
    Inferrer.visit_type_mut(&mut result);
    result
}

struct Finder(bool);

impl Visit<'_> for Finder {
    fn visit_type_impl_trait(&mut self, _: &TypeImplTrait) {
        self.0 = true;
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

struct Bounder<'a>(&'a Lifetime);

impl VisitMut for Bounder<'_> {
    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        visit_mut::visit_type_impl_trait_mut(self, ty);
        ty.bounds.push(TypeParamBound::Lifetime(self.0.clone()));
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        visit_mut::visit_type_reference_mut(self, reference);
        parenthesize(&mut reference.elem);
    }

    fn visit_type_ptr_mut(&mut self, pointer: &mut TypePtr) {
        visit_mut::visit_type_ptr_mut(self, pointer);
        parenthesize(&mut pointer.elem);
    }

    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

/// Writes `&(impl A + 'b)`, since `&impl A + 'b` does not parse.
fn parenthesize(ty: &mut Box<Type>) {
    if matches!(**ty, Type::ImplTrait(_)) {
        let elem = ty.clone();
        **ty = Type::Paren(TypeParen {
            attrs: Vec::new(),
            paren_token: syn::token::Paren::default(),
            elem,
        });
    }
}

struct Inferrer;

impl VisitMut for Inferrer {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::ImplTrait(_)) {
            *ty = parse_quote!(_);
        }
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

#[cfg(test)]
mod tests {
    use super::{inferred, is_in_inputs, is_in_output, outlive};
    use quote::{ToTokens, quote};
    use syn::{FnArg, Lifetime, Signature, parse_quote};

    #[test]
    fn finds_it_on_its_side_only() {
        let sig: Signature = parse_quote!(fn f(a: &Vec<impl A>) -> Box<dyn B>);
        assert!(is_in_inputs(&sig) && !is_in_output(&sig.output));
        let sig: Signature =
            parse_quote!(fn f(a: [u8; { fn g(x: impl A) {} 3 }]) -> Option<impl B>);
        assert!(!is_in_inputs(&sig) && is_in_output(&sig.output));
    }

    #[test]
    fn bounds_it_with_parentheses_where_needed() {
        let lifetime: Lifetime = parse_quote!('x);
        for (input, expected) in [
            (quote!(a: impl A), quote!(a: impl A + 'x)),
            (quote!(a: &mut impl A), quote!(a: &mut (impl A + 'x))),
            (quote!(a: &(impl A + B)), quote!(a: &(impl A + B + 'x))),
            (quote!(a: *const impl A), quote!(a: *const (impl A + 'x))),
            (quote!(a: (u8, impl A<B = impl C>)), quote!(a: (u8, impl A<B = impl C + 'x> + 'x))),
            (quote!(a: &dyn A), quote!(a: &dyn A)),
        ] {
            let mut input: FnArg = parse_quote!(#input);
            outlive(&mut input, &lifetime);
            assert_eq!(input.to_token_stream().to_string(), expected.to_string());
        }
    }

    #[test]
    fn leaves_it_to_inference() {
        for (result, expected) in [
            (quote!(u8), quote!(u8)),
            (quote!(impl A<B = impl C> + 'x), quote!(_)),
            (quote!(Result<(impl A, u8), Box<dyn B>>), quote!(Result<(_, u8), Box<dyn B> >)),
        ] {
            let inferred = inferred(&parse_quote!(#result));
            assert_eq!(inferred.to_token_stream().to_string(), expected.to_string());
        }
    }
}
