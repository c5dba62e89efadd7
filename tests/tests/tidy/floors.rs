//! Imports go down the floors of the runtime, never up, and its top-level modules form no cycles.
//!
//! A path that starts at the crate root (`crate::sched::wait`, or as many `super::` as lead there) is an *arrow* from the
//! module that holds the file to the first name of the path. Test modules may look anywhere; `$crate` in a macro's body
//! belongs to whoever uses the macro.

use crate::lexer;
use crate::source::{Finding, Source};
use std::collections::BTreeMap;

/// The floor of each top-level module. ARCHITECTURE.md explains them.
const FLOORS: &[(&str, u8)] = &[
    ("lib", 7),
    ("private", 7),
    ("backdoor", 6),
    ("inspect", 6),
    ("net", 5),
    ("os", 5),
    ("group", 5),
    ("sync", 4),
    ("channel", 4),
    ("io", 4),
    ("blocking", 4),
    ("future", 4),
    ("thread", 3),
    ("time", 3),
    ("coroutine", 3),
    ("event_loop", 3),
    ("runtime", 3),
    ("panic", 3),
    ("stack", 3),
    ("sched", 2),
    ("raw", 1),
    ("error", 0),
    ("id", 0),
    ("payload", 0),
    ("probe", 0),
    ("list", 0),
    ("sys", 0),
];

/// One use of a name at the crate root.
#[derive(Debug, PartialEq)]
struct Arrow {
    line: usize,
    to: String,
}

/// Finds arrows that lead up, and modules without a floor.
pub(crate) fn check_arrows(file: &Source) -> Vec<Finding> {
    let from = top_module(&file.path);
    let Some(floor) = floor_of(&from) else {
        return vec![file.finding(
            1,
            format!("module `{from}` has no floor: add it to FLOORS in the tidy test"),
        )];
    };
    let arrows = arrows(file).into_iter();
    arrows
        .filter_map(|arrow| fault(&arrow, floor).map(|message| file.finding(arrow.line, message)))
        .collect()
}

/// Finds top-level modules that import each other in a circle. The crate root may know all of them.
pub(crate) fn check_cycles(files: &[Source]) -> Vec<Finding> {
    let mut graph: BTreeMap<String, BTreeMap<String, Finding>> = BTreeMap::new();
    for file in files {
        let from = top_module(&file.path);
        for arrow in arrows(file) {
            if arrow.to != from && floor_of(&arrow.to).is_some() && from != "lib" {
                let place = file.finding(arrow.line, String::new());
                graph.entry(from.clone()).or_default().entry(arrow.to).or_insert(place);
            }
        }
    }
    let starts: Vec<&String> = graph.keys().collect();
    starts.into_iter().filter_map(|start| cycle_through(&graph, start)).collect()
}

fn fault(arrow: &Arrow, floor: u8) -> Option<String> {
    match floor_of(&arrow.to) {
        _ if floor == 7 => None,
        None => Some(format!(
            "`crate::{}` is no module: import it from the module that holds it",
            arrow.to
        )),
        Some(to) if to > floor => Some(format!(
            "floor {floor} imports `{}` of floor {to}: move what is shared down, or pass it in from above",
            arrow.to
        )),
        Some(_) => None,
    }
}

/// Follows the arrows from `start`, and reports the first way that leads back to it through smaller names only once:
/// a cycle is reported at the member whose name sorts first.
fn cycle_through(
    graph: &BTreeMap<String, BTreeMap<String, Finding>>,
    start: &str,
) -> Option<Finding> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = vec![start.to_owned()];
    while let Some(way) = ways.pop() {
        let last = way.last().expect("a way holds at least its start");
        for (next, place) in graph.get(last).into_iter().flatten() {
            if next == start {
                let message = format!(
                    "modules import each other in a circle: {} -> {start}: cut one arrow",
                    way.join(" -> ")
                );
                return Some(Finding { path: place.path.clone(), line: place.line, message });
            }
            if next.as_str() > start && !seen.contains(next) {
                seen.push(next.clone());
                ways.push([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn floor_of(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// The names of the modules that lead to a file: `coro-runtime/src/sched/wait.rs` is `[sched, wait]`.
fn module_path(path: &str) -> Vec<&str> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
    inside.split('/').filter(|part| *part != "lib").collect()
}

fn top_module(path: &str) -> String {
    module_path(path).first().map_or_else(|| "lib".to_owned(), |module| (*module).to_owned())
}

fn arrows(file: &Source) -> Vec<Arrow> {
    if file.is_test() {
        return Vec::new();
    }
    let code = lexer::library_code(&file.text);
    let depth = module_path(&file.path).len();
    let mut arrows = Vec::new();
    for (at, rest) in root_paths(&code, depth) {
        let line = lexer::line_of(&code, at);
        arrows.extend(heads(rest).into_iter().map(|to| Arrow { line, to }));
    }
    arrows.sort_by_key(|arrow| arrow.line);
    arrows
}

/// Every path that starts at the crate root: where it starts, and what follows the root.
fn root_paths(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let from_crate =
        lexer::word_positions(code, "crate").into_iter().filter(|&at| !code[..at].ends_with('$'));
    let from_crate =
        from_crate.filter_map(|at| code[at..].strip_prefix("crate::").map(|rest| (at, rest)));
    let supers =
        lexer::word_positions(code, "super").into_iter().filter(|&at| !code[..at].ends_with("::"));
    let from_super =
        supers.filter_map(|at| after_supers(&code[at..], depth).map(|rest| (at, rest)));
    from_crate.chain(from_super).collect()
}

/// What follows `super::super::…` if there are as many of them as modules around the file.
fn after_supers(path: &str, depth: usize) -> Option<&str> {
    let mut rest = path;
    for _ in 0..depth {
        rest = rest.strip_prefix("super::")?;
    }
    (depth > 0 && !rest.starts_with("super::")).then_some(rest)
}

/// The first names of a path or of a group of paths: `{a::b, c as d}` gives `a` and `c`.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![leading_name(rest)];
    };
    let mut depth = 0_usize;
    let mut names = vec![leading_name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(leading_name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty() && name != "self");
    names
}

fn leading_name(path: &str) -> String {
    let path = path.trim_start();
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(path: &str, text: &str) -> Vec<String> {
        arrows(&Source::new(path, text)).into_iter().map(|arrow| arrow.to).collect()
    }

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let findings = check_arrows(&Source::new(path, text));
        let messages: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), expected.len(), "{messages:?}");
        for (message, expected) in messages.iter().zip(expected) {
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    }

    #[test]
    fn paths_from_the_root_are_arrows() {
        let text = "use crate::sched::wait;\nuse crate::{error::Error, raw::{Stack, Pool}, self};\nfn f() { crate::id::next() }";
        assert_eq!(names("coro-runtime/src/thread/mod.rs", text), ["sched", "error", "raw", "id"]);
        assert_eq!(
            names("coro-runtime/src/sched/wait.rs", "use super::super::raw; use super::record;"),
            ["raw"]
        );
        assert_eq!(names("coro-runtime/src/id.rs", "use super::error;"), ["error"]);
    }

    #[test]
    fn comments_tests_and_macros_are_no_arrows() {
        let text = "//! See crate::net.\nmacro_rules! m { () => { $crate::net::x() } }\n#[cfg(test)]\nmod tests { use crate::net; }";
        assert_eq!(names("coro-runtime/src/raw/stack.rs", text), [""; 0]);
        assert_eq!(names("coro-runtime/src/raw/tests.rs", "use crate::net;"), [""; 0]);
    }

    #[test]
    fn arrows_down_and_level_are_allowed() {
        check("coro-runtime/src/net/tcp.rs", "use crate::{sync, time, sched, raw, sys};", &[]);
        check("coro-runtime/src/lib.rs", "pub use crate::time::timeout; use crate::anything;", &[]);
    }

    #[test]
    fn arrows_up_are_found() {
        let text = "\nuse crate::sched::wait;\n";
        check(
            "coro-runtime/src/raw/stack.rs",
            text,
            &["raw/stack.rs:2: floor 1 imports `sched` of floor 2"],
        );
        check(
            "coro-runtime/src/time/mod.rs",
            "use crate::timeout;",
            &["`crate::timeout` is no module"],
        );
        check("coro-runtime/src/cellar.rs", "", &["module `cellar` has no floor"]);
    }

    #[test]
    fn circles_are_found_once() {
        let thread = Source::new("coro-runtime/src/thread/mod.rs", "use crate::time;");
        let time = Source::new("coro-runtime/src/time/mod.rs", "use crate::sched;");
        assert!(check_cycles(&[thread.clone(), time]).is_empty());
        let time = Source::new("coro-runtime/src/time/mod.rs", "use crate::thread;");
        let findings = check_cycles(&[thread, time]);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].message.contains("thread -> time -> thread"), "{findings:?}");
    }
}
