//! Stacks as the floors above see them: calls on big ones, what all of this OS thread's take, and what they can spare.
//!
//! Nothing here holds a reference to the loop, or a borrow of a pool, while user code runs.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use super::coroutines::{self, Coroutines};
use super::{Loop, ThreadKey, current};
use crate::raw::call::call_on;
use crate::raw::coroutine::Fiber;
use crate::raw::pool::{ClassUsage, Pool, Shape};
use crate::raw::stack::{MIN_STACK_SIZE, Stack};

/// The guard of a big stack: it is there for foreign code, whose frames may be large.
const BIG_GUARD: usize = 1024 * 1024;

/// Runs `f` in place, on a stack of at least `bytes`.
///
/// # Errors
/// Those of `Pool::take`, and `Unsupported` at the end of an OS thread that has no stacks any more.
pub(crate) fn on_big_stack<R>(bytes: usize, f: impl FnOnce() -> R) -> io::Result<R> {
    let mut lent = Lent::take(bytes)?;
    Ok(lent.run(f))
}

/// Runs `f` in place, on a stack of at least `bytes` that holds nothing but zeros; how many bytes of it were used then, if
/// that can be found out.
///
/// # Errors
/// Those of `on_big_stack`.
pub(crate) fn on_cleared_stack<R>(
    bytes: usize,
    f: impl FnOnce() -> R,
) -> io::Result<(R, Option<usize>)> {
    let mut lent = Lent::take(bytes)?;
    lent.stack().clear();
    let result = lent.run(f);
    Ok((result, lent.stack().high_water()))
}

/// What the stacks of this OS thread take, a class of a pool each.
pub(crate) fn usage() -> Vec<ClassUsage> {
    let mut classes = Vec::new();
    with_pools(|pool| classes.extend(pool.usage()));
    classes
}

/// Gives back to the system what the stacks of this OS thread can spare: those that nobody uses, and of those on which
/// somebody is suspended what lies below.
pub(crate) fn trim() {
    with_pools(Pool::trim);
    current::with_loop(|lp| {
        let Some(lp) = lp else { return };
        let registry = lp.registry.borrow();
        registry.iter().filter_map(|rec| rec.fiber.as_ref()).for_each(Fiber::release_unused);
    });
    if let Some(table) = coroutines::here() {
        table.release_unused();
    }
}

/// Takes a stack from `pool`. If there is no memory for it, all pools of this OS thread let go of what nobody uses, and it is
/// tried once more: free stacks of other sizes, or in the other pool, take addresses and guards too.
///
/// # Errors
/// Those of `Pool::take`.
#[inline]
pub(super) fn take_from(pool: &RefCell<Pool>, shape: Shape) -> io::Result<Stack> {
    let taken = pool.borrow_mut().take(shape);
    match taken {
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => retry(pool, shape, error),
        taken => taken,
    }
}

#[cold]
fn retry(pool: &RefCell<Pool>, shape: Shape, error: io::Error) -> io::Result<Stack> {
    let mut has_free = false;
    with_pools(|pool| has_free |= pool.has_free());
    if !has_free {
        return Err(error);
    }
    with_pools(Pool::trim);
    pool.borrow_mut().take(shape)
}

/// Calls `f` with the pools of this OS thread: its loop's and its coroutines'.
fn with_pools(mut f: impl FnMut(&mut Pool)) {
    current::with_loop(|lp| lp.map(|lp| f(&mut lp.pool.borrow_mut())));
    if let Some(table) = coroutines::here() {
        f(&mut table.pool.borrow_mut());
    }
}

/// A stack for one call. It goes back to its owner however the call ends; if the call never ends, neither does the loan.
struct Lent {
    stack: Option<Stack>,
    owner: Owner,
}

/// Whose stack it is.
enum Owner {
    /// The loop of this number. It may end in the middle of the call, if that drops an `EventLoop`; its pool is kept for
    /// ever then, because the stack is out.
    Loop(u64),
    /// This OS thread's table of coroutines. A loop may begin in the middle of the call.
    Table(Rc<Coroutines>),
}

impl Lent {
    fn take(bytes: usize) -> io::Result<Lent> {
        let shape = Shape { size: bytes.max(MIN_STACK_SIZE), guard: BIG_GUARD };
        let from_loop = current::with_loop(|lp| {
            lp.map(|lp| (take_from(&lp.pool, shape), Owner::Loop(lp.number())))
        });
        let (stack, owner) = match from_loop {
            Some(taken) => taken,
            None => {
                let table = coroutines::here().ok_or_else(no_stacks)?;
                let stack = table.take_stack(shape);
                (stack, Owner::Table(table))
            }
        };
        let stack = stack?;
        Ok(Lent { stack: Some(stack), owner })
    }

    fn stack(&mut self) -> &mut Stack {
        self.stack.as_mut().expect("the destructor alone takes it")
    }

    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        call_on(self.stack(), f)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(stack) = self.stack.take() else { return };
        match &self.owner {
            Owner::Table(table) => table.give_stack(stack),
            Owner::Loop(number) => current::with_loop(|lp| {
                if let Some(lp) = lp.filter(|lp| lp.number() == *number) {
                    lp.pool.borrow_mut().give(stack);
                }
            }),
        }
    }
}

impl Loop {
    /// The most bytes of its own stack that a thread has used.
    pub(crate) fn stack_high_water(&self, key: ThreadKey) -> Option<usize> {
        self.find(key)?.fiber.as_ref()?.high_water()
    }
}

fn no_stacks() -> io::Error {
    let message =
        "this OS thread ends and has no stacks any more; call the function on the stack it has";
    io::Error::new(io::ErrorKind::Unsupported, message)
}
