//! Compiles each program in `ui`: a mistake has to give the message that lies beside it, a right program has to run.
//!
//! `TRYBUILD=overwrite cargo test -p coro-tests --test ui` writes the messages anew; read each one as its user would.

#[test]
fn attributes_tell_mistakes_and_take_every_form() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*.rs");
    cases.pass("ui/pass/*.rs");
}
