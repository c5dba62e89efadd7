//! The chapter on the macros shows checked-in expansions, and shows them as they are.
//!
//! A comment before a block says what is in it: `<!-- written: thread/echo -->` for a case of `coro-macros/expansions` as
//! a user writes it, `<!-- expanded: thread/echo -->` for the code that takes its place. The tests of `coro-macros`
//! compare that code with what the attributes give. Lines that the book hides, and those at the top of a file that say
//! what it is, are not compared.

use crate::source::{Finding, Source};

/// How many expansions the chapter has at least.
const FEWEST: usize = 3;

/// What a comment may say, and how the name of its file ends.
const MARKERS: [(&str, &str); 2] = [("written", ".rs"), ("expanded", ".expanded.rs")];

/// A comment before a block.
struct Marker<'a> {
    /// Its line, from 0.
    at: usize,
    kind: &'a str,
    path: String,
}

/// Finds comments without their block or case, blocks that differ from it, and that there are too few.
pub(crate) fn check(chapter: &Source, cases: &[Source]) -> Vec<Finding> {
    let lines: Vec<&str> = chapter.text.lines().collect();
    let mut findings = Vec::new();
    let mut expanded = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("<!--")) {
        let message = match marker(at, line) {
            Some(marker) => {
                expanded += usize::from(marker.kind == "expanded");
                fault(&marker, &lines, cases)
            }
            None => Some("is no marker: write `<!-- expanded: thread/echo -->`".to_owned()),
        };
        findings.extend(message.map(|message| chapter.finding(at + 1, message)));
    }
    if expanded < FEWEST {
        let message = format!("shows {expanded} expansions, at least {FEWEST} are asked for");
        findings.push(chapter.finding(1, message));
    }
    findings
}

fn marker(at: usize, line: &str) -> Option<Marker<'_>> {
    let text = line.strip_prefix("<!--")?.strip_suffix("-->")?;
    let (kind, name) = text.trim().split_once(": ")?;
    let (_, ending) = MARKERS.into_iter().find(|(marker, _)| *marker == kind)?;
    Some(Marker { at, kind, path: format!("coro-macros/expansions/{name}{ending}") })
}

fn fault(marker: &Marker<'_>, lines: &[&str], cases: &[Source]) -> Option<String> {
    let path = &marker.path;
    let Some(case) = cases.iter().find(|case| case.path == *path) else {
        return Some(format!("names {path}, which does not exist"));
    };
    let Some(block) = block(&lines[marker.at + 1..]) else {
        return Some("has no block of Rust behind it".to_owned());
    };
    let shown = trimmed(block.iter().copied().filter(|line| !is_hidden(line)));
    let case = trimmed(case.text.lines().skip_while(|line| line.starts_with("//!")));
    let same = shown.iter().zip(&case).take_while(|(shown, case)| shown == case).count();
    let line =
        |lines: &[&str]| lines.get(same).map_or("nothing".to_owned(), |line| format!("`{line}`"));
    let message =
        || format!("shows {} where {path} has {}: copy it anew", line(&shown), line(&case));
    (shown != case).then(message)
}

/// The lines of the block of Rust that comes next.
fn block<'a, 'b>(lines: &'b [&'a str]) -> Option<&'b [&'a str]> {
    let start = lines.iter().position(|line| !line.is_empty())?;
    let lines = lines[start..].split_first().filter(|(fence, _)| fence.starts_with("```rust"))?.1;
    let end = lines.iter().position(|line| line.starts_with("```"))?;
    Some(&lines[..end])
}

/// Says whether the book compiles a line without showing it.
fn is_hidden(line: &str) -> bool {
    let line = line.trim_start();
    line == "#" || line.starts_with("# ")
}

/// The lines without blank ones at both ends.
fn trimmed<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut lines: Vec<&str> =
        lines.map(str::trim_end).skip_while(|line| line.is_empty()).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "\
<!-- written: thread/f -->

```rust,no_run
# use coro::thread;
#[coro::thread]
fn f() {}
#
# fn main() {}
```

<!-- expanded: thread/f -->
```rust
fn f() -> Routine {
    routine()
}
```
";

    #[track_caller]
    fn check_text(chapter: &str, expected: &[&str]) {
        let chapter = Source::new("macros.md", &format!("# Macros\n{chapter}"));
        let cases = [
            Source::new(
                "coro-macros/expansions/thread/f.rs",
                "//! A case.\n\n#[coro::thread]\nfn f() {}\n",
            ),
            Source::new(
                "coro-macros/expansions/thread/f.expanded.rs",
                "//! A case.\nfn f() -> Routine {\n    routine()\n}\n",
            ),
        ];
        let findings = check(&chapter, &cases);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.to_string().contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn blocks_that_equal_their_files_are_right() {
        check_text(&CHAPTER.repeat(3), &[]);
        check_text(CHAPTER, &["macros.md:1: shows 1 expansions, at least 3"]);
    }

    #[test]
    fn blocks_that_differ_are_found() {
        let chapter = CHAPTER.repeat(3);
        check_text(
            &chapter.replacen("    routine()\n", "    work()\n", 1),
            &[
                "macros.md:12: shows `    work()` where coro-macros/expansions/thread/f.expanded.rs has `    routine()`",
            ],
        );
        check_text(&chapter.replacen("    routine()\n}\n", "", 1), &["shows nothing where"]);
        check_text(
            &chapter.replacen("fn f() {}\n", "fn f() {}\n\nf()\n", 1),
            &["f.rs has nothing"],
        );
    }

    #[test]
    fn comments_that_lead_nowhere_are_found() {
        let chapter = CHAPTER.repeat(3);
        check_text(&chapter.replacen("thread/f", "thread/g", 1), &["thread/g.rs, which does not"]);
        check_text(&chapter.replacen("<!-- written", "<!-- shown", 1), &["is no marker"]);
        check_text(&chapter.replacen("-->\n```rust", "-->\n```text", 1), &["has no block"]);
        check_text(&chapter.replacen("-->\n```rust", "-->\nText.\n```rust", 1), &["has no block"]);
    }
}
