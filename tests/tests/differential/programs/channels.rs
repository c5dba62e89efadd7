//! Channels of crossbeam's shape, and choices between them.
//!
//! crossbeam writes the debug texts of some errors in quotes; so quotes do not count here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::sys::channel::{
    Receiver, ReadyTimeoutError, RecvError, RecvTimeoutError, Select, SelectTimeoutError,
    SendError, SendTimeoutError, Sender, TryReadyError, TryRecvError, TrySelectError, TrySendError,
    after, at, bounded, never, select, select_biased, tick, unbounded,
};
use super::sys::panic::{AssertUnwindSafe, catch_unwind};
use super::sys::thread;

programs! {
    in_order,
    both_ends_cloned,
    nobody_sends,
    nobody_receives,
    full_and_empty,
    timeouts,
    deadlines,
    lengths,
    same_channel,
    iterators,
    a_rendezvous,
    a_rendezvous_that_fails,
    after_and_at,
    never_and_tick,
    what_is_left_is_dropped,
    errors_in_words,
    errors_into_errors,
    ends_in_words,
    a_choice_of_what_is_ready,
    a_choice_that_waits,
    a_choice_that_gives_up,
    a_choice_of_a_send,
    a_choice_in_order,
    a_loop_of_choices,
    a_choice_of_closed_channels,
    a_dynamic_choice,
    a_dynamic_choice_that_gives_up,
    readiness,
    operations_removed,
    choices_that_meet,
}

const LONG: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(1);

fn in_order(log: &mut String) {
    for (sender, receiver) in [unbounded(), bounded(0), bounded(1), bounded(100)] {
        let sending = thread::spawn(move || (0..10).for_each(|n| sender.send(n).unwrap()));
        note!(log, "{:?}", receiver.iter().collect::<Vec<i32>>());
        sending.join().unwrap();
    }
}

fn both_ends_cloned(log: &mut String) {
    let (sender, receiver) = bounded(2);
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            let receiver = receiver.clone();
            thread::spawn(move || receiver.iter().sum::<u32>())
        })
        .collect();
    for _ in 0..3 {
        let sender = sender.clone();
        thread::spawn(move || (1..=20).for_each(|n| sender.send(n).unwrap()));
    }
    drop((sender, receiver));
    note!(log, "{}", receivers.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>());
}

fn nobody_sends(log: &mut String) {
    let (sender, receiver) = unbounded();
    sender.send(1).unwrap();
    drop(sender);
    note!(log, "{:?} {:?} {:?}", receiver.recv(), receiver.recv(), receiver.try_recv());
    note!(log, "{:?}", receiver.recv_timeout(LONG));
}

fn nobody_receives(log: &mut String) {
    let (sender, receiver) = bounded(1);
    drop(receiver);
    note!(log, "{:?} {:?}", sender.send(1), sender.try_send(2));
    note!(log, "{:?} {}", sender.send_timeout(3, LONG), sender.send(4).unwrap_err().into_inner());
}

fn full_and_empty(log: &mut String) {
    let (sender, receiver) = bounded(1);
    note!(log, "{:?} {:?}", receiver.try_recv(), sender.try_send(1));
    let error = sender.try_send(2).unwrap_err();
    note!(log, "{error:?} {} {}", error.is_full(), error.is_disconnected());
    note!(log, "{}", error.into_inner());
    note!(log, "{:?} {:?}", receiver.try_recv(), receiver.try_recv().map_err(|error| error.is_empty()));
}

fn timeouts(log: &mut String) {
    let (sender, receiver) = bounded(1);
    let error = receiver.recv_timeout(TICK).unwrap_err();
    note!(log, "{error:?} {} {}", error.is_timeout(), error.is_disconnected());
    note!(log, "{:?}", sender.send_timeout(1, TICK));
    let error = sender.send_timeout(2, TICK).unwrap_err();
    note!(log, "{error:?} {} {}", error.is_timeout(), error.into_inner());
    note!(log, "{:?} {:?}", receiver.recv_timeout(LONG), receiver.recv_timeout(Duration::ZERO));
}

fn deadlines(log: &mut String) {
    let (sender, receiver) = bounded(0);
    note!(log, "{:?}", receiver.recv_deadline(Instant::now() + TICK));
    note!(log, "{:?}", sender.send_deadline(1, Instant::now() + TICK));
    let sending = thread::spawn(move || sender.send_deadline(2, Instant::now() + LONG));
    note!(log, "{:?}", receiver.recv_deadline(Instant::now() + LONG));
    note!(log, "{:?}", sending.join().unwrap());
    note!(log, "{:?}", receiver.recv_deadline(Instant::now() + LONG));
}

fn lengths(log: &mut String) {
    for (sender, receiver) in [unbounded(), bounded(2), bounded(0)] {
        let show = |log: &mut String, sender: &Sender<u8>, receiver: &Receiver<u8>| {
            note!(log, "{} {} {}", sender.len(), sender.is_empty(), sender.is_full());
            note!(log, "{} {} {}", receiver.len(), receiver.is_empty(), receiver.is_full());
            note!(log, "{:?} {:?}", sender.capacity(), receiver.capacity());
        };
        show(log, &sender, &receiver);
        note!(log, "{:?} {:?}", sender.try_send(1), sender.try_send(2));
        show(log, &sender, &receiver);
    }
}

fn same_channel(log: &mut String) {
    let ((sender, receiver), (other, another)) = (bounded::<u8>(1), bounded::<u8>(1));
    note!(log, "{} {}", sender.same_channel(&sender.clone()), sender.same_channel(&other));
    note!(log, "{} {}", receiver.same_channel(&receiver.clone()), receiver.same_channel(&another));
    let nothing = never::<u8>();
    note!(log, "{}", nothing.same_channel(&nothing.clone()));
    note!(log, "{}", after(LONG).same_channel(&after(LONG)));
}

fn iterators(log: &mut String) {
    let (sender, receiver) = unbounded();
    (0..6).for_each(|n| sender.send(n).unwrap());
    note!(log, "{:?}", receiver.iter().take(2).collect::<Vec<_>>());
    note!(log, "{:?}", receiver.try_iter().take(2).collect::<Vec<_>>());
    drop(sender);
    for n in &receiver {
        note!(log, "{n}");
    }
    note!(log, "{:?} {:?}", receiver.try_iter().next(), receiver.into_iter().next());
}

fn a_rendezvous(log: &mut String) {
    let (sender, receiver) = bounded(0);
    note!(log, "{:?} {:?}", sender.try_send(0), receiver.try_recv());
    let receiving = thread::spawn(move || (receiver.recv(), receiver.recv()));
    sender.send(1).unwrap();
    let mut value = 2;
    while let Err(error) = sender.try_send(value) {
        value = error.into_inner();
        thread::yield_now();
    }
    note!(log, "{:?}", receiving.join().unwrap());
    note!(log, "{:?}", sender.send(3));
}

fn a_rendezvous_that_fails(log: &mut String) {
    let (sender, receiver) = bounded(0);
    let sending = thread::spawn(move || sender.send("back again"));
    drop(receiver);
    note!(log, "{:?}", sending.join().unwrap());
    let (sender, receiver) = bounded::<u8>(0);
    let receiving = thread::spawn(move || receiver.recv());
    drop(sender);
    note!(log, "{:?}", receiving.join().unwrap());
}

fn after_and_at(log: &mut String) {
    let start = Instant::now();
    let soon = after(TICK);
    note!(log, "{:?} {}", soon.capacity(), soon.len() <= 1);
    note!(log, "{}", soon.recv().unwrap() >= start + TICK);
    note!(log, "{:?} {:?}", soon.try_recv(), soon.recv_timeout(TICK));
    let when = Instant::now() + TICK;
    note!(log, "{}", at(when).recv().unwrap() == when);
    note!(log, "{:?} {:?}", at(Instant::now() + LONG).try_recv(), after(LONG).try_recv());
    note!(log, "{:?}", after(Duration::MAX).try_recv());
}

fn never_and_tick(log: &mut String) {
    let nothing = never::<u8>();
    note!(log, "{:?} {:?}", nothing.try_recv(), nothing.recv_timeout(TICK));
    note!(log, "{} {:?} {}", nothing.len(), nothing.capacity(), nothing.is_empty());
    let beats = tick(TICK);
    let times: Vec<Instant> = beats.iter().take(3).collect();
    note!(log, "{} {:?}", times.is_sorted(), beats.capacity());
    note!(log, "{:?}", tick(LONG).try_recv());
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn what_is_left_is_dropped(log: &mut String) {
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = unbounded();
    for _ in 0..3 {
        assert!(sender.send(Counted(drops.clone())).is_ok());
    }
    drop(receiver.recv());
    note!(log, "{}", drops.load(Ordering::SeqCst));
    drop(receiver);
    note!(log, "{}", drops.load(Ordering::SeqCst));
    drop(sender.send(Counted(drops.clone())));
    note!(log, "{}", drops.load(Ordering::SeqCst));
}

fn errors_in_words(log: &mut String) {
    note!(log, "{} {:?}", RecvError, RecvError);
    note!(log, "{} {:?}", SendError(1), SendError(1));
    for error in [TryRecvError::Empty, TryRecvError::Disconnected] {
        note!(log, "{error} {error:?}");
    }
    for error in [RecvTimeoutError::Timeout, RecvTimeoutError::Disconnected] {
        note!(log, "{error} {error:?}");
    }
    for error in [TrySendError::Full(1), TrySendError::Disconnected(2)] {
        note!(log, "{error} {error:?}");
    }
    for error in [SendTimeoutError::Timeout(1), SendTimeoutError::Disconnected(2)] {
        note!(log, "{error} {error:?}");
    }
    note!(log, "{} {:?}", TrySelectError, TrySelectError);
    note!(log, "{} {:?}", SelectTimeoutError, SelectTimeoutError);
    note!(log, "{:?}", TryReadyError);
    note!(log, "{:?}", ReadyTimeoutError);
}

fn errors_into_errors(log: &mut String) {
    note!(log, "{:?} {:?}", TryRecvError::from(RecvError), RecvTimeoutError::from(RecvError));
    note!(log, "{:?}", TrySendError::from(SendError(1)));
    note!(log, "{:?}", SendTimeoutError::from(SendError(1)));
    let fails = || -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
        let (sender, receiver) = unbounded::<u8>();
        drop(sender);
        Ok(receiver.recv()?)
    };
    note!(log, "{}", fails().unwrap_err());
}

fn ends_in_words(log: &mut String) {
    let (sender, receiver) = bounded::<Counted>(1);
    note!(log, "{sender:?} {receiver:?} {:?}", Select::new());
    note!(log, "{:?}", catch_unwind(AssertUnwindSafe(|| Select::new().select())).is_err());
}

fn a_choice_of_what_is_ready(log: &mut String) {
    let ((numbers, from_numbers), (words, from_words)) = (unbounded(), unbounded());
    numbers.send(1).unwrap();
    let mut choose = || {
        select! {
            recv(from_numbers) -> number => note!(log, "a number {number:?}"),
            recv(from_words) -> word => note!(log, "a word {word:?}"),
        }
    };
    choose();
    words.send("a").unwrap();
    choose();
}

fn a_choice_that_waits(log: &mut String) {
    let ((go, going), (answer, answered)) = (bounded(0), bounded(0));
    let chosen = thread::spawn(move || {
        select! {
            recv(going) -> message => format!("{message:?}"),
            recv(answered) -> message => { let _: Result<u8, _> = message; "not this".to_owned() }
            recv(after(LONG)) -> _ => "too late".to_owned(),
        }
    });
    go.send("go").unwrap();
    note!(log, "{:?} {:?}", chosen.join().unwrap(), answer.send(1));
}

fn a_choice_that_gives_up(log: &mut String) {
    let (_sender, receiver) = unbounded::<u8>();
    let at_once = select! {
        recv(receiver) -> _ => "something",
        default => "nothing",
    };
    let soon = select! {
        recv(receiver) -> _ => "something",
        default(TICK) => "nothing in time",
    };
    let later = select! {
        recv(receiver) -> _ => "something",
        recv(after(TICK)) -> _ => "a tick",
        recv(never::<u8>()) -> _ => "never",
    };
    note!(log, "{at_once}, {soon}, {later}");
}

fn a_choice_of_a_send(log: &mut String) {
    let (sender, receiver) = bounded(1);
    for n in 1..=2 {
        select! {
            send(sender, n) -> result => note!(log, "sent {n}: {result:?}"),
            default => note!(log, "no room for {n}"),
        }
    }
    note!(log, "{:?}", receiver.recv());
    drop(receiver);
    select! {
        send(sender, 3) -> result => note!(log, "{result:?}"),
        default => note!(log, "no room"),
    }
    let (meeting, met) = bounded(0);
    let receiving = thread::spawn(move || met.recv());
    select! {
        send(meeting, "hand to hand") -> result => note!(log, "{result:?}"),
        recv(after(LONG)) -> _ => note!(log, "too late"),
    }
    note!(log, "{:?}", receiving.join().unwrap());
}

fn a_choice_in_order(log: &mut String) {
    let ((sender, receiver), (other, from_other)) = (unbounded(), unbounded());
    for n in 0..3 {
        sender.send(n).unwrap();
        other.send(n).unwrap();
    }
    for _ in 0..4 {
        select_biased! {
            recv(from_other) -> n => note!(log, "the first: {n:?}"),
            recv(receiver) -> n => note!(log, "the second: {n:?}"),
        }
        if from_other.is_empty() {
            note!(log, "the first is empty");
        }
    }
}

fn a_loop_of_choices(log: &mut String) {
    let ((jobs, inbox), (stop, stopped)) = (bounded(3), bounded::<()>(0));
    let worker = thread::spawn(move || {
        let mut sum = 0;
        loop {
            select! {
                recv(inbox) -> job => match job {
                    Ok(n) => sum += n,
                    Err(_) => break sum,
                },
                recv(stopped) -> _ => return 0,
            }
        }
    });
    (1..=100).for_each(|n: u32| jobs.send(n).unwrap());
    drop(jobs);
    note!(log, "{}", worker.join().unwrap());
    drop(stop);
}

fn a_choice_of_closed_channels(log: &mut String) {
    let (sender, receiver) = bounded::<u8>(0);
    drop(sender);
    select! {
        recv(receiver) -> message => note!(log, "{message:?}"),
        default => note!(log, "nothing"),
    }
    let (sender, receiver) = bounded::<u8>(0);
    let waiting = thread::spawn(move || {
        select! {
            recv(receiver) -> message => message,
            recv(never::<u8>()) -> message => message,
        }
    });
    drop(sender);
    note!(log, "{:?}", waiting.join().unwrap());
}

fn a_dynamic_choice(log: &mut String) {
    let channels: Vec<_> = (0..4).map(|_| unbounded()).collect();
    channels[2].0.send("third").unwrap();
    let mut select = Select::new();
    let indices: Vec<usize> = channels.iter().map(|(_, receiver)| select.recv(receiver)).collect();
    let operation = select.select();
    note!(log, "{indices:?} {}", operation.index());
    let index = operation.index();
    note!(log, "{:?}", operation.recv(&channels[index].1));
    let (sender, receiver) = bounded(1);
    let sending = select.send(&sender);
    let operation = select.select();
    note!(log, "{}", operation.index() == sending);
    note!(log, "{:?} {:?}", operation.send(&sender, 7), receiver.recv());
}

fn a_dynamic_choice_that_gives_up(log: &mut String) {
    let (_sender, receiver) = bounded::<u8>(0);
    let mut select = Select::new_biased();
    select.recv(&receiver);
    note!(log, "{:?}", select.try_select().map(drop));
    note!(log, "{:?}", select.select_timeout(TICK).map(drop));
    note!(log, "{:?}", select.select_deadline(Instant::now() + TICK).map(drop));
    note!(log, "{:?}", Select::new().try_select().map(drop));
    note!(log, "{:?}", Select::new().select_timeout(TICK).map(drop));
}

fn readiness(log: &mut String) {
    let ((sender, receiver), (_other, from_other)) = (bounded(1), bounded::<u8>(0));
    let mut select = Select::new();
    let (first, second) = (select.recv(&receiver), select.recv(&from_other));
    note!(log, "{first} {second} {:?}", select.try_ready());
    note!(log, "{:?}", select.ready_timeout(TICK));
    note!(log, "{:?}", select.ready_deadline(Instant::now() + TICK));
    sender.send(5).unwrap();
    note!(log, "{} {:?} {:?}", select.ready(), select.try_ready(), receiver.try_recv());
}

fn operations_removed(log: &mut String) {
    let ((sender, receiver), (other, from_other)) = (unbounded(), unbounded());
    sender.send(1).unwrap();
    other.send(2).unwrap();
    let mut select = Select::new();
    let (first, second) = (select.recv(&receiver), select.recv(&from_other));
    select.remove(first);
    let operation = select.select();
    note!(log, "{}", operation.index() == second);
    note!(log, "{:?} {:?}", operation.recv(&from_other), receiver.recv());
    select.remove(second);
    note!(log, "{:?}", select.try_select().map(drop));
}

fn choices_that_meet(log: &mut String) {
    let (sender, receiver) = bounded(0);
    let other = thread::spawn(move || {
        let mut received = Vec::new();
        while received.len() < 20 {
            select! {
                recv(receiver) -> n => received.push(n.unwrap()),
                recv(never::<u8>()) -> _ => unreachable!("it never comes"),
            }
        }
        received
    });
    for n in 0..20 {
        select! {
            send(sender, n) -> result => result.unwrap(),
            recv(never::<u8>()) -> _ => unreachable!("it never comes"),
        }
    }
    note!(log, "{:?}", other.join().unwrap());
}
