//! Overflows of stacks, and what must not be taken for one: all cases of the binary `overflow`, each in a child.

use std::process::Command;

use coro_tests::children;

#[test]
fn every_overflow_is_named_and_everything_else_is_passed_on() {
    let program = &mut Command::new(env!("CARGO_BIN_EXE_overflow"));
    // It runs hundreds of processes, each of which may take so long.
    let output = children::output_within(10 * children::LIMIT, program);
    let output = output.unwrap_or_else(|hung| panic!("{hung}"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let cases = said.lines().count() - 1;
    assert!(cases > 100 && said.ends_with(&format!("{cases} passed, 0 failed\n")), "{said}");
}
