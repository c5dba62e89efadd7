//! Collects the mistakes in one use of an attribute.
//!
//! Every check adds to the same list and goes on, so that one compile shows all that has to change.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far, in the order they were found.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds a mistake that was found by a parser.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Adds a mistake whose underlined source is `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds all of another list.
    pub(crate) fn extend(&mut self, other: Self) {
        if let Some(error) = other.0 {
            self.push(error);
        }
    }

    /// Says whether no mistake was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Turns the mistakes into `compile_error!` items; none gives no tokens.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.as_ref().map(syn::Error::to_compile_error).unwrap_or_default()
    }
}

#[cfg(test)]
impl Errors {
    /// Gives each mistake as the source it underlines and what it says.
    pub(crate) fn told(self) -> Vec<(String, String)> {
        self.0
            .into_iter()
            .flatten()
            .map(|error| (error.span().source_text().unwrap_or_default(), error.to_string()))
            .collect()
    }
}
