//! Choosing: a wait for the first of several things, and for exactly one of them (`README.md`, section 11).
//!
//! A *branch* is one of the things. A choice first attempts each branch, in random order. If none can be had, it
//! enlists in all of them and waits as *one* clause. A branch may be of either sort:
//!
//! - **claimed**: a counterpart (a sender, a receiver, who sets an event) takes the choice's candidate out of its queue, and has to
//!   [claim](Candidate::claim) the choice first. Of several counterparts, on whatever OS threads, one succeeds. What the
//!   winner hands over, or takes, lies ready at the branch under the candidate's key.
//! - **woken**: a state that stays until somebody acts on it (ready for reading, ended). It just wakes the waiter;
//!   the choice withdraws and attempts again.
//!
//! What was claimed may be a *promise*: the counterpart is bound to hand something over, but has not done so yet. The
//! choice waits for that and for nothing else. A deadline or an interrupt makes it decline the promise; one that is broken
//! makes it begin anew.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::current;
use super::wait::{self, Clause, Outcome, Waiter};
use crate::id;
use crate::sys::socket::Direction;

/// Nobody has claimed the choice.
const OPEN: usize = usize::MAX;
/// The choice is over without a claim.
const WITHDRAWN: usize = usize::MAX - 1;

/// Where a branch keeps what was taken or promised for a choice: a number that only the branch understands.
pub(crate) type Key = usize;

/// One of the things that a choice chooses from.
pub(crate) trait Branch {
    /// Takes what the branch is for, if that can be had without waiting. It lies under the key then, and must be
    /// completed or abandoned.
    fn attempt(&self) -> Option<Key>;

    /// Enters the branch's queue.
    ///
    /// `Ready` means that an attempt may succeed by now, perhaps because a counterpart waits whom the choice must claim
    /// while it is enlisted nowhere itself; there is nothing to withdraw then.
    fn enlist(&self, candidate: Candidate) -> Enlisted;

    /// Leaves the queue: the choice was not claimed by this branch.
    fn withdraw(&self, key: Key);

    /// Gives back what lies under the key, which nobody will complete.
    fn abandon(&self, key: Key);

    /// Takes what lies under the key, where that is nothing but an outcome.
    ///
    /// # Errors
    /// Those of finding out whether the thing is ready.
    fn complete(&self, key: Key) -> io::Result<()> {
        self.abandon(key);
        Ok(())
    }

    /// When an attempt should be made although nobody wakes the choice.
    fn ready_at(&self) -> Option<Instant> {
        None
    }

    /// Whether an attempt would succeed now.
    fn is_ready(&self) -> bool {
        self.attempt().map(|key| self.abandon(key)).is_some()
    }

    /// Asks for a wake-up as soon as an attempt may succeed.
    fn watch(&self, waiter: Waiter) -> Enlisted {
        self.enlist(Candidate::single(waiter))
    }

    /// Takes back what `watch` asked for.
    fn unwatch(&self, key: Key) {
        self.withdraw(key);
    }

    /// Whether anything but `Ready` may come out of `settle`.
    fn may_promise(&self) -> bool {
        false
    }

    /// What has become of the promise under the key.
    fn settle(&self, _key: Key) -> Promise {
        Promise::Kept
    }

    /// Says who is to be woken when the promise is kept or broken; at once, if it is already.
    fn expect(&self, _key: Key, waiter: Waiter) {
        waiter.wake();
    }

    /// What an OS thread outside any loop has to poll for, besides being woken.
    fn descriptor(&self) -> Option<(BorrowedFd<'_>, Direction)> {
        None
    }
}

/// What came of enlisting.
pub(crate) enum Enlisted {
    /// The candidate is in the queue under this key.
    Waiting(Key),
    /// It is not, and an attempt should be made.
    Ready,
}

/// What has become of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// It is still owed.
    Owed,
    /// What was promised lies ready.
    Kept,
    /// It will never come; the key must be abandoned.
    Broken,
}

/// A branch as a choice holds it. It owns nothing, so that a list of them may outlive what it borrows, unless it is used.
#[derive(Clone, Copy)]
pub struct Arm<'a>(&'a dyn Branch);

impl<'a> Arm<'a> {
    pub(crate) fn new(branch: &'a dyn Branch) -> Arm<'a> {
        Arm(branch)
    }

    pub(crate) fn branch(self) -> &'a dyn Branch {
        self.0
    }
}

impl fmt::Debug for Arm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arm").finish_non_exhaustive()
    }
}

/// Somebody in a branch's queue: a choice, or a thread that waits for this one thing.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    waiter: Waiter,
    /// The claim word of a choice, and this branch's number in it; none for a thread that waits for nothing else.
    choice: Option<(Arc<AtomicUsize>, usize)>,
}

impl Candidate {
    /// A thread that waits for this one thing; whoever takes it out of the queue has it.
    #[inline]
    pub(crate) fn single(waiter: Waiter) -> Candidate {
        Candidate { waiter, choice: None }
    }

    /// Claims the choice for this branch. If that fails, the candidate is as good as gone.
    #[inline]
    #[must_use]
    pub(crate) fn claim(&self) -> bool {
        self.choice.as_ref().is_none_or(|(word, branch)| {
            word.compare_exchange(OPEN, *branch, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }

    /// Whether both belong to one choice, which cannot be its own counterpart.
    pub(crate) fn is_same_choice(&self, other: &Candidate) -> bool {
        match (&self.choice, &other.choice) {
            (Some((word, _)), Some((other, _))) => Arc::ptr_eq(word, other),
            _ => false,
        }
    }

    /// Whether it can still be claimed.
    pub(crate) fn is_open(&self) -> bool {
        self.choice.as_ref().is_none_or(|(word, _)| word.load(Ordering::Acquire) == OPEN)
    }

    /// Whether it is a choice, as opposed to a thread that waits for this one thing.
    pub(crate) fn is_choice(&self) -> bool {
        self.choice.is_some()
    }

    /// What wakes it; to be called when no lock is held.
    #[inline]
    pub(crate) fn into_waiter(self) -> Waiter {
        self.waiter
    }
}

/// What was chosen: the branch's number, and the key of what lies ready there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) branch: usize,
    pub(crate) key: Key,
}

/// Makes one attempt at each branch, and waits for nothing but a promise.
pub(crate) fn attempt(
    arms: &[Arm<'_>],
    preference: Preference,
    deadline: Option<Instant>,
) -> Option<Chosen> {
    loop {
        let chosen = preference.find(arms.len(), |number| {
            let key = arms[number].branch().attempt()?;
            Some(Chosen { branch: number, key })
        })?;
        let branch = arms[chosen.branch].branch();
        if !branch.may_promise() {
            return Some(chosen);
        }
        match redeem(branch, chosen.key, deadline) {
            Promise::Kept => return Some(chosen),
            Promise::Broken => {}
            Promise::Owed => return None,
        }
    }
}

/// Waits until one branch can be had, and takes it; none if the deadline passed first.
///
/// An interrupt is raised here, unless a branch had been taken already: then it comes at the next suspension.
pub(crate) fn choose(
    arms: &[Arm<'_>],
    preference: Preference,
    deadline: Option<Instant>,
) -> Option<Chosen> {
    loop {
        if let Some(chosen) = attempt(arms, preference, deadline) {
            return Some(chosen);
        }
        let mut enlistment = Enlistment::new(arms, preference);
        let outcome = wait::on(&mut enlistment, earliest(arms, deadline));
        if let Some(chosen) = enlistment.claimed.take() {
            return Some(chosen);
        }
        match outcome {
            Outcome::Fired => {
                // Something else has woken it, after a counterpart had claimed it with a promise.
                if let Some(Chosen { branch, key }) = enlistment.promised.take()
                    && redeem(arms[branch].branch(), key, deadline) == Promise::Kept
                {
                    return Some(Chosen { branch, key });
                }
            }
            Outcome::TimedOut => {
                drop(enlistment);
                if wait::has_passed(deadline) {
                    // A state may have come about that has not woken us yet; there is no time for a promise.
                    return attempt(arms, preference, deadline);
                }
            }
            Outcome::Interrupted(interrupt) => interrupt.raise(),
        }
    }
}

/// Waits until an attempt at some branch would succeed; none if the deadline passed first.
pub(crate) fn ready(
    arms: &[Arm<'_>],
    preference: Preference,
    deadline: Option<Instant>,
) -> Option<usize> {
    loop {
        if let Some(number) = try_ready(arms, preference) {
            return Some(number);
        }
        let mut watch = Watch { arms, keys: Vec::with_capacity(arms.len()) };
        match wait::on(&mut watch, earliest(arms, deadline)) {
            Outcome::Fired => {}
            Outcome::TimedOut if wait::has_passed(deadline) => return try_ready(arms, preference),
            Outcome::TimedOut => {}
            Outcome::Interrupted(interrupt) => interrupt.raise(),
        }
    }
}

/// The number of a branch at which an attempt would succeed now.
pub(crate) fn try_ready(arms: &[Arm<'_>], preference: Preference) -> Option<usize> {
    preference.find(arms.len(), |number| arms[number].branch().is_ready().then_some(number))
}

/// When a choice must look again at the latest.
fn earliest(arms: &[Arm<'_>], deadline: Option<Instant>) -> Option<Instant> {
    arms.iter().filter_map(|arm| arm.branch().ready_at()).chain(deadline).min()
}

/// Waits until a promise is kept or broken. One that is still owed when the deadline passes is declined.
fn redeem(branch: &dyn Branch, key: Key, deadline: Option<Instant>) -> Promise {
    let mut redemption = Redemption { branch, key, done: false };
    loop {
        match branch.settle(key) {
            Promise::Kept => {
                redemption.done = true;
                return Promise::Kept;
            }
            Promise::Broken => return Promise::Broken,
            Promise::Owed => {}
        }
        match wait::on(&mut redemption, deadline) {
            Outcome::Fired => {}
            Outcome::TimedOut => return Promise::Owed,
            Outcome::Interrupted(interrupt) => interrupt.raise(),
        }
    }
}

/// Fires when a promise is kept or broken.
struct Redemption<'a> {
    branch: &'a dyn Branch,
    key: Key,
    /// What lies under the key is the caller's; else it is abandoned.
    done: bool,
}

impl Clause for Redemption<'_> {
    const WHAT: &'static str = "what a select has promised";

    fn register(&mut self, waiter: Waiter) {
        self.branch.expect(self.key, waiter);
    }

    fn deregister(&mut self) -> bool {
        self.branch.settle(self.key) != Promise::Owed
    }
}

impl Drop for Redemption<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.branch.abandon(self.key);
        }
    }
}

/// Which branch is taken when several can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preference {
    /// Each with the same chance.
    None,
    /// The first of them.
    First,
}

impl Preference {
    /// The first that is found among the numbers below `count`.
    #[inline]
    fn find<R>(self, count: usize, mut find: impl FnMut(usize) -> Option<R>) -> Option<R> {
        match self {
            Preference::First => (0..count).find_map(find),
            // Two orders need one random bit.
            Preference::None if count == 2 => {
                let first = random() as usize & 1;
                find(first).or_else(|| find(1 - first))
            }
            Preference::None => permutation(count).find_map(find),
        }
    }
}

/// Where a choice is enlisted. Most choices are between a few things, and allocate nothing for them.
#[derive(Default)]
struct Places {
    first: [Option<Chosen>; 4],
    count: usize,
    others: Vec<Chosen>,
}

impl Places {
    #[inline]
    fn push(&mut self, chosen: Chosen) {
        match self.first.get_mut(self.count) {
            Some(place) => *place = Some(chosen),
            None => self.others.push(chosen),
        }
        self.count += 1;
    }

    #[inline]
    fn into_iter(self) -> impl Iterator<Item = Chosen> {
        self.first.into_iter().flatten().chain(self.others)
    }
}

/// The candidates of one choice in all of its branches.
struct Enlistment<'a> {
    arms: &'a [Arm<'a>],
    /// The order in which it enlists: a branch that is there twice must not be chosen by the same arm each time.
    preference: Preference,
    word: Arc<AtomicUsize>,
    /// One for each branch in which it is enlisted.
    enlisted: Places,
    /// Set when the wait is over.
    claimed: Option<Chosen>,
    /// Set instead, if the claim was a promise that is still owed.
    promised: Option<Chosen>,
}

impl<'a> Enlistment<'a> {
    fn new(arms: &'a [Arm<'a>], preference: Preference) -> Enlistment<'a> {
        let enlisted = Places::default();
        let word = Arc::new(AtomicUsize::new(OPEN));
        Enlistment { arms, preference, word, enlisted, claimed: None, promised: None }
    }

    /// Notes what the branch that has claimed the choice has for it.
    fn settle(&mut self, chosen: Chosen) -> bool {
        let branch = self.arms[chosen.branch].branch();
        match branch.settle(chosen.key) {
            Promise::Kept => self.claimed = Some(chosen),
            Promise::Broken => branch.abandon(chosen.key),
            Promise::Owed => {
                self.promised = Some(chosen);
                return false;
            }
        }
        true
    }
}

impl Clause for Enlistment<'_> {
    const WHAT: &'static str = "one of several things (select)";

    fn register(&mut self, waiter: Waiter) {
        let Enlistment { arms, preference, word, enlisted, .. } = self;
        let ready = preference.find(arms.len(), |branch| {
            let choice = Some((word.clone(), branch));
            let candidate = Candidate { waiter: waiter.clone(), choice };
            match arms[branch].branch().enlist(candidate) {
                Enlisted::Waiting(key) => {
                    enlisted.push(Chosen { branch, key });
                    None
                }
                Enlisted::Ready => Some(()),
            }
        });
        if ready.is_some() {
            waiter.wake();
        }
    }

    fn deregister(&mut self) -> bool {
        // From here on nobody can claim it.
        let outcome =
            self.word.compare_exchange(OPEN, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire);
        let winner = outcome.err();
        let mut fired = false;
        for place in std::mem::take(&mut self.enlisted).into_iter() {
            if winner == Some(place.branch) {
                fired = self.settle(place);
            } else {
                self.arms[place.branch].branch().withdraw(place.key);
            }
        }
        fired
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, Direction)> {
        self.arms.iter().filter_map(|arm| arm.branch().descriptor()).collect()
    }
}

impl Drop for Enlistment<'_> {
    fn drop(&mut self) {
        if let Some(Chosen { branch, key }) = self.claimed.take().or(self.promised.take()) {
            self.arms[branch].branch().abandon(key);
        }
    }
}

/// The wake-ups that were asked for in all branches of one choice.
struct Watch<'a> {
    arms: &'a [Arm<'a>],
    keys: Vec<Key>,
}

impl Clause for Watch<'_> {
    const WHAT: &'static str = "one of several things to be ready (select)";

    fn register(&mut self, waiter: Waiter) {
        for arm in self.arms {
            match arm.branch().watch(waiter.clone()) {
                Enlisted::Waiting(key) => self.keys.push(key),
                Enlisted::Ready => return waiter.wake(),
            }
        }
    }

    fn deregister(&mut self) -> bool {
        for (arm, key) in self.arms.iter().zip(std::mem::take(&mut self.keys)) {
            arm.branch().unwatch(key);
        }
        // Whether anything is ready is looked at afterwards, whoever has woken it.
        false
    }

    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, Direction)> {
        self.arms.iter().filter_map(|arm| arm.branch().descriptor()).collect()
    }
}

/// How many branches a choice may have whose order needs no memory of its own.
const FEW: usize = 16;

/// The numbers below a count, shuffled one by one as they are asked for: each order has the same chance, so that each of
/// several branches that can be had comes first with the same chance, whatever the others do.
struct Permutation {
    few: [usize; FEW],
    /// All of them, if they are more than few.
    many: Vec<usize>,
    count: usize,
    next: usize,
    random: u64,
}

fn permutation(count: usize) -> Permutation {
    let few = std::array::from_fn(|number| number);
    let many = if count > FEW { (0..count).collect() } else { Vec::new() };
    let random = if count > 1 { random() } else { 0 };
    Permutation { few, many, count, next: 0, random }
}

impl Iterator for Permutation {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let left = self.count.checked_sub(self.next).filter(|left| *left > 0)?;
        let numbers = if self.count > FEW { &mut self.many[..] } else { &mut self.few[..] };
        // The upper half of a product is a number below `left`, each with about the same chance.
        let below = ((u128::from(self.random) * left as u128) >> 64) as usize;
        self.random = id::scramble(self.random);
        numbers.swap(self.next, self.next + below);
        self.next += 1;
        Some(numbers[self.next - 1])
    }
}

/// A random number, of the loop or of nobody in particular.
fn random() -> u64 {
    static OUTSIDE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    current::with_loop(|lp| match lp {
        Some(lp) => lp.random(),
        None => id::scramble(OUTSIDE.fetch_add(1, Ordering::Relaxed)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_names_each_number_once() {
        for count in [0, 1, 2, 3, 4, 6, 7, 30, 97, 1000] {
            for _ in 0..20 {
                let mut numbers: Vec<usize> = permutation(count).collect();
                numbers.sort_unstable();
                assert!(numbers.into_iter().eq(0..count), "{count}");
            }
        }
    }

    #[test]
    fn each_of_two_comes_before_the_other_about_as_often() {
        let mut before = 0;
        for _ in 0..10_000 {
            let order: Vec<usize> = permutation(4).collect();
            let place = |number| order.iter().position(|other| *other == number);
            before += usize::from(place(2) < place(3));
        }
        assert!((4_700..5_300).contains(&before), "{before}");
    }

    #[test]
    fn each_number_comes_first_about_as_often() {
        let mut firsts = [0; 10];
        for _ in 0..10_000 {
            firsts[permutation(10).next().expect("ten numbers")] += 1;
        }
        assert!(firsts.iter().all(|count| (800..1200).contains(count)), "{firsts:?}");
    }

    #[test]
    fn a_choice_is_claimed_once() {
        let word = Arc::new(AtomicUsize::new(OPEN));
        let candidate = |branch| Candidate {
            waiter: Waiter::of_no_one(),
            choice: Some((word.clone(), branch)),
        };
        let (first, second) = (candidate(0), candidate(1));
        assert!(first.is_same_choice(&second) && second.is_open());
        assert!(first.claim());
        assert!(!second.claim() && !second.is_open());
        assert!(Candidate::single(Waiter::of_no_one()).claim());
    }
}
