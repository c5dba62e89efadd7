//! Finds what the inputs of a method take from the block around it, which an attribute on the method cannot see.
//!
//! A routine has to end before `Self`, the block's lifetimes and the block's type parameters do. `Self` and lifetimes
//! are known by how they are written. A type parameter is a name like any other, so each type that could be one is
//! taken for one: the bound that it then gets holds for any other type as well.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    Expr, FnArg, Lifetime, ParenthesizedGenericArguments, PatType, Path, Receiver, ReceiverKind,
    Signature, TraitBound, Type, TypeFnPtr, TypeImplTrait, TypePath, TypeReference,
};

use crate::bind::is_conditional;

/// What the inputs of a function have to do with the block around it.
#[derive(Default)]
pub(crate) struct Block {
    /// Whether `Self` is in the inputs, borrowed or not: then the function has to do with the block.
    pub(crate) has_self: bool,
    /// Whether it is there, but never behind a reference, whose lifetime would tell how long it lives.
    pub(crate) owns_self: bool,
    /// Whether another input could be of the block's types, or is in a trait whose types this block chose.
    pub(crate) takes_values: bool,
    /// The types of inputs that could have a type parameter of the block in them, each once.
    pub(crate) types: Vec<Type>,
}

impl Block {
    /// Looks through the inputs of a signature without elided lifetimes; `lifetimes` are those of the function itself.
    pub(crate) fn of(sig: &Signature, lifetimes: &BTreeSet<Lifetime>) -> Self {
        let own: Vec<String> =
            sig.generics.type_params().map(|param| param.ident.to_string()).collect();
        let mut block = Self::default();
        let (mut owns, mut borrows) = (false, false);
        for input in &sig.inputs {
            let found = match input {
                FnArg::Receiver(Receiver { kind: ReceiverKind::Typed(_, ty), .. }) => {
                    Finder::look_at(ty, &own)
                }
                FnArg::Receiver(receiver) => Finder::of_self(&receiver.kind),
                FnArg::Typed(input) => {
                    block.look_at(input, lifetimes, &own);
                    Finder::look_at(&input.ty, &own)
                }
            };
            owns |= found.owns_self;
            borrows |= found.borrows_self;
        }
        block.has_self = owns || borrows;
        block.owns_self = owns && !borrows;
        block
    }

    fn look_at(&mut self, input: &PatType, lifetimes: &BTreeSet<Lifetime>, own: &[String]) {
        self.takes_values |= !is_borrowed_for(&input.ty, lifetimes);
        // The types of a parameter that is switched off may not be there.
        if !input.attrs.iter().any(is_conditional) {
            self.look_for_types(&input.ty, own);
        }
    }

    /// Notes the type, or its parts where it is made of others in place.
    fn look_for_types(&mut self, ty: &Type, own: &[String]) {
        match ty {
            Type::Group(group) => self.look_for_types(&group.elem, own),
            Type::Paren(paren) => self.look_for_types(&paren.elem, own),
            Type::Array(array) => self.look_for_types(&array.elem, own),
            Type::Ptr(pointer) => self.look_for_types(&pointer.elem, own),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.look_for_types(ty, own)),
            _ => {
                let found = Finder::look_at(ty, own);
                if found.has_parameter && !found.has_impl_trait && !is_among(ty, &self.types) {
                    self.types.push(ty.clone());
                }
            }
        }
    }
}

/// The lifetimes of the references to `Self` in a type without elided lifetimes.
pub(crate) fn references_to_self(ty: &Type) -> BTreeSet<Lifetime> {
    struct References(BTreeSet<Lifetime>);

    impl<'ast> Visit<'ast> for References {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            let found = Finder::look_at(&reference.elem, &[]);
            if found.owns_self || found.borrows_self {
                self.0.extend(reference.lifetime.clone());
            }
            visit::visit_type_reference(self, reference);
        }

        fn visit_expr(&mut self, _: &'ast Expr) {}
    }

    let mut references = References(BTreeSet::new());
    references.visit_type(ty);
    references.0
}

/// Says whether a type is a reference with a lifetime of the function itself.
fn is_borrowed_for(ty: &Type, lifetimes: &BTreeSet<Lifetime>) -> bool {
    match ty {
        Type::Group(group) => is_borrowed_for(&group.elem, lifetimes),
        Type::Paren(paren) => is_borrowed_for(&paren.elem, lifetimes),
        Type::Reference(reference) => {
            reference.lifetime.as_ref().is_some_and(|lifetime| lifetimes.contains(lifetime))
        }
        _ => false,
    }
}

fn is_among(ty: &Type, types: &[Type]) -> bool {
    let text = ty.to_token_stream().to_string();
    types.iter().any(|other| other.to_token_stream().to_string() == text)
}

/// What there is in a type.
#[derive(Default)]
struct Finder<'a> {
    /// The function's own type parameters.
    own: &'a [String],
    /// Whether the visit is in a `fn(…)`, `Fn(…)` or `for<…>`, where references have lifetimes of their own.
    in_call: bool,
    /// Whether the visit is behind a reference, whose lifetime every type behind it outlives.
    behind_reference: bool,
    owns_self: bool,
    borrows_self: bool,
    has_parameter: bool,
    has_impl_trait: bool,
}

impl<'a> Finder<'a> {
    fn look_at(ty: &Type, own: &'a [String]) -> Self {
        let mut finder = Self { own, ..Self::default() };
        finder.visit_type(ty);
        finder
    }

    /// What there is in `self` or `&self`.
    fn of_self(kind: &ReceiverKind) -> Self {
        let borrows_self = matches!(kind, ReceiverKind::Reference(..));
        Self { borrows_self, owns_self: !borrows_self, ..Self::default() }
    }

    fn visit_in_call(&mut self, visit: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.in_call, true);
        visit(self);
        self.in_call = outside;
    }

    /// Says whether a path leads to a type parameter or to a type of one, such as `T::Item`.
    fn is_parameter(&self, path: &Path) -> bool {
        let Some(first) = path.segments.first() else { return false };
        let name = first.ident.to_string();
        path.leading_colon.is_none()
            && first.arguments.is_none()
            && name.starts_with(char::is_uppercase)
            && !["Self", "String"].contains(&name.as_str())
            && !self.own.contains(&name)
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        let is_self =
            ty.qself.is_none() && ty.path.segments.first().is_some_and(|name| name.ident == "Self");
        self.owns_self |= is_self && !self.behind_reference;
        self.borrows_self |= is_self && self.behind_reference;
        if ty.qself.is_none() && !self.behind_reference {
            self.has_parameter |= self.is_parameter(&ty.path);
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let outside = self.behind_reference;
        self.behind_reference |= !self.in_call;
        visit::visit_type_reference(self, reference);
        self.behind_reference = outside;
    }

    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.has_impl_trait = true;
        visit::visit_type_impl_trait(self, ty);
    }

    fn visit_type_fn_ptr(&mut self, ty: &'ast TypeFnPtr) {
        self.visit_in_call(|finder| visit::visit_type_fn_ptr(finder, ty));
    }

    fn visit_parenthesized_generic_arguments(
        &mut self,
        arguments: &'ast ParenthesizedGenericArguments,
    ) {
        self.visit_in_call(|finder| {
            visit::visit_parenthesized_generic_arguments(finder, arguments);
        });
    }

    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            return visit::visit_trait_bound(self, bound);
        }
        self.visit_in_call(|finder| visit::visit_trait_bound(finder, bound));
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}
