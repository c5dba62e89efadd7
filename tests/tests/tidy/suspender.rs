//! One place suspends threads: everything that blocks goes through the scheduler's waiting primitive. Raw coroutines are
//! switched in one place, too.

use crate::lexer;
use crate::source::{Finding, Source};

/// The files that may call the raw switch: the primitive itself, the switch between raw coroutines, which no scheduler
/// has a say in, and the wrapper that offers it.
const SUSPENDERS: &[&str] = &[
    "coro-runtime/src/sched/wait.rs",
    "coro-runtime/src/sched/head.rs",
    "coro-runtime/src/raw/coroutine.rs",
];

/// Finds calls of `.suspend(` elsewhere.
pub(crate) fn check(file: &Source) -> Vec<Finding> {
    if file.is_test() || SUSPENDERS.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let code = lexer::library_code(&file.text);
    let calls = code.match_indices(".suspend(").map(|(at, _)| lexer::line_of(&code, at));
    calls
        .map(|line| {
            file.finding(line, "suspends on its own: wait through sched::wait, with a clause")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primitive_may_suspend() {
        assert!(check(&Source::new(SUSPENDERS[0], "fiber.suspend(())")).is_empty());
    }

    #[test]
    fn others_may_not() {
        let findings = check(&Source::new("coro-runtime/src/net/tcp.rs", "\nfiber.suspend(());"));
        assert_eq!(
            findings[0].to_string(),
            "coro-runtime/src/net/tcp.rs:2: suspends on its own: wait through sched::wait, with a clause"
        );
    }

    #[test]
    fn words_about_it_do_not_count() {
        let text = "// See fiber.suspend().\nfn suspend(&self) {}\n#[cfg(test)]\nmod tests { fn f() { x.suspend(()) } }";
        assert!(check(&Source::new("coro-runtime/src/net/tcp.rs", text)).is_empty());
    }
}
