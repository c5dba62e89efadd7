//! The players: they do what the scripts say, and check what they can see.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use coro::__private::{Planned, kill_at_suspension};
use coro::net::TcpStream;
use coro::sync::{LockResult, MutexGuard};
use coro::thread::{self, JoinHandle};
use coro_tests::canary::Canary;
use coro_tests::sockets;

use crate::script::{Extent, Op, Script};
use crate::slow::Slow;
use crate::world::{Stop, World, result_of};

/// Spawns a thread that plays a script.
pub(crate) fn spawn(world: &Rc<World>, script: &Rc<Script>) -> Child {
    let number = world.register();
    let captured = world.drops.canary();
    let handle = thread::spawn({
        let (world, script) = (world.clone(), script.clone());
        move || {
            captured.check();
            Player::new(&world, number, None).perform(&script)
        }
    });
    world.set_thread(number, handle.thread());
    Child { number, handle }
}

/// A thread that somebody may join.
pub(crate) struct Child {
    pub(crate) number: usize,
    pub(crate) handle: JoinHandle<u64>,
}

/// What the threads of a scope borrow.
struct Borrowed<'w> {
    canary: Canary,
    users: Cell<u32>,
    world: &'w World,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let users = self.users.get();
        self.world.check(users == 0, || format!("{users} threads outlive what they borrow"));
    }
}

/// Counts a thread among the users of what it borrows.
struct Using<'a>(&'a Borrowed<'a>);

impl<'a> Using<'a> {
    fn new(borrowed: &'a Borrowed<'a>) -> Using<'a> {
        borrowed.users.set(borrowed.users.get() + 1);
        Using(borrowed)
    }
}

impl Drop for Using<'_> {
    fn drop(&mut self) {
        self.0.canary.check();
        self.0.users.set(self.0.users.get() - 1);
    }
}

/// A thread at work.
struct Player<'a> {
    world: &'a Rc<World>,
    number: usize,
    borrowed: Option<&'a Borrowed<'a>>,
    children: Vec<Child>,
}

impl<'a> Player<'a> {
    fn new(world: &'a Rc<World>, number: usize, borrowed: Option<&'a Borrowed<'a>>) -> Player<'a> {
        Player { world, number, borrowed, children: Vec::new() }
    }

    fn perform(mut self, script: &Script) -> u64 {
        let _using = self.borrowed.map(Using::new);
        if let Some((k, when_parked)) = script.trap {
            kill_at_suspension(k, when_parked);
        }
        self.play_all(&script.ops);
        while script.joins && !self.children.is_empty() {
            self.join();
        }
        if script.panics {
            panic_any(Planned);
        }
        self.world.set_returned(self.number);
        result_of(self.number)
    }

    fn play_all(&mut self, ops: &[Op]) {
        for op in ops {
            let canary = self.world.drops.canary();
            if self.world.trace {
                eprintln!("{:3}: {op:?}", self.number);
            }
            self.play(op);
            canary.check();
            if let Some(borrowed) = self.borrowed {
                borrowed.canary.check();
            }
        }
    }

    fn play(&mut self, op: &Op) {
        let world = self.world;
        match op {
            Op::Yield => thread::yield_now(),
            Op::Sleep(millis) => self.sleep(*millis),
            Op::Lock(mutex, ops) => self.lock(*mutex, ops),
            Op::CondvarWait(condvar, limit) => self.wait_on_condvar(*condvar, *limit),
            Op::Notify(condvar, extent) => self.notify(*condvar, *extent),
            Op::CondWait(cond, limit) => self.wait_on_cond(*cond, *limit),
            Op::Wake(cond, extent) => self.wake(*cond, *extent),
            Op::Park(None) => thread::park(),
            Op::Park(Some(limit)) => thread::park_timeout(millis(*limit)),
            Op::Unpark(any) => drop(world.pick(*any).map(|thread| thread.unpark())),
            Op::Spawn(script) => self.children.push(spawn(world, script)),
            Op::Join => self.join(),
            Op::Scope(scripts) => self.scope(scripts),
            Op::Read(direction, length) => self.expect(world.directions[*direction].read(*length)),
            Op::Write(direction, length) => {
                self.expect(world.directions[*direction].write(*length));
            }
            Op::Accept => self.accept(),
            Op::Connect => self.connect(),
            Op::Swallow(ops) => self.swallow(ops),
            Op::Catch(ops) => self.catch(ops),
            Op::Shield(ops) => coro::shield(|| self.play_all(ops)),
            Op::Timeout(limit, ops) => self.timeout(*limit, ops),
            Op::Strike(any) => world.strike(*any),
            Op::Slow(delay, ops) => {
                let _slow = Slow::new(world, *delay);
                self.play_all(ops);
            }
        }
    }

    fn expect(&self, result: Result<(), String>) {
        if let Err(failure) = result {
            self.world.fail(failure);
        }
    }

    fn sleep(&self, limit: u64) {
        let deadline = coro::time::now() + millis(limit);
        thread::sleep(millis(limit));
        let early = coro::time::now() < deadline;
        self.world.check(!early, || "a sleep ended early".into());
    }

    fn lock(&mut self, mutex: usize, ops: &[Op]) {
        let mut value = self.enter(self.world.mutexes[mutex].lock(), mutex);
        *value += 1;
        self.play_all(ops);
        *value += 1;
    }

    /// Checks and mends what a mutex protects.
    fn enter<'g>(
        &self,
        result: LockResult<MutexGuard<'g, u64>>,
        mutex: usize,
    ) -> MutexGuard<'g, u64> {
        match result {
            Ok(value) => {
                let even = *value % 2 == 0;
                self.world.check(even, || "a lock was left half done, and is not poisoned".into());
                value
            }
            Err(poisoned) => {
                let mut value = poisoned.into_inner();
                let odd = *value % 2 == 1;
                self.world.check(odd, || "a lock is poisoned that was not left half done".into());
                *value += 1;
                self.world.mutexes[mutex].clear_poison();
                value
            }
        }
    }

    fn wait_on_condvar(&self, condvar: usize, limit: Option<u64>) {
        let (mutex, condvar) = (condvar, &self.world.condvars[condvar]);
        let guard = self.enter(self.world.mutexes[mutex].lock(), mutex);
        match limit {
            None => drop(self.enter(condvar.wait(guard), mutex)),
            Some(limit) => {
                let (result, _timed_out) = match condvar.wait_timeout(guard, millis(limit)) {
                    Ok((guard, timed_out)) => (Ok(guard), timed_out),
                    Err(poisoned) => {
                        let (guard, timed_out) = poisoned.into_inner();
                        (Err(coro::sync::PoisonError::new(guard)), timed_out)
                    }
                };
                drop(self.enter(result, mutex));
            }
        }
    }

    fn notify(&self, condvar: usize, extent: Extent) {
        let condvar = &self.world.condvars[condvar];
        match extent {
            Extent::One => condvar.notify_one(),
            Extent::Two => {
                condvar.notify_one();
                condvar.notify_one();
            }
            Extent::All => condvar.notify_all(),
        }
    }

    fn wait_on_cond(&self, cond: usize, limit: Option<u64>) {
        let cond = &self.world.conds[cond];
        let token = match limit {
            None => Some(cond.wait()),
            Some(limit) => cond.wait_timeout(millis(limit)).ok(),
        };
        if let Some(token) = token {
            token.check();
            self.world.received.set(self.world.received.get() + 1);
        }
    }

    fn wake(&self, cond: usize, extent: Extent) {
        let cond = &self.world.conds[cond];
        let token = self.world.token();
        let count = match extent {
            Extent::One => usize::from(cond.wake_one(token).is_ok()),
            Extent::Two => cond.wake_n(2, token),
            Extent::All => cond.wake_all(token),
        };
        self.world.handed.set(self.world.handed.get() + count);
    }

    fn join(&mut self) {
        if let Some(Child { number, handle }) = self.children.pop() {
            let result = handle.join();
            self.world.settle(number, result);
        }
    }

    fn scope(&self, scripts: &[Script]) {
        let world = self.world;
        let borrowed = Borrowed { canary: world.drops.canary(), users: Cell::new(0), world };
        thread::scope(|scope| {
            for script in scripts {
                let number = world.register();
                let borrowed = &borrowed;
                let handle =
                    scope.spawn(move || Player::new(world, number, Some(borrowed)).perform(script));
                world.set_thread(number, handle.thread());
                if script.joins {
                    world.settle(number, handle.join());
                }
            }
        });
        borrowed.canary.check();
    }

    fn accept(&self) {
        match self.world.listener.accept() {
            Ok((connection, _)) => self.forget_quickly(&connection),
            Err(error) => self.world.fail(format!("accept: {error}")),
        }
    }

    fn connect(&self) {
        match TcpStream::connect(self.world.address) {
            Ok(connection) => self.forget_quickly(&connection),
            Err(error) => self.world.fail(format!("connect: {error}")),
        }
    }

    /// Keeps the many short connections from filling the kernel's tables.
    fn forget_quickly(&self, connection: &TcpStream) {
        if let Err(error) = sockets::reset_on_close(connection) {
            self.world.fail(format!("setsockopt: {error}"));
        }
    }

    fn swallow(&mut self, ops: &[Op]) {
        let world = self.world;
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.play_all(ops))) {
            world.arrived.fetch_add(1, Ordering::Relaxed);
            let is_panic = payload.is::<String>() || payload.is::<&str>();
            world.check(!is_panic, || "a panic was swallowed".into());
        }
    }

    fn catch(&mut self, ops: &[Op]) {
        let world = self.world;
        if let Err(Stop(canary)) = coro::catch::<Stop, _>(|| self.play_all(ops)) {
            canary.check();
            world.arrived.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn timeout(&mut self, limit: u64, ops: &[Op]) {
        let world = self.world;
        let deadline = coro::time::now() + millis(limit);
        if coro::timeout(millis(limit), || self.play_all(ops)).is_err() {
            world.sent.fetch_add(1, Ordering::Relaxed);
            world.arrived.fetch_add(1, Ordering::Relaxed);
            let early = coro::time::now() < deadline;
            world.check(!early, || "a timeout came early".into());
        }
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
