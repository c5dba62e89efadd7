//! What `#[coro::test]` checks, and what it says when a seed fails.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::rc::Rc;

use coro::__private::{Test, TestResult};
use coro::thread;
use coro_tests::sockets;

use crate::support::{HOUR, MILLISECOND, child};

const PLAIN: Test = Test::new("it::some_test");

/// Runs a test that fails; what it says.
#[track_caller]
fn failure(config: Test, body: impl Fn()) -> String {
    let outcome = catch_unwind(AssertUnwindSafe(|| config.run(body)));
    *outcome.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_thread_left_over_is_named() {
    let said = failure(PLAIN, || {
        thread::Builder::new().name("forgotten".into()).spawn(thread::park).unwrap();
        thread::yield_now();
    });
    assert!(
        said.starts_with("the test left something over:\nthread 'forgotten', spawned at "),
        "{said}"
    );
    assert!(said.contains(": waits for an unpark; join or kill it"), "{said}");
}

#[test]
fn a_registered_descriptor_left_over_is_counted() {
    let kept = Rc::new(Cell::new(None));
    let said = failure(PLAIN, || {
        let (one, other) = sockets::pair().unwrap();
        let mut byte = [0];
        let read = || std::io::Read::read(&mut &one, &mut byte).map_err(drop);
        assert!(coro::timeout(MILLISECOND, read).is_err());
        kept.set(Some((one, other)));
    });
    assert!(said.contains("1 registered file descriptors; drop the sockets"), "{said}");
}

#[test]
fn a_test_that_takes_too_long_fails_with_what_it_waits_for() {
    let config = PLAIN.start_paused(true).timeout(HOUR);
    let said = failure(config, || {
        thread::Builder::new().name("stuck".into()).spawn(thread::park).unwrap();
        thread::park();
    });
    assert!(said.starts_with("the test did not end within 3600s\n"), "{said}");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[1], "thread 'main' of the test: waits for an unpark");
    assert!(lines[2].starts_with("thread 'stuck', spawned at "), "{said}");
    assert!(lines[2].ends_with(": waits for an unpark; join or kill it"), "{said}");
}

#[test]
fn a_test_that_runs_for_too_long_waits_for_nothing() {
    let said = failure(PLAIN.timeout(MILLISECOND), || {
        loop {
            thread::yield_now();
        }
    });
    let main = "thread 'main' of the test: ready to run\n";
    assert!(said.ends_with(main), "{said}");
}

#[test]
fn what_is_left_over_is_said_of_the_test_not_of_coro() {
    let ended = child::run(|| {
        PLAIN.seeds(2).run(|| drop(thread::spawn(thread::park)));
    });
    assert!(!ended.success);
    let (first, rest) = ended.stderr.split_once("the test left something over").unwrap();
    assert!(first.contains(file!()), "{ended:#?}");
    assert!(rest.contains("seed 0 failed; replay it with: "), "{ended:#?}");
}

#[test]
fn every_seed_runs_once() {
    let runs = Cell::new(0);
    let config = PLAIN.seeds(25);
    config.run(|| runs.set(runs.get() + 1));
    assert_eq!(runs.get(), 25);
    let config = PLAIN.seed(3);
    config.run(|| runs.set(runs.get() + 1));
    assert_eq!(runs.get(), 26);
}

#[test]
fn a_result_that_is_an_error_is_returned_from_the_first_seed_that_gives_it() {
    let runs = Cell::new(0);
    let config = PLAIN.seeds(25);
    let body = || {
        runs.set(runs.get() + 1);
        if runs.get() == 4 { Err("the fourth") } else { Ok(()) }
    };
    assert_eq!(config.run(body), Err("the fourth"));
    assert_eq!(runs.get(), 4);
}

/// In what order three threads run; different for different seeds.
fn order() -> String {
    let order = Rc::new(Cell::new(String::new()));
    let threads: Vec<_> = ["a", "b", "c", "d", "e"]
        .map(|letter| {
            let order = order.clone();
            thread::spawn(move || order.set(order.take() + letter))
        })
        .into();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    order.take()
}

/// The child: fails for the first order that does not begin with `a`.
fn fail_for_some_seed() {
    let config = Test::new("it::test_macro::some_test").seeds(100);
    config.run(|| {
        let order = order();
        println!("ran {order}.");
        assert!(order.starts_with('a'), "the order was {order}.");
    });
}

#[test]
fn a_failing_seed_is_told_and_can_be_replayed() {
    let seed_variable = "CORO_SEED";
    let first = child::run(|| {
        fail_for_some_seed();
    });
    assert!(!first.success);
    let line = first.stderr.lines().find(|line| line.starts_with("seed "));
    let line = line.expect("the seed is told");
    let (start, command) = line.split_once("; replay it with: ").unwrap();
    let seed = start.strip_prefix("seed ").unwrap().strip_suffix(" failed").unwrap();
    let expected = format!("{seed_variable}={seed} cargo test test_macro::some_test -- --exact");
    assert_eq!(command, expected);
    let order = |ended: &child::Ended| {
        let text = ended.stderr.split_once("the order was ").unwrap().1;
        text.split_once('.').unwrap().0.to_owned()
    };
    for _ in 0..5 {
        let again = replay(&[(seed_variable, seed)]);
        assert!(!again.success);
        assert_eq!(again.stdout.matches("ran ").count(), 1, "{again:#?}");
        assert_eq!(order(&again), order(&first));
    }
}

/// Runs the child of the test above again, under other variables.
fn replay(variables: &[(&str, &str)]) -> child::Ended {
    child::run_other("test_macro::a_failing_seed_is_told_and_can_be_replayed", variables)
}

#[coro::test]
#[should_panic = "as it should"]
fn panics() {
    panic!("as it should");
}

#[coro::test(seeds = 3)]
#[should_panic(expected = "as it should")]
fn panics_for_a_seed() {
    thread::spawn(|| coro::panic::resume_unwind(Box::new(()))).join().unwrap_err();
    panic!("as it should");
}

#[coro::test(seeds = 3)]
fn returns_a_code() -> ExitCode {
    ExitCode::SUCCESS
}

#[coro::test(seeds = 3)]
fn returns_results() -> Result<Result<ExitCode, fmt::Error>, Box<dyn std::error::Error>> {
    let number = "3".parse::<u8>()?;
    assert_eq!(number, 3);
    Ok(Ok(ExitCode::SUCCESS))
}

#[test]
fn every_result_of_a_test_can_fail_it() {
    fn first_failure<R: TestResult>(results: [R; 3]) -> (R, usize) {
        let results = RefCell::new(results.into_iter());
        let result = PLAIN.seeds(3).run(|| results.borrow_mut().next().unwrap());
        (result, results.into_inner().len())
    }
    let (code, left) = first_failure([ExitCode::SUCCESS, ExitCode::from(7), ExitCode::SUCCESS]);
    assert_eq!((code, left), (ExitCode::from(7), 1));
    let (result, left) = first_failure([Ok::<_, ()>(Ok(())), Ok(Err("inner")), Ok(Ok(()))]);
    assert_eq!((result, left), (Ok(Err("inner")), 1));
    let (result, left) = first_failure([Ok(()), Ok(()), Err("outer")]);
    assert_eq!((result, left), (Err("outer"), 0));
}
