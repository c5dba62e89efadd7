//! The operations of the model.

use super::{Actor, Coroutine, Frame, Model, News, Parked, State, Wait};
use crate::event::{Caught, Event, Refusal, Who};
use crate::script::{Exception, Kind, Mode, Op, Type, Way};

impl Model<'_> {
    pub(super) fn perform(&mut self, who: Who, op: Op) {
        let in_destructor = matches!(self.actor(who).frames.last(), Some(Frame::Destructor(..)));
        if !self.makes_sense(who, op) || (in_destructor && nests(op)) {
            return self.log.push(Event::LeftOut);
        }
        match (op, who) {
            (Op::Make(kind), _) => self.make(kind),
            (Op::Resume(k), _) => self.resume(who, k),
            (Op::Raise(k, exception), _) => self.raise(who, k, exception),
            (Op::Kill(k), _) => self.kill(who, k, Wait::Kill),
            (Op::Drop(k), _) => {
                self.coroutines[k].has_handle = false;
                self.kill(who, k, Wait::Drop);
            }
            (Op::Forget(k), _) => self.coroutines[k].has_handle = false,
            (Op::Transfer(k, way), _) => self.transfer(who, k, way),
            (Op::Main(of, way), _) => self.main(who, of, way),
            (Op::Suspend, Who::Coroutine(me)) => self.suspend(me),
            (Op::Return, Who::Coroutine(me)) => self.return_from(me),
            (Op::Suspend | Op::Return, Who::Base(_)) => {}
            (Op::Panic { numbered }, _) => self.panic(who, numbered),
            (Op::Catch, _) => self.actor(who).frames.push(Frame::Catch),
            (Op::CatchBoom, _) => self.actor(who).frames.push(Frame::CatchBoom),
            (Op::Shield, _) => self.actor(who).frames.push(Frame::Shield),
            (Op::Guard(count), _) => {
                let guard = Frame::Guard(self.taken - 1, count);
                self.actor(who).frames.push(guard);
            }
            (Op::Leave, _) => self.leave_frame(who),
            (Op::Look(k), _) => self.look(k),
            (Op::Yield, _) => self.park(Parked::Waits),
            (Op::Sleep(millis), _) => self.sleep(millis),
        }
    }

    fn makes_sense(&mut self, who: Who, op: Op) -> bool {
        let made = self.coroutines.len();
        match op {
            Op::Kill(k) | Op::Look(k) | Op::Transfer(k, _) => k < made,
            Op::Resume(k) | Op::Raise(k, _) => k < made && self.coroutines[k].has_handle,
            Op::Drop(k) | Op::Forget(k) => {
                let co = self.coroutines.get(k);
                co.is_some_and(|co| co.has_handle && co.in_flight == 0)
            }
            Op::Suspend | Op::Return => matches!(who, Who::Coroutine(_)),
            Op::Leave => !self.actor(who).frames.is_empty(),
            Op::Sleep(_) => self.script.mode != Mode::Outside,
            _ => true,
        }
    }

    fn make(&mut self, kind: Kind) {
        self.log.push(Event::Made(self.coroutines.len()));
        self.coroutines.push(Coroutine {
            actor: Actor::new(Wait::Start),
            kind,
            state: State::New,
            chain: None,
            caller: None,
            answers_itself: true,
            killed: false,
            delivered: false,
            raised: None,
            has_handle: true,
            in_flight: 0,
        });
    }

    fn look(&mut self, k: usize) {
        let state = self.coroutines[k].state;
        self.log.push(Event::Looked(state != State::New, state == State::Done));
    }

    fn panic(&mut self, who: Who, numbered: bool) {
        let caught = if numbered { Caught::Numbered(self.taken - 1) } else { Caught::Planned };
        self.unwind(who, super::Cause::Panic(caught));
    }

    /// Ends the innermost frame without an unwind.
    pub(super) fn leave_frame(&mut self, who: Who) {
        if let Some(Frame::Guard(number, _)) = self.actor(who).frames.pop() {
            self.log.push(Event::DroppedGuard(number));
        }
    }

    pub(super) fn return_from(&mut self, me: usize) {
        while !self.coroutines[me].actor.frames.is_empty() {
            self.leave_frame(Who::Coroutine(me));
        }
        let value = self.value();
        self.log.push(Event::DroppedCapture(me));
        self.finish(me, News::Complete(value));
    }

    fn resume(&mut self, who: Who, k: usize) {
        let value = self.value();
        self.coroutines[k].in_flight += 1;
        self.actor(who).wait = Wait::Answer(k);
        if !self.deliver(who) {
            return;
        }
        if let Err(refusal) = self.admit(k) {
            self.coroutines[k].in_flight -= 1;
            return self.refuse(who, refusal, value);
        }
        self.call(who, k, News::Input(value));
    }

    fn refuse(&mut self, who: Who, refusal: Refusal, value: u64) {
        self.actor(who).wait = Wait::Nothing;
        self.log.push(Event::Refused(refusal, value));
    }

    fn raise(&mut self, who: Who, k: usize, exception: Exception) {
        let value = self.value();
        self.coroutines[k].in_flight += 1;
        self.actor(who).wait = Wait::Answer(k);
        if !self.deliver(who) {
            return;
        }
        let refusal = match self.coroutines[k].state {
            State::New => {
                self.end_unrun(k);
                self.coroutines[k].in_flight -= 1;
                self.actor(who).wait = Wait::Nothing;
                return self.log.push(Event::Raised(value));
            }
            _ if !self.is_at_rest(k) => self.why_not_at_rest(k),
            _ if self.holds_back(k) => Refusal::Shielded,
            _ => {
                self.coroutines[k].raised = Some((exception, value));
                return self.call(who, k, News::Nothing);
            }
        };
        self.coroutines[k].in_flight -= 1;
        self.refuse(who, refusal, value);
    }

    fn end_unrun(&mut self, k: usize) {
        self.coroutines[k].state = State::Done;
        self.log.push(Event::DroppedCapture(k));
    }

    /// A kill, or the end of a handle.
    fn kill(&mut self, who: Who, k: usize, wait: Wait) {
        if self.coroutines[k].state == State::New {
            self.end_unrun(k);
        } else if self.coroutines[k].state != State::Done {
            self.coroutines[k].killed = true;
            if self.is_at_rest(k) && !self.holds_back(k) {
                self.actor(who).wait = wait;
                return self.call(who, k, News::Nothing);
            }
        }
        self.log.push(Event::Done);
    }

    fn transfer(&mut self, who: Who, k: usize, way: Way) {
        let value = self.value();
        let Who::Coroutine(me) = who else {
            return self.refuse(who, Refusal::Outside, value);
        };
        if way == Way::Wrong {
            return self.refuse(who, Refusal::Mismatch, value);
        }
        self.actor(who).wait = Wait::Input;
        if !self.deliver(who) {
            return;
        }
        match self.admit(k) {
            Err(refusal) => self.refuse(who, refusal, value),
            Ok(()) => self.replace_top(me, k, value),
        }
    }

    fn main(&mut self, who: Who, of: Type, way: Way) {
        let value = self.value();
        let Who::Coroutine(me) = who else {
            return self.refuse(who, Refusal::Outside, value);
        };
        if way == Way::Wrong {
            return self.refuse(who, Refusal::Mismatch, value);
        }
        self.actor(who).wait = Wait::Input;
        if !self.deliver(who) {
            return;
        }
        let awaited = self.bases[self.current].actor.awaits.expect("the base has called");
        if self.output(awaited) != of {
            return self.refuse(who, Refusal::Mismatch, value);
        }
        self.go_to_main(me, value);
    }

    fn suspend(&mut self, me: usize) {
        let value = self.value();
        self.actor(Who::Coroutine(me)).wait = Wait::Input;
        if self.deliver(Who::Coroutine(me)) {
            self.give_out(me, value);
        }
    }
}

/// What is not done in a destructor: it would not end there.
fn nests(op: Op) -> bool {
    matches!(
        op,
        Op::Catch
            | Op::CatchBoom
            | Op::Shield
            | Op::Guard(_)
            | Op::Leave
            | Op::Return
            | Op::Panic { .. }
    )
}
