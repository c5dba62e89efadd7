//! Unwinds: what catches them, and what destructors do meanwhile.

use super::{Cause, Frame, Model, News, Wait};
use crate::event::{Caught, Event, Who};
use crate::script::Exception;

impl Model<'_> {
    /// Unwinds `who` from the operation in whose middle it is.
    pub(super) fn unwind(&mut self, who: Who, cause: Cause) {
        match std::mem::replace(&mut self.actor(who).wait, Wait::Nothing) {
            Wait::Answer(k) => self.coroutines[k].in_flight -= 1,
            Wait::Drop => return self.swallow(who, cause),
            _ => {}
        }
        while let Some(frame) = self.actor(who).frames.pop() {
            match (frame, cause) {
                (Frame::Catch, _) => return self.log.push(Event::Caught(as_caught(cause))),
                (Frame::CatchBoom, Cause::OwnRaise(Exception::Boom, value)) => {
                    return self.log.push(Event::CaughtBoom(value));
                }
                (Frame::CatchBoom | Frame::Shield, _) => {}
                (Frame::Guard(number, count), _) => {
                    self.log.push(Event::DroppedGuard(number));
                    return self.actor(who).frames.push(Frame::Destructor(cause, count));
                }
                (Frame::Destructor(..), _) => {
                    self.actor(who).frames.push(frame);
                    return self.log.push(Event::Caught(as_caught(cause)));
                }
            }
        }
        self.reach_bottom(who, cause);
    }

    /// A drop lets no unwind out; what was raised is not lost by that, and arrives later.
    fn swallow(&mut self, who: Who, cause: Cause) {
        if let (Who::Coroutine(me), Cause::OwnRaise(exception, value)) = (who, cause) {
            self.coroutines[me].raised = Some((exception, value));
        }
        self.log.push(Event::Done);
    }

    /// A base catches everything at its bottom; a coroutine's root takes what is its own.
    fn reach_bottom(&mut self, who: Who, cause: Cause) {
        let Who::Coroutine(me) = who else {
            return self.log.push(Event::Caught(as_caught(cause)));
        };
        self.log.push(Event::DroppedCapture(me));
        let news = match cause {
            Cause::OwnKill => News::Killed,
            Cause::OwnRaise(_, value) => News::Raised(value),
            Cause::Panic(_) => News::Throw(cause),
        };
        self.finish(me, news);
    }

    /// The destructor on top is done; its unwind goes on.
    pub(super) fn end_destructor(&mut self, who: Who) {
        self.log.push(Event::UnwindsOn);
        if let Some(Frame::Destructor(cause, _)) = self.actor(who).frames.pop() {
            self.unwind(who, cause);
        }
    }
}

fn as_caught(cause: Cause) -> Caught {
    match cause {
        Cause::Panic(caught) => caught,
        Cause::OwnKill | Cause::OwnRaise(..) => Caught::Interrupt,
    }
}
