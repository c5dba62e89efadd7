//! Values of a thread's own.

use std::cell::{Cell, RefCell};

use super::sys::sync::{Mutex, mpsc};
use super::sys::{thread, thread_local};

programs! {
    a_cell,
    a_ref_cell,
    a_value_for_each_thread,
    made_at_the_first_use,
    set_before_the_first_use,
    destroyed_at_the_end,
    a_value_that_is_gone,
    a_value_made_of_another,
}

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(1) };
    static WORDS: RefCell<Vec<&'static str>> = RefCell::new(vec!["first"]);
}

fn a_cell(log: &mut String) {
    note!(log, "{} {}", COUNT.get(), COUNT.replace(5));
    COUNT.set(COUNT.get() + 1);
    note!(log, "{} {} {}", COUNT.take(), COUNT.get(), COUNT.with(Cell::get));
    note!(log, "{:?}", COUNT.try_with(|count| count.replace(9)).ok());
}

fn a_ref_cell(log: &mut String) {
    WORDS.with_borrow_mut(|words| words.push("second"));
    note!(log, "{}", WORDS.with_borrow(|words| words.join(" ")));
    note!(log, "{:?} {:?}", WORDS.replace(vec!["other"]), WORDS.take());
    WORDS.set(vec!["last"]);
    note!(log, "{:?}", WORDS.with(|words| words.borrow().clone()));
}

fn a_value_for_each_thread(log: &mut String) {
    COUNT.set(100);
    let bump = |by: u32| move || {
        for _ in 0..3 {
            COUNT.set(COUNT.get() + by);
            thread::yield_now();
        }
        COUNT.get()
    };
    let (one, other) = (thread::spawn(bump(1)), thread::spawn(bump(10)));
    note!(log, "{} {} {}", one.join().unwrap(), other.join().unwrap(), COUNT.get());
}

static MADE: Mutex<u32> = Mutex::new(0);

fn made_at_the_first_use(log: &mut String) {
    thread_local! {
        static LAZY: u32 = {
            let mut made = MADE.lock().unwrap();
            *made += 1;
            *made
        };
    }
    *MADE.lock().unwrap() = 0; // the program runs several times
    let made = || *MADE.lock().unwrap();
    note!(log, "{}", made());
    note!(log, "{} {}", LAZY.with(|n| *n), LAZY.with(|n| *n));
    note!(log, "{} {}", thread::spawn(|| LAZY.with(|n| *n)).join().unwrap(), made());
}

fn set_before_the_first_use(log: &mut String) {
    thread_local! {
        static NEVER_MADE: Cell<u32> = panic!("it is set before it is asked for");
    }
    NEVER_MADE.set(3);
    note!(log, "{}", NEVER_MADE.get());
}

/// Says so when it is dropped.
struct Reports(RefCell<Option<mpsc::Sender<&'static str>>>);

impl Drop for Reports {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.send("dropped").unwrap();
        }
    }
}

thread_local! {
    static REPORTS: Reports = const { Reports(RefCell::new(None)) };
}

fn destroyed_at_the_end(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        sender.send("begun").unwrap();
        REPORTS.with(|reports| reports.0.replace(Some(sender)));
    });
    thread.join().unwrap();
    note!(log, "{:?}", receiver.iter().collect::<Vec<_>>());
}

/// Asks for its own value when it is dropped.
struct AsksForItself(RefCell<Option<mpsc::Sender<bool>>>);

impl Drop for AsksForItself {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.send(ITSELF.try_with(|_| ()).is_err()).unwrap();
        }
    }
}

thread_local! {
    static ITSELF: AsksForItself = const { AsksForItself(RefCell::new(None)) };
}

fn a_value_that_is_gone(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(ITSELF.with(|itself| itself.0.replace(Some(sender)))));
    note!(log, "{:?}", receiver.recv());
}

fn a_value_made_of_another(log: &mut String) {
    thread_local! {
        static DOUBLE: u32 = COUNT.get() * 2;
    }
    COUNT.set(21);
    note!(log, "{}", DOUBLE.with(|double| *double));
}
