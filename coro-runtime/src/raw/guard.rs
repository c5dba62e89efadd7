//! Which kind of guard this machine has, and how many of the dear kind there may be (`README.md`, section 1).
//!
//! A guard that is a mark in the page table costs no mapping. One made by `mprotect` costs two, so these are rationed: the
//! process shall not run out of mappings, for then its allocator fails as well.

use std::env::VarError;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::probe;

/// The variable by which the user decides.
const VARIABLE: &str = "CORO_STACK_GUARD";

/// How guards may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    /// By a mark where the kernel knows it, by `mprotect` otherwise.
    Free,
    Madvise,
    Mprotect,
}

/// The kernel has no marks: there is no need to ask it again.
static NO_MARKS: AtomicBool = AtomicBool::new(false);
/// The kernel has made a mark.
static MARKS: AtomicBool = AtomicBool::new(false);
/// How many guards by `mprotect` exist in this process.
static RATIONED: AtomicUsize = AtomicUsize::new(0);
/// How many there may be; 0 until somebody wants one.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

/// Whether a mark is to be tried before `mprotect`.
///
/// # Errors
/// `InvalidInput`, if `CORO_STACK_GUARD` says something else than what it can.
pub(super) fn tries_marks() -> io::Result<bool> {
    Ok(match choice()? {
        Choice::Free => !NO_MARKS.load(Ordering::Relaxed),
        Choice::Madvise => true,
        Choice::Mprotect => false,
    })
}

/// Notes that the kernel has made a mark.
pub(super) fn note_mark() {
    MARKS.store(true, Ordering::Relaxed);
}

/// Notes that the kernel does not know marks, or not here: it has none for memory that is locked.
///
/// # Errors
/// `Unsupported`, if the user wants marks and nothing else.
pub(super) fn note_no_mark() -> io::Result<()> {
    if choice()? == Choice::Madvise {
        let message = format!(
            "the kernel has no guards by madvise, which takes Linux 6.13 and memory that is not locked; unset {VARIABLE}"
        );
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    if !MARKS.load(Ordering::Relaxed) {
        NO_MARKS.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// What the environment says, as it was when the first guard was made.
fn choice() -> io::Result<Choice> {
    static CHOICE: OnceLock<Result<Choice, String>> = OnceLock::new();
    let choice = CHOICE.get_or_init(|| parse(std::env::var(VARIABLE)));
    choice.clone().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn parse(value: Result<String, VarError>) -> Result<Choice, String> {
    let value = match value {
        Err(VarError::NotPresent) => return Ok(Choice::Free),
        Err(VarError::NotUnicode(value)) => value.to_string_lossy().into_owned(),
        Ok(value) => value,
    };
    match value.as_str() {
        "" => Ok(Choice::Free),
        "madvise" => Ok(Choice::Madvise),
        "mprotect" => Ok(Choice::Mprotect),
        _ => Err(format!(
            "{VARIABLE}={value:?} is no kind of guard: set it to madvise or mprotect, or unset it"
        )),
    }
}

/// The guards by `mprotect` of one chunk; they count as long as this lives.
#[derive(Debug, Default)]
pub(super) struct Rations(usize);

impl Rations {
    /// Takes one more.
    ///
    /// # Errors
    /// `OutOfMemory`, if there is none left in the process.
    pub(super) fn take(&mut self) -> io::Result<()> {
        if RATIONED.fetch_add(1, Ordering::Relaxed) >= limit() {
            // The administrator may have raised it meanwhile.
            let limit = renewed_limit();
            if RATIONED.load(Ordering::Relaxed) > limit {
                RATIONED.fetch_sub(1, Ordering::Relaxed);
                return Err(none_left(limit));
            }
        }
        self.0 += 1;
        Ok(())
    }

    /// Gives back all but so many: the guards of the others have gone.
    pub(super) fn keep(&mut self, count: usize) {
        let gone = self.0.saturating_sub(count);
        self.0 -= gone;
        RATIONED.fetch_sub(gone, Ordering::Relaxed);
    }

    /// Gives the last one back: its guard was not made.
    pub(super) fn give_back(&mut self) {
        self.0 -= 1;
        RATIONED.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Rations {
    fn drop(&mut self) {
        RATIONED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

fn limit() -> usize {
    match LIMIT.load(Ordering::Relaxed) {
        0 => renewed_limit(),
        limit => limit,
    }
}

fn renewed_limit() -> usize {
    let limit = probe::mprotect_guard_limit();
    LIMIT.store(limit, Ordering::Relaxed);
    limit
}

fn none_left(limit: usize) -> io::Error {
    let most = probe::max_map_count();
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!(
            "{limit} stacks are guarded by mprotect, which is 2/5 of vm.max_map_count = {most}; raise that: sysctl -w vm.max_map_count={}",
            most.saturating_mul(4)
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn the_variable_has_two_values_and_says_so() {
        assert_eq!(parse(Err(VarError::NotPresent)), Ok(Choice::Free));
        assert_eq!(parse(Ok(String::new())), Ok(Choice::Free));
        assert_eq!(parse(Ok("madvise".to_owned())), Ok(Choice::Madvise));
        assert_eq!(parse(Ok("mprotect".to_owned())), Ok(Choice::Mprotect));
        let wrong = parse(Ok("none".to_owned())).expect_err("there is no such kind");
        assert_eq!(
            wrong,
            "CORO_STACK_GUARD=\"none\" is no kind of guard: set it to madvise or mprotect, or unset it"
        );
        let bytes = OsString::from_vec(vec![0xff]);
        assert!(parse(Err(VarError::NotUnicode(bytes))).is_err());
    }

    #[test]
    fn rations_come_back() {
        let mut rations = Rations::default();
        rations.take().expect("a ration");
        rations.take().expect("a ration");
        rations.give_back();
        assert_eq!(rations.0, 1);
        let held = RATIONED.load(Ordering::Relaxed);
        assert!(held >= 1);
        drop(rations);
    }
}
