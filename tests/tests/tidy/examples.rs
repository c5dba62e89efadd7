//! Every example says what it is, has a test, is declared with it, and is named in the README.
//!
//! A file in a folder beside the examples is a part of one; it only says what it is.

use crate::shape;
use crate::source::{Finding, Source};

/// Finds examples without a header, a test, a declaration or a mention.
pub(crate) fn check(files: &[Source], manifest: &Source, readme: &Source) -> Vec<Finding> {
    let (examples, parts): (Vec<&Source>, Vec<&Source>) =
        files.iter().partition(|file| file.path.matches('/').count() == 1);
    let findings = examples.into_iter().flat_map(|file| check_one(file, manifest, readme));
    findings.chain(parts.into_iter().flat_map(shape::check_header)).collect()
}

fn check_one(file: &Source, manifest: &Source, readme: &Source) -> Vec<Finding> {
    let name = file.stem();
    let mut findings = shape::check_header(file);
    if !file.text.contains("#[cfg(test)]") {
        findings.push(file.finding(1, "has no test: add a `#[cfg(test)]` module that runs it"));
    }
    if !is_declared(name, &manifest.text) {
        let message = format!(
            "is not declared: add an [[example]] `{name}` with its path and `test = true` to {}",
            manifest.path
        );
        findings.push(file.finding(1, message));
    }
    if !readme.text.contains(&format!("`{name}`")) {
        findings.push(file.finding(
            1,
            format!("is not named in {}: add a row for `{name}` to its table", readme.path),
        ));
    }
    findings
}

fn is_declared(name: &str, manifest: &str) -> bool {
    let tables = manifest.split("[[example]]").skip(1);
    let mut tables = tables.map(|table| table.split("\n[").next().unwrap_or(table));
    let wanted =
        [format!("name = \"{name}\""), format!("path = \"{name}.rs\""), "test = true".to_owned()];
    tables.any(|table| wanted.iter().all(|line| table.lines().any(|found| found.trim() == line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        "[package]\n[[example]]\nname = \"echo\"\npath = \"echo.rs\"\ntest = true\n\n[lints]\n";

    const EXAMPLE: &str = "//! Echoes.\nfn main() {}\n#[cfg(test)]\nmod tests {}\n";

    #[track_caller]
    fn check_texts(text: &str, manifest: &str, readme: &str, expected: &[&str]) {
        let files = [Source::new("examples/echo.rs", text)];
        let findings =
            check(&files, &Source::new("Cargo.toml", manifest), &Source::new("README.md", readme));
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.message.contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn a_declared_and_named_example_is_right() {
        check_texts(EXAMPLE, MANIFEST, "| `echo` | echoes |", &[]);
    }

    #[test]
    fn a_part_of_an_example_says_what_it_is() {
        let check_part = |text: &str| {
            let files = [Source::new("examples/echo/part.rs", text)];
            check(&files, &Source::new("Cargo.toml", MANIFEST), &Source::new("README.md", ""))
        };
        assert!(check_part("//! Is included.\n").is_empty());
        assert_eq!(check_part("fn f() {}\n").len(), 1);
    }

    #[test]
    fn what_is_missing_is_found() {
        check_texts(
            "fn main() {}",
            "[package]\n",
            "",
            &["opens without", "has no test", "is not declared", "is not named"],
        );
        check_texts(EXAMPLE, &MANIFEST.replace("true", "false"), "`echo`", &["is not declared"]);
    }
}
