//! A ring of coroutines that pass a token on by symmetric transfer: no scheduler, no loop, two switches a hop.
//!
//! ```text
//! cargo run --release --example ring                          # 1,000 members, 1,000,000 hops
//! cargo run --release --example ring -- --members 10 --hops 50
//! ```

use coro::coroutine::{Coroutine, CoroutineState, ResumeError, Target, Yielder};
use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

const HELP: &str = "\
Passes a token round a ring of coroutines.

Usage: ring [--members N] [--hops N]

  --members N   how many coroutines the ring has [default: 1000]
  --hops N      how often the token is passed on [default: 1000000]
  -h, --help    print this and exit";

/// What goes round.
struct Token {
    hops_left: u64,
}

/// The members, each of whom finds its neighbour here.
type Ring = Rc<RefCell<Vec<Target<Token>>>>;

/// Where a token that had no hops left came to rest: the index of the member.
type Member = Coroutine<Token, usize, ()>;

fn member(ring: Ring, index: usize) -> Member {
    Coroutine::new(move |cx: &Yielder<Token, usize>, mut token: Token| {
        let next = ring.borrow()[(index + 1) % ring.borrow().len()];
        loop {
            token = match token.hops_left {
                0 => cx.suspend(index), // to main, which waits for what it has resumed
                hops => cx.transfer(next, Token { hops_left: hops - 1 }).expect("it waits"),
            };
        }
    })
}

/// Passes a token on `hops` times, starting at the first of `members`; returns who has it in the end.
fn pass(members: usize, hops: u64) -> Result<usize, ResumeError<Token>> {
    let ring = Ring::default();
    let all: Vec<Member> = (0..members).map(|index| member(ring.clone(), index)).collect();
    ring.borrow_mut().extend(all.iter().map(Coroutine::target));
    match all[0].resume(Token { hops_left: hops })? {
        CoroutineState::Yielded(index) => Ok(index),
        CoroutineState::Complete(()) => unreachable!("a member never returns"),
    }
}

fn main() -> ExitCode {
    match run(lexopt::Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("ring: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: lexopt::Parser) -> Result<(), String> {
    let Some((members, hops)) = parse(args).map_err(|error| error.to_string())? else {
        println!("{HELP}");
        return Ok(());
    };
    if members == 0 {
        return Err("--members 0 leaves nobody to hold the token; give at least 1".to_owned());
    }
    let start = Instant::now();
    let last = pass(members, hops).map_err(|error| error.to_string())?;
    let nanos = start.elapsed().as_nanos() / u128::from(hops.max(1));
    println!("{hops} hops round {members} members, {nanos} ns each; member {last} has the token");
    Ok(())
}

/// Members and hops, or `None` if help was asked for.
fn parse(mut args: lexopt::Parser) -> Result<Option<(usize, u64)>, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut members, mut hops) = (1000, 1_000_000);
    while let Some(arg) = args.next()? {
        match arg {
            Long("members") => members = args.value()?.parse()?,
            Long("hops") => hops = args.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Some((members, hops)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_ends_where_arithmetic_says() {
        for (members, hops) in [(1000, 1_000_000), (1000, 999_999), (7, 0), (7, 6), (7, 7), (2, 3)]
        {
            let last = pass(members, hops).expect("the ring holds");
            assert_eq!(last as u64, hops % members as u64, "{members} members, {hops} hops");
        }
    }

    #[test]
    fn a_ring_of_one_cannot_transfer_to_itself() {
        assert_eq!(pass(1, 0).expect("no transfer is needed"), 0);
        let ring = Ring::default();
        let one = Coroutine::new({
            let ring = ring.clone();
            move |cx: &Yielder<Token, usize>, token: Token| {
                let me = ring.borrow()[0];
                cx.transfer(me, token).err().is_some_and(|error| error.is_running())
            }
        });
        ring.borrow_mut().push(one.target());
        let refused = one.resume(Token { hops_left: 1 }).expect("it is at rest");
        assert_eq!(refused, CoroutineState::Complete(true));
    }

    #[test]
    fn a_wrong_argument_is_one_line() {
        for args in [&["--members", "0"][..], &["--hops", "many"], &["--hops"], &["stray"]] {
            let message = run(lexopt::Parser::from_args(args)).expect_err("they are wrong");
            assert_eq!(message.lines().count(), 1, "{message:?}");
        }
    }
}
