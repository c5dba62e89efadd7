//! The house rules that a machine can check, one test a rule.
//!
//! Each rule is a function from text to [`Finding`]s, so that it can be tried on small texts (the `tests` module in
//! each file), and one `#[test]` here that feeds it the files of the workspace. A finding names the file, the line and
//! the fix. Rules look at lines and tokens, not at a syntax tree: [`lexer`] blanks out comments, strings and test
//! modules, and what is left is plain enough.

mod book;
mod examples;
mod expansions;
mod floors;
mod lexer;
mod manual;
mod messages;
mod rustdoc;
mod shape;
mod source;
mod suspender;
mod unsafety;
mod words;

use source::{Finding, Source};

/// Fails with all findings at once, so that one run shows everything to mend.
fn expect_none(rule: &str, findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
    assert!(findings.is_empty(), "{rule}: {} finding(s)\n{}", findings.len(), list.join("\n"));
}

/// Applies a rule that looks at one file at a time.
fn expect_none_in_each(rule: &str, files: &[Source], check: impl Fn(&Source) -> Vec<Finding>) {
    let findings: Vec<Finding> = files.iter().flat_map(check).collect();
    expect_none(rule, &findings);
}

#[test]
fn imports_lead_down_the_floors() {
    let files = source::rust_files_in("coro-runtime/src");
    expect_none_in_each(
        "imports lead to the same floor or a lower one",
        &files,
        floors::check_arrows,
    );
}

#[test]
fn modules_form_no_knots() {
    let files = source::rust_files_in("coro-runtime/src");
    expect_none("modules import each other without cycles", &floors::check_cycles(&files));
}

#[test]
fn only_the_waiting_primitive_suspends() {
    let files = source::rust_files_in("coro-runtime/src");
    expect_none_in_each("a fiber is suspended in one place", &files, suspender::check);
}

#[test]
fn unsafe_code_stays_in_the_listed_files() {
    let architecture = source::read("ARCHITECTURE.md");
    expect_none(
        "unsafe code is listed with its reason",
        &unsafety::check(&architecture, &source::rust_files()),
    );
}

#[test]
fn every_example_is_declared_and_named_in_the_readme() {
    let manifest = source::read("examples/Cargo.toml");
    let readme = source::read("README.md");
    let files = source::rust_files_in("examples");
    expect_none(
        "examples are declared, tested and named",
        &examples::check(&files, &manifest, &readme),
    );
}

#[test]
fn every_chapter_is_listed_and_compiled() {
    let chapters = source::files_in("book/src", "md");
    expect_none(
        "chapters are listed and compiled",
        &book::check(&chapters, &source::read("book/lib.rs")),
    );
}

#[test]
fn the_chapter_on_macros_shows_checked_in_expansions() {
    let chapter = source::read("book/src/macros.md");
    let cases = source::rust_files_in("coro-macros/expansions");
    expect_none("shown expansions are the checked-in ones", &expansions::check(&chapter, &cases));
}

#[test]
fn every_name_of_the_manual_has_a_compiled_line() {
    let chapter = source::read("book/src/from-python.md");
    expect_none(
        "names of the manual have a counterpart and a line that is compiled",
        &manual::check(&chapter, manual::NAMES),
    );
}

#[test]
fn every_message_of_the_attributes_is_explained() {
    let mut cases = source::files_in("tests/ui/fail", "stderr");
    cases.retain(|case| !case.stem().starts_with("select-"));
    expect_none(
        "what the attributes say is explained in the chapter on them",
        &messages::check(&source::read("book/src/macros.md"), &cases),
    );
}

#[test]
fn nothing_is_left_unfinished_or_ignored() {
    expect_none_in_each(
        "nothing is left for later",
        &source::rust_files(),
        words::check_unfinished,
    );
}

#[test]
fn texts_name_no_machine() {
    let files = source::text_files();
    expect_none_in_each(
        "no machine path, registry host or foreign package name",
        &files,
        words::check_places,
    );
}

#[test]
fn every_file_says_what_it_is() {
    let files: Vec<Source> = ["coro-runtime", "coro-macros", "examples"]
        .into_iter()
        .flat_map(source::rust_files_in)
        .collect();
    expect_none_in_each("a file opens with what it is", &files, shape::check_header);
}

#[test]
fn no_file_is_too_long() {
    expect_none_in_each("files are short", &source::rust_files(), shape::check_length);
}

#[test]
fn every_public_item_has_an_example() {
    let files = source::rust_files_in("coro-runtime/src");
    expect_none_in_each("public items have an example", &files, rustdoc::check);
}
