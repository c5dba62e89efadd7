//! Words that must not be there: work left for later, and places that exist on one machine only.
//!
//! The patterns are put together from halves, so that this file does not trip over itself.

use crate::lexer;
use crate::source::{Finding, Source};

/// Notes to oneself, anywhere in a Rust file.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Code that is not there yet, or a test that does not run.
const GAPS: &[&str] = &["#[ignore", "todo!(", "unimplemented!("];

/// Folders of somebody's machine.
const PATHS: &[&str] =
    &[concat!("/wo", "rk"), concat!("/tm", "p"), concat!("/ro", "ot"), concat!("/ho", "me")];

/// Package registries, their mirrors, and other hosts that a build talks to.
const HOSTS: &[&str] = &[
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("arti", "factory"),
    concat!("pypi", ".org"),
    concat!("registry.npm", "js"),
    concat!("deb.deb", "ian"),
];

/// The crates.io package of this name is somebody else's.
const FOREIGN_PACKAGE: &str = concat!("cargo add ", "coro");

/// The one source that Cargo.lock may name.
const PUBLIC_INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Finds notes, gaps and ignored tests in a Rust file.
pub(crate) fn check_unfinished(file: &Source) -> Vec<Finding> {
    let code = lexer::code_only(&file.text);
    let mut findings = Vec::new();
    for note in NOTES {
        let places = lexer::word_positions(&file.text, note)
            .into_iter()
            .map(|at| lexer::line_of(&file.text, at));
        findings.extend(
            places.map(|line| file.finding(line, format!("says {note}: do it, or open an issue"))),
        );
    }
    for gap in GAPS {
        let places = code.match_indices(gap).map(|(at, _)| lexer::line_of(&code, at));
        findings.extend(
            places.map(|line| file.finding(line, format!("has `{gap}`: finish it or take it out"))),
        );
    }
    findings
}

/// Finds machine paths, registry hosts and the name of a foreign package in any text.
pub(crate) fn check_places(file: &Source) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    let faults = lines
        .filter_map(|(at, line)| place_fault(line).map(|message| file.finding(at + 1, message)));
    faults.collect()
}

fn place_fault(line: &str) -> Option<String> {
    if let Some(path) = PATHS.iter().find(|path| has_path(line, path)) {
        return Some(format!(
            "names the machine path {path}: use a relative path or std::env::temp_dir"
        ));
    }
    if let Some(host) = HOSTS.iter().find(|host| line.contains(*host)) {
        return Some(format!("names the registry host {host}: leave it to cargo's configuration"));
    }
    if line.trim_start().starts_with("source = \"registry") && !line.contains(PUBLIC_INDEX) {
        return Some(
            "names a registry other than the public index: lock against that one".to_owned(),
        );
    }
    let named =
        line.split_once(FOREIGN_PACKAGE).is_some_and(|(_, rest)| !rest.starts_with(['-', '_']));
    named.then(|| "adds a foreign package: the package's name is coro-runtime".to_owned())
}

/// Whether `path` stands in `line` as the start of an absolute path, not as a part of a longer one.
fn has_path(line: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-./}".contains(c);
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        !before.is_some_and(is_part)
            && !after.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Source) -> Vec<Finding>, text: &str, expected: &[&str]) {
        let findings = rule(&Source::new("a.rs", text));
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.to_string().contains(expected), "{finding} lacks {expected:?}");
        }
    }

    #[test]
    fn finished_code_is_right() {
        check(
            check_unfinished,
            "fn todo_list() { f(\"#[ignore] todo!()\") } // Ignored by design.",
            &[],
        );
    }

    #[test]
    fn unfinished_code_is_found() {
        check(check_unfinished, &format!("\n// {}: more.", NOTES[0]), &["a.rs:2: says"]);
        check(
            check_unfinished,
            "fn f() { todo!() }\n#[ignore]\nfn g() {}",
            &["a.rs:2: has `#[ignore`", "a.rs:1: has `todo!(`"],
        );
    }

    #[test]
    fn relative_places_are_right() {
        check(
            check_places,
            &format!("see book{}/x, https://example.com{}s, {}s", PATHS[0], PATHS[3], PATHS[1]),
            &[],
        );
        check(check_places, &format!("source = \"{PUBLIC_INDEX}\"\ncargo run -p coro-bench"), &[]);
    }

    #[test]
    fn machine_places_are_found() {
        for path in PATHS {
            check(check_places, &format!("\ncd {path}/main"), &["a.rs:2: names the machine path"]);
            check(check_places, &format!("`{path}`"), &["names the machine path"]);
        }
        for host in HOSTS {
            check(check_places, &format!("https://{host}/x"), &["names the registry host"]);
        }
        check(
            check_places,
            "source = \"registry+https://mirror.example\"",
            &["other than the public index"],
        );
        check(
            check_places,
            &format!("{FOREIGN_PACKAGE}\n"),
            &["the package's name is coro-runtime"],
        );
    }
}
