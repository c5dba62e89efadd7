//! What is seen of a sequence, in order: by the coroutines themselves, or by the model in their place.

/// Whose code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// The stack of this thread itself.
    Base(usize),
    Coroutine(usize),
}

/// Why a value or an exception came back at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Finished,
    Running,
    Parked,
    Mismatch,
    Shielded,
    Outside,
    /// None of those that are possible here.
    Other,
}

/// What an unwind is, as far as `catch_unwind` can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caught {
    /// A panic with the number of its operation.
    Numbered(usize),
    /// A panic without one.
    Planned,
    /// A panic of coro's, with a message.
    Message,
    Interrupt,
}

/// One thing that was seen. Numbers of values are those of `World::value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// This one has control and takes the operation with this index.
    Turn(Who, usize),
    /// The operation makes no sense here.
    LeftOut,
    Made(usize),
    /// An input arrived.
    Got(u64),
    Yielded(u64),
    Complete(u64),
    Killed,
    Raised(u64),
    Refused(Refusal, u64),
    /// A kill or a drop of a handle returned.
    Done,
    /// `is_started` and `is_done`.
    Looked(bool, bool),
    Caught(Caught),
    CaughtBoom(u64),
    /// The destructor of the value that this coroutine's function captured.
    DroppedCapture(usize),
    /// The destructor of a value made by the operation with this index.
    DroppedGuard(usize),
    /// An unwind goes on after such a destructor.
    UnwindsOn,
    /// A wait of the thread is over.
    Woke,
    /// The base of this thread has nothing more to do.
    BaseEnds(usize),
}
