//! The book's table of the names that coro has not.

use std::collections::BTreeMap;

const CHAPTER: &str = include_str!("../../../book/src/differences.md");

/// The heading under which the table stands.
const HEADING: &str = "## Names that are missing";

/// The names in the first cells, in backticks, each with its reason from the last cell.
pub(crate) fn absent() -> BTreeMap<String, &'static str> {
    let (_, part) = CHAPTER.split_once(HEADING).expect("the chapter has the heading");
    let part = part.split("\n## ").next().unwrap_or(part);
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    let mut absent = BTreeMap::new();
    for row in rows {
        let (names, reason) = split_row(row);
        for name in names {
            let before = absent.insert(name.to_owned(), reason);
            assert!(before.is_none(), "{name} has two rows");
        }
    }
    absent
}

/// The names of a row, and its reason.
fn split_row(row: &'static str) -> (Vec<&'static str>, &'static str) {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [names, reason] = cells[..] else { panic!("a row has a name and a reason: {row}") };
    assert!(reason.len() > 10, "a row gives a reason: {row}");
    (names.split('`').skip(1).step_by(2).collect(), reason)
}
