//! The real thing: each coroutine takes operations from the script, does them, and writes down what it sees.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use coro::__private::Planned;
use coro::coroutine::{self, Coroutine, Target};
use coro::{ResumeError, Yielder, thread, time};

use crate::event::{Caught, Event, Refusal, Who};
use crate::script::{Exception, KINDS, Kind, Mode, Op, Type, Way};
use crate::value::{Boom, Nobodys, Num, Numbered, Txt, event_of};
use crate::world::{Handle, Name, World, name_of};

/// The payload of a panic that can be told from others.
struct Telling(usize);

/// Who plays, and by what means.
#[derive(Clone, Copy)]
struct Place<'a> {
    who: Who,
    inside: Option<&'a dyn Inside>,
}

/// How a stretch of operations ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Leave,
    Return,
}

/// What a coroutine can do by its yielder.
trait Inside {
    fn suspend(&self, world: &World, number: u64) -> Event;

    fn transfer(&self, world: &World, to: Name, way: Way, number: u64) -> Event;

    fn main(&self, world: &World, of: Type, way: Way, number: u64) -> Event;
}

impl<I: Numbered, O: Numbered> Inside for Yielder<I, O> {
    fn suspend(&self, world: &World, number: u64) -> Event {
        Event::Got(self.suspend(world.numbered(number)).take())
    }

    fn transfer(&self, world: &World, to: Name, way: Way, number: u64) -> Event {
        match to {
            Name::Num(target) => transfer(self, target, way, world.numbered(number)),
            Name::Txt(target) => transfer(self, target, way, world.numbered(number)),
        }
    }

    fn main(&self, world: &World, of: Type, way: Way, number: u64) -> Event {
        match of {
            Type::Num => go_to_main::<Num, I, O>(self, way, world.numbered(number)),
            Type::Txt => go_to_main::<Txt, I, O>(self, way, world.numbered(number)),
        }
    }
}

fn transfer<I: Numbered, O: Numbered, T: Numbered>(
    cx: &Yielder<I, O>,
    target: Target<T>,
    way: Way,
    value: T,
) -> Event {
    match way {
        Way::Yielder => brought(cx.transfer(target, value)),
        Way::Named => brought(target.transfer::<I>(value)),
        Way::Wrong => brought(target.transfer::<Nobodys>(value)),
    }
}

fn go_to_main<T: Numbered, I: Numbered, O: Numbered>(
    cx: &Yielder<I, O>,
    way: Way,
    value: T,
) -> Event {
    match way {
        Way::Yielder => brought(cx.main(value)),
        Way::Named => brought(coroutine::main::<T, I>(value)),
        Way::Wrong => brought(coroutine::main::<T, Nobodys>(value)),
    }
}

fn brought<I: Numbered, T: Numbered>(outcome: Result<I, ResumeError<T>>) -> Event {
    match outcome {
        Ok(input) => Event::Got(input.take()),
        Err(error) => event_of(error),
    }
}

/// Plays on a thread's own stack until the script is at its end.
pub(crate) fn play_base(world: &Rc<World>, thread: usize) {
    let place = Place { who: Who::Base(thread), inside: None };
    while let Err(payload) = catch(|| play(world, place, 0)) {
        world.log(Event::Caught(classify(&*payload)));
    }
    world.log(Event::BaseEnds(thread));
}

/// Ends what is left, in the same way as the model.
pub(crate) fn clean_up(world: &Rc<World>) {
    if world.script.abandon {
        return (0..world.len()).for_each(|k| std::mem::forget(world.take_handle(k)));
    }
    for _ in 0..2 {
        for k in 0..world.len() {
            end_coroutine(world, k);
        }
    }
    for k in 0..world.len() {
        drive(world, Op::Drop(k));
    }
}

fn end_coroutine(world: &Rc<World>, k: usize) {
    let name = world.name(k).any();
    if !name.is_done() {
        drive(world, Op::Kill(k));
    }
    if name.is_done() {
        return;
    }
    if world.handle(k).is_some() {
        return drive(world, Op::Resume(k));
    }
    let helper = world.len();
    make(world, KINDS[0], Some(Op::Transfer(k, Way::Yielder)));
    drive(world, Op::Resume(helper));
}

/// Does one operation on the thread's own stack.
fn drive(world: &Rc<World>, op: Op) {
    let place = Place { who: Who::Base(world.script.mode.bases()), inside: None };
    if !makes_sense(world, place, 0, op) {
        return world.log(Event::LeftOut);
    }
    if let Err(payload) = catch(|| perform(world, place, op)) {
        world.log(Event::Caught(classify(&*payload)));
    }
}

fn catch<R>(f: impl FnOnce() -> R) -> std::thread::Result<R> {
    coro::panic::catch_unwind(AssertUnwindSafe(f))
}

fn classify(payload: &(dyn Any + Send)) -> Caught {
    if let Some(Telling(index)) = payload.downcast_ref() {
        Caught::Numbered(*index)
    } else if payload.is::<Planned>() {
        Caught::Planned
    } else if payload.is::<String>() || payload.is::<&str>() {
        Caught::Message
    } else {
        Caught::Interrupt
    }
}

fn play(world: &Rc<World>, place: Place<'_>, depth: usize) -> Flow {
    loop {
        let Some(op) = world.take(place.who) else { return Flow::Leave };
        if !makes_sense(world, place, depth, op) {
            world.log(Event::LeftOut);
            continue;
        }
        let flow = match op {
            Op::Leave => return Flow::Leave,
            Op::Return => return Flow::Return,
            Op::Panic { numbered } => panic_with(numbered, world.index()),
            _ if nests(op) => play_nested(world, place, depth + 1, op),
            _ => {
                perform(world, place, op);
                Flow::Leave
            }
        };
        if flow == Flow::Return {
            return Flow::Return;
        }
    }
}

fn panic_with(numbered: bool, index: usize) -> ! {
    if numbered {
        coro::panic::resume_unwind(Box::new(Telling(index)));
    }
    std::panic::panic_any(Planned);
}

/// What has operations inside, up to `Leave`.
fn nests(op: Op) -> bool {
    matches!(op, Op::Catch | Op::CatchBoom | Op::Shield | Op::Guard(_))
}

fn play_nested(world: &Rc<World>, place: Place<'_>, depth: usize, op: Op) -> Flow {
    match op {
        Op::Catch => catch(|| play(world, place, depth)).unwrap_or_else(|payload| {
            world.log(Event::Caught(classify(&*payload)));
            Flow::Leave
        }),
        Op::CatchBoom => {
            coro::catch::<Boom, _>(|| play(world, place, depth)).unwrap_or_else(|boom| {
                world.log(Event::CaughtBoom(boom.take()));
                Flow::Leave
            })
        }
        Op::Shield => coro::shield(|| play(world, place, depth)),
        Op::Guard(count) => {
            let mut guard = Guard { world, place, number: world.index(), count };
            let flow = play(world, place, depth);
            guard.count = 0;
            guard.world.log(Event::DroppedGuard(guard.number));
            std::mem::forget(guard);
            flow
        }
        _ => Flow::Leave,
    }
}

/// A value whose destructor, in an unwind, does operations.
struct Guard<'a> {
    world: &'a Rc<World>,
    place: Place<'a>,
    number: usize,
    count: usize,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let Guard { world, place, number, count } = *self;
        world.log(Event::DroppedGuard(number));
        for _ in 0..count {
            let Some(op) = world.take(place.who) else { break };
            let ends = matches!(op, Op::Leave | Op::Return | Op::Panic { .. });
            if ends || nests(op) || !makes_sense(world, place, 1, op) {
                world.log(Event::LeftOut);
            } else if let Err(payload) = catch(|| perform(world, place, op)) {
                world.log(Event::Caught(classify(&*payload)));
            }
        }
        world.log(Event::UnwindsOn);
    }
}

fn makes_sense(world: &World, place: Place<'_>, depth: usize, op: Op) -> bool {
    match op {
        Op::Kill(k) | Op::Look(k) | Op::Transfer(k, _) => k < world.len(),
        Op::Resume(k) | Op::Raise(k, _) => world.handle(k).is_some(),
        Op::Drop(k) | Op::Forget(k) => world.has_free_handle(k),
        Op::Suspend | Op::Return => place.inside.is_some(),
        Op::Leave => depth > 0,
        Op::Sleep(_) => world.script.mode != Mode::Outside,
        _ => true,
    }
}

/// Does one operation and writes down what it brought.
fn perform(world: &Rc<World>, place: Place<'_>, op: Op) {
    let event = match op {
        Op::Make(kind) => return make(world, kind, None),
        Op::Resume(k) => {
            let number = world.value();
            world.handle(k).map_or(Event::LeftOut, |handle| handle.resume(world, number))
        }
        Op::Raise(k, exception) => raise(world, k, exception),
        Op::Kill(k) => match world.name(k).any().kill() {
            Ok(()) => Event::Done,
            Err(_) => Event::Refused(Refusal::Other, 0),
        },
        Op::Drop(k) => {
            drop(world.take_handle(k));
            Event::Done
        }
        Op::Forget(k) => return std::mem::forget(world.take_handle(k)),
        Op::Look(k) => {
            let name = world.name(k).any();
            Event::Looked(name.is_started(), name.is_done())
        }
        Op::Yield => {
            thread::yield_now();
            Event::Woke
        }
        Op::Sleep(millis) => {
            time::sleep(Duration::from_millis(millis));
            Event::Woke
        }
        _ => perform_inside(world, place, op),
    };
    world.log(event);
}

fn raise(world: &World, k: usize, exception: Exception) -> Event {
    let number = world.value();
    world.handle(k).map_or(Event::LeftOut, |handle| handle.raise(world, exception, number))
}

/// What is refused on a thread's own stack.
fn perform_inside(world: &World, place: Place<'_>, op: Op) -> Event {
    let number = world.value();
    match (op, place.inside) {
        (Op::Suspend, Some(inside)) => inside.suspend(world, number),
        (Op::Transfer(k, way), Some(inside)) => inside.transfer(world, world.name(k), way, number),
        (Op::Main(of, way), Some(inside)) => inside.main(world, of, way, number),
        (Op::Transfer(k, _), None) => match world.name(k) {
            Name::Num(target) => brought(target.transfer::<Num>(world.numbered(number))),
            Name::Txt(target) => brought(target.transfer::<Num>(world.numbered(number))),
        },
        (Op::Main(..), None) => brought(coroutine::main::<Num, Num>(world.numbered(number))),
        _ => Event::LeftOut,
    }
}

fn make(world: &Rc<World>, kind: Kind, first: Option<Op>) {
    world.log(Event::Made(world.len()));
    match (kind.input, kind.output, kind.result) {
        (Type::Num, Type::Num, _) => add::<Num, Num, Num>(world, kind, first),
        (Type::Txt, Type::Num, _) => add::<Txt, Num, Num>(world, kind, first),
        (Type::Num, Type::Txt, _) => add::<Num, Txt, Num>(world, kind, first),
        (Type::Txt, Type::Txt, _) => add::<Txt, Txt, Txt>(world, kind, first),
    }
}

fn add<I: Numbered, O: Numbered, R: Numbered>(world: &Rc<World>, kind: Kind, first: Option<Op>) {
    let capture = Capture { world: world.clone(), me: world.len() };
    let coroutine = Coroutine::new(move |cx: &Yielder<I, O>, input: I| -> R {
        let Capture { world, me } = &capture;
        world.log(Event::Got(input.take()));
        let place = Place { who: Who::Coroutine(*me), inside: Some(cx) };
        if let Some(op) = first {
            perform(world, place, op);
        }
        play(world, place, 0);
        let result = world.numbered(world.value());
        drop(capture);
        result
    });
    let name = name_of(kind, coroutine.any());
    let handle: Rc<dyn Handle> = Rc::new(coroutine);
    world.add(handle, name);
}

/// What the function of a coroutine owns.
struct Capture {
    world: Rc<World>,
    me: usize,
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.world.log(Event::DroppedCapture(self.me));
    }
}
