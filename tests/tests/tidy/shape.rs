//! The shape of a file: it opens with what it is, and it is short.

use crate::lexer;
use crate::source::{Finding, Source};

/// The most lines of code a file may have, without comments, blank lines and test modules.
const MOST_LINES: usize = 500;

/// Finds files that do not open with `//!`.
pub(crate) fn check_header(file: &Source) -> Vec<Finding> {
    if file.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![file.finding(1, "opens without `//!`: say in the first line what the file is")]
}

/// Finds files with too many lines of code. Tests may be as long as there is something to test.
pub(crate) fn check_length(file: &Source) -> Vec<Finding> {
    if file.is_test() {
        return Vec::new();
    }
    let code = lexer::library_code(&file.text);
    let count = code.lines().filter(|line| !line.trim().is_empty()).count();
    if count <= MOST_LINES {
        return Vec::new();
    }
    vec![file.finding(
        1,
        format!("has {count} lines of code, at most {MOST_LINES} are allowed: split it"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_first() {
        assert!(check_header(&Source::new("a.rs", "//! The first file.\n")).is_empty());
        for text in ["", "\n//! Late.\n", "// Not a doc comment.\n", "use std::io;\n"] {
            let findings = check_header(&Source::new("a.rs", text));
            assert_eq!(
                findings[0].to_string(),
                "a.rs:1: opens without `//!`: say in the first line what the file is"
            );
        }
    }

    #[test]
    fn only_code_counts() {
        let code = "f();\n".repeat(MOST_LINES);
        let rest = "\n/// Doc.\n// Comment.\n#[cfg(test)]\nmod tests {\n    f();\n}\n";
        assert!(check_length(&Source::new("a.rs", &format!("{code}{rest}"))).is_empty());
        let findings = check_length(&Source::new("a.rs", &format!("{code}f();\n")));
        assert!(
            check_length(&Source::new("tests/tests/it/a.rs", &format!("{code}f();\n"))).is_empty()
        );
        assert!(findings[0].message.starts_with("has 501 lines of code"), "{findings:?}");
    }
}
