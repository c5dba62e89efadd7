//! Has coro from the facade alone, in each of the ways in which the facade gives it.

use std::cell::RefCell;
use std::time::Duration;

use facade::everything as all;

facade::local! {
    static LINES: RefCell<Vec<String>> = RefCell::new(Vec::new());
}

/// Collects a line in the list that each thread has for itself, and returns what is in it.
#[facade::thread(crate = facade::coro, name = "collector")]
pub fn collect(lines: &[&str]) -> String {
    for line in lines {
        LINES.with_borrow_mut(|all| all.push((*line).to_owned()));
        facade::thread::yield_now();
    }
    LINES.with_borrow(|all| all.join(" "))
}

/// Waits for a number that may come too late.
#[all::thread(crate = all)]
pub fn wait_for(number: &all::channel::Receiver<u8>, limit: Duration) -> Option<u8> {
    facade::select! {
        recv(number) -> number => number.ok(),
        default(limit) => None,
    }
}

/// Runs both in a loop of its own.
///
/// # Panics
/// Never: the other end of the channel waits.
#[facade::coro::main(crate = facade::coro, stack_size = 64 * 1024)]
pub fn run_all() -> Option<u8> {
    let (sender, receiver) = all::channel::bounded(1);
    facade::join(
        || wait_for(&receiver, Duration::from_secs(60)).call(),
        || sender.send(7).expect("the other receives"),
    )
    .0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[facade::test(crate = facade::coro)]
    fn each_thread_has_lines_of_its_own() {
        let threads = [&["a", "b"], &["c", "d"]].map(|lines| super::collect(lines).spawn());
        let lines = threads.map(|thread| thread.join().expect("it returns"));
        assert_eq!(lines, ["a b", "c d"]);
    }

    #[facade::everything::test(crate = facade::everything, start_paused)]
    fn a_number_can_come_too_late() {
        let number = facade::coro::channel::never();
        assert_eq!(super::wait_for(&number, Duration::from_secs(3600)).call(), None);
    }

    #[test]
    fn a_loop_can_be_called() {
        assert_eq!(super::run_all(), Some(7));
    }
}
