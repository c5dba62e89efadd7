//! Overflows of stacks, and what must not be taken for one: all cases of the binary `overflow`, each in a child.

use std::process::Command;

#[test]
fn every_overflow_is_named_and_everything_else_is_passed_on() {
    let output = Command::new(env!("CARGO_BIN_EXE_overflow")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let cases = said.lines().count() - 1;
    assert!(cases > 100 && said.ends_with(&format!("{cases} passed, 0 failed\n")), "{said}");
}
