//! What coroutines give each other, and what is raised at them: numbered, and counted by canaries.

use coro::ResumeError;
use coro_tests::canary::Canary;

use crate::event::{Event, Refusal};

/// Something with a number that ends at its receiver.
pub(crate) trait Numbered: 'static {
    fn new(number: u64, canary: Canary) -> Self;

    /// Checks that it is alive, and drops it.
    fn take(self) -> u64;
}

#[derive(Debug)]
pub(crate) struct Num(u64, Canary);

/// Of another size than a `Num`.
#[derive(Debug)]
pub(crate) struct Txt(Canary, String);

/// No coroutine takes it.
#[derive(Debug)]
pub(crate) struct Nobodys;

#[derive(Debug)]
pub(crate) struct Boom(u64, Canary);

#[derive(Debug)]
pub(crate) struct Bang(u64, Canary);

impl Numbered for Num {
    fn new(number: u64, canary: Canary) -> Num {
        Num(number, canary)
    }

    fn take(self) -> u64 {
        self.1.check();
        self.0
    }
}

impl Numbered for Txt {
    fn new(number: u64, canary: Canary) -> Txt {
        Txt(canary, number.to_string())
    }

    fn take(self) -> u64 {
        self.0.check();
        self.1.parse().expect("it was made from a number")
    }
}

impl Numbered for Nobodys {
    fn new(_: u64, _: Canary) -> Nobodys {
        Nobodys
    }

    fn take(self) -> u64 {
        0
    }
}

impl Numbered for Boom {
    fn new(number: u64, canary: Canary) -> Boom {
        Boom(number, canary)
    }

    fn take(self) -> u64 {
        self.1.check();
        self.0
    }
}

impl Numbered for Bang {
    fn new(number: u64, canary: Canary) -> Bang {
        Bang(number, canary)
    }

    fn take(self) -> u64 {
        self.1.check();
        self.0
    }
}

/// What a resume or a raise that brought an error has shown.
pub(crate) fn event_of<T: Numbered>(error: ResumeError<T>) -> Event {
    if error.is_killed() {
        return Event::Killed;
    }
    if error.is_raised() {
        return Event::Raised(number_raised(error));
    }
    let refusal = refusal_of(&error);
    Event::Refused(refusal, error.into_value().map_or(0, T::take))
}

fn number_raised<T>(error: ResumeError<T>) -> u64 {
    let Ok(ending) = error.into_join_error() else { return 0 };
    match ending.downcast::<Boom>() {
        Ok(boom) => boom.take(),
        Err(ending) => ending.downcast::<Bang>().map_or(0, |bang| bang.take()),
    }
}

fn refusal_of<T>(error: &ResumeError<T>) -> Refusal {
    let kinds = [
        (error.is_done(), Refusal::Finished),
        (error.is_running(), Refusal::Running),
        (error.is_parked(), Refusal::Parked),
        (error.is_mismatch(), Refusal::Mismatch),
        (error.is_shielded(), Refusal::Shielded),
        (error.is_outside(), Refusal::Outside),
    ];
    kinds.iter().find(|(is_it, _)| *is_it).map_or(Refusal::Other, |(_, refusal)| *refusal)
}
