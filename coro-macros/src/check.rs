//! Refuses the functions an attribute cannot expand, each mistake at the part that has to change.

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::resume;
use crate::yielder::is_unit;
use syn::{Attribute, ReturnType, Safety, Signature};

/// Checks the function under `#[coro::thread]`.
pub(crate) fn thread(function: &Function) -> Errors {
    check_with(function, THREAD_IS_TEST, resume::check)
}

/// Checks the function under `#[coro::main]`.
pub(crate) fn main(function: &Function) -> Errors {
    let mut errors = check_with(function, MAIN_IS_TEST, |sig, errors| {
        check_takes_nothing(sig, MAIN_PARAMETERS, errors);
    });
    check_body(function, &mut errors);
    errors
}

/// Checks the function under `#[coro::test]`.
pub(crate) fn test(function: &Function) -> Errors {
    let mut errors = check_with(function, TEST_IS_TEST, |sig, errors| {
        check_takes_nothing(sig, TEST_PARAMETERS, errors);
        if let ReturnType::Type(_, ty) = &sig.output
            && !is_unit(ty)
            && function.attrs.iter().any(is_should_panic)
        {
            errors.at(&sig.output, RESULT_OF_PANIC);
        }
    });
    check_body(function, &mut errors);
    errors
}

/// Makes the checks that all attributes have in common, and one attribute's own for the signature.
fn check_with(
    function: &Function,
    is_test_message: &str,
    check_own: impl FnOnce(&Signature, &mut Errors),
) -> Errors {
    let mut errors = Errors::default();
    if let Some(attr) = other_attribute(function) {
        // That attribute tells the rest, once this one is gone or did its part.
        errors.at(attr, ONE_ATTRIBUTE);
        return errors;
    }
    if let Some(attr) = function.attrs.iter().find(|attr| is_test(attr)) {
        errors.at(attr, is_test_message);
    }
    check_qualifiers(&function.sig, &mut errors);
    check_own(&function.sig, &mut errors);
    errors
}

const THREAD_IS_TEST: &str =
    "a coro thread is not a test: write `#[coro::test]` and spawn the thread in it";
const MAIN_IS_TEST: &str = "a main function is not a test: write `#[coro::test]` alone";
const TEST_IS_TEST: &str = "remove `#[test]`: `#[coro::test]` adds it";
const ONE_ATTRIBUTE: &str = "a function takes one of coro's attributes: remove this or the other";
const MAIN_PARAMETERS: &str = "remove the parameters: a main function is called without arguments";
const TEST_PARAMETERS: &str = "remove the parameters: a test is called without arguments";
const RESULT_OF_PANIC: &str = "remove the result: a test under `#[should_panic]` returns nothing, and a panic is all that passes";
const NO_BODY: &str = "a function that is run needs a body: write `{ … }`";

/// Finds another of coro's attributes, which expands the function itself.
pub(crate) fn other_attribute(function: &Function) -> Option<&Attribute> {
    function.attrs.iter().find(|attr| {
        let mut segments = attr.path().segments.iter();
        let (Some(coro), Some(name), None) = (segments.next(), segments.next(), segments.next())
        else {
            return false;
        };
        coro.ident == "coro"
            && ["thread", "main", "test"].iter().any(|attribute| name.ident == attribute)
    })
}

/// Says whether an attribute asks that a test panics.
pub(crate) fn is_should_panic(attr: &Attribute) -> bool {
    attr.path().is_ident("should_panic")
}

/// Says whether an attribute is the standard library's `#[test]`.
pub(crate) fn is_test(attr: &Attribute) -> bool {
    let segments = &attr.path().segments;
    let names: Vec<String> = segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    matches!(names[..], ["test"] | ["core" | "std", "prelude", _, "test"])
}

/// Refuses every form of `fn` but the plain one, at the keyword to remove.
fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(constness) = &sig.constness {
        errors.at(constness, "remove `const`: a coro thread cannot run in a constant");
    }
    if let Some(asyncness) = &sig.asyncness {
        errors
            .at(asyncness, "remove `async`: a coro thread waits in plain calls, without `.await`");
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        errors.at(
            unsafety,
            "remove `unsafe`: a coro thread is safe to start, put `unsafe` blocks into its body",
        );
    }
    match (&sig.variadic, &sig.abi) {
        (Some(variadic), _) => errors.at(
            variadic,
            "remove `extern` and `...`: a slice or a `Vec` takes a varying number of values",
        ),
        (None, Some(abi)) => errors.at(
            abi,
            format!("remove `{}`: a coro thread is called from Rust", quote::quote!(#abi)),
        ),
        (None, None) => {}
    }
}

/// Refuses what is called from outside without anything, if it takes something.
fn check_takes_nothing(sig: &Signature, parameters: &str, errors: &mut Errors) {
    if !sig.inputs.is_empty() {
        errors.at(&sig.inputs, parameters);
    }
    if !sig.generics.params.is_empty() {
        errors.at(&sig.generics, "remove the generic parameters: nothing would choose them");
    }
}

fn check_body(function: &Function, errors: &mut Errors) {
    if let Body::Missing(semicolon) = &function.body
        && function.sig.receiver().is_none()
    {
        errors.at(semicolon, NO_BODY);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        MAIN_IS_TEST, NO_BODY, ONE_ATTRIBUTE, RESULT_OF_PANIC, TEST_IS_TEST, THREAD_IS_TEST, main,
        test, thread,
    };
    use crate::errors::Errors;
    use crate::function::Function;

    /// Compares what is underlined and said with the expectation.
    #[track_caller]
    fn check(check: fn(&Function) -> Errors, source: &str, expected: &[(&str, &str)]) {
        let function = syn::parse_str(source).unwrap();
        let told = check(&function).told();
        let told: Vec<_> =
            told.iter().map(|(part, message)| (part.as_str(), message.as_str())).collect();
        assert_eq!(told, expected, "{source}");
    }

    #[test]
    fn plain_functions_pass() {
        for source in [
            "fn f() {}",
            "pub(crate) fn f<'a, T: A, const N: usize>(mut a: T, (b, c): &'a B<N>, _: impl C) -> impl D where T: E {}",
            "fn f(cx: &Yielder<u8, u16>, a: u32, #[resume] b: u8) {}",
            "fn f() -> ! {}",
            "#[inline] #[cfg(test)] #[main] #[other::coro::thread] fn f() {}",
        ] {
            check(thread, source, &[]);
        }
        check(main, "#[allow(unused)] fn main() -> ! {}", &[]);
        check(test, "#[ignore = \"slow\"] fn f() -> Result<(), E> {}", &[]);
    }

    #[test]
    fn qualifiers_are_refused_one_by_one() {
        const CONST: &str = "remove `const`: a coro thread cannot run in a constant";
        const ASYNC: &str = "remove `async`: a coro thread waits in plain calls, without `.await`";
        const UNSAFE: &str =
            "remove `unsafe`: a coro thread is safe to start, put `unsafe` blocks into its body";
        const DOTS: &str =
            "remove `extern` and `...`: a slice or a `Vec` takes a varying number of values";
        for attribute in [thread, main, test] {
            check(attribute, "const fn f() {}", &[("const", CONST)]);
            check(attribute, "async fn f() {}", &[("async", ASYNC)]);
            check(attribute, "unsafe fn f() {}", &[("unsafe", UNSAFE)]);
            check(
                attribute,
                "extern \"C\" fn f() {}",
                &[("extern \"C\"", "remove `extern \"C\"`: a coro thread is called from Rust")],
            );
            check(attribute, "async unsafe fn f() {}", &[("async", ASYNC), ("unsafe", UNSAFE)]);
        }
        check(thread, "extern \"C\" fn f(a: u8, ...) {}", &[("...", DOTS)]);
    }

    #[test]
    fn methods_pass() {
        for receiver in ["self", "mut self", "&self", "&'a mut self", "self: Rc<Self>"] {
            check(thread, &format!("fn f({receiver}, a: u8) {{}}"), &[]);
        }
    }

    #[test]
    fn only_a_thread_can_be_without_a_body() {
        check(thread, "fn f();", &[]);
        check(thread, "fn f(&self);", &[]);
        for attribute in [main, test] {
            check(attribute, "fn f();", &[(";", NO_BODY)]);
        }
    }

    #[test]
    fn entries_take_nothing() {
        const GENERIC: &str = "remove the generic parameters: nothing would choose them";
        check(
            main,
            "fn main<T>(a: T, b: u8) {}",
            &[
                (
                    "a: T, b: u8",
                    "remove the parameters: a main function is called without arguments",
                ),
                ("<T>", GENERIC),
            ],
        );
        check(
            test,
            "fn f(&self) {}",
            &[("&self", "remove the parameters: a test is called without arguments")],
        );
        check(test, "fn f<'a, const N: usize>() {}", &[("<'a, const N: usize>", GENERIC)]);
    }

    #[test]
    fn a_test_that_panics_has_no_result() {
        for sig in ["fn f()", "fn f() -> ()"] {
            check(test, &format!("#[should_panic = \"x\"] {sig} {{}}"), &[]);
        }
        let result = "-> Result<(), E>";
        let source = format!("#[should_panic(expected = \"x\")] fn f() {result} {{}}");
        check(test, &source, &[(result, RESULT_OF_PANIC)]);
    }

    #[test]
    fn rival_attributes_are_refused() {
        check(thread, "#[coro::main] async fn f() {}", &[("#[coro::main]", ONE_ATTRIBUTE)]);
        for rival in ["#[coro::thread]", "#[coro::main(name = \"x\")]", "#[::coro::test]"] {
            for attribute in [thread, main, test] {
                check(attribute, &format!("{rival} fn f() {{}}"), &[(rival, ONE_ATTRIBUTE)]);
            }
        }
        for rival in ["#[test]", "#[::core::prelude::v1::test]", "#[std::prelude::rust_2024::test]"]
        {
            check(thread, &format!("{rival} fn f() {{}}"), &[(rival, THREAD_IS_TEST)]);
            check(main, &format!("{rival} fn f() {{}}"), &[(rival, MAIN_IS_TEST)]);
            check(test, &format!("{rival} fn f() {{}}"), &[(rival, TEST_IS_TEST)]);
        }
    }
}
