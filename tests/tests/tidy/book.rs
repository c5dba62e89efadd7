//! Every chapter of the book is listed in its summary, compiled by `book/lib.rs`, and says something.

use crate::source::{Finding, Source};

/// A chapter with less is a heading waiting for its text.
const FEWEST_BYTES: usize = 300;

/// Finds chapters that are missing, orphaned, not compiled, nearly empty, or that hide code from the compiler.
pub(crate) fn check(files: &[Source], library: &Source) -> Vec<Finding> {
    let Some(summary) = files.iter().find(|file| file.path.ends_with("/SUMMARY.md")) else {
        return vec![Finding {
            path: "book/src/SUMMARY.md".into(),
            line: 1,
            message: "is missing: write it".into(),
        }];
    };
    let folder = summary.path.trim_end_matches("SUMMARY.md");
    let listed = links(summary);
    let chapters = files.iter().filter(|file| file.path != summary.path);
    let mut findings = missing(summary, &listed, files, folder);
    for chapter in chapters {
        let name = chapter.path.trim_start_matches(folder);
        findings.extend(check_chapter(chapter, name, &listed, library));
    }
    findings
}

fn missing(
    summary: &Source,
    listed: &[(usize, String)],
    files: &[Source],
    folder: &str,
) -> Vec<Finding> {
    let exists = |name: &str| files.iter().any(|file| file.path == format!("{folder}{name}"));
    let absent = listed.iter().filter(|(_, name)| !exists(name));
    absent
        .map(|(line, name)| {
            summary.finding(*line, format!("links to {name}, which does not exist"))
        })
        .collect()
}

fn check_chapter(
    chapter: &Source,
    name: &str,
    listed: &[(usize, String)],
    library: &Source,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !listed.iter().any(|(_, listed)| listed == name) {
        findings.push(chapter.finding(1, "is in no reader's way: link it in SUMMARY.md"));
    }
    if !library.text.contains(&format!("include_str!(\"src/{name}\")")) {
        findings
            .push(chapter.finding(1, format!("is not compiled: include it in {}", library.path)));
    }
    if chapter.text.len() < FEWEST_BYTES {
        findings.push(
            chapter
                .finding(1, format!("is shorter than {FEWEST_BYTES} bytes: write it or remove it")),
        );
    }
    findings.extend(check_fences(chapter));
    findings
}

/// A block marked `ignore` is code that nobody has compiled.
fn check_fences(chapter: &Source) -> Vec<Finding> {
    let lines = chapter.text.lines().enumerate();
    let ignored =
        lines.filter(|(_, line)| line.trim_start().starts_with("```") && line.contains("ignore"));
    ignored
        .map(|(at, _)| chapter.finding(at + 1, "hides a block from the compiler: make it compile"))
        .collect()
}

/// The targets of the summary's links, with their lines.
fn links(summary: &Source) -> Vec<(usize, String)> {
    let lines = summary.text.lines().enumerate();
    let targets = lines.filter_map(|(at, line)| {
        let (_, rest) = line.split_once("](")?;
        let (target, _) = rest.split_once(')')?;
        Some((at + 1, target.trim_start_matches("./").to_owned()))
    });
    targets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "#[doc = include_str!(\"src/a.md\")]\nmod a {}";

    #[track_caller]
    fn check_texts(summary: &str, chapter: &str, library: &str, expected: &[&str]) {
        let files =
            [Source::new("book/src/SUMMARY.md", summary), Source::new("book/src/a.md", chapter)];
        let findings = check(&files, &Source::new("book/lib.rs", library));
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.message.contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn a_listed_and_compiled_chapter_is_right() {
        check_texts("# Summary\n\n- [A](a.md)\n", &"text ".repeat(100), LIBRARY, &[]);
    }

    #[test]
    fn lost_chapters_are_found() {
        check_texts(
            "- [A](./a.md)\n- [B](b.md)\n",
            &"text ".repeat(100),
            LIBRARY,
            &["links to b.md"],
        );
        check_texts(
            "# Summary\n",
            "short",
            "",
            &["link it in SUMMARY.md", "is not compiled", "is shorter"],
        );
        assert_eq!(check(&[], &Source::new("book/lib.rs", "")).len(), 1);
    }

    #[test]
    fn hidden_blocks_are_found() {
        check_texts(
            "- [A](a.md)\n",
            &format!("{}\n```rust,ignore\n", "text ".repeat(100)),
            LIBRARY,
            &["hides a block"],
        );
    }
}
