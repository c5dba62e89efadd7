//! Where the values of one coroutine lie while control is on its way to whoever takes them.

use std::any::{Any, type_name};
use std::cell::Cell;
use std::rc::Rc;

use crate::error::JoinError;
use crate::sched::head::Ports;

/// What came of a resume, except for the result itself.
pub(super) enum Answer<Out> {
    Yielded(Out),
    /// The result lies in the door.
    Complete,
    Ended(JoinError),
    /// It gave something of another type; the message for whoever resumed.
    Mismatch(String),
}

/// The side that a yielder sees.
pub(super) struct Gate<In, Out> {
    /// The place for the next input.
    pub(super) inlet: Rc<Cell<Option<In>>>,
    /// The place for the next answer, except for a result.
    pub(super) outlet: Rc<Cell<Option<Answer<Out>>>>,
}

impl<In, Out> Gate<In, Out> {
    pub(super) fn new() -> Gate<In, Out> {
        Gate { inlet: Rc::default(), outlet: Rc::default() }
    }
}

impl<In, Out> Clone for Gate<In, Out> {
    fn clone(&self) -> Gate<In, Out> {
        Gate { inlet: self.inlet.clone(), outlet: self.outlet.clone() }
    }
}

/// The side that whoever resumes sees.
pub(super) struct Door<Out, R> {
    pub(super) outlet: Rc<Cell<Option<Answer<Out>>>>,
    pub(super) result: Cell<Option<R>>,
}

impl<Out: 'static, R: 'static> Ports for Door<Out, R> {
    fn put_yielded(&self, value: &mut dyn Any) -> bool {
        let Some(value) = value.downcast_mut::<Option<Out>>() else { return false };
        self.outlet.set(value.take().map(Answer::Yielded));
        true
    }

    fn put_complete(&self, value: &mut dyn Any) -> bool {
        let Some(value) = value.downcast_mut::<Option<R>>() else { return false };
        self.result.set(value.take());
        self.outlet.set(Some(Answer::Complete));
        true
    }

    fn put_ended(&self, ending: JoinError) {
        self.outlet.set(Some(Answer::Ended(ending)));
    }

    fn put_mismatch(&self, message: String) {
        self.outlet.set(Some(Answer::Mismatch(message)));
    }

    fn discard(&self) {
        drop(self.outlet.take());
        drop(self.result.take());
    }

    fn type_names(&self) -> (&'static str, &'static str) {
        (type_name::<Out>(), type_name::<R>())
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
