//! One source, compiled twice: with `std` on OS threads, and with `coro` on one. A key-value server with its pool of
//! workers and its clients; both say the same.
//!
//! ```text
//! cargo run --example same-source
//! ```
//!
//! The source is `same-source/key_value.rs`. It imports from `super::sys`, and this is all that the two differ in.

#![allow(clippy::duplicate_mod, reason = "compiling a file twice is the point")]

use std::io;

#[path = "same-source"]
mod on_std {
    use std as sys;

    pub(crate) mod key_value;
}

#[path = "same-source"]
mod on_coro {
    use coro as sys;

    pub(crate) mod key_value;
}

fn main() -> io::Result<()> {
    let with_std = on_std::key_value::run()?;
    let with_coro = coro::run(on_coro::key_value::run)?;
    print!("{with_coro}");
    println!("std and coro say the same: {}", with_std == with_coro);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_say_the_same() -> io::Result<()> {
        let with_std = on_std::key_value::run()?;
        let with_coro = coro::run(on_coro::key_value::run)?;
        assert_eq!(with_std, with_coro);
        assert!(with_coro.ends_with("3: get client-3 -> 33\n3: get nobody -> nothing\n3: make coffee -> cannot understand \"make coffee\"\n3: add visits 1 -> ok\n3: wait visits 4 -> 4\n"), "{with_coro}");
        Ok(())
    }

    #[coro::test(seeds = 100)]
    fn so_it_is_in_every_order() -> io::Result<()> {
        assert_eq!(on_coro::key_value::run()?, on_std::key_value::run()?);
        Ok(())
    }
}
