//! Stacks and the switch between them: everything that touches memory by address.

pub(crate) mod coroutine;
pub(crate) mod pool;
pub(crate) mod stack;
