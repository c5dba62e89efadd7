//! What an annotated function does when it runs: methods, the life of what it takes, and threads of trait objects.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use coro::{CoroutineState, Yielder, thread};

/// What was dropped or done, in order.
type Log = Rc<RefCell<Vec<&'static str>>>;

/// Writes its name down when it is dropped.
struct Noisy(&'static str, Log);

impl Noisy {
    fn name(&self) -> &'static str {
        self.0
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

/// Writes the same methods for a plain type and for one whose methods are threads.
macro_rules! twins {
    ($($name:ident($($inputs:tt)*) -> $result:ty $body:block)*) => {
        struct Plain { first: Noisy, second: Noisy }

        #[expect(clippy::boxed_local, reason = "the twin's thread keeps the box")]
        impl Plain {
            $(fn $name($($inputs)*) -> $result $body)*
        }

        struct Annotated { first: Noisy, second: Noisy }

        impl Annotated {
            $(#[coro::thread] fn $name($($inputs)*) -> $result $body)*
        }
    };
}

twins! {
    nothing(self, _a: Noisy, _: Noisy, _c: Noisy) -> usize { 0 }
    one_field(self, a: Noisy) -> usize {
        a.1.borrow_mut().push("body");
        self.first.name().len()
    }
    a_part_moved(self, a: Noisy) -> usize {
        drop(self.second);
        a.name().len()
    }
    patterns(mut self, (a, _): (Noisy, Noisy), Self { second: b, .. }: Self) -> usize {
        let _local = std::mem::replace(&mut self.first, a);
        b.name().len()
    }
    a_temporary_at_the_end(self, a: Noisy, _b: Noisy) -> usize {
        Noisy("temporary", Rc::clone(&a.1)).name().len()
    }
    a_question_mark(self, a: Noisy, is_error: bool) -> Result<usize, usize> {
        let _local = Noisy("local", Rc::clone(&a.1));
        let value: usize = if is_error { Err(4_usize) } else { Ok(5) }?;
        Ok(value + 1)
    }
    a_result(self, a: Noisy, b: Noisy) -> Noisy {
        drop(a);
        b
    }
    boxed(self: Box<Self>, _a: Noisy) -> usize { self.first.name().len() }
    shared(self: Rc<Self>, mut a: Noisy) -> usize {
        a.0 = "renamed";
        0
    }
    without_self(a: Noisy, _b: Self, count: usize, _c: Noisy) -> usize { count + a.name().len() }
}

/// Runs something with a maker of values that write to a log; what they wrote.
fn drops(run: impl FnOnce(&dyn Fn(&'static str) -> Noisy)) -> Vec<&'static str> {
    let log = Log::default();
    run(&|name| Noisy(name, Rc::clone(&log)));
    log.take()
}

/// Runs a plain method, then its twin in place and as a thread: all have to drop the same in the same order.
macro_rules! assert_same_drops {
    (|$noisy:ident, $owner:ident| $name:ident($($arg:expr),*)) => {
        let plain = drops(|$noisy| {
            let $owner = || Plain { first: $noisy("first"), second: $noisy("second") };
            let _ = Plain::$name($($arg),*);
        });
        let called = drops(|$noisy| {
            let $owner = || Annotated { first: $noisy("first"), second: $noisy("second") };
            let _ = Annotated::$name($($arg),*).call();
        });
        let spawned = drops(|$noisy| {
            let $owner = || Annotated { first: $noisy("first"), second: $noisy("second") };
            let _ = Annotated::$name($($arg),*).spawn().join().unwrap();
        });
        assert_ne!(plain, [""; 0]);
        assert_eq!((&called, &spawned), (&plain, &plain));
    };
}

#[coro::test]
fn what_a_method_takes_is_dropped_as_by_a_plain_one() {
    assert_same_drops!(|noisy, owner| nothing(owner(), noisy("a"), noisy("b"), noisy("c")));
    assert_same_drops!(|noisy, owner| one_field(owner(), noisy("a")));
    assert_same_drops!(|noisy, owner| a_part_moved(owner(), noisy("a")));
    assert_same_drops!(|noisy, owner| patterns(owner(), (noisy("a"), noisy("b")), owner()));
    assert_same_drops!(|noisy, owner| a_temporary_at_the_end(owner(), noisy("a"), noisy("b")));
    assert_same_drops!(|noisy, owner| a_question_mark(owner(), noisy("a"), true));
    assert_same_drops!(|noisy, owner| a_question_mark(owner(), noisy("a"), false));
    assert_same_drops!(|noisy, owner| a_result(owner(), noisy("a"), noisy("b")));
    assert_same_drops!(|noisy, owner| boxed(Box::new(owner()), noisy("a")));
    assert_same_drops!(|noisy, owner| shared(Rc::new(owner()), noisy("a")));
    assert_same_drops!(|noisy, owner| without_self(noisy("a"), owner(), 1, noisy("b")));
}

impl Annotated {
    #[coro::thread]
    fn resumed(
        self,
        cx: &Yielder<Noisy, usize>,
        _a: Noisy,
        #[resume] mut first: Noisy,
        b: Noisy,
    ) -> usize {
        let second = cx.suspend(first.name().len());
        b.1.borrow_mut().push("body");
        drop(std::mem::replace(&mut first, second));
        b.name().len()
    }
}

impl Plain {
    fn resumed(self, second: Noisy, _a: Noisy, mut first: Noisy, b: Noisy) -> usize {
        b.1.borrow_mut().push("body");
        drop(std::mem::replace(&mut first, second));
        b.name().len()
    }
}

#[coro::test]
fn what_a_resume_brings_is_dropped_as_the_parameter_it_fills() {
    let plain = drops(|noisy| {
        let owner = Plain { first: noisy("first"), second: noisy("second") };
        owner.resumed(noisy("brought 2"), noisy("a"), noisy("brought 1"), noisy("b"));
    });
    let resumed = drops(|noisy| {
        let owner = Annotated { first: noisy("first"), second: noisy("second") };
        let mut thread = owner.resumed(noisy("a"), noisy("b")).spawn();
        assert_eq!(thread.resume(noisy("brought 1")).unwrap(), CoroutineState::Yielded(9));
        assert_eq!(thread.resume(noisy("brought 2")).unwrap(), CoroutineState::Complete(1));
    });
    assert_eq!(resumed, plain);
}

#[coro::test]
fn a_routine_keeps_what_it_takes_until_it_has_run() {
    let said = drops(|noisy| {
        let owner = Annotated { first: noisy("first"), second: noisy("second") };
        let log = Rc::clone(&owner.first.1);
        let routine = owner.one_field(noisy("a"));
        log.borrow_mut().push("bound");
        let thread = routine.spawn();
        log.borrow_mut().push("spawned");
        assert_eq!(thread.join().unwrap(), 5);
        log.borrow_mut().push("joined");
    });
    assert_eq!(said, ["bound", "spawned", "body", "a", "first", "second", "joined"]);
}

#[coro::test]
fn a_routine_that_never_runs_drops_what_it_took() {
    let mut dropped = drops(|noisy| {
        let owner = Annotated { first: noisy("first"), second: noisy("second") };
        drop(owner.one_field(noisy("a")));
    });
    dropped.sort_unstable();
    assert_eq!(dropped, ["a", "first", "second"]);
}

impl Annotated {
    #[coro::thread]
    fn park(self, _a: Noisy) -> ! {
        let _local = Noisy("local", Rc::clone(&self.first.1));
        loop {
            thread::park();
        }
    }
}

#[coro::test]
fn a_killed_method_drops_what_it_took() {
    let dropped = drops(|noisy| {
        let owner = Annotated { first: noisy("first"), second: noisy("second") };
        let thread = owner.park(noisy("a")).spawn();
        thread::yield_now();
        thread.kill();
        assert!(thread.join().unwrap_err().is_killed());
    });
    assert_eq!(dropped, ["local", "a", "first", "second"]);
}

/// Counts, and has what others may borrow.
struct Counter {
    count: Cell<u32>,
    steps: Vec<u32>,
}

impl Counter {
    fn new(steps: &[u32]) -> Self {
        Self { count: Cell::new(0), steps: steps.to_vec() }
    }

    #[coro::thread]
    fn add(self: Rc<Self>, number: u32) -> u32 {
        let before = self.count.get();
        thread::yield_now();
        self.count.set(self.count.get() + number);
        before
    }

    #[coro::thread]
    fn sum(&self) -> u32 {
        self.steps.iter().inspect(|_| thread::yield_now()).sum()
    }

    #[coro::thread]
    fn push(&mut self, step: u32) -> &mut Vec<u32> {
        thread::yield_now();
        self.steps.push(step);
        &mut self.steps
    }

    #[coro::thread]
    fn steps(&self, cx: &Yielder<(), u32>, from: usize) {
        self.steps[from..].iter().for_each(|step| cx.suspend(*step));
    }

    #[coro::thread]
    fn scale(self, cx: &Yielder<u32, u32>, #[resume] mut factor: u32) -> Self {
        for step in &self.steps {
            factor = cx.suspend(step * factor);
        }
        self
    }

    #[coro::thread]
    fn depth(self: Rc<Self>, depth: u32) -> u32 {
        match depth {
            0 => self.count.get(),
            _ => Rc::clone(&self).depth(depth - 1).spawn().join().unwrap() + 1,
        }
    }

    #[coro::thread(name = "named")]
    fn name(&self) -> Option<String> {
        thread::current().name().map(str::to_owned)
    }
}

#[coro::test]
fn threads_of_one_shared_self_run_by_turns() {
    let counter = Rc::new(Counter::new(&[]));
    let threads: Vec<_> = (1..=3).map(|number| Rc::clone(&counter).add(number).spawn()).collect();
    let before: Vec<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!((before, counter.count.get()), (vec![0, 0, 0], 6));
    assert_eq!(Rc::strong_count(&counter), 1);
    assert_eq!(Rc::clone(&counter).depth(5).spawn().join().unwrap(), 11);
}

#[coro::test]
fn threads_of_a_scope_borrow_self() {
    let mut counter = Counter::new(&[1, 2]);
    let sums = thread::scope(|scope| {
        let (one, two) = (scope.spawn_routine(counter.sum()), scope.spawn_routine(counter.sum()));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_eq!(sums, (3, 3));
    let steps = thread::scope(|scope| scope.spawn_routine(counter.push(3)).join().unwrap());
    steps.push(4);
    assert_eq!(counter.steps, [1, 2, 3, 4]);
}

#[coro::test]
fn a_method_with_a_yielder_is_an_iterator() {
    let counter = Counter::new(&[1, 2, 3]);
    let steps: Vec<u32> = thread::scope(|scope| scope.spawn_resumable(counter.steps(1)).collect());
    assert_eq!(steps, [2, 3]);
}

#[coro::test]
fn a_method_with_a_yielder_gives_self_back_at_its_end() {
    let mut thread = Counter::new(&[1, 2]).scale().spawn();
    assert!(matches!(thread.resume(3), Ok(CoroutineState::Yielded(3))));
    assert!(matches!(thread.resume(4), Ok(CoroutineState::Yielded(8))));
    let Ok(CoroutineState::Complete(counter)) = thread.resume(5) else { panic!("it has ended") };
    assert_eq!(counter.steps, [1, 2]);
}

#[coro::test]
fn a_methods_thread_has_its_name() {
    let counter = Counter::new(&[]);
    assert_eq!(
        thread::scope(|s| s.spawn_routine(counter.name()).join().unwrap()).unwrap(),
        "named"
    );
    let adding = Rc::new(counter).add(1).spawn();
    assert_eq!(adding.thread().name(), Some("add"));
    adding.join().unwrap();
}

/// What handles a value in a thread of its own.
trait Handle<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> String;

    #[coro::thread]
    fn handle_all(self: Rc<Self>, values: Vec<T>) -> Vec<String> {
        values.into_iter().map(|value| self.handle(value).call()).collect()
    }
}

impl Handle<u32> for Counter {
    #[coro::thread]
    fn handle(&self, value: u32) -> String {
        self.count.set(self.count.get() + value);
        thread::yield_now();
        format!("counted to {}", self.count.get())
    }
}

impl<T: ToString> Handle<T> for &str {
    #[coro::thread]
    fn handle(&self, value: T) -> String {
        thread::yield_now();
        format!("{self} {}", value.to_string())
    }
}

#[coro::test]
fn threads_of_trait_objects_run_by_turns() {
    let handlers: [Rc<dyn Handle<u32>>; 2] = [Rc::new(Counter::new(&[])), Rc::new("value")];
    let handled: Vec<String> = thread::scope(|scope| {
        let threads = [1, 2].map(|value| {
            handlers.each_ref().map(|handler| scope.spawn_routine(handler.handle(value)))
        });
        threads.into_iter().flatten().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(handled, ["counted to 3", "value 1", "counted to 3", "value 2"]);
    let [counter, _] = handlers;
    assert_eq!(counter.handle_all(vec![4]).spawn().join().unwrap(), ["counted to 7"]);
}
