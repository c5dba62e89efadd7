//! Every message of the attributes is explained in the chapter on the macros, and every one explained there is shown by
//! a case in `tests/ui/fail`.
//!
//! What stands between backticks is the user's own, and so is what a row leaves out by `…`: messages are compared
//! without it.

use crate::source::{Finding, Source};

/// What a row leaves out.
const ELLIPSIS: char = '…';

/// What opens and closes a message in a row, since there are backticks inside.
const QUOTE: &str = "``";

/// Finds messages without a row, and rows without a message. `cases` are what the compiler says.
pub(crate) fn check(chapter: &Source, cases: &[Source]) -> Vec<Finding> {
    let rows: Vec<Row> = rows(chapter);
    let shown: Vec<String> = cases.iter().map(|case| without_quoted(&case.text)).collect();
    let unexplained = cases.iter().flat_map(|case| unexplained(case, &rows));
    let unseen = rows.iter().filter(|row| !shown.iter().any(|text| row.is_in(text)));
    unexplained
        .chain(unseen.map(|row| {
            chapter.finding(row.line, "explains what no case in tests/ui/fail shows: add one")
        }))
        .collect()
}

/// The errors of a case without a code, most of them the attributes' own, that no row explains.
fn unexplained(case: &Source, rows: &[Row]) -> Vec<Finding> {
    let lines = case.text.lines().enumerate();
    let messages = lines.filter_map(|(at, line)| Some((at, line.strip_prefix("error: ")?)));
    let unexplained = messages.filter(|(at, message)| {
        let below = case.text.lines().skip(at + 1).collect::<Vec<_>>().join("\n");
        let (message, below) = (without_quoted(message), without_quoted(&below));
        !rows.iter().any(|row| row.explains(&message, &below))
    });
    unexplained
        .map(|(at, message)| {
            let fix = format!("is in no table of book/src/macros.md: explain {message:?}");
            case.finding(at + 1, fix)
        })
        .collect()
}

/// A message in the first cell of a table.
struct Row {
    line: usize,
    /// What stands before, between and behind each `…`.
    parts: Vec<String>,
}

impl Row {
    /// Whether the row's message is this one, or begins it and goes on in the lines below.
    fn explains(&self, message: &str, below: &str) -> bool {
        match &self.parts[..] {
            [whole] => message == whole,
            [first, ..] => {
                message.starts_with(first.as_str()) && self.is_in(&format!("{message}\n{below}"))
            }
            [] => false,
        }
    }

    /// Whether the row's parts stand in a text, in their order.
    fn is_in(&self, text: &str) -> bool {
        let mut rest = Some(text);
        for part in &self.parts {
            rest = rest.and_then(|rest| Some(rest.split_once(part.as_str())?.1));
        }
        rest.is_some()
    }
}

fn rows(chapter: &Source) -> Vec<Row> {
    let lines = chapter.text.lines().enumerate();
    let cells = lines.filter_map(|(at, line)| {
        let (cell, _) = line.strip_prefix('|')?.split_once(" | ")?;
        Some((at + 1, cell))
    });
    cells.flat_map(|(line, cell)| quoted(cell).map(move |text| row(line, text))).collect()
}

/// The texts between double backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(QUOTE).skip(1).step_by(2)
}

fn row(line: usize, text: &str) -> Row {
    let text = without_quoted(text);
    Row { line, parts: text.split(ELLIPSIS).map(|part| part.trim().to_owned()).collect() }
}

/// The text with nothing between backticks, line by line.
fn without_quoted(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let outside: Vec<&str> = line.split('`').step_by(2).collect();
        outside.join("`")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::source::Source;

    #[track_caller]
    fn check_texts(chapter: &str, case: &str, expected: &[&str]) {
        let findings = check(&Source::new("a.md", chapter), &[Source::new("a.stderr", case)]);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.to_string().contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn messages_are_compared_without_what_the_user_wrote() {
        check_texts("| `` `a` is given twice: … `` | x |", "error: `b` is given twice: `c`\n", &[]);
        check_texts(
            "| ``no `x`: write `y` ``, ``or … it`` | z |",
            "error: no `1`: write `2`\nor 3 it",
            &[],
        );
    }

    #[test]
    fn a_message_without_a_row_is_found() {
        let message =
            "a.stderr:1: is in no table of book/src/macros.md: explain \"remove `x` now\"";
        check_texts("", "error: remove `x` now\n", &[message]);
        check_texts("| ``remove `x` `` | y |", "error: remove `x` now\n", &[message]);
    }

    #[test]
    fn a_row_without_a_message_is_found() {
        check_texts(
            "\n| ``no `x` `` | y |",
            "error[E0001]: yes `x`\n",
            &["a.md:2: explains what no"],
        );
        check_texts("| ``no `x` `` | y |", "error[E0001]: no `y`\n", &[]);
    }
}
