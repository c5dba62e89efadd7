//! Unsafe code lies only in the files that ARCHITECTURE.md lists with a reason.
//!
//! The list is the table under the heading "Unsafe", one row `| path | reason |` a file, the path from the workspace
//! root or from `coro-runtime/src`. The lint is opened for the file or for the one item that needs it, never without a
//! reason.

use crate::lexer;
use crate::source::{Finding, Source};

/// How many files may hold unsafe code. One of them does so only because a trait of std's asks for it (`FromRawFd`).
const MOST: usize = 16;

/// One row of the table.
#[derive(Debug, PartialEq)]
struct Row {
    line: usize,
    path: String,
    reason: String,
}

/// Finds unsafe code outside the list, files that do not open the lint with a reason, and rows that are not needed.
pub(crate) fn check(architecture: &Source, files: &[Source]) -> Vec<Finding> {
    let rows = rows(architecture);
    let mut findings = check_rows(architecture, &rows, files);
    for file in files {
        let listed = rows.iter().any(|row| names(row, file));
        findings.extend(check_file(file, listed));
    }
    findings
}

fn check_rows(architecture: &Source, rows: &[Row], files: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if rows.is_empty() {
        findings.push(
            architecture.finding(
                1,
                "has no table under a heading `Unsafe`: list every file with unsafe code",
            ),
        );
    }
    if rows.len() > MOST {
        let message = format!(
            "lists {} files with unsafe code, at most {MOST} are allowed: gather it",
            rows.len()
        );
        findings.push(architecture.finding(rows[MOST].line, message));
    }
    for row in rows {
        if row.reason.is_empty() {
            findings.push(
                architecture
                    .finding(row.line, format!("`{}` has no reason: give it one", row.path)),
            );
        }
        let file = files.iter().find(|file| names(row, file));
        if file.is_none_or(|file| first_unsafe(file).is_none()) {
            findings.push(
                architecture.finding(
                    row.line,
                    format!("`{}` has no unsafe code: remove the row", row.path),
                ),
            );
        }
    }
    findings
}

fn check_file(file: &Source, listed: bool) -> Vec<Finding> {
    let code = lexer::code_only(&file.text);
    let squeezed: String = code.split_whitespace().collect();
    let mut findings = Vec::new();
    if squeezed.contains("allow(unsafe_code") {
        findings.push(
            file.finding(1, "allows unsafe code: use `#![expect(unsafe_code, reason = \"...\")]`"),
        );
    }
    let Some(line) = first_unsafe(file) else {
        return findings;
    };
    if !listed {
        findings.push(file.finding(
            line,
            "has unsafe code: list it with its reason in ARCHITECTURE.md, or do without",
        ));
    }
    if !squeezed.contains("[expect(unsafe_code,reason=") {
        findings.push(file.finding(
            line,
            "has unsafe code: open it with `#![expect(unsafe_code, reason = \"...\")]`",
        ));
    }
    findings
}

fn names(row: &Row, file: &Source) -> bool {
    file.path == row.path || file.path.strip_prefix("coro-runtime/src/") == Some(row.path.as_str())
}

/// The line of the first `unsafe` that opens or demands something; the macros' `Token![unsafe]` does neither.
fn first_unsafe(file: &Source) -> Option<usize> {
    let code = lexer::code_only(&file.text);
    let mut positions = lexer::word_positions(&code, "unsafe").into_iter();
    let first = positions.find(|&at| !code[..at].ends_with("Token!["))?;
    Some(lexer::line_of(&code, first))
}

fn rows(architecture: &Source) -> Vec<Row> {
    let lines = architecture.text.lines().enumerate();
    let section =
        lines.skip_while(|(_, line)| !is_heading(line) || !line.to_lowercase().contains("unsafe"));
    let section = section.skip(1).take_while(|(_, line)| !is_heading(line));
    section
        .filter(|(_, line)| line.trim_start().starts_with('|'))
        .filter_map(|(at, line)| row(at + 1, line))
        .collect()
}

fn is_heading(line: &str) -> bool {
    line.starts_with('#')
}

/// Reads one row. The table's own header and its rule are no rows.
fn row(line: usize, text: &str) -> Option<Row> {
    let mut cells = text
        .trim()
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().trim_matches('`').to_owned());
    let path = cells.next()?;
    let reason = cells.next().unwrap_or_default();
    path.ends_with(".rs").then_some(Row { line, path, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: &str = "//! Stacks.\n#![expect(\n    unsafe_code,\n    reason = \"maps memory\"\n)]\nfn f() { unsafe { g() } }";

    fn architecture(rows: &str) -> Source {
        Source::new(
            "ARCHITECTURE.md",
            &format!(
                "# House\n\n## Unsafe\n\n| path | reason |\n|---|---|\n{rows}\n## Next\n| `x.rs` | y |\n"
            ),
        )
    }

    #[track_caller]
    fn check_one(rows: &str, text: &str, expected: &[&str]) {
        let findings =
            check(&architecture(rows), &[Source::new("coro-runtime/src/raw/stack.rs", text)]);
        let messages: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), expected.len(), "{messages:?}");
        for (message, expected) in messages.iter().zip(expected) {
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    }

    #[test]
    fn listed_and_opened_is_right() {
        check_one("| `raw/stack.rs` | maps memory |", OPENED, &[]);
        check_one("| coro-runtime/src/raw/stack.rs | maps memory |", OPENED, &[]);
    }

    #[test]
    fn unlisted_or_unopened_is_found() {
        let other = "| `raw/pool.rs` | gone |";
        check_one(
            other,
            OPENED,
            &[
                "ARCHITECTURE.md:7: `raw/pool.rs` has no unsafe code",
                "stack.rs:6: has unsafe code: list it",
            ],
        );
        check_one(
            "| `raw/stack.rs` | maps memory |",
            "fn f() { unsafe { g() } }",
            &["stack.rs:1: has unsafe code: open it with"],
        );
    }

    #[test]
    fn one_item_may_be_opened_and_the_token_is_no_code() {
        let item = "#[expect(unsafe_code, reason = \"why\")]\nunsafe fn f() {}";
        check_one("| `raw/stack.rs` | maps memory |", item, &[]);
        let row = "| `raw/stack.rs` | maps memory |";
        check_one(row, "ahead.peek(Token![unsafe])", &["has no unsafe code: remove"]);
    }

    #[test]
    fn rows_need_a_reason_and_a_file() {
        check_one("| `raw/stack.rs` | |", OPENED, &["`raw/stack.rs` has no reason"]);
        check_one("", "fn f() {}", &["has no table"]);
    }

    #[test]
    fn allowing_is_found() {
        check_one(
            "| `raw/stack.rs` | maps |",
            &format!("{OPENED}\n#[allow(unsafe_code)]\nfn g() {{}}"),
            &["allows unsafe code"],
        );
    }

    #[test]
    fn too_many_rows_are_found() {
        let rows: String = (0..=MOST).map(|n| format!("| `raw/{n}.rs` | why |\n")).collect();
        let findings = check(&architecture(&rows), &[]);
        assert!(
            findings.iter().any(|finding| finding.message.contains("at most 16")),
            "{findings:?}"
        );
    }
}
