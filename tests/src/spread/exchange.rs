//! What hands values over: channels and choices between them.

use std::sync::atomic::{AtomicU8, Ordering};

use coro::channel::{self, Receiver, Sender};
use coro::select;
use coro::sync::{Mutex, mpsc};

use super::{Row, WORKERS, is_even, share, spread};

pub(super) const CASES: &[Row] = &[
    ("mpsc", mpsc_unbounded),
    ("mpsc-rendezvous", |operations| mpsc_bounded(operations, 0)),
    ("mpsc-bounded", |operations| mpsc_bounded(operations, 5)),
    ("channel-unbounded", |operations| many_to_many(operations, None)),
    ("channel-rendezvous", |operations| many_to_many(operations, Some(0))),
    ("channel-one", |operations| many_to_many(operations, Some(1))),
    ("channel-bounded", |operations| many_to_many(operations, Some(8))),
    ("select", choices),
    ("select-rendezvous", choices_on_both_sides),
];

const SENDERS: usize = WORKERS / 2;

/// A message: who sent it, and which of theirs it is.
type Message = (usize, usize);

/// Counts how often each message arrived.
struct Arrivals {
    share: usize,
    counts: Vec<AtomicU8>,
}

impl Arrivals {
    fn new(share: usize, senders: usize) -> Arrivals {
        Arrivals { share, counts: (0..share * senders).map(|_| AtomicU8::new(0)).collect() }
    }

    fn note(&self, (sender, number): Message) {
        self.counts[sender * self.share + number].fetch_add(1, Ordering::Relaxed);
    }

    fn check(&self) {
        for (index, count) in self.counts.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            let (sender, number) = (index / self.share, index % self.share);
            assert_eq!(count, 1, "message {number} of sender {sender} arrived {count} times");
        }
    }
}

/// Checks that of each sender's messages the one who looks sees later ones later.
#[derive(Default)]
struct Order([Option<usize>; WORKERS]);

impl Order {
    fn note(&mut self, (sender, number): Message) {
        let last = self.0[sender].replace(number);
        assert!(last < Some(number), "message {number} of sender {sender} came after {last:?}");
    }
}

/// An end of a channel for each worker that has one; whoever is done drops theirs.
fn ends<T>(end: T, count: usize, clone: impl Fn(&T) -> T) -> Vec<Mutex<Option<T>>> {
    let clones: Vec<_> = (1..count).map(|_| clone(&end)).collect();
    clones.into_iter().chain([end]).map(|end| Mutex::new(Some(end))).collect()
}

fn take<T>(ends: &[Mutex<Option<T>>], index: usize) -> T {
    ends[index].lock().unwrap().take().expect("each worker takes its own end")
}

fn mpsc_unbounded(operations: usize) {
    let (sender, receiver) = mpsc::channel();
    many_to_one(operations, sender, receiver, |sender, message| sender.send(message).unwrap());
}

fn mpsc_bounded(operations: usize, room: usize) {
    let (sender, receiver) = mpsc::sync_channel(room);
    many_to_one(operations, sender, receiver, |sender, message| sender.send(message).unwrap());
}

fn many_to_one<S: Clone + Send>(
    operations: usize,
    sender: S,
    receiver: mpsc::Receiver<Message>,
    send: impl Fn(&S, Message) + Sync,
) {
    let share = share(operations, WORKERS - 1);
    let arrivals = Arrivals::new(share, WORKERS - 1);
    let senders = ends(sender, WORKERS - 1, S::clone);
    let receiver = Mutex::new(Some(receiver));
    spread(|worker| {
        if worker == WORKERS - 1 {
            let receiver = receiver.lock().unwrap().take().expect("one worker receives");
            let mut order = Order::default();
            for message in receiver {
                order.note(message);
                arrivals.note(message);
            }
        } else {
            let sender = take(&senders, worker);
            (0..share).for_each(|number| send(&sender, (worker, number)));
        }
    });
    arrivals.check();
}

fn channel_of(room: Option<usize>) -> (Sender<Message>, Receiver<Message>) {
    room.map_or_else(channel::unbounded, channel::bounded)
}

fn many_to_many(operations: usize, room: Option<usize>) {
    let share = share(operations, SENDERS);
    let arrivals = Arrivals::new(share, SENDERS);
    let (sender, receiver) = channel_of(room);
    let senders = ends(sender, SENDERS, Sender::clone);
    spread(|worker| {
        if is_even(worker) {
            let sender = take(&senders, worker / 2);
            (0..share).for_each(|number| sender.send((worker / 2, number)).unwrap());
        } else {
            let mut order = Order::default();
            for message in &receiver {
                order.note(message);
                arrivals.note(message);
            }
        }
    });
    arrivals.check();
}

/// Each receiver chooses between three channels of different sorts.
fn choices(operations: usize) {
    let share = share(operations, SENDERS);
    let arrivals = Arrivals::new(share, SENDERS);
    let rooms = [Some(0), Some(4), None];
    let channels = rooms.map(channel_of);
    let senders: Vec<_> =
        channels.iter().map(|(sender, _)| ends(sender.clone(), SENDERS, Sender::clone)).collect();
    let [first, second, third] = channels.map(|(_, receiver)| receiver);
    spread(|worker| {
        if is_even(worker) {
            let senders = [0, 1, 2].map(|channel| take(&senders[channel], worker / 2));
            for number in 0..share {
                senders[number % 3].send((worker / 2, number)).unwrap();
            }
            return;
        }
        let mut open = [Some(&first), Some(&second), Some(&third)];
        let never = channel::never();
        while open.iter().any(Option::is_some) {
            let [one, two, three] = open.map(|channel| channel.unwrap_or(&never));
            let (from, outcome) = select! {
                recv(one) -> message => (0, message),
                recv(two) -> message => (1, message),
                recv(three) -> message => (2, message),
            };
            match outcome {
                Ok(message) => arrivals.note(message),
                Err(_) => open[from] = None,
            }
        }
    });
    arrivals.check();
}

/// Senders and receivers both choose between two channels without room, so choices meet choices.
fn choices_on_both_sides(operations: usize) {
    let share = share(operations, SENDERS);
    let arrivals = Arrivals::new(share, SENDERS);
    let channels = [channel::bounded(0), channel::bounded(0)];
    let senders: Vec<_> = channels
        .iter()
        .map(|(sender, _)| ends(Sender::clone(sender), SENDERS, Sender::clone))
        .collect();
    let [first, second] = channels.map(|(_, receiver)| receiver);
    spread(|worker| {
        if is_even(worker) {
            let [one, two] = [0, 1].map(|channel| take(&senders[channel], worker / 2));
            for number in 0..share {
                let message = (worker / 2, number);
                select! {
                    send(one, message) -> sent => sent.unwrap(),
                    send(two, message) -> sent => sent.unwrap(),
                }
            }
            return;
        }
        loop {
            let outcome = select! {
                recv(first) -> message => message,
                recv(second) -> message => message,
            };
            match outcome {
                Ok(message) => arrivals.note(message),
                // The senders drop both ends at once, so there is nothing left in the other either.
                Err(_) => break,
            }
        }
        for message in first.iter().chain(&second) {
            arrivals.note(message);
        }
    });
    arrivals.check();
}
