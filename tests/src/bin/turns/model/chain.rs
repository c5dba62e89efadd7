//! Who gets control, and with what.

use super::{Cause, Frame, Model, News, Parked, State, Wait};
use crate::event::{Caught, Event, Refusal, Who};

impl Model<'_> {
    /// Whether `k` is in no chain and can be made to go on.
    pub(super) fn is_at_rest(&self, k: usize) -> bool {
        let co = &self.coroutines[k];
        co.state == State::Suspended || (co.state == State::Calling && co.chain.is_none())
    }

    pub(super) fn why_not_at_rest(&self, k: usize) -> Refusal {
        let co = &self.coroutines[k];
        match co.state {
            State::Done => Refusal::Finished,
            _ if co.chain == Some(self.current) => Refusal::Running,
            _ => Refusal::Parked,
        }
    }

    /// Whether `k` unwinds, or is inside a shield; outside any loop a shield does nothing.
    pub(super) fn holds_back(&self, k: usize) -> bool {
        let in_loop = self.script.mode.is_in_loop();
        self.coroutines[k].actor.frames.iter().any(|frame| match frame {
            Frame::Destructor(..) => true,
            Frame::Shield => in_loop,
            _ => false,
        })
    }

    /// Whether `k` takes a value of its input type now, by the table of the protocol.
    pub(super) fn admit(&self, k: usize) -> Result<(), Refusal> {
        let co = &self.coroutines[k];
        match co.state {
            State::New | State::Suspended => return Ok(()),
            State::Calling if co.chain.is_none_or(|chain| chain == self.current) => {}
            _ => return Err(self.why_not_at_rest(k)),
        }
        let callee = co.actor.awaits.expect("whoever calls waits at somebody's ports");
        if self.output(callee) == co.kind.input { Ok(()) } else { Err(Refusal::Mismatch) }
    }

    /// Lets what is pending for `who` arrive; false if it has, or is about to.
    pub(super) fn deliver(&mut self, who: Who) -> bool {
        let Who::Coroutine(me) = who else { return true };
        if self.holds_back(me) {
            return true;
        }
        if self.coroutines[me].killed {
            if std::mem::replace(&mut self.coroutines[me].delivered, true) {
                self.park(Parked::GivesWay);
            } else {
                self.unwind(who, Cause::OwnKill);
            }
            return false;
        }
        if let Some((exception, value)) = self.coroutines[me].raised.take() {
            self.unwind(who, Cause::OwnRaise(exception, value));
            return false;
        }
        true
    }

    /// `who` waits for the answer of `k`, which goes on with `news`.
    pub(super) fn call(&mut self, who: Who, k: usize, news: News) {
        self.actor(who).awaits = Some(k);
        let thread = self.current;
        if let Who::Coroutine(me) = who {
            self.coroutines[me].state = State::Calling;
            if self.coroutines[k].chain == Some(thread) {
                self.take_away(me, Some(k));
                return self.regain(Who::Coroutine(k), as_answer(news));
            }
        }
        self.enter(k, who, true, news);
    }

    /// `k` comes on top of the chain of the running thread.
    fn enter(&mut self, k: usize, caller: Who, answers_itself: bool, news: News) {
        let co = &mut self.coroutines[k];
        co.chain = Some(self.current);
        co.caller = Some(caller);
        co.answers_itself = answers_itself;
        let news = if co.state == State::Calling { as_answer(news) } else { news };
        self.regain(Who::Coroutine(k), news);
    }

    /// Takes `me` and its callers out of the chain, up to `stay`.
    fn take_away(&mut self, me: usize, stay: Option<usize>) {
        let mut next = Some(Who::Coroutine(me));
        while let Some(Who::Coroutine(k)) = next {
            if stay == Some(k) {
                return;
            }
            self.coroutines[k].chain = None;
            next = self.coroutines[k].caller.take();
        }
    }

    pub(super) fn replace_top(&mut self, me: usize, k: usize, value: u64) {
        let news = News::Input(value);
        self.coroutines[me].state = State::Suspended;
        if self.coroutines[k].chain == Some(self.current) {
            self.take_away(me, Some(k));
            return self.regain(Who::Coroutine(k), as_answer(news));
        }
        self.coroutines[me].chain = None;
        let caller = self.coroutines[me].caller.take().expect("who runs has a caller");
        self.enter(k, caller, false, news);
    }

    pub(super) fn go_to_main(&mut self, me: usize, value: u64) {
        self.coroutines[me].state = State::Suspended;
        self.take_away(me, None);
        self.regain(Who::Base(self.current), News::Yielded(value));
    }

    /// `me` suspends with a value for its caller.
    pub(super) fn give_out(&mut self, me: usize, value: u64) {
        let caller = self.coroutines[me].caller.expect("who runs has a caller");
        if !self.coroutines[me].answers_itself {
            let awaited = self.actor(caller).awaits.expect("the caller waits");
            if self.output(awaited) != self.output(me) {
                return self.unwind(Who::Coroutine(me), Cause::Panic(Caught::Message));
            }
        }
        let co = &mut self.coroutines[me];
        co.state = State::Suspended;
        co.chain = None;
        co.caller = None;
        self.regain(caller, News::Yielded(value));
    }

    /// `me` ends, and its caller gets the news.
    pub(super) fn finish(&mut self, me: usize, news: News) {
        let co = &mut self.coroutines[me];
        co.state = State::Done;
        co.chain = None;
        let caller = co.caller.take().expect("who runs has a caller");
        let awaited = self.actor(caller).awaits.expect("the caller waits");
        let fits = self.coroutines[awaited].kind.result == self.coroutines[me].kind.result;
        let news = match news {
            News::Complete(_) if !fits => News::WrongResult,
            news => news,
        };
        self.regain(caller, news);
    }

    /// `who` gets control back, or for the first time.
    fn regain(&mut self, who: Who, news: News) {
        self.set_top(who);
        if let Who::Coroutine(k) = who {
            self.coroutines[k].state = State::Running;
        }
        if let News::Throw(cause) = news {
            return self.unwind(who, cause);
        }
        if !self.deliver(who) {
            return;
        }
        let event = match (std::mem::replace(&mut self.actor(who).wait, Wait::Nothing), news) {
            (Wait::Kill | Wait::Drop, _) => Event::Done,
            (Wait::Answer(k), news) => {
                self.coroutines[k].in_flight -= 1;
                match news {
                    News::Yielded(value) => Event::Yielded(value),
                    News::Complete(value) => Event::Complete(value),
                    News::Killed => Event::Killed,
                    News::Raised(value) => Event::Raised(value),
                    _ => return self.unwind(who, Cause::Panic(Caught::Message)),
                }
            }
            (_, News::Input(value)) => Event::Got(value),
            (wait, news) => unreachable!("{who:?} in {wait:?} got {news:?}"),
        };
        self.log.push(event);
    }
}

/// What an input is for one that waits for an answer.
fn as_answer(news: News) -> News {
    match news {
        News::Input(value) => News::Yielded(value),
        news => news,
    }
}
