//! Refuses the functions an attribute cannot expand, each mistake at the part that has to change.

use crate::errors::Errors;
use crate::function::{Body, Function};
use crate::resume;
use crate::yielder::is_unit;
use syn::{Attribute, Path, ReturnType, Safety, Signature};

/// Checks the function under `#[coro::thread]`.
pub(crate) fn thread(function: &Function, coro: &Path) -> Errors {
    check_with(function, coro, "a coro thread", THREAD_IS_TEST, resume::check)
}

/// Checks the function under `#[coro::main]`.
pub(crate) fn main(function: &Function, coro: &Path) -> Errors {
    let mut errors = check_with(function, coro, "a main function", MAIN_IS_TEST, |sig, errors| {
        check_takes_nothing(sig, MAIN_PARAMETERS, errors);
    });
    check_body(function, &mut errors);
    errors
}

/// Checks the function under `#[coro::test]`.
pub(crate) fn test(function: &Function, coro: &Path) -> Errors {
    let mut errors = check_with(function, coro, "a test", TEST_IS_TEST, |sig, errors| {
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
    coro: &Path,
    what: &str,
    is_test_message: &str,
    check_own: impl FnOnce(&Signature, &mut Errors),
) -> Errors {
    let mut errors = Errors::default();
    if let Some(attr) = other_attribute(function, coro) {
        // The one that stays tells the rest.
        errors.at(attr, ONE_ATTRIBUTE);
        return errors;
    }
    if let Some(attr) = function.attrs.iter().find(|attr| is_test(attr)) {
        errors.at(attr, is_test_message);
    }
    check_qualifiers(&function.sig, what, &mut errors);
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
pub(crate) fn other_attribute<'a>(function: &'a Function, coro: &Path) -> Option<&'a Attribute> {
    function.attrs.iter().find(|attr| is_of_coro(attr, coro))
}

/// Says whether an attribute is one of coro's, as far as its path tells: it is behind the one that leads to coro.
pub(crate) fn is_of_coro(attr: &Attribute, coro: &Path) -> bool {
    let names = |path: &Path| -> Vec<String> {
        path.segments.iter().map(|segment| segment.ident.to_string()).collect()
    };
    let path = names(attr.path());
    let Some((name, modules)) = path.split_last() else { return false };
    ["thread", "main", "test"].contains(&name.as_str())
        && (modules == ["coro"] || modules == names(coro))
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
///
/// `what` is what the function becomes.
fn check_qualifiers(sig: &Signature, what: &str, errors: &mut Errors) {
    if let Some(constness) = &sig.constness {
        errors.at(constness, format!("remove `const`: {what} cannot run in a constant"));
    }
    if let Some(asyncness) = &sig.asyncness {
        let message = format!("remove `async`: {what} waits in plain calls, without `.await`");
        errors.at(asyncness, message);
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        let message =
            format!("remove `unsafe`: {what} is safe to start, put `unsafe` blocks into its body");
        errors.at(unsafety, message);
    }
    match (&sig.variadic, &sig.abi) {
        (Some(variadic), _) => errors.at(
            variadic,
            "remove `extern` and `...`: a slice or a `Vec` takes a varying number of values",
        ),
        (None, Some(abi)) => {
            let abi_words = quote::quote!(#abi);
            errors.at(abi, format!("remove `{abi_words}`: {what} is called from Rust"));
        }
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
    use syn::{Path, parse_quote};

    /// An attribute's check, which also takes the path that leads to coro.
    type Check = fn(&Function, &Path) -> Errors;

    /// Compares what is underlined and said with the expectation.
    #[track_caller]
    fn check(check: Check, source: &str, expected: &[(&str, &str)]) {
        check_behind(&parse_quote!(::coro), check, source, expected);
    }

    /// The same where the attribute is given another path to coro.
    #[track_caller]
    fn check_behind(coro: &Path, check: Check, source: &str, expected: &[(&str, &str)]) {
        let function = syn::parse_str(source).unwrap();
        let told = check(&function, coro).told();
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
        const DOTS: &str =
            "remove `extern` and `...`: a slice or a `Vec` takes a varying number of values";
        let attributes: [(Check, &str); 3] =
            [(thread, "a coro thread"), (main, "a main function"), (test, "a test")];
        for (attribute, what) in attributes {
            let constness = format!("remove `const`: {what} cannot run in a constant");
            let asyncness =
                format!("remove `async`: {what} waits in plain calls, without `.await`");
            let unsafety = format!(
                "remove `unsafe`: {what} is safe to start, put `unsafe` blocks into its body"
            );
            let abi = format!("remove `extern \"C\"`: {what} is called from Rust");
            check(attribute, "const fn f() {}", &[("const", &constness)]);
            check(attribute, "extern \"C\" fn f() {}", &[("extern \"C\"", &abi)]);
            check(
                attribute,
                "async unsafe fn f() {}",
                &[("async", &asyncness), ("unsafe", &unsafety)],
            );
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
        for attribute in [main, test] as [Check; 2] {
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
            for attribute in [thread, main, test] as [Check; 3] {
                check(attribute, &format!("{rival} fn f() {{}}"), &[(rival, ONE_ATTRIBUTE)]);
            }
        }
        for rival in ["#[x::coro::thread]", "#[x::coro::main]", "#[coro::test]"] {
            let source = format!("{rival} fn f() {{}}");
            let expected = &[(rival, ONE_ATTRIBUTE)];
            check_behind(&parse_quote!(x::coro), thread, &source, expected);
        }
        for rival in ["#[test]", "#[::core::prelude::v1::test]", "#[std::prelude::rust_2024::test]"]
        {
            check(thread, &format!("{rival} fn f() {{}}"), &[(rival, THREAD_IS_TEST)]);
            check(main, &format!("{rival} fn f() {{}}"), &[(rival, MAIN_IS_TEST)]);
            check(test, &format!("{rival} fn f() {{}}"), &[(rival, TEST_IS_TEST)]);
        }
    }
}
