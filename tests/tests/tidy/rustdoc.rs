//! Every public function and type of the runtime has a code block in its rustdoc.
//!
//! What stands before an item, its doc comment and attributes, is the run of lines above it up to a blank line or the
//! end of the item before. Members of traits and enums say `pub` nowhere, so the type's own example stands for them.

use crate::lexer;
use crate::source::{Finding, Source};

/// Top-level modules that users do not see: the hidden one, and those whose items reach them through it or not at all.
const INTERNAL: &[&str] = &["private", "sched", "raw", "sys", "payload", "probe", "list"];

/// The items that need an example.
const KINDS: &[&str] = &["fn", "struct", "enum", "trait"];

/// What may stand between `pub` and the kind; the lexer leaves the quotes of `extern "C"` on their own.
const QUALIFIERS: &[&str] = &["const", "async", "unsafe", "extern", "\""];

/// Finds public items without an example.
pub(crate) fn check(file: &Source) -> Vec<Finding> {
    if INTERNAL.contains(&top_module(&file.path)) {
        return Vec::new();
    }
    let code = lexer::library_code(&file.text);
    let code: Vec<&str> = code.lines().collect();
    let text: Vec<&str> = file.text.lines().collect();
    let items = code.iter().enumerate().filter_map(|(at, line)| Some((at, public_item(line)?)));
    let bare = items.filter(|&(at, _)| {
        let preamble = &text[preamble_start(&code, &text, at)..at];
        !is_hidden(preamble) && !has_code_block(preamble)
    });
    bare.map(|(at, item)| {
        file.finding(
            at + 1,
            format!("public {item} has no example: add one under `# Examples` to its rustdoc"),
        )
    })
    .collect()
}

fn top_module(path: &str) -> &str {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let end = inside.find(['/', '.']).unwrap_or(inside.len());
    &inside[..end]
}

/// The kind and the name of the public item that begins on this line, such as `fn spawn`.
fn public_item(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let mut words = rest.split_whitespace().skip_while(|word| QUALIFIERS.contains(word));
    let kind = words.next().filter(|kind| KINDS.contains(kind))?;
    let name = words.next()?.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    Some(format!("{kind} `{name}`"))
}

/// The first line of what stands before the item in line `at`.
fn preamble_start(code: &[&str], text: &[&str], at: usize) -> usize {
    let ends_before = |line: &usize| {
        text[*line].trim().is_empty() || code[*line].trim_end().ends_with(['{', '}', ';'])
    };
    (0..at).rev().find(ends_before).map_or(0, |line| line + 1)
}

fn is_hidden(preamble: &[&str]) -> bool {
    preamble.iter().any(|line| line.trim() == "#[doc(hidden)]")
}

fn has_code_block(preamble: &[&str]) -> bool {
    preamble.iter().any(|line| line.trim().starts_with("/// ```"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(path: &str, text: &str, expected: &[&str]) {
        let findings = check(&Source::new(path, text));
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.to_string().contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[track_caller]
    fn is_right(text: &str) {
        check_text("coro-runtime/src/sync/a.rs", text, &[]);
    }

    #[track_caller]
    fn is_bare(text: &str, expected: &[&str]) {
        check_text("coro-runtime/src/sync/a.rs", text, expected);
    }

    const EXAMPLE: &str = "/// Doc.\n///\n/// # Examples\n/// ```\n/// f();\n/// ```\n";

    #[test]
    fn an_example_is_right() {
        is_right(&format!("{EXAMPLE}pub fn f() {{}}"));
        is_right(&format!("{EXAMPLE}#[must_use]\n#[cfg(any(\n    unix,\n))]\npub struct S;"));
        is_right("/// Doc.\n/// ```compile_fail\n/// f(1);\n/// ```\npub const unsafe fn f() {}");
    }

    #[test]
    fn a_missing_example_is_found() {
        is_bare(
            "//! A.\n\n/// Doc.\n#[inline]\npub fn f<T>() {}",
            &["coro-runtime/src/sync/a.rs:5: public fn `f` has no example: add one"],
        );
        is_bare("/// Doc.\npub struct S(u8);\npub enum E {}", &["struct `S`", "enum `E`"]);
        is_bare("impl S {\n    /// Doc.\n    pub const fn new() -> S {}\n}", &["fn `new`"]);
        is_bare("pub trait T {}\npub unsafe extern \"C\" fn f() {}", &["trait `T`", "fn `f`"]);
    }

    #[test]
    fn the_example_of_the_item_before_does_not_count() {
        is_bare(&format!("{EXAMPLE}pub struct S;\npub fn g() {{}}"), &["a.rs:8: public fn `g`"]);
        is_bare(
            &format!("{EXAMPLE}pub fn f() {{\n}}\n/// Doc.\npub fn g() {{}}"),
            &["a.rs:10: public fn `g`"],
        );
        is_bare("//! ```\n//! f();\n//! ```\n\n/// Doc.\npub fn f() {}", &["fn `f`"]);
        is_bare("// ```\npub fn f() {}", &["fn `f`"]);
    }

    #[test]
    fn what_users_do_not_see_needs_none() {
        is_right(
            "pub(crate) fn f() {}\npub(super) struct S;\nfn g() {}\npub use a::B;\npub mod c;",
        );
        is_right("/// Doc.\n#[doc(hidden)]\npub fn f() {}");
        is_right("// pub fn f() {}\nconst S: &str = \"\npub fn f() {}\";");
        is_right("#[cfg(test)]\nmod tests {\n    pub fn f() {}\n}");
        check_text("coro-runtime/src/private.rs", "pub fn f() {}", &[]);
        check_text("coro-runtime/src/sched/unwind.rs", "pub struct Planned;", &[]);
    }
}
