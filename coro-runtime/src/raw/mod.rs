//! Stacks and the switch between them: everything that touches memory by address.

pub(crate) mod call;
mod class;
pub(crate) mod colour;
pub(crate) mod coroutine;
mod guard;
pub(crate) mod machine;
pub(crate) mod message;
pub(crate) mod overflow;
pub(crate) mod pool;
pub(crate) mod ranges;
mod refusal;
mod room;
pub(crate) mod stack;
