//! Writes tokens the way a person would, for messages that say what to write.
//!
//! The standard way to print tokens puts a space between any two. Here one stands between words, behind commas and
//! around the few operators that a type has.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::PatType;

/// Spells a type or a path as it would stand in source.
pub(crate) fn spelled(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    spell(tokens.into_token_stream(), &mut text);
    text
}

/// Spells a parameter without its attributes.
pub(crate) fn spelled_parameter(input: &PatType) -> String {
    format!("{}: {}", spelled(&input.pat), spelled(&input.ty))
}

fn spell(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => spell_group(&group, text),
            TokenTree::Punct(punct) => spell_punct(punct.as_char(), text),
            word => {
                if text.ends_with(|last: char| is_in_word(last) || last == '>') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

fn spell_punct(punct: char, text: &mut String) {
    match punct {
        ',' | ';' => text.extend([punct, ' ']),

        '>' if text.ends_with("- ") => {
            text.truncate(text.len() - 2);
            text.push_str("-> ");
        }
        '+' | '=' | '-' => text.extend([' ', punct, ' ']),
        '\'' if text.ends_with(is_in_word) => text.push_str(" '"),
        _ => text.push(punct),
    }
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn spell_group(group: &Group, text: &mut String) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{ ", " }"),
        Delimiter::None => ("", ""),
    };
    // An array or a slice stands apart from a word, but the parameters of a function do not.
    if open == "[" && text.ends_with(is_in_word) || text.ends_with("mut") {
        text.push(' ');
    }
    text.push_str(open);
    spell(group.stream(), text);
    text.push_str(close);
}

#[cfg(test)]
mod tests {
    use super::{spelled, spelled_parameter};
    use proc_macro2::TokenStream;
    use syn::FnArg;

    #[test]
    fn types_read_as_they_were_written() {
        for source in [
            "f64",
            "()",
            "(u8, Option<&'a mut (str, [u8])>)",
            "::std::vec::Vec<[u8; 4]>",
            "Box<dyn Fn(u8, &str) -> io::Result<()> + Send + 'static>",
            "<T as Iterator<Item = u8>>::Item",
            "&'static dyn for<'x> Read<'x>",
            "*const [T; N]",
        ] {
            assert_eq!(spelled(source.parse::<TokenStream>().unwrap()), source);
        }
    }

    #[test]
    fn parameters_read_as_they_were_written() {
        let source = "#[cfg(x)] mut a: &'a mut [u8]";
        let Ok(FnArg::Typed(input)) = syn::parse_str(source) else { panic!("it has a type") };
        assert_eq!(spelled_parameter(&input), "mut a: &'a mut [u8]");
    }
}
