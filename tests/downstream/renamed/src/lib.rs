//! Uses coro under another name: no crate called `coro` is in reach.
//!
//! The attributes are told where it is; `select!` and `local!` find out on their own.

use std::cell::Cell;

use threads::channel::{Receiver, Sender};
use threads::{CoroutineState, Yielder};

threads::local! {
    static TURNS: Cell<u32> = const { Cell::new(0) };
}

/// Sends the numbers up to `end`, which makes it wait where the channel is full.
///
/// # Panics
/// When the receiver is gone.
#[threads::thread(crate = threads, name = "counter to {end}", stack_size = 64 * 1024)]
pub fn count(sender: Sender<u32>, end: u32) {
    for number in 0..end {
        sender.send(number).expect("the sum receives all of them");
    }
}

/// Adds what it receives until nobody sends any more; returns the sum, and how many numbers this thread had.
#[threads::thread(crate = threads, name = "adder")]
pub fn sum(numbers: &Receiver<u32>) -> (u32, u32) {
    let mut sum = 0;
    loop {
        threads::select! {
            recv(numbers) -> number => match number {
                Ok(number) => sum += number,
                Err(_) => return (sum, TURNS.get()),
            },
        }
        TURNS.set(TURNS.get() + 1);
    }
}

/// Gives out the average of what came in so far.
#[threads::thread(crate = ::threads)]
pub fn average(cx: &Yielder<f64, f64>, #[resume] first: f64) -> u32 {
    let (mut sum, mut count, mut next) = (0.0, 0, first);
    while next.is_finite() {
        sum += next;
        count += 1;
        next = cx.suspend(sum / f64::from(count));
    }
    count
}

macro_rules! doubler {
    ($name:ident, $number:ty) => {
        /// Doubles a number.
        #[threads::thread(crate = threads)]
        pub fn $name(number: $number) -> $number {
            number * 2
        }
    };
}

doubler!(double, u64);

/// Runs a loop of its own.
///
/// # Errors
/// When the thread is gone before it is resumed.
#[threads::main(crate = threads, name = "boss")]
pub fn run_all() -> Result<CoroutineState<f64, u32>, threads::ResumeError<f64>> {
    let mut average = average().spawn();
    average.resume(10.0)?;
    average.resume(20.0)
}

#[cfg(test)]
mod tests {
    use super::{CoroutineState, count, double, run_all, sum};

    #[threads::test(crate = threads, start_paused, timeout = 5)]
    fn numbers_meet_in_a_sum() {
        let (sender, receiver) = threads::channel::bounded(1);
        let counter = count(sender, 10).spawn();
        assert_eq!(counter.thread().name(), Some("counter to 10"));
        let sum = threads::thread::scope(|scope| {
            scope.spawn_routine(sum(&receiver)).join().expect("it returns")
        });
        assert_eq!(sum, (45, 10));
    }

    #[threads::test(crate = threads, seeds = 3)]
    fn a_thread_can_come_from_a_macro() -> Result<(), threads::JoinError> {
        assert_eq!(double(21).spawn().join()?, 42);
        Ok(())
    }

    #[test]
    fn a_loop_can_be_called() {
        assert_eq!(run_all().expect("each resume finds it waiting"), CoroutineState::Yielded(15.0));
    }
}
