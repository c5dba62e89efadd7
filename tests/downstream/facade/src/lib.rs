//! Re-exports coro in the ways in which a framework may: whole, name by name, and with a star.

pub use coro;
pub use coro::{join, local, main, run, select, test, thread, timeout};

/// All that coro has.
pub mod everything {
    pub use coro::*;
}

#[cfg(test)]
mod tests {
    #[crate::thread(crate = crate::everything)]
    fn double(number: u32) -> u32 {
        number * 2
    }

    #[crate::test]
    fn the_facade_uses_its_own_names() {
        assert_eq!(double(21).spawn().join().unwrap(), 42);
    }
}
