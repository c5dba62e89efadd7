//! How much stack a function uses: it runs on one without memory, and then one looks how far down the memory goes.

use std::fmt;

use crate::raw::stack::MIN_STACK_SIZE;
use crate::sched::stacks;

/// The size of the stack on which functions are measured, in bytes.
const MEASURING: usize = 8 * 1024 * 1024;
/// What a panic that prints a backtrace takes, in bytes.
const BACKTRACE: usize = 32 * 1024;

/// Runs `f` in place, on a fresh stack of 8 MiB, and says how much of it `f` has used.
///
/// It helps to choose a [`stack_size`](crate::thread::Builder::stack_size). What is measured is one run of `f`, as it
/// was compiled: other data may make it go deeper, a debug build uses up to five times what an optimised build does,
/// seldom more still, and what `f` runs on other stacks (threads, coroutines, [big stacks](super::on_big_stack)) does not count. If
/// others call [`trim`](super::trim()) while `f` waits, what lies below it at that moment is not seen any more. It is
/// a tool for development and tests.
///
/// # Panics
/// If no stack can be had, or if the system does not tell which memory is in use. A panic of `f` goes on here.
///
/// # Interruption
/// None of its own: `f` may wait, and interrupts unwind through this call.
///
/// # Examples
/// ```
/// let (sum, measured) = coro::stack::measure(|| {
///     let numbers = std::hint::black_box([1_u64; 1000]);
///     numbers.iter().sum::<u64>()
/// });
/// assert_eq!(sum, 1000);
/// assert!(measured.used() >= 8000);
/// println!("{measured}"); // used 8416 bytes of stack; stack_size = 64 * 1024 leaves room for ...
///
/// // In a test, so that a thread's stack does not become too small unseen:
/// assert!(measured.suggested() <= 64 * 1024);
/// ```
#[track_caller]
pub fn measure<R>(f: impl FnOnce() -> R) -> (R, Measured) {
    match stacks::on_cleared_stack(MEASURING, f) {
        Ok((result, Some(used))) => (result, Measured { used }),
        Ok((_, None)) => panic!("the system does not tell which pages are in memory (mincore)"),
        Err(error) => panic!("failed to take a stack to measure on: {error}"),
    }
}

/// How much stack a function has used, as [`measure`] found it.
///
/// # Examples
/// ```
/// let ((), measured) = coro::stack::measure(|| ());
/// let text = measured.to_string();
/// assert!(text.contains("leaves room for twice that and for a panic's backtrace"), "{text}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    used: usize,
}

impl Measured {
    /// How many bytes were used: down to the lowest word that was written, or, if only zeros were written near there, to
    /// the end of its page.
    ///
    /// Room that a function reserved in its frame and never wrote to is not seen, if it lies below all else.
    ///
    /// # Examples
    /// ```
    /// let (_, small) = coro::stack::measure(|| std::hint::black_box([1_u8; 1000]).len());
    /// let (_, large) = coro::stack::measure(|| std::hint::black_box([1_u8; 100_000]).len());
    /// assert!(large.used() >= small.used() + 99_000);
    /// ```
    #[must_use]
    pub fn used(self) -> usize {
        self.used
    }

    /// A stack size in bytes, a power of two, with room for twice what was used and for a panic that prints a backtrace
    /// at the deepest point.
    ///
    /// # Examples
    /// ```
    /// let (_, measured) = coro::stack::measure(|| std::hint::black_box([1_u8; 100_000]).len());
    /// coro::run(|| {
    ///     let builder = coro::thread::Builder::new().stack_size(measured.suggested());
    ///     let handle = builder.spawn(|| std::hint::black_box([1_u8; 100_000]).len()).unwrap();
    ///     assert_eq!(handle.join().unwrap(), 100_000);
    /// });
    /// ```
    #[must_use]
    pub fn suggested(self) -> usize {
        let wanted = (2 * self.used).max(self.used + BACKTRACE).max(MIN_STACK_SIZE);
        wanted.next_power_of_two()
    }
}

/// One line, with the argument for `stack_size`.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KIB: usize = 1024;
        let suggested = self.suggested();
        write!(f, "used {} bytes of stack; stack_size = ", self.used)?;
        if suggested < KIB * KIB {
            write!(f, "{} * 1024", suggested / KIB)?;
        } else {
            write!(f, "{} * 1024 * 1024", suggested / KIB / KIB)?;
        }
        write!(f, " leaves room for twice that and for a panic's backtrace")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_leave_room_for_twice_the_use_and_a_backtrace() {
        let kib = 1024;
        let cases = [
            (0, 32),
            (1, 64),
            (10_344, 64),
            (32 * kib, 64),
            (32 * kib + 8, 128),
            (64 * kib, 128),
            (65 * kib, 256),
            (5000 * kib, 16 * 1024),
        ];
        for (used, expected) in cases {
            assert_eq!(Measured { used }.suggested(), expected * kib, "{used}");
        }
    }

    #[test]
    fn what_was_measured_is_told_as_an_argument() {
        let text = |used| Measured { used }.to_string();
        let rest = "leaves room for twice that and for a panic's backtrace";
        assert_eq!(
            text(10_344),
            format!("used 10344 bytes of stack; stack_size = 64 * 1024 {rest}")
        );
        assert_eq!(
            text(600_000),
            format!("used 600000 bytes of stack; stack_size = 2 * 1024 * 1024 {rest}")
        );
    }
}
