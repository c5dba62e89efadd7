//! Every name of the original manual has its row in the chapter on the Python modules, with a counterpart and a line of
//! code that is compiled.
//!
//! A table cell cannot be compiled. So the line in it must stand, word for word, in a block of the same chapter that
//! is, and the line must use the counterpart.

use crate::lexer;
use crate::source::{Finding, Source};

/// The names of the manual in its order, as the table writes them. A name of both modules says which it is of.
pub(crate) const NAMES: &[&str] = &[
    // Module coroutine: functions, and what their descriptions speak of.
    "coroutine.new",
    "stacksize",
    "coroutine.resume",
    "coroutine.main",
    "coroutine.current",
    "coroutine.kill",
    "Unwind",
    "coroutine.raise_exception",
    // Module coro: classes.
    "Thread",
    "Thread.join",
    "Thread.resume",
    "coroutine_socket",
    "wait_for_read",
    "wait_for_write",
    "TimeoutError",
    "backdoor.py",
    "coroutine_cond",
    "event_list",
    // Functions.
    "event_loop",
    "max_timeout",
    "exit",
    "run_pending",
    "insert_thread",
    "current_thread",
    "thread_list",
    "yield",
    "schedule",
    "spawn",
    "coro.new",
    "make_socket",
    "sleep_absolute",
    "sleep_relative",
    // Data structures.
    "read_set",
    "write_set",
    "the_event_list",
    "pending",
    // Exceptions.
    "CoroutineSocketError",
    "CoroutineCondError",
    "CoroutineThreadError",
    "TimeoutError",
];

/// What may stand behind the fence of a block that the compiler sees, if anything does.
const COMPILED: &[&str] = &["", "rust", "no_run", "should_panic"];

/// A row of the table: a name of the manual, what it is called here, and a line that uses it.
struct Row<'a> {
    /// Where it stands in the chapter.
    at: usize,
    name: String,
    counterpart: &'a str,
    code: Option<String>,
}

/// Finds names without a row at their place, and rows whose line shows nothing or is not compiled.
pub(crate) fn check(chapter: &Source, names: &[&str]) -> Vec<Finding> {
    let rows = rows(&chapter.text);
    let compiled = compiled_lines(&chapter.text);
    let mut findings = missing(chapter, &rows, names);
    findings.extend(rows.iter().filter_map(|row| {
        let message = fault(row, &compiled)?;
        Some(chapter.finding(row.at, format!("`{}` {message}", row.name)))
    }));
    findings
}

/// The names that have no row behind those of the names before.
fn missing(chapter: &Source, rows: &[Row<'_>], names: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rest = rows;
    for name in names {
        let place = rest.first().map_or(1, |row| row.at);
        match rest.iter().position(|row| row.name == *name) {
            Some(found) => rest = &rest[found + 1..],
            None => findings.push(
                chapter.finding(place, format!("has no row for `{name}` from here on: add it")),
            ),
        }
    }
    findings
}

fn fault(row: &Row<'_>, compiled: &[&str]) -> Option<String> {
    let Some(counterpart) = inline_code(row.counterpart) else {
        return Some("has no counterpart: write its path in backticks".to_owned());
    };
    let Some(code) = &row.code else {
        return Some("has no line of code: write one in backticks".to_owned());
    };
    let used = counterpart.rsplit("::").next().unwrap_or(&counterpart);
    if lexer::word_positions(code, used).is_empty() {
        return Some(format!("has a line without `{used}`: show the counterpart in use"));
    }
    let message =
        || format!("has a line that is not compiled: put `{code}` into a block of the chapter");
    (!compiled.contains(&code.as_str())).then(message)
}

/// The rows whose first cell is a name; not the heads of the table and of its parts.
fn rows(text: &str) -> Vec<Row<'_>> {
    let lines =
        marked_lines(text).filter(|(_, line, fence)| fence.is_none() && line.starts_with('|'));
    let rows = lines.filter_map(|(at, line, _)| {
        let cells = cells(line);
        let name = inline_code(cells.first()?)?;
        let (counterpart, code) = (cells.get(1).copied().unwrap_or(""), cells.get(2));
        Some(Row { at, name, counterpart, code: code.and_then(|cell| inline_code(cell)) })
    });
    rows.collect()
}

/// The lines of compiled blocks, without their indentation and the comment behind.
fn compiled_lines(text: &str) -> Vec<&str> {
    let is_compiled = |fence: &str| fence.split(',').all(|tag| COMPILED.contains(&tag.trim()));
    let lines = marked_lines(text).filter(|(_, _, fence)| fence.is_some_and(is_compiled));
    lines.map(|(_, line, _)| line.split(" // ").next().unwrap_or(line).trim()).collect()
}

/// Every line with its number, and what stands behind the fence of the block that it is in.
fn marked_lines(text: &str) -> impl Iterator<Item = (usize, &str, Option<&str>)> {
    let mut block = None;
    text.lines().enumerate().map(move |(index, line)| {
        let fence = line.trim_start().strip_prefix("```");
        block = match (fence, block) {
            (Some(info), None) => Some(info),
            (Some(_), Some(_)) => None,
            (None, block) => block,
        };
        (index + 1, line, if fence.is_some() { Some("") } else { block })
    })
}

/// The cells of a table's row. A bar inside a cell has a backslash before it.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let bars = line.match_indices('|').map(|(at, _)| at);
    let bars: Vec<usize> = bars.filter(|at| !line[..*at].ends_with('\\')).collect();
    bars.windows(2).map(|pair| line[pair[0] + 1..pair[1]].trim()).collect()
}

/// The first text in backticks.
fn inline_code(cell: &str) -> Option<String> {
    let (_, rest) = cell.split_once('`')?;
    let (code, _) = rest.split_once('`')?;
    Some(code.trim().replace("\\|", "|")).filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["new", "resume"];

    const ROWS: &str = "\
| manual | coro | line |
|---|---|---|
| **Functions** | | |
| `new` | `C::new` | `let c = C::new(\\|x\\| x);` |
| `resume` | `C::resume`, a call | `c.resume(1)?;` |
";

    const BLOCK: &str = "
```rust
    let c = C::new(|x| x);
    c.resume(1)?; // gives 1
```
";

    #[track_caller]
    fn check_text(rows: &str, block: &str, expected: &[&str]) {
        let findings = check(&Source::new("a.md", &format!("{rows}{block}")), NAMES);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.to_string().contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn a_compiled_line_for_each_name_is_right() {
        check_text(ROWS, BLOCK, &[]);
        check_text(ROWS, &BLOCK.replace("rust", "rust,no_run"), &[]);
        check_text(ROWS, &BLOCK.replace("rust", ""), &[]);
    }

    #[test]
    fn missing_names_are_found() {
        check_text("", BLOCK, &["a.md:1: has no row for `new`", "has no row for `resume`"]);
        check_text(&ROWS.replace("| `resume`", "| `resumes`"), BLOCK, &["no row for `resume`"]);
        check_text(&format!("```text\n{ROWS}```\n"), BLOCK, &["row for `new`", "row for `resume`"]);
    }

    #[test]
    fn names_in_another_order_are_found() {
        let mut lines: Vec<&str> = ROWS.lines().collect();
        lines.swap(3, 4);
        check_text(&lines.join("\n"), BLOCK, &["has no row for `resume` from here on"]);
    }

    #[test]
    fn empty_cells_are_found() {
        check_text(
            &ROWS.replace("`C::resume`, ", ""),
            BLOCK,
            &["a.md:5: `resume` has no counterpart"],
        );
        check_text(&ROWS.replace("`c.resume(1)?;`", ""), BLOCK, &["a.md:5: `resume` has no line"]);
        check_text(&ROWS.replace(" `c.resume(1)?;` |", ""), BLOCK, &["`resume` has no line"]);
    }

    #[test]
    fn lines_that_show_something_else_are_found() {
        check_text(
            &ROWS.replace("C::resume", "C::transfer"),
            BLOCK,
            &["a line without `transfer`"],
        );
    }

    #[test]
    fn lines_that_nobody_has_compiled_are_found() {
        let uncompiled =
            ["`new` has a line that is not compiled", "`resume` has a line that is not"];
        for fence in ["```text", "```rust,ignore", "```rust,compile_fail"] {
            check_text(ROWS, &BLOCK.replace("```rust", fence), &uncompiled);
        }
        check_text(ROWS, "", &uncompiled);
        check_text(ROWS, &BLOCK.replace("    c.", "    // c."), &uncompiled[1..]);
        check_text(ROWS, &BLOCK.replace("    c.", "    # c."), &uncompiled[1..]);
        check_text(ROWS, &BLOCK.replace("resume(1)", "resume(2)"), &uncompiled[1..]);
    }
}
