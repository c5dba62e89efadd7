//! Expands the cases in `expansions` and compares the code with the files that lie beside them.
//!
//! A case is a file as a user writes it, `thread/echo.rs`, and the code that takes its place, `thread/echo.expanded.rs`.
//! Its folder is an attribute, or `mended` for mistakes, whose expansions hold errors. As in the compiler, an attribute
//! is found by its path, gets the tokens of its item, and what it gives back is expanded again. `list.rs` there names
//! the cases that compile, so that a test of the workspace can compile both files of each.
//!
//! `EXPANSIONS=overwrite cargo test -p coro-macros expansions` writes all of this anew; read what has changed.

use crate::expand;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::token::Paren;
use syn::visit_mut::VisitMut;
use syn::{Macro, MacroDelimiter, Meta};

/// Writes every file anew.
const COMMAND: &str = "EXPANSIONS=overwrite cargo test -p coro-macros expansions";

/// Ends the name of a file with an expansion.
const EXPANDED: &str = ".expanded.rs";

/// The file that names the cases that compile.
const LIST: &str = "list.rs";

/// The folder of the cases that do not compile.
const MENDED: &str = "mended/";

/// An attribute on an item.
#[derive(Clone)]
pub(crate) struct Use {
    pub(crate) attribute: &'static str,
    /// What stands between its parentheses.
    pub(crate) args: TokenStream,
    /// The item with its other attributes.
    pub(crate) item: TokenStream,
}

impl Use {
    /// Finds a use whose item, attributes included, begins here, and says how many tokens it has.
    fn at_start(tokens: &[TokenTree]) -> Option<(Self, usize)> {
        let mut attributes = 0;
        let mut found = None;
        while let Some([TokenTree::Punct(hash), TokenTree::Group(brackets)]) =
            tokens.get(attributes..attributes + 2)
        {
            if hash.as_char() != '#' || brackets.delimiter() != Delimiter::Bracket {
                break;
            }
            if found.is_none() {
                found = attribute(brackets.stream()).map(|found| (attributes, found));
            }
            attributes += 2;
        }
        let (at, (attribute, args)) = found?;
        let end = attributes + item_length(&tokens[attributes..]);
        let item = tokens[..at].iter().chain(&tokens[at + 2..end]).cloned().collect();
        Some((Self { attribute, args, item }, end))
    }

    pub(crate) fn expand(self) -> TokenStream {
        match self.attribute {
            "thread" => expand::thread(self.args, self.item),
            "main" => expand::main(self.args, self.item),
            _ => expand::test(self.args, self.item),
        }
    }
}

/// Takes apart the attribute between brackets if it is one of coro's.
fn attribute(brackets: TokenStream) -> Option<(&'static str, TokenStream)> {
    let meta: Meta = syn::parse2(brackets).ok()?;
    let mut segments = meta.path().segments.iter().rev();
    let (name, coro) = (segments.next()?, segments.next()?);
    let name = ["thread", "main", "test"].into_iter().find(|attribute| name.ident == attribute)?;
    let args = match &meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    (coro.ident == "coro").then_some((name, args))
}

/// The number of tokens up to the item's end: a semicolon, or braces that are no argument of a type.
fn item_length(tokens: &[TokenTree]) -> usize {
    let is_punct = |token: Option<&TokenTree>, any: &str| matches!(token, Some(TokenTree::Punct(punct)) if any.contains(punct.as_char()));
    let is_end = |at: usize| match &tokens[at] {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            !is_punct(tokens.get(at + 1), ">,")
        }
        token => is_punct(Some(token), ";"),
    };
    (0..tokens.len()).find(|at| is_end(*at)).map_or(tokens.len(), |at| at + 1)
}

/// Replaces each use of an attribute, at any depth and in what replaced another.
pub(crate) fn replace(
    tokens: TokenStream,
    with: &mut dyn FnMut(Use) -> TokenStream,
) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut replaced = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((found, length)) = Use::at_start(&tokens[at..]) {
            replaced.extend(replace(with(found), with));
            at += length;
            continue;
        }
        replaced.extend([match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replace(group.stream(), with));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            token => token.clone(),
        }]);
        at += 1;
    }
    replaced
}

/// Every Rust file under a folder, by its path from there.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
        let path = entry.expect("a listed folder can be read").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = self::files(&path).into_iter();
            files.extend(inner.map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else if name.ends_with(".rs") {
            files.insert(name, fs::read_to_string(&path).expect("it is a text"));
        }
    }
    files
}

/// The files that go with the cases: the expansions and the list.
fn made_of(cases: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    let mut made: BTreeMap<String, String> = cases
        .iter()
        .map(|(name, text)| (format!("{name}{EXPANDED}"), expanded(name, text)))
        .collect();
    made.insert(LIST.to_owned(), list(cases.keys().copied()));
    made
}

fn expanded(name: &str, text: &str) -> String {
    let tokens = text.parse().unwrap_or_else(|error| panic!("{name}.rs: {error}"));
    let tokens = replace(tokens, &mut Use::expand);
    let is_mistake = tokens.to_string().contains(":: compile_error !");
    assert_eq!(is_mistake, name.starts_with(MENDED), "{name}.rs: mistakes belong to {MENDED}");
    let mut file = syn::parse2(tokens.clone())
        .unwrap_or_else(|error| panic!("{name}.rs expands to no items: {error}\n{tokens}"));
    Parentheses.visit_file_mut(&mut file);
    prettyplease::unparse(&file)
}

/// Writes errors in parentheses, as they are printed anyway: then a semicolon is printed too.
struct Parentheses;

impl VisitMut for Parentheses {
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        if mac.path.segments.last().is_some_and(|last| last.ident == "compile_error") {
            mac.delimiter = MacroDelimiter::Paren(Paren::default());
        }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let modules = names.filter(|name| !name.starts_with(MENDED)).map(|name| {
        let module = name.replace(['/', '-'], "_");
        format!(
            "\n#[path = \"{name}.rs\"]\nmod {module};\n#[path = \"{name}{EXPANDED}\"]\nmod {module}_expanded;\n"
        )
    });
    let head = "//! The cases that compile, each as it is written and as it expands. The test that compares them writes it.\n";
    std::iter::once(head.to_owned()).chain(modules).collect()
}

/// The first line in which two texts differ.
fn difference(found: &str, made: &str) -> String {
    let count = found.lines().zip(made.lines()).take_while(|(found, made)| found == made).count();
    let line = |text: &str| text.lines().nth(count).unwrap_or("").to_owned();
    format!("line {}\n    is       {}\n    would be {}", count + 1, line(found), line(made))
}

/// Compares the files that are there with those that should be; the message says what to do with each that differs.
fn differences(
    found: &BTreeMap<String, String>,
    made: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let wrong = made.iter().filter_map(|(name, made)| match found.get(name) {
        None => Some((name.clone(), "is missing".to_owned())),
        Some(found) if found != made => Some((name.clone(), difference(found, made))),
        Some(_) => None,
    });
    let left = found.keys().filter(|name| !made.contains_key(*name));
    wrong.chain(left.map(|name| (name.clone(), "belongs to no case".to_owned()))).collect()
}

fn write(folder: &Path, name: &str, text: Option<&String>) {
    let path = folder.join(name);
    let done = match text {
        Some(text) => fs::write(path, text),
        None => fs::remove_file(path),
    };
    done.unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// The folder with the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("expansions")
}

#[test]
fn the_cases_expand_to_the_code_beside_them() {
    let (found, cases): (BTreeMap<_, _>, BTreeMap<_, _>) = files(&folder())
        .into_iter()
        .partition(|(name, _)| name.ends_with(EXPANDED) || name == LIST);
    let cases = cases.iter().map(|(name, text)| (name.trim_end_matches(".rs"), text.as_str()));
    let made = made_of(&cases.collect());
    let differences = differences(&found, &made);
    if std::env::var("EXPANSIONS").is_ok_and(|value| value == "overwrite") {
        differences.keys().for_each(|name| write(&folder(), name, made.get(name)));
        return;
    }
    let lines: Vec<String> =
        differences.iter().map(|(name, message)| format!("  {name}: {message}\n")).collect();
    assert!(
        lines.is_empty(),
        "{} file(s) in {:?} differ; `{COMMAND}` writes them anew:\n{}",
        lines.len(),
        folder(),
        lines.concat()
    );
}

#[test]
fn a_use_is_found_wherever_it_stands() {
    let source = "
        #![allow(x)]
        /// Doc. 
        #[a] #[::coro::thread(b)] #[c] fn f() -> A<{ 1 }, { 2 }> where T: {}
        mod m { trait T { #[x::coro::test] fn g(); } #[coro::other] fn h() {} #[coro] fn i() {} }
        #[coro::main] #[coro::main] struct S { a: u8 }
    ";
    let mut seen = Vec::new();
    let rest = replace(source.parse().expect("it is a text of tokens"), &mut |found| {
        seen.push(format!("{} {} {}", found.attribute, found.args, found.item));
        if seen.len() == 3 { found.item } else { TokenStream::new() }
    });
    assert_eq!(
        seen,
        [
            "thread b # [doc = \" Doc. \"] # [a] # [c] fn f () -> A < { 1 } , { 2 } > where T : { }",
            "test  fn g () ;",
            "main  # [coro :: main] struct S { a : u8 }",
            "main  struct S { a : u8 }",
        ]
    );
    let expected = "#![allow(x)] mod m { trait T {} #[coro::other] fn h() {} #[coro] fn i() {} }";
    assert_eq!(rest.to_string(), expected.parse::<TokenStream>().expect("tokens").to_string());
}

#[test]
fn each_difference_is_told() {
    let files = |files: &[(&str, &str)]| {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let found = files(&[("a", "1\n2\n"), ("b", "1\n"), ("c", "1\n")]);
    let made = files(&[("a", "1\n3\n"), ("b", "1\n"), ("d", "1\n")]);
    let expected = files(&[
        ("a", "line 2\n    is       2\n    would be 3"),
        ("c", "belongs to no case"),
        ("d", "is missing"),
    ]);
    assert_eq!(differences(&found, &made), expected);
}
